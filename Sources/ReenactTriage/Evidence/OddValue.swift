import ReenactTimeline

/// A value that differs in form from others of the same field: those of its siblings, or of earlier answers.
struct OddValue {
    /// Who brought it.
    enum Source {
        case answer(Answer)
        case input(Inputs.Part)
    }

    let source: Source
    /// Where it stands: `items[2].price`, `row 3, shipped`.
    let path: String
    let name: String
    /// Nil where it is not there at all.
    let value: JSONValue?
    /// What stands in its place elsewhere.
    let usual: ValueForm
    /// The others are earlier answers, not siblings.
    let isOfEarlier: Bool
    /// Members that its siblings have, where those are objects and it is none.
    var keys: Set<String> = []

    private static let answersMax = 12
    private static let siblingsMin = 2

    /// Those of answers before the failure, the last answer first.
    static func all(_ look: Look) -> [OddValue] {
        var found: [OddValue] = []
        let answers = look.answers.prefix(answersMax).filter {
            ($0.http?.status ?? 200) < 400 && $0.sql?.error == nil && !$0.waits
        }
        for answer in answers {
            let fields = fields(of: answer)
            let before = earlier(answer, look)
            for (field, values) in fields.sorted(by: { $0.key < $1.key }) {
                found += odd(values, .answer(answer))
                guard let known = before[field] else { continue }
                for one in values {
                    let form = one.value.map(ValueForm.init)
                    let usual = known.compactMap(\.value).map(ValueForm.init)
                    guard let first = usual.first, usual.allSatisfy({ $0 == first }), form != first,
                        !(form?.isAkin(to: first) ?? false), known.allSatisfy({ $0.value != nil })
                    else { continue }
                    found.append(
                        OddValue(
                            source: .answer(answer), path: one.path, name: one.name, value: one.value, usual: first,
                            isOfEarlier: true,
                            keys: Set(known.flatMap { $0.value?.object.map { Array($0.keys) } ?? [] })))
                }
            }
        }
        for part in look.inputs.parts where !["headers", "cookies", "arguments"].contains(part.kind) {
            var fields = Fields()
            fields.take(part.document)
            for (_, values) in fields.places.sorted(by: { $0.key < $1.key }) { found += odd(values, .input(part)) }
        }
        return found
    }

    /// Where a value of a field stands.
    struct Place {
        var path: String
        var name: String
        var value: JSONValue?
    }

    /// One or few of several that differ from the rest, which are alike.
    private static func odd(_ values: [Place], _ source: Source) -> [OddValue] {
        guard values.count > siblingsMin else { return [] }
        var counts: [ValueForm: Int] = [:]
        for one in values { if let value = one.value { counts[ValueForm(value), default: 0] += 1 } }
        guard let most = counts.max(by: { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) })?.key else {
            return []
        }
        let alike = counts.filter { $0.key.isAkin(to: most) }.map(\.value).reduce(0, +)
        let missing = values.filter { $0.value == nil }.count
        // What is null may be missing on purpose, and tells nothing of the others.
        let filled = values.count - missing - (counts[.nothing] ?? 0)
        let isUsual =
            most != .nothing
            && (alike * 3 >= values.count * 2 || filled > siblingsMin && alike * 3 >= filled * 2)
        let keys = Set(values.flatMap { $0.value?.object.map { Array($0.keys) } ?? [] })
        return values.filter { one in
            // What nearly all have is missed, whatever they have there.
            guard let value = one.value else { return missing * 3 <= values.count }
            return isUsual && !ValueForm(value).isAkin(to: most)
        }.prefix(3).map {
            OddValue(
                source: source, path: $0.path, name: $0.name, value: $0.value, usual: most, isOfEarlier: false,
                keys: keys)
        }
    }

    /// Keys of the same sort: numbers do not count.
    private static func template(_ key: String) -> String {
        String(key.map { $0.isNumber ? "*" : $0 })
    }

    /// Values of answers before to the same question, by field.
    static func earlier(_ answer: Answer, _ look: Look) -> [String: [Place]] {
        let before = (look.earlier + look.answers).filter { other in
            guard other.event.id < answer.event.id else { return false }
            if let endpoint = answer.http?.endpoint {
                return other.http?.endpoint == endpoint && (other.http?.status ?? 500) < 400
            }
            if let redis = answer.redis, let before = other.redis {
                return before.command == redis.command && template(before.key) == template(redis.key)
            }
            if let sql = answer.sql { return other.sql?.sql == sql.sql && other.sql?.error == nil }
            return false
        }.suffix(10)
        // Another document of the same sort from the same peer will do, where there is none of the endpoint.
        let alike = before.isEmpty ? alike(answer, look) : Array(before)
        var all: [String: [Place]] = [:]
        for other in alike { all.merge(fields(of: other)) { $0 + $1 } }
        return all
    }

    private static func alike(_ answer: Answer, _ look: Look) -> [Answer] {
        guard let http = answer.http, let document = http.document, let root = shape(document) else { return [] }
        return (look.earlier + look.answers).filter { other in
            guard other.event.id < answer.event.id, other.event.peer == answer.event.peer,
                other.http?.method == http.method, (other.http?.status ?? 500) < 400
            else { return false }
            return other.http?.document.flatMap(shape) == root
        }.suffix(5)
    }

    /// Names of the outermost members, as far as they branch: of `{"rss": {"channel": …}}` both.
    private static func shape(_ document: JSONValue) -> Set<String>? {
        var names: Set<String> = []
        var value = document
        while let members = value.object, !members.isEmpty, names.count < 100 {
            names.formUnion(members.keys)
            guard members.count == 1, let only = members.values.first else { break }
            value = only
        }
        return names.count >= 3 ? names : nil
    }

    /// What an answer brought, by field; what some objects of a field lack stands there without a value.
    static func fields(of answer: Answer) -> [String: [Place]] {
        var fields = Fields()
        if let sql = answer.sql {
            for (number, row) in sql.rows.prefix(200).enumerated() {
                for (column, value) in zip(sql.columns, row) {
                    fields.add(column, Place(path: "row \(number + 1), \(column)", name: column, value: value))
                }
            }
        } else {
            for document in answer.documents { fields.take(document) }
        }
        return fields.places
    }

    /// Values by field: list positions do not count, nor the names of a mapping whose values are all objects. A member that
    /// some objects of a field lack stands there as missing.
    struct Fields {
        private(set) var places: [String: [Place]] = [:]
        private var objects: [String: [(path: String, members: [String: JSONValue])]] = [:]
        private var budget = 4000

        mutating func add(_ field: String, _ place: Place) {
            budget -= 1
            if budget > 0 { places[field, default: []].append(place) }
        }

        /// A document and all that is in it.
        mutating func take(_ document: JSONValue) {
            walk(document, "", "", name: "", depth: 0)
            for (field, all) in objects.sorted(by: { $0.key < $1.key }) where all.count > 1 {
                let keys = Set(all.flatMap(\.members.keys))
                for object in all {
                    for key in keys.sorted() where object.members[key] == nil {
                        let path = object.path.isEmpty ? key : "\(object.path).\(key)"
                        add("\(field).\(key)", Place(path: path, name: key, value: nil))
                    }
                }
            }
            objects = [:]
        }

        private mutating func walk(_ value: JSONValue, _ path: String, _ field: String, name: String, depth: Int) {
            guard depth < 30, budget > 0 else { return }
            if let members = value.object {
                let isMapping =
                    members.count > 2 && members.values.filter { $0.object != nil }.count * 3 >= members.count * 2
                if !isMapping { objects[field, default: []].append((path, members)) }
                for (key, member) in members.sorted(by: { $0.key < $1.key }) {
                    let place = path.isEmpty ? key : "\(path).\(key)"
                    let inner = isMapping ? "\(field){}" : "\(field).\(key)"
                    add(inner, Place(path: place, name: key, value: member))
                    walk(member, place, inner, name: key, depth: depth + 1)
                }
            } else if let elements = value.array {
                for (index, element) in elements.prefix(200).enumerated() {
                    // Elements are known by the name of their list.
                    add("\(field)[]", Place(path: "\(path)[\(index)]", name: name, value: element))
                    walk(element, "\(path)[\(index)]", "\(field)[]", name: name, depth: depth + 1)
                }
            }
        }
    }
}

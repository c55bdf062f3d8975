import ReenactTimeline

/// The values of one answer, or of one part of the input, by field: `loans[].card` holds one of each loan.
struct FieldPlaces {
    struct Place {
        let path: String
        let name: String
        /// Nil where an object lacks what its siblings have.
        let value: JSONValue?

        var text: String? { value.flatMap(FailedLookup.text) }

        /// `null in "rates[1].currency"`.
        var shown: String {
            guard let value else { return "without \(Phrase.quote(path))" }
            let what = value == .null ? "null" : Phrase.quote(Leaf(path: "", name: "", value: value).text, 40)
            return "\(what) in \(Phrase.quote(path))"
        }

        /// What is wrong with it, where it is.
        func causeClass(_ answer: Answer?) -> String {
            guard let value else { return "dependency-missing-field" }
            if value != .null { return "malformed-answer" }
            return answer?.sql == nil ? "dependency-null-field" : "unexpected-null"
        }
    }

    private(set) var places: [String: [Place]] = [:]
    /// Objects that hold objects or values by keys of the data's own, with those keys.
    private(set) var mappings: [(path: String, keys: Set<String>)] = []
    private var objects: [String: [(path: String, members: [String: JSONValue])]] = [:]
    private var budget: Int

    init(_ answer: Answer, budget: Int = 3000) {
        self.budget = budget
        if let sql = answer.sql {
            for (number, row) in sql.rows.prefix(200).enumerated() {
                for (column, value) in zip(sql.columns, row) {
                    add(column, Place(path: "row \(number + 1), \(column)", name: column, value: value))
                }
            }
        } else if let list = answer.redis?.reply.array, answer.redis?.fields == nil {
            for (index, value) in list.prefix(200).enumerated() {
                add("[]", Place(path: "[\(index)]", name: answer.redis?.key ?? "", value: value))
            }
        } else {
            for document in answer.documents { take(document) }
        }
    }

    init(_ document: JSONValue, budget: Int = 3000) {
        self.budget = budget
        take(document)
    }

    private mutating func take(_ document: JSONValue) {
        walk(document, "", "", name: "", depth: 0)
        for (field, all) in objects where all.count > 1 {
            let keys = Set(all.flatMap(\.members.keys))
            for object in all {
                for key in keys.sorted() where object.members[key] == nil {
                    add("\(field).\(key)", Place(path: Self.joined(object.path, key), name: key, value: nil))
                }
            }
        }
        objects = [:]
    }

    private static func joined(_ path: String, _ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private mutating func add(_ field: String, _ place: Place) {
        budget -= 1
        if budget > 0 { places[field, default: []].append(place) }
    }

    private mutating func walk(_ value: JSONValue, _ path: String, _ field: String, name: String, depth: Int) {
        guard depth < 30, budget > 0 else { return }
        if let members = value.object {
            mappings.append((path, Set(members.keys)))
            objects[field, default: []].append((path, members))
            for (key, member) in members.sorted(by: { $0.key < $1.key }) {
                let place = Self.joined(path, key)
                add("\(field).\(key)", Place(path: place, name: key, value: member))
                walk(member, place, "\(field).\(key)", name: key, depth: depth + 1)
            }
        } else if let elements = value.array {
            for (index, element) in elements.prefix(200).enumerated() {
                add("\(field)[]", Place(path: "\(path)[\(index)]", name: name, value: element))
                walk(element, "\(path)[\(index)]", "\(field)[]", name: name, depth: depth + 1)
            }
        }
    }
}

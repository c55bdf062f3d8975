import ReenactTimeline
import ReenactWire

/// Single members of a JSON document that could have been otherwise: of answers, and of requests.
enum DocumentConditions {
    private static let leavesMax = 400
    private static let conditionsMax = 24
    /// All of them are weighed before the likeliest are taken: what stands last is no less likely.
    private static let foundMax = 2000

    struct Leaf {
        var path: [AnswerEdit.Step]
        var name: String
        var value: JSONValue
        var isEmptyList: Bool { if case .array(let list) = value { list.isEmpty } else { false } }
    }

    /// - Parameters:
    ///   - healthy: the document as it was in a good case, and where.
    ///   - told: whose document it is.
    ///   - make: the change of a member; nil takes it out.
    static func find(
        in document: JSONValue, healthy: (json: JSONValue, place: String)?, told: String, event: Int?, target: String,
        isSuspect: Bool, kind: Condition.Kind = .field, _ subject: Subject,
        make: @escaping ([AnswerEdit.Step], JSONValue?) -> Condition.Change?
    ) -> [Condition] {
        var found: [Condition] = []
        let standIn = StandIn(subject)
        let good = healthy.map { leaves(of: $0.json) } ?? []
        let goodByPlace = Dictionary(good.map { (text($0.path), $0) }, uniquingKeysWith: { first, _ in first })
        let own = leaves(of: document)
        let siblings = Siblings(document: document)
        let likelihood = Likelihood(siblings, healthy: healthy?.json, subject)

        func add(_ leaf: Leaf, _ value: JSONValue?, _ stage: Condition.Stage, from place: String? = nil) {
            guard found.count < foundMax, let change = make(leaf.path, value) else { return }
            let origin = place.map { " (as in \($0))" } ?? ""
            var condition = Condition(
                kind, recorded: "\(text(leaf.path)) of \(told) was \(StandIn.told(leaf.value))",
                changed: StandIn.told(value) + origin, event: event, target: "\(target) \(text(leaf.path))",
                stage: stage, change: change)
            condition.score = likelihood.score(leaf)
            found.append(condition)
        }

        let misfits = siblings.misfits()
        for misfit in misfits {
            add(Leaf(path: misfit.path, name: misfit.name, value: misfit.value), misfit.other, .suspect)
        }
        for leaf in own {
            found += packed(leaf, told, event, target, isSuspect, kind, subject, make: make)
        }
        for (place, leaf) in own.enumerated()
        where !misfits.contains(where: { leaf.path.starts(with: $0.path) && (leaf.path == $0.path || $0.likes > 1) }) {
            let healthyValue =
                goodByPlace[text(leaf.path)]?.value
                ?? healthy.flatMap { AnswerEdit.value(at: leaf.path[...], in: $0.json) }
            let kin = own.firstIndex {
                $0.name == leaf.name && $0.path != leaf.path && $0.value != leaf.value
                    && $0.value != .null
            }
            // Two that take each other's value at once change nothing: the first one's counts, unless the other's is a
            // number, or something at all, where this is none.
            let isMutual = kin.map { $0 > place && !isOdder(leaf.value, than: own[$0].value) } ?? false
            let isWorse = kin.map { isOdder(own[$0].value, than: leaf.value) } ?? false
            // In a list of likes one that is of another sort than the others, or nothing, is the odd one.
            let others = siblings.values(at: leaf.path)
            let well = others.compactMap { $0 }.first { $0 != .null }
            let areLikes = others.allSatisfy { $0 == nil || $0 == .null || sameSort($0 ?? .null, well ?? .null) }
            let isOut = well != nil && areLikes && !others.contains { $0.map { sameSort($0, leaf.value) } ?? false }
            let isExtra = leaf.value != .null && others.count > 1 && others.allSatisfy { $0 == .null }
            let isUsual = leaf.value == .null && others.count > 1 && others.count { $0 != nil && $0 != .null } == 1
            let sibling = isOut ? well : isExtra ? .null : isWorse ? nil : kin.map { own[$0].value }
            let isSwapped = isMutual && !isOut && !isExtra
            let isOdd = leaf.value == .null || leaf.isEmptyList || StandIn.plain(for: leaf.value) != nil
            let isHeard = [.file, .input].contains(kind) && subject.hears(plainText(leaf.value))
            let reaches = isHeard || subject.reaches(plainText(leaf.value))
            var stage: Condition.Stage =
                leaf.value == .null || reaches || (isOdd && subject.names(leaf.name)) ? .suspect : .possible
            if subject.source.compares(with: plainText(leaf.value)) || isExtra && subject.names(leaf.name) {
                stage = .suspect
            }
            // A member of another type than elsewhere is what a caller trips over.
            if let other = healthyValue ?? sibling, !sameSort(other, leaf.value) { stage = .suspect }
            if likelihood.isOdd(leaf) { stage = .suspect }
            if isUsual, !likelihood.isCurrent(leaf) { stage = .remote }
            // With another key something else is not found: that says nothing.
            let isKey =
                isKeyName(leaf.name) && !isOdd && !reaches && !subject.names(leaf.name) && stage == .possible
                && healthyValue.map { $0 == leaf.value } ?? true
            if isKey { stage = .remote }
            var forms: [(JSONValue?, String?)] = []
            if let healthyValue, healthyValue != leaf.value { forms.append((healthyValue, healthy?.place)) }
            if let sibling, !isSwapped { forms.append((sibling, nil)) }
            if leaf.value == .null, let neighbour = siblings.neighbour(of: leaf.path) { forms.append((neighbour, nil)) }
            if leaf.value == .null {
                forms += standIn.wanted(leaf.name, subject).prefix(4).map { ($0, nil) }
            } else if leaf.isEmptyList {
                let steps = SourceText.path(behind: leaf.name, in: subject.source.all) ?? []
                forms.append((steps.first == .index ? standIn.value(through: steps, named: leaf.name) : nil, nil))
                if forms.last?.0 == nil { forms.removeLast() }
                forms.append((.array([.object([:])]), nil))
            } else {
                if let text = leaf.value.string, let kin = subject.kin(of: text) { forms.append((.string(kin), nil)) }
                if let text = leaf.value.string, let readable = standIn.readable(for: text, subject) {
                    forms.append((.string(readable), nil))
                }
                if let plain = StandIn.plain(for: leaf.value) { forms.append((plain, nil)) }
                if reaches || isSuspect || subject.names(leaf.name), let other = StandIn.retyped(leaf.value) {
                    forms.append((other, nil))
                }
                if case .bool(let flag) = leaf.value, subject.names(leaf.name) || subject.holds(leaf.name) {
                    forms.append((.bool(!flag), nil))
                    if subject.source.near.contains(leaf.name) { stage = .suspect }
                }
                if forms.isEmpty, let text = leaf.value.string, subject.source.compares(with: text) {
                    forms.append((.string("other"), nil))
                }
                if reaches, forms.isEmpty { forms.append((.string("1"), nil)) }
            }
            let isFirst = !forms.isEmpty
            if let sibling, isSwapped { forms.append((sibling, nil)) }
            for (index, form) in forms.prefix(4).enumerated() {
                add(leaf, form.0, index == 0 && (isFirst || leaf.value == .null) ? stage : .remote, from: form.1)
            }
        }
        // What is there when all is well and is missing here, as a whole.
        var missed: Set<[AnswerEdit.Step]> = []
        for leaf in good where leaf.value != .null {
            guard let path = missing(of: leaf.path, in: document), missed.insert(path).inserted,
                let value = healthy.flatMap({ AnswerEdit.value(at: path[...], in: $0.json) }),
                isReachable(path, in: document), let change = make(path, value)
            else { continue }
            let isTold = subject.isTold(place: text(path))
            let name = if case .key(let key) = path.last { key } else { leaf.name }
            var condition = Condition(
                kind, recorded: "\(told) had no \(text(path))",
                changed: "\(StandIn.told(value)) (as in \(healthy?.place ?? ""))", event: event,
                target: "\(target) \(text(path))", stage: subject.names(name) || isTold ? .suspect : .possible,
                change: change)
            if isTold { condition.score = Likelihood.told }
            found.append(condition)
        }
        let gaps = siblings.missing()
        for gap in gaps {
            guard let change = make(gap.path, gap.value) else { continue }
            found.append(
                Condition(
                    kind, recorded: "\(told) had no \(text(gap.path))", changed: StandIn.told(gap.value), event: event,
                    target: "\(target) \(text(gap.path))",
                    stage: subject.names(gap.name) ? .suspect : .possible, change: change))
        }
        found += wanted(document, told, event, target, kind, standIn, subject, without: gaps.map(\.path), make: make)
        let ordered = found.enumerated().sorted {
            let (first, second) = ($0.element, $1.element)
            return (first.stage.rawValue, -first.score, $0.offset) < (second.stage.rawValue, -second.score, $1.offset)
        }
        let elements = ElementConditions(
            document: document, told: told, event: event, target: target, kind: kind, subject: subject, make: make
        ).find(likelihood)
        return ordered.prefix(conditionsMax).map(\.element) + elements
    }

    /// The key that the failing code looked for, in every object that has none.
    private static func wanted(
        _ document: JSONValue, _ told: String, _ event: Int?, _ target: String, _ kind: Condition.Kind,
        _ standIn: StandIn, _ subject: Subject, without known: [[AnswerEdit.Step]],
        make: @escaping ([AnswerEdit.Step], JSONValue?) -> Condition.Change?
    ) -> [Condition] {
        guard let key = HTTPConditions.wantedKey(subject) else { return [] }
        let places = objects(in: document).filter { $0.members[key] == nil && !known.contains($0.path + [.key(key)]) }
        // Where likes have it, only those without it are looked at.
        guard known.isEmpty || !known.contains(where: { $0.last == .key(key) }) else { return [] }
        return places.prefix(3).flatMap { place, _ in
            standIn.wanted(key, subject).prefix(2).enumerated().compactMap { index, value in
                guard let change = make(place + [.key(key)], value) else { return nil }
                return Condition(
                    kind, recorded: "\(told) had no \(text(place + [.key(key)]))", changed: StandIn.told(value),
                    event: event, target: "\(target) \(text(place + [.key(key)]))",
                    stage: index == 0 ? .suspect : .remote, change: change)
            }
        }
    }

    /// Members of a document that stands in another one as text, in base64 or as it is: so queues keep jobs.
    private static func packed(
        _ leaf: Leaf, _ told: String, _ event: Int?, _ target: String, _ isSuspect: Bool, _ kind: Condition.Kind,
        _ subject: Subject, make: @escaping ([AnswerEdit.Step], JSONValue?) -> Condition.Change?
    ) -> [Condition] {
        guard let text = leaf.value.string, text.utf8.count >= 8, text.utf8.count < 1 << 20 else { return [] }
        let isPlain = text.hasPrefix("{") || text.hasPrefix("[")
        guard let bytes = isPlain ? Array(text.utf8) : Base64.decode(text), bytes.first == 0x7B || bytes.first == 0x5B,
            let inner = JSONParser.parse(bytes)
        else { return [] }
        return find(
            in: inner, healthy: nil, told: "\(self.text(leaf.path)) of \(told)", event: event,
            target: "\(target) \(self.text(leaf.path))", isSuspect: isSuspect, kind: kind, subject
        ) { path, value in
            let changed =
                AnswerEdit.replacing(path[...], in: inner, by: value).flatMap { try? JSONText.encode($0) } ?? ""
            return make(leaf.path, .string(isPlain ? changed : Base64.encode(Array(changed.utf8))))
        }
    }

    // MARK: - Walking

    static func leaves(of document: JSONValue) -> [Leaf] {
        var leaves: [Leaf] = []
        func walk(_ value: JSONValue, _ path: [AnswerEdit.Step], _ name: String) {
            guard leaves.count < leavesMax, path.count < 20 else { return }
            switch value {
            case .object(let members):
                for (key, member) in members.sorted(by: { $0.key < $1.key }) {
                    // The text of an element has the element's name.
                    let plain = key.hasPrefix("@") ? String(key.dropFirst()) : key
                    walk(member, path + [.key(key)], key == "#text" ? name : plain)
                }
            case .array(let list) where !list.isEmpty:
                for (index, element) in list.prefix(50).enumerated() { walk(element, path + [.index(index)], name) }
            default: if !path.isEmpty { leaves.append(Leaf(path: path, name: name, value: value)) }
            }
        }
        walk(document, [], "")
        return leaves
    }

    private static func objects(
        in document: JSONValue
    ) -> [(path: [AnswerEdit.Step], members: [String: JSONValue])] {
        var found: [(path: [AnswerEdit.Step], members: [String: JSONValue])] = []
        func walk(_ value: JSONValue, _ path: [AnswerEdit.Step]) {
            guard found.count < 20, path.count < 20 else { return }
            switch value {
            case .object(let members):
                found.append((path, members))
                for (key, member) in members.sorted(by: { $0.key < $1.key }) { walk(member, path + [.key(key)]) }
            case .array(let list):
                for (index, element) in list.prefix(10).enumerated() { walk(element, path + [.index(index)]) }
            default: break
            }
        }
        walk(document, [])
        return found
    }

    /// The first part of the path that is not there, where that is a member.
    private static func missing(of path: [AnswerEdit.Step], in document: JSONValue) -> [AnswerEdit.Step]? {
        for count in 1...max(1, path.count) where AnswerEdit.value(at: path.prefix(count), in: document) == nil {
            guard case .key = path.prefix(count).last else { return nil }
            return Array(path.prefix(count))
        }
        return nil
    }

    private static func isReachable(_ path: [AnswerEdit.Step], in document: JSONValue) -> Bool {
        AnswerEdit.replacing(path[...], in: document, by: .integer(1)) != document
    }

    static func text(_ path: [AnswerEdit.Step]) -> String {
        path.reduce("") { text, step in
            switch step {
            case .key("#text"): text
            case .key(let key): text.isEmpty ? key : "\(text).\(key)"
            case .index(let index): "\(text)[\(index)]"
            }
        }
    }

    static func plainText(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        default: ""
        }
    }

    /// What others refer to, by its name.
    private static func isKeyName(_ name: String) -> Bool {
        let lower = name.lowercased()
        return ["id", "_id", "uuid", "key", "sku", "slug"].contains(lower) || lower.hasSuffix("_id")
            || name.hasSuffix("Id")
    }

    /// The one is missing, empty or no number, where the other is.
    private static func isOdder(_ one: JSONValue, than other: JSONValue) -> Bool {
        if one == .null || one == .string("") { return other != .null && other != .string("") }
        func isNumber(_ value: JSONValue) -> Bool {
            switch value {
            case .integer, .number: true
            case .string(let text): Double(text) != nil
            default: false
            }
        }
        return isNumber(other) && !isNumber(one)
    }

    static func sameSort(_ a: JSONValue, _ b: JSONValue) -> Bool {
        switch (a, b) {
        case (.null, _), (_, .null): false
        case (.string, .string), (.bool, .bool), (.array, .array), (.object, .object): true
        case (.integer, .integer), (.number, .number), (.integer, .number), (.number, .integer): true
        default: false
        }
    }
}

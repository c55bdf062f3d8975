import ReenactTimeline

/// Where in what came from outside the value stands that the failing part choked on.
struct ReadPlace {
    let answer: Answer?
    let event: Int?
    let path: String
    /// How much of what stood beside it is the same: 1 for all of it.
    let likeness: Double
    /// Places in other answers that are as alike.
    var rivals = 0
    /// How many values were compared.
    let compared: Int

    /// Enough was compared to be sure that it is this one, or nothing else looks like it.
    var isSure: Bool { likeness > 0.99 && (compared >= 2 || rivals == 0) }

    private static let answersMax = 30
    /// Values that are looked at in all.
    private static let budgetMax = 60_000

    static func find(_ read: FailedRead, _ look: Look) -> ReadPlace? {
        var best: ReadPlace?
        var budget = budgetMax
        func take(_ found: (path: String, likeness: Double, compared: Int)?, _ answer: Answer?, _ event: Int?) {
            guard let found else { return }
            if let known = best, known.likeness >= found.likeness {
                if known.likeness == found.likeness { best?.rivals += 1 }
                return
            }
            best = ReadPlace(
                answer: answer, event: event, path: found.path, likeness: found.likeness, compared: found.compared)
        }
        for answer in look.answers.prefix(answersMax) where answer.sql?.error == nil {
            if answer.sql != nil {
                for (row, document) in answer.documents.enumerated() {
                    let found = Self.place(read, in: document, &budget)
                    take(
                        found.map { ("row \(row + 1), \($0.path)", $0.likeness, $0.compared) }, answer, answer.event.id)
                }
            } else {
                for document in answer.documents {
                    take(Self.place(read, in: document, &budget), answer, answer.event.id)
                }
            }
        }
        for part in look.inputs.parts where part.kind != "headers" {
            take(Self.place(read, in: part.document, &budget, isInput: true), nil, part.event)
        }
        if best == nil, read.fault == .text, let text = read.value?.string, let trigger = look.trigger,
            let target = trigger.http?.target, !SourceText.isTrivial(text)
        {
            let parts = FormText.decoded(String(target.prefix { $0 != "?" }))
            if parts.hasSuffix("/" + text) || parts.contains("/" + text + "/") {
                return ReadPlace(
                    answer: nil, event: trigger.event.id, path: "path", likeness: 1, rivals: 0, compared: 2)
            }
        }
        return best
    }

    /// The place in a document that fits best.
    private static func place(
        _ read: FailedRead, in document: JSONValue, _ budget: inout Int, isInput: Bool = false
    ) -> (path: String, likeness: Double, compared: Int)? {
        var best: (path: String, likeness: Double, compared: Int)?
        var left = min(budget, 8000)
        let started = left
        var named = 0
        func take(_ path: String, _ likeness: Double, _ compared: Int) {
            if likeness > best?.likeness ?? 0 || likeness == best?.likeness && compared > best?.compared ?? 0 {
                best = (path, likeness, compared)
            }
        }
        func walk(_ value: JSONValue, _ path: String, _ list: String, depth: Int) {
            left -= 1
            guard left > 0, depth < 40 else { return }
            if let key = read.key, read.fault == .null {
                // A row that was found by its key, with nothing else missing in it.
                if let members = value.object, members.values.contains(where: { FailedLookup.text($0) == key }) {
                    let nulls = members.filter { $0.value == .null }.keys.sorted()
                    if nulls.count == 1 { take(path.isEmpty ? nulls[0] : "\(path).\(nulls[0])", 0.8, 1) }
                } else if let members = value.object, members[key] == .null {
                    take(path.isEmpty ? key : "\(path).\(key)", 0.8, 1)
                }
            } else if let beside = read.beside {
                if let members = value.object, let found = likeness(beside, members, read) {
                    take(path.isEmpty ? read.name : "\(path).\(read.name)", found.likeness, found.compared)
                }
            } else if read.fault == .text, let parts = read.value?.array {
                if let text = value.string, text.utf8.count < 400, isMade(text, of: parts.compactMap(\.string)) {
                    let isNamed = isSame(read.name, path)
                    take(
                        path, parts.count > 1 || isNamed ? 1 : 0.4,
                        parts.count > 1 && !SourceText.isTrivial(text) ? 2 : 1)
                }
            } else if let own = read.value, own != .null, isSame(own, value), weight(own) > 0 {
                // A variable's own value: an object or a list tells by itself; a text needs its name.
                let isNamed = path.hasSuffix(read.name) || isPlural(list, of: read.name)
                take(path, weight(own) > 1 || isNamed ? 1 : 0.5, weight(own) + (isNamed ? 1 : 0))
            } else if read.value == .null, value == .null, !list.isEmpty {
                // An element of a list that the lines around read by name.
                if read.around.contains(list) && !isInput || isPlural(list, of: read.name) { take(path, 1, 2) }
            } else if read.value == .null, value == .null, !isInput, isNameOfVariable(read.name, path) {
                // `last_build` of "lastBuild". Of several that are called so nobody knows which.
                named += 1
                take(path, named == 1 ? 0.9 : 0.4, 1)
                if named > 1 { best = best.map { ($0.path, min($0.likeness, 0.4), $0.compared) } }
            }
            if let members = value.object {
                for (key, member) in members.sorted(by: { $0.key < $1.key }) {
                    walk(member, path.isEmpty ? key : "\(path).\(key)", "", depth: depth + 1)
                }
            } else if let elements = value.array {
                let name = path.split(separator: ".").last.map { String($0.prefix { $0 != "[" }) } ?? ""
                for (index, element) in elements.prefix(500).enumerated() {
                    walk(element, "\(path)[\(index)]", name, depth: depth + 1)
                }
            }
        }
        walk(document, "", "", depth: 0)
        budget -= started - left
        return best
    }

    /// `2023.09` of `2023` and `09`.
    private static func isMade(_ text: String, of parts: [String]) -> Bool {
        if parts.count == 1 { return text == parts[0] }
        return [".", "-", ",", "/", ":", " ", ";", "|", "x", "_", ", ", "=", "@", "+"].contains {
            parts.joined(separator: $0) == text
        }
    }

    private static func isSame(_ name: String, _ path: String) -> Bool {
        let last = path.split(separator: ".").last.map { String($0.prefix { $0 != "[" }) } ?? ""
        return Inputs.isSame(name, last) || path.hasSuffix(", " + name)
    }

    /// The variable is called by all of the member's name, and that says something.
    private static func isNameOfVariable(_ name: String, _ path: String) -> Bool {
        name.count > 4 && !SourceText.isTrivial(name) && isSame(name, path)
    }

    /// `entries` of `entry`.
    private static func isPlural(_ list: String, of name: String) -> Bool {
        let (list, name) = (list.lowercased(), name.lowercased())
        return name.count > 2 && list.count > name.count && list.count <= name.count + 2
            && list.hasPrefix(name.dropLast()) && list.hasSuffix("s")
    }

    /// How many values there are in it to compare.
    private static func weight(_ value: JSONValue) -> Int {
        if let members = value.object { return members.count }
        if let elements = value.array { return elements.isEmpty ? 0 : 1 + elements.count }
        return SourceText.isTrivial(Leaf(path: "", name: "", value: value).text) ? 0 : 1
    }

    /// How alike the object in hand is to one of an answer, where that has the same fault in the same member.
    private static func likeness(
        _ beside: [String: JSONValue], _ members: [String: JSONValue], _ read: FailedRead
    ) -> (likeness: Double, compared: Int)? {
        switch read.fault {
        case .missing: guard members[read.name] == nil else { return nil }
        case .null: guard members[read.name] == .null else { return nil }
        case .kind, .text:
            guard let value = read.value, let own = members[read.name], isSame(value, own) else { return nil }
        }
        let common = Set(beside.keys).intersection(members.keys).subtracting([read.name])
        let equal = common.filter { key in beside[key].map { isSame($0, members[key] ?? .null) } ?? false }
        // Of an empty object nothing else can be compared.
        if beside.isEmpty, members.isEmpty { return (0.9, 0) }
        let isAlike = read.fault == .missing && common.count > 1 && Set(beside.keys) == Set(members.keys)
        guard !equal.isEmpty || isAlike || read.fault == .kind || read.fault == .text else { return nil }
        let all = Double(Set(beside.keys).union(members.keys).subtracting([read.name]).count)
        let own = read.fault == .kind || read.fault == .text ? 1 : 0
        guard all > 0 else { return own > 0 ? (1, 1) : nil }
        var share = Double(equal.count) / all
        // Its members were made into something else, and are the same in name.
        if isAlike, share < 0.99 { share = max(share, 0.95) }
        // The keys are the same, and some of what stands there was changed by the program, or is not shown in full.
        return (share > 0.99 ? 1 : share * 0.9, equal.count + own)
    }

    /// The same value, as far as it was printed.
    private static func isSame(_ one: JSONValue, _ other: JSONValue) -> Bool {
        if one == other { return true }
        if let members = one.object, let others = other.object {
            // Readers of XML mark attributes, and make nothing of an empty text.
            if members.keys.contains(where: { $0.hasPrefix("@") }) {
                let plain = Dictionary(
                    members.map { ($0.key.hasPrefix("@") ? String($0.key.dropFirst()) : $0.key, $0.value) },
                    uniquingKeysWith: { first, _ in first })
                return Set(plain.keys) == Set(others.keys)
                    && plain.allSatisfy {
                        ($0.value == .null && others[$0.key] == .string(""))
                            || isSame($0.value, others[$0.key] ?? .null)
                    }
            }
            return members.count == others.count
                && members.allSatisfy { isSame($0.value, others[$0.key] ?? .null) }
        }
        if let elements = one.array, let others = other.array {
            return elements.count == others.count && zip(elements, others).allSatisfy { isSame($0, $1) }
        }
        guard one.object == nil, one.array == nil, other.object == nil, other.array == nil else { return false }
        return FailedLookup.text(one) == FailedLookup.text(other)
    }
}

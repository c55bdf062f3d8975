import ReenactTimeline
import ReenactWire

/// What stands in a document where other elements of the same list have what one has: `items[3].price` beside
/// `items[0].price`.
struct Siblings {
    let document: JSONValue

    /// Elements further away tell nothing more.
    private static let elementsMax = 50
    private static let findsMax = 12

    /// Values in the same place of other elements of the innermost list for which there are any: the nearest first. Nil
    /// elements have no such member.
    func values(at path: [AnswerEdit.Step]) -> [JSONValue?] {
        for place in path.indices.reversed() {
            guard case .index(let own) = path[place],
                case .array(let list)? = AnswerEdit.value(at: path[..<place], in: document), list.count > 1
            else { continue }
            let rest = path[(place + 1)...]
            return list.indices.sorted { abs($0 - own) < abs($1 - own) }.filter { $0 != own }.prefix(Self.elementsMax)
                .map { AnswerEdit.value(at: rest, in: list[$0]) }
        }
        return []
    }

    /// Members that most elements of a list have and one has not, with a neighbour's value.
    func missing() -> [(path: [AnswerEdit.Step], name: String, value: JSONValue)] {
        var found: [(path: [AnswerEdit.Step], name: String, value: JSONValue)] = []
        func walk(_ value: JSONValue, _ path: [AnswerEdit.Step]) {
            guard found.count < Self.findsMax, path.count < 20 else { return }
            switch value {
            case .object(let members):
                for (key, member) in members.sorted(by: { $0.key < $1.key }) { walk(member, path + [.key(key)]) }
            case .array(let list):
                compare(list, path)
                for (index, element) in list.prefix(Self.elementsMax).enumerated() {
                    walk(element, path + [.index(index)])
                }
            default: break
            }
        }
        /// Objects at the same place of a list's elements, also within members: `[3].window` beside `[0].window`.
        func compare(_ list: [JSONValue], _ path: [AnswerEdit.Step], _ rest: [AnswerEdit.Step] = []) {
            guard rest.count < 6 else { return }
            let objects = list.prefix(Self.elementsMax).enumerated().compactMap { index, element in
                if case .object(let members)? = AnswerEdit.value(at: rest[...], in: element) {
                    (index, members)
                } else {
                    nil
                }
            }
            guard objects.count > 1 else { return }
            var counts: [String: Int] = [:]
            var holders: [String: Int] = [:]
            for (_, members) in objects {
                for (key, member) in members {
                    counts[key, default: 0] += 1
                    if case .object = member { holders[key, default: 0] += 1 }
                }
            }
            for (index, members) in objects {
                for (key, count) in counts.sorted(by: { $0.key < $1.key })
                where members[key] == nil && 2 * count >= objects.count {
                    let nearest = objects.filter { $0.1[key] != nil && $0.1[key] != .null }
                        .min { abs($0.0 - index) < abs($1.0 - index) }
                    guard let value = nearest?.1[key], found.count < Self.findsMax else { continue }
                    found.append((path + [.index(index)] + rest + [.key(key)], key, value))
                }
            }
            for (key, count) in holders.sorted(by: { $0.key < $1.key }).prefix(20) where count > 1 {
                compare(list, path, rest + [.key(key)])
            }
        }
        walk(document, [])
        return found
    }

    /// A value of another sort than all others in its place, with the nearest of those.
    struct Misfit {
        var path: [AnswerEdit.Step]
        var name: String
        var value: JSONValue
        var other: JSONValue
        /// So many others there are.
        var likes: Int
    }

    /// Values that are of another sort than all others in their place: an object among texts, text among lists. Of what
    /// lies within one that has several likes nothing more is told.
    func misfits() -> [Misfit] {
        var found: [Misfit] = []
        func walk(_ value: JSONValue, _ path: [AnswerEdit.Step], _ name: String) {
            guard found.count < Self.findsMax, path.count < 20 else { return }
            if !path.isEmpty, value != .null {
                let likes = likes(of: path)
                // Of two that differ either may be the odd one, and tuples are made of different things.
                if let other = other(than: value, likes), likes.count > 1 || path.last == .key(name) {
                    found.append(Misfit(path: path, name: name, value: value, other: other, likes: likes.count))
                    if likes.count > 1 { return }
                }
            }
            switch value {
            case .object(let members):
                for (key, member) in members.sorted(by: { $0.key < $1.key }) { walk(member, path + [.key(key)], key) }
            case .array(let list):
                for (index, element) in list.prefix(Self.elementsMax).enumerated() {
                    walk(element, path + [.index(index)], name)
                }
            default: break
            }
        }
        walk(document, [], "")
        return found
    }

    /// Values in the same place of other elements; of a map from keys to likes, the other values.
    private func likes(of path: [AnswerEdit.Step]) -> [JSONValue] {
        let others = values(at: path).compactMap { $0 }.filter { $0 != .null }
        guard others.isEmpty, case .key(let own)? = path.last,
            case .object(let members)? = AnswerEdit.value(at: path.dropLast(), in: document), members.count > 2
        else { return others }
        let rest = members.sorted { $0.key < $1.key }.filter { $0.key != own }.map(\.value)
        let keys = rest.map { member in if case .object(let inner) = member { Set(inner.keys) } else { Set<String>() } }
        // Only objects of one form make a map.
        guard let first = keys.first, !first.isEmpty, keys.allSatisfy({ $0 == first }) else { return [] }
        return rest
    }

    /// For a member that is nothing among members that are all lists or all objects: one of theirs.
    func neighbour(of path: [AnswerEdit.Step]) -> JSONValue? {
        guard case .key(let own)? = path.last,
            case .object(let members)? = AnswerEdit.value(at: path.dropLast(), in: document), members.count > 2
        else { return nil }
        let rest = members.sorted { $0.key < $1.key }.filter { $0.key != own }.map(\.value)
        let form = Likelihood.form(rest[0])
        guard ["list", "object"].contains(form), rest.allSatisfy({ Likelihood.form($0) == form }) else { return nil }
        return rest[0]
    }

    private func other(than value: JSONValue, _ likes: [JSONValue]) -> JSONValue? {
        guard let first = likes.first, likes.allSatisfy({ DocumentConditions.sameSort($0, first) }),
            !DocumentConditions.sameSort(value, first)
        else { return nil }
        return first
    }

    /// Of each list the element that the failing code was at: the one whose own values it held, where no other's were.
    func current(_ isHeld: (String) -> Bool) -> [[AnswerEdit.Step]] {
        var found: [[AnswerEdit.Step]] = []
        func texts(_ value: JSONValue) -> Set<String> {
            switch value {
            case .object(let members): members.values.reduce(into: []) { $0.formUnion(texts($1)) }
            case .string(let text) where text.count > 3: [text]
            case .integer(let number) where number > 999: ["\(number)"]
            default: []
            }
        }
        func walk(_ value: JSONValue, _ path: [AnswerEdit.Step]) {
            guard found.count < Self.findsMax, path.count < 20 else { return }
            switch value {
            case .object(let members):
                for (key, member) in members.sorted(by: { $0.key < $1.key }) { walk(member, path + [.key(key)]) }
            case .array(let list):
                let own = list.prefix(Self.elementsMax).map(texts)
                var counts: [String: Int] = [:]
                for text in own.joined() { counts[text, default: 0] += 1 }
                let held = own.map { texts in texts.filter { counts[$0] == 1 }.sorted().prefix(8).count(where: isHeld) }
                if list.count > 1, let most = held.max(), most > 0, held.count(where: { $0 == most }) == 1,
                    let place = held.firstIndex(of: most)
                {
                    found.append(path + [.index(place)])
                }
                for (index, element) in list.prefix(Self.elementsMax).enumerated() {
                    walk(element, path + [.index(index)])
                }
            default: break
            }
        }
        walk(document, [])
        return found
    }
}

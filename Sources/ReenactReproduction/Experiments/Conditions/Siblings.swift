import ReenactTimeline
import ReenactWire

/// What stands in a document where other elements of the same list have what one has: `items[3].price` beside
/// `items[0].price`.
struct Siblings {
    let document: JSONValue

    /// Elements further away tell nothing more.
    private static let elementsMax = 50

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
            guard found.count < 12, path.count < 20 else { return }
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
        func compare(_ list: [JSONValue], _ path: [AnswerEdit.Step]) {
            let objects = list.prefix(Self.elementsMax).enumerated().compactMap { index, element in
                if case .object(let members) = element { (index, members) } else { nil }
            }
            guard objects.count > 1 else { return }
            var counts: [String: Int] = [:]
            for (_, members) in objects { for key in members.keys { counts[key, default: 0] += 1 } }
            for (index, members) in objects {
                for (key, count) in counts.sorted(by: { $0.key < $1.key })
                where members[key] == nil && 2 * count >= objects.count {
                    let nearest = objects.filter { $0.1[key] != nil && $0.1[key] != .null }
                        .min { abs($0.0 - index) < abs($1.0 - index) }
                    guard let value = nearest?.1[key] else { continue }
                    found.append((path + [.index(index), .key(key)], key, value))
                }
            }
        }
        walk(document, [])
        return found
    }
}

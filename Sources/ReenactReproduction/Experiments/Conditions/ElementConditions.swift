import ReenactTimeline
import ReenactWire

/// Whole elements of a document's lists: one that is there and could be missing, one more where the failing code wanted
/// more.
///
/// Without an element all that is done with it is not done either, so that this explains less than a member of it does:
/// it comes behind those.
struct ElementConditions {
    let document: JSONValue
    /// Whose document it is.
    let told: String
    let event: Int?
    let target: String
    let kind: Condition.Kind
    let subject: Subject
    let make: ([AnswerEdit.Step], JSONValue?) -> Condition.Change?

    private static let foundMax = 8
    private static let elementsMax = 50
    private static let listsMax = 20

    func find(_ likelihood: Likelihood) -> [Condition] {
        let lists = lists()
        return Array((lengths(lists) + removals(lists, likelihood)).prefix(Self.foundMax))
    }

    private struct List {
        var path: [AnswerEdit.Step]
        var name: String
        var elements: [JSONValue]
    }

    private func lists() -> [List] {
        var found: [List] = []
        func walk(_ value: JSONValue, _ path: [AnswerEdit.Step], _ name: String) {
            guard found.count < Self.listsMax, path.count < 20 else { return }
            switch value {
            case .object(let members):
                for (key, member) in members.sorted(by: { $0.key < $1.key }) { walk(member, path + [.key(key)], key) }
            case .array(let list) where !list.isEmpty:
                found.append(List(path: path, name: name, elements: list))
                for (index, element) in list.prefix(10).enumerated() { walk(element, path + [.index(index)], name) }
            default: break
            }
        }
        walk(document, [], "")
        return found
    }

    /// What speaks for an element is what speaks for the likeliest of its values, and that it stands there twice.
    private func removals(_ lists: [List], _ likelihood: Likelihood) -> [Condition] {
        let leaves = DocumentConditions.leaves(of: document).map { (path: $0.path, score: likelihood.score($0)) }
        let ranked = lists.flatMap { list -> [(path: [AnswerEdit.Step], value: JSONValue, score: Int)] in
            guard list.elements.count > 1 else { return [] }
            return list.elements.prefix(Self.elementsMax).enumerated().map { index, element in
                let path = list.path + [.index(index)]
                let most = leaves.lazy.filter { $0.path.starts(with: path) }.map(\.score).max() ?? 0
                let isTwice = list.elements[..<index].contains(element)
                return (path, element, most + (isTwice ? Likelihood.strong : 0))
            }
        }
        return ranked.enumerated().sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }
            .compactMap { _, one in
                var condition = condition(
                    one.path, "\(DocumentConditions.text(one.path)) of \(told) was \(StandIn.told(one.value))",
                    "not in the list", nil, .remote)
                condition?.score = min(one.score, Likelihood.told - 1)
                return condition
            }
    }

    /// The failing code counted on another number of elements.
    private func lengths(_ lists: [List]) -> [Condition] {
        let words = subject.look.types + " " + subject.look.message
        let isShort = [
            "IndexError", "index out of range", "out of bounds", "not enough values to unpack", "Undefined array key",
            "Undefined offset", "OutOfBounds", "index out of bounds", "outside of array bounds",
        ].contains(where: words.contains)
        let isLong = [
            "too many values to unpack", "MultipleObjectsReturned", "MultipleResultsFound", "more than one",
            "expected exactly one", "expected at most one", "duplicate",
        ].contains(where: words.contains)
        guard isShort || isLong else { return [] }
        return lists.compactMap { list in
            let count = list.elements.count
            guard count <= Self.elementsMax, let last = list.elements.last, isShort || count > 1 else { return nil }
            let place = DocumentConditions.text(list.path)
            return condition(
                list.path + [.index(isShort ? count : count - 1)],
                "\(place.isEmpty ? told : "\(place) of \(told)") had \(count == 1 ? "1 element" : "\(count) elements")",
                isShort ? "\(count + 1), the last one twice" : "\(count - 1), without the last one",
                isShort ? Optional.some(last) : Optional.none, subject.names(list.name) ? .suspect : .possible)
        }
    }

    private func condition(
        _ path: [AnswerEdit.Step], _ recorded: String, _ changed: String, _ value: JSONValue?, _ stage: Condition.Stage
    ) -> Condition? {
        guard let change = make(path, value) else { return nil }
        return Condition(
            kind, recorded: recorded, changed: changed, event: event,
            target: "\(target) \(DocumentConditions.text(path))", stage: stage, change: change)
    }
}

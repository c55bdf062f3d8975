import ReenactTimeline
import ReenactWire

/// How much speaks for a member of a document as the cause: of several suspects the likelier one is tried first.
struct Likelihood {
    /// From here on a condition is worth an attempt of its own.
    static let strong = 4
    /// The verdict speaks of just this value.
    static let told = 8

    let siblings: Siblings
    let healthy: JSONValue?
    let subject: Subject
    private let current: [[AnswerEdit.Step]]

    init(_ siblings: Siblings, healthy: JSONValue?, _ subject: Subject) {
        self.siblings = siblings
        self.healthy = healthy
        self.subject = subject
        current = siblings.current(subject.reaches)
    }

    func score(_ leaf: DocumentConditions.Leaf) -> Int {
        let text = DocumentConditions.plainText(leaf.value)
        var score = 0
        if subject.isTold(leaf.name, text) || subject.isTold(place: DocumentConditions.text(leaf.path)) {
            score += Self.told
        }
        score += said(text)
        if isOdd(leaf) { score += 4 }
        if leaf.value == .null { score += 1 }
        if isNamed(leaf.name, in: subject.source.near) || subject.look.message.contains("'\(leaf.name)'") {
            score += 3
        } else if isNamed(leaf.name, in: subject.source.all) {
            score += 1
        }
        if isCurrent(leaf) { score += 2 }
        return score
    }

    /// A message begins with what is wrong; behind that some quote all that they were given.
    private func said(_ text: String) -> Int {
        guard !text.isEmpty, subject.says(text) else { return 0 }
        let message = subject.look.message
        return message.prefix(160).contains(text) ? 5 : 1
    }

    func isCurrent(_ leaf: DocumentConditions.Leaf) -> Bool { current.contains { leaf.path.starts(with: $0) } }

    /// It has another form than its likes have, or than it had when all was well.
    func isOdd(_ leaf: DocumentConditions.Leaf) -> Bool {
        if let before = healthy.flatMap({ AnswerEdit.value(at: leaf.path[...], in: $0) }) {
            let (then, now) = (Self.form(before), Self.form(leaf.value))
            // Texts are seldom the same twice; of patterns, dates and codes tell.
            if Self.isText(then) || then == "empty", Self.isText(now) || now == "empty" {
                return then != now && then.hasPrefix("text ") && now.hasPrefix("text ") && then.count > 6
            }
            return then != now
        }
        let others = siblings.values(at: leaf.path).compactMap { $0 }
        if others.isEmpty { return leaf.value == .null && siblings.neighbour(of: leaf.path) != nil }
        return Self.isOdd(leaf.value, among: others)
    }

    /// Whether all others have one form, and the value another.
    static func isOdd(_ value: JSONValue, among others: [JSONValue]) -> Bool {
        guard others.count > 1, let form = others.first.map(form) else { return false }
        if form == self.form(value) { return isLonger(value, than: others, form) }
        // Words are of all forms; numbers, dates and codes of one.
        guard
            value == .null || form != "text" && self.form(value) != "text" || !isText(form) || !isText(self.form(value))
        else { return false }
        return others.allSatisfy { self.form($0) == form }
    }

    /// `20230-01-01` among dates of one length.
    private static func isLonger(_ value: JSONValue, than others: [JSONValue], _ form: String) -> Bool {
        guard form.contains("9-9-9") || form.contains("9:9") || form.contains("9/9/9") || form.contains("9.9.9"),
            let length = others.first?.string?.count, let own = value.string?.count, own != length
        else { return false }
        return others.allSatisfy { $0.string?.count == length && self.form($0) == form }
    }

    private static func isText(_ form: String) -> Bool { form == "text" || form.hasPrefix("text ") }

    /// The sort of a value, and of texts with digits their pattern: `text 9-9-9`.
    static func form(_ value: JSONValue) -> String {
        switch value {
        case .null: return "null"
        case .bool: return "bool"
        case .integer, .number: return "number"
        case .array: return "list"
        case .object: return "object"
        case .string(let text):
            guard text.utf8.count <= 60, text.contains(where: \.isNumber) else {
                return text.isEmpty ? "empty" : "text"
            }
            var pattern = "text "
            var last: Character = " "
            for character in text {
                let kind: Character = character.isNumber ? "9" : character.isLetter ? "a" : character
                if kind != last || !(kind == "9" || kind == "a") { pattern.append(kind) }
                last = kind
            }
            return pattern
        }
    }

    private func isNamed(_ name: String, in text: String) -> Bool { name.count > 1 && text.contains(name) }
}

import ReenactTimeline

/// The exception shows a value, or a whole object, that an answer or the input brought, and says that it is no good.
public struct ShownValue: Rule {
    public static let name = "shown-value"
    public static let precondition =
        "the exception says that something is invalid, unknown, unsupported or out of bounds, and shows what"
    public static let evidence =
        "an object that the message prints is one of an answer's; or a telling value in it stands in an answer or the input"
    public static let counterEvidence = "the same value stands in many places, or came both ways"

    public init() {}

    /// What is said of a value; and what is said of anything, which is enough only where a whole object is shown.
    private static let words = [
        "out of bounds", "out of range", "unsupported", "not supported", "malformed", "illegal", "invalid",
        "not a valid",
        "not valid", "unrecognized", "unrecognised", "unknown", "does not match", "doesn't match", "badly formed",
        "not compliant", "parse", "convert", "too large", "too long", "too small", "overflow", "not understood",
        "valueerror",
    ]
    private static let wordsOfObjects = [
        "unable to", "could not", "cannot", "can't", "must be", "expected", "no algorithm", "typeerror", "missing",
    ]

    private static let answersMax = 20

    public func judge(_ look: Look) -> [Finding] {
        guard !look.chain.isEmpty else { return [] }
        let isOfValue = look.complaint.mentions(Self.words)
        guard isOfValue || look.complaint.mentions(Self.wordsOfObjects) else { return [] }
        return object(look, isOfValue) ?? (isOfValue ? value(look) : [])
    }

    /// `Unable to find an algorithm for key: {'kid': 'enc-2024', …}`.
    private func object(_ look: Look, _ isOfValue: Bool) -> [Finding]? {
        for message in look.messages {
            for printed in Self.printed(in: message) {
                for answer in look.answers.prefix(Self.answersMax) where answer.sql?.error == nil {
                    for document in answer.documents {
                        guard let path = Self.path(to: printed, in: document) else { continue }
                        // Libraries show all that they were reading, and say beside it what was wrong there.
                        if path.isEmpty, isOfValue, case let told = value(look), !told.isEmpty { return told }
                        let place = path.isEmpty ? "an object" : Phrase.quote(path)
                        let known = Self.name(of: printed).map { " (\($0))" } ?? ""
                        return [
                            finding(
                                look, "unknown-value", .interaction, [answer.event.id], 0.8,
                                "\(Self.brought(answer, look)) \(place)\(known)")
                        ]
                    }
                }
                for part in look.inputs.parts {
                    guard let path = Self.path(to: printed, in: part.document) else { continue }
                    return [
                        finding(
                            look, "malformed-input", .input, part.event.map { [$0] } ?? [], 0.78,
                            "\(Phrase.input(look)) brought \(path.isEmpty ? "an object" : Phrase.quote(path))")
                    ]
                }
            }
        }
        return nil
    }

    /// `Out of bounds nanosecond timestamp: 9999-12-31 …`, `Invalid date value or format "2024-05-01T10:00:00Z"`.
    private func value(_ look: Look) -> [Finding] {
        let text = look.messages.prefix(3).joined(separator: "\n")
        guard text.utf8.count <= 20_000 else { return [] }
        let quoted = Set(look.messages.flatMap { SourceText.quoted($0) } + look.messages.compactMap(Self.bare))
        func isShown(_ text: String, in message: String) -> Bool {
            guard text.count >= 3, text.count <= 400, !(text.allSatisfy(\.isNumber) && text.count < 6) else {
                return false
            }
            if quoted.contains(text) { return true }
            return text.count >= 6 && !SourceText.isTrivial(text) && SourceText.contains(message, word: text)
        }
        var found: [(leaf: Leaf, answer: Answer)] = []
        for answer in look.answers.prefix(Self.answersMax)
        where answer.sql?.error == nil && (answer.http?.status ?? 200) < 400 {
            let asked = Set((answer.sql?.params ?? []).map { Leaf(path: "", name: "", value: $0).text })
            for leaf in answer.leaves where isShown(leaf.text, in: text) && !asked.contains(leaf.text) {
                found.append((leaf, answer))
            }
        }
        let brought = look.inputs.parts.flatMap { part in
            Leaf.all(in: part.document).filter { isShown($0.text, in: text) }.map { (leaf: $0, part: part) }
        }
        if let (leaf, part) = brought.max(by: { $0.leaf.text.count < $1.leaf.text.count }) {
            // The longest says most; what an answer only gave back came from the request.
            guard found.allSatisfy({ $0.leaf.text.count <= leaf.text.count }) else { return answered(found, look) }
            let where_ = part.kind == "headers" ? "the header " : part.kind == "cookies" ? "the cookie " : ""
            let isQuoted = quoted.contains(leaf.text)
            return [
                finding(
                    look, "malformed-input", .input, part.event.map { [$0] } ?? [],
                    (isQuoted ? 0.8 : 0.7) - (found.isEmpty ? 0 : 0.12),
                    "\(Phrase.input(look)) brought \(Phrase.quote(leaf.text, 60)) in \(where_)\(Phrase.quote(leaf.path))"
                )
            ]
        }
        return answered(found, look)
    }

    /// A value that a message shows without quotes: `Cannot convert 262.5 to a BigInt`, `Bad value for type int : x`.
    private static func bare(_ message: String) -> String? {
        let line = message.prefix { $0 != "\n" }.prefix(300)
        if let begin = line.range(of: "convert "), let end = line[begin.upperBound...].range(of: " to ") {
            let value = line[begin.upperBound..<end.lowerBound]
            return value.count >= 3 && !value.contains(" ") ? String(value) : nil
        }
        guard let range = line.range(of: " : "), line.hasPrefix("Bad value") || line.contains("nvalid value") else {
            return nil
        }
        return String(line[range.upperBound...])
    }

    private func answered(_ found: [(leaf: Leaf, answer: Answer)], _ look: Look) -> [Finding] {
        guard let best = found.max(by: { $0.leaf.text.count < $1.leaf.text.count }) else { return written(look) }
        let texts = Set(found.filter { $0.leaf.text == best.leaf.text }.map { "\($0.answer.event.id) \($0.leaf.path)" })
        let isNear = look.distance(best.answer.event) <= 3
        let confidence = 0.76 - (texts.count > 2 ? 0.14 : 0) - (isNear ? 0 : 0.1)
        return [
            finding(
                look, "malformed-answer", .dependency, [best.answer.event.id], confidence,
                "\(Self.brought(best.answer, look)) \(Phrase.quote(best.leaf.text, 60))"
                    + (best.leaf.path.isEmpty ? "" : " in \(Phrase.quote(best.leaf.path))")
            )
        ]
    }

    /// A telling value that the message quotes stands in a page, or in another text that is no document.
    private func written(_ look: Look) -> [Finding] {
        for text in look.messages.flatMap({ SourceText.quoted($0) })
        where text.count >= 6 && text.count <= 200 && !SourceText.isTrivial(text) && !text.contains(" ") {
            for answer in look.answers.prefix(5) {
                guard let http = answer.http, http.json == nil, !http.body.isEmpty, (http.status ?? 500) < 400,
                    SourceText.contains(http.body, word: text)
                else { continue }
                return [
                    finding(
                        look, "malformed-answer", .dependency, [answer.event.id],
                        look.distance(answer.event) <= 1 ? 0.78 : 0.66,
                        "\(Self.brought(answer, look)) \(Phrase.body(http)) in which \(Phrase.quote(text, 60)) stands")
                ]
            }
        }
        return []
    }

    private static func brought(_ answer: Answer, _ look: Look) -> String {
        "\(Phrase.call(answer, look.failure)) "
            + (answer.http.map { "answered \($0.status ?? 200) with" } ?? (answer.sql == nil ? "answered" : "returned"))
    }

    /// Objects and lists that a message prints.
    private static func printed(in message: String) -> [JSONValue] {
        var found: [JSONValue] = []
        var rest = Substring(message.prefix(8000))
        while let open = rest.firstIndex(of: "{"), found.count < 3 {
            rest = rest[open...]
            if let value = PrintedValue.parse(String(rest)), let members = value.object, members.count >= 2 {
                found.append(value)
            }
            rest = rest.dropFirst()
        }
        return found
    }

    /// Where in a document an object stands that the printed one shows, as far as it was not cut.
    private static func path(to printed: JSONValue, in document: JSONValue) -> String? {
        guard let shown = printed.object, shown.count >= 2 else { return nil }
        func isSame(_ members: [String: JSONValue]) -> Bool {
            guard members.count >= shown.count else { return false }
            // The last one may have been cut in the middle.
            let equal = shown.filter { key, value in
                members[key].map { own in
                    own == value
                        || Leaf(path: "", name: "", value: own).text == Leaf(path: "", name: "", value: value).text
                } ?? false
            }
            return equal.count >= 2 && equal.count + 1 >= shown.count
        }
        var budget = 5000
        func walk(_ value: JSONValue, _ path: String) -> String? {
            budget -= 1
            guard budget > 0 else { return nil }
            if let members = value.object {
                if isSame(members) { return path }
                for (key, member) in members.sorted(by: { $0.key < $1.key }) {
                    if let found = walk(member, path.isEmpty ? key : "\(path).\(key)") { return found }
                }
            }
            for (index, element) in (value.array ?? []).enumerated() {
                if let found = walk(element, "\(path)[\(index)]") { return found }
            }
            return nil
        }
        return walk(document, "")
    }

    /// What an object is called by: `kid "enc-2024"`.
    private static func name(of printed: JSONValue) -> String? {
        let members = printed.object ?? [:]
        let key = ["id", "name", "key", "code", "kid", "sku", "uuid", "type"].first { members[$0]?.string != nil }
        return key.map { "\($0) \(Phrase.quote(members[$0]?.string ?? "", 40))" }
    }

    private func finding(
        _ look: Look, _ causeClass: String, _ responsibility: Verdict.Responsibility, _ evidence: [Int],
        _ confidence: Double, _ what: String
    ) -> Finding {
        Finding(
            causeClass, responsibility, evidence: evidence, confidence: confidence,
            "\(what); \(Phrase.doing(look)) has no use for it (\(Phrase.exception(look))).")
    }
}

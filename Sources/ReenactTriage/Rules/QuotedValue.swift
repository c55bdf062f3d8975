import ReenactTimeline

/// The message quotes a value, whatever it says of it, and just one answer brought that.
///
/// The last resort of those that look for values: it knows nothing of the words, so it is never very sure.
public struct QuotedValue: Rule {
    public static let name = "quoted-value"
    public static let precondition = "the exception, or what was printed, quotes a value that is no name of the code's"
    public static let evidence = "an answer shortly before holds exactly that value"
    public static let counterEvidence =
        "the program asked with it; the input brought it; it stands in the code, or in answers that did no harm"

    public init() {}

    private static let answersMax = 6

    public func judge(_ look: Look) -> [Finding] {
        guard !look.answers.isEmpty else { return [] }
        // What holds nothing at all was not filled by the program.
        if let held = look.failedLookup?.held, held.isEmpty { return [] }
        guard !UnknownValue.isLookedUpInNothing(look) else { return [] }
        for text in Self.quoted(look) {
            if let finding = self.finding(text, look) { return [finding] }
        }
        return []
    }

    /// Values that the message quotes, the first ones first; also what it quotes of an exception: `KeyError('x')`.
    static func quoted(_ look: Look) -> [String] {
        var found: [String] = []
        for message in look.messages.prefix(3) where message.utf8.count <= 20_000 {
            let own = look.throwFrames.prefix(3).map(\.source)
            for text in SourceText.quoted(String(message.prefix(4000)), limit: 30) {
                let text = SourceText.unquoted(text)
                guard text.count >= 3, text.count <= 200, !SourceText.isTrivial(text), !found.contains(text),
                    !text.contains("\n"), !types.contains(text), !own.contains(where: { $0.contains(text) })
                else { continue }
                found.append(text)
            }
        }
        return found
    }

    private static let types: Set<String> = [
        "NoneType", "bytes", "float", "tuple", "bool", "function", "method", "module", "generator", "coroutine",
        "datetime", "property", "builtin_function_or_method", "Decimal", "UUID", "date", "set",
    ]

    private func finding(_ text: String, _ look: Look) -> Finding? {
        if look.inputs.parts.contains(where: { Leaf.all(in: $0.document).contains { $0.text == text } }) { return nil }
        if look.failure.environment.command.contains(where: { $0.contains(text) }) { return nil }
        var hits: [(answer: Answer, leaf: Leaf)] = []
        for answer in look.answers.prefix(Self.answersMax) {
            guard (answer.http?.status ?? 200) < 400, answer.sql?.error == nil, !answer.waits else { continue }
            let asked =
                (answer.sql?.params ?? []).map { Leaf(path: "", name: "", value: $0).text }
                + (answer.redis?.arguments ?? [])
            // A name that the statement or the question itself spells.
            if asked.contains(text) || answer.sql?.sql.contains(text) ?? false { return nil }
            if let target = answer.http?.target, FormText.decoded(target).contains(text) { return nil }
            let leaves = answer.leaves
            if leaves.contains(where: { $0.name == text || $0.path.contains(text) }) { return nil }
            hits += leaves.filter { $0.text == text }.map { (answer, $0) }
            hits += Self.headers(answer).filter { $0.text == text || Self.host($0.text) == text }.map { (answer, $0) }
        }
        guard let (answer, leaf) = hits.first, hits.count <= 3 else { return nil }
        // It did no harm before.
        let isUsual = look.earlier.suffix(60).contains { other in
            other.event.id < answer.event.id && Self.isAlike(other, answer)
                && other.leaves.contains { $0.text == text && $0.name == leaf.name }
        }
        guard !isUsual else { return nil }
        let isOnly = Set(hits.map { "\($0.answer.event.id) \($0.leaf.path)" }).count == 1
        let isFirst = look.distance(answer.event) <= 1
        let verb =
            answer.http.map { "answered \($0.status ?? 200) with" } ?? (answer.sql == nil ? "answered" : "returned")
        let place = leaf.path.isEmpty ? "" : " in \(Phrase.quote(leaf.path))"
        let tail =
            look.chain.isEmpty
            ? "the program printed \(Phrase.quote(look.message, 80))"
            : "\(Phrase.doing(look)) has no use for it (\(Phrase.exception(look)))"
        return Finding(
            "unknown-value", .interaction, evidence: [answer.event.id],
            confidence: 0.66 + (isFirst ? 0.06 : 0) - (isOnly ? 0 : 0.08),
            "\(Phrase.call(answer, look.failure)) \(verb) \(Phrase.quote(text, 60))\(place); \(tail).")
    }

    /// What a client says of an address that it was sent to is often the host alone: `'.example.com', label empty or too long`.
    private static func host(_ address: String) -> String? {
        address.firstRange(of: "://").map { scheme in
            String(address[scheme.upperBound...].prefix { !"/?#:".contains($0) })
        }
    }

    /// Header fields, those that came several times joined as programs see them.
    private static func headers(_ answer: Answer) -> [Leaf] {
        guard answer.http != nil else { return [] }
        var values: [String: [String]] = [:]
        for pair in answer.event.detail["responseHeaders"]?.array ?? [] {
            guard let name = (pair[0] ?? pair["name"])?.string, let value = (pair[1] ?? pair["value"])?.string
            else { continue }
            values[name.lowercased(), default: []].append(value)
        }
        return values.sorted { $0.key < $1.key }.map { name, all in
            Leaf(path: "header \(name)", name: name, value: .string(all.joined(separator: ", ")))
        }
    }

    private static func isAlike(_ one: Answer, _ other: Answer) -> Bool {
        if let sql = one.sql { return sql.sql == other.sql?.sql }
        if let http = one.http { return http.endpoint == other.http?.endpoint }
        return one.redis?.command == other.redis?.command && one.redis != nil
    }
}

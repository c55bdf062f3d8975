import ReenactTimeline

/// Bytes were not in the character encoding that the program reads or writes.
public struct EncodingFailure: Rule {
    public static let name = "encoding-failure"
    public static let precondition = "the exception is about decoding or encoding text"
    public static let evidence = "the last answer, or the request, has a body that is no UTF-8"
    public static let counterEvidence = "every body was good text: then only the words of the exception speak"

    public init() {}

    /// JSON may spell one half of a pair alone (`\\ud83d`): no text of Unicode holds that (RFC 8259, section 8.2).
    private static func holdsSurrogate(_ body: String) -> Bool {
        let text = body.lowercased()
        return ["\\ud8", "\\ud9", "\\uda", "\\udb", "\\udc", "\\udd", "\\ude", "\\udf"].contains { text.contains($0) }
    }

    public func judge(_ look: Look) -> [Finding] {
        guard
            look.complaint.mentions([
                "unicodedecodeerror", "unicodeencodeerror", "malformed utf-8", "invalid byte sequence", "invalid utf-8",
                "err_encoding_invalid_encoded_data", "encoding::", "malformedinputexception", "illegal byte sequence",
                "incorrect string value", "invalid start byte", "invalid continuation byte", "unmappablecharacter",
                "character with byte sequence",
            ])
        else { return [] }
        let rejected = SQLError.all(look).first { ["22021", "22P05", "1366"].contains($0.code) }
        let foreign = look.answers.prefix(10).first { $0.http?.isBinary ?? false }
        let inputIsForeign =
            look.trigger?.http.map { _ in look.trigger?.event.detail["requestBody"]?["base64"] != nil } ?? false
        let tail = "\(Phrase.doing(look)) raised \(Phrase.exception(look))."
        if look.complaint.mentions(["surrogates not allowed"]), let trigger = look.trigger,
            trigger.http.map({ Self.holdsSurrogate($0.requestBody) }) ?? false
        {
            return [
                Finding(
                    "encoding-error", .input, evidence: [trigger.event.id], confidence: 0.92,
                    "The body of \(Phrase.call(trigger, look.failure)) holds half of a surrogate pair; \(tail)")
            ]
        }
        if let rejected {
            return [rejected.finding("encoding-error", .input, look)]
        }
        if inputIsForeign, let trigger = look.trigger, foreign == nil {
            return [
                Finding(
                    "encoding-error", .input, evidence: [trigger.event.id], confidence: 0.92,
                    "The body of \(Phrase.call(trigger, look.failure)) is not UTF-8; \(tail)")
            ]
        }
        if let found = ForeignBytes.leaf(look) {
            return [
                Finding(
                    "encoding-error", .dependency, evidence: [found.answer.event.id],
                    confidence: found.isPlaced ? 0.92 : 0.8,
                    "\(Phrase.call(found.answer, look.failure)) brought \(found.leaf.path.isEmpty ? "" : "\(Phrase.quote(found.leaf.path)) in ")bytes that are not UTF-8 (\(Phrase.quote(found.leaf.text, 40))); \(tail)"
                )
            ]
        }
        if foreign == nil, let trigger = look.trigger, let name = ForeignBytes.parameter(look) {
            return [
                Finding(
                    "encoding-error", .input, evidence: [trigger.event.id], confidence: 0.9,
                    "\(Phrase.call(trigger, look.failure)) brought \(Phrase.quote(name)) in bytes that are not UTF-8; \(tail)"
                )
            ]
        }
        if let foreign {
            return [
                Finding(
                    "encoding-error", .dependency, evidence: [foreign.event.id], confidence: 0.9,
                    "\(Phrase.call(foreign, look.failure)) answered with bytes that are not UTF-8; \(tail)")
            ]
        }
        return [
            Finding(
                "encoding-error", .interaction, evidence: [], confidence: 0.75,
                "Text was not in the encoding that the program expects; \(tail)")
        ]
    }
}

import ReenactHTTP
import ReenactTimeline
import ReenactTriage

/// A text that is not UTF-8: with a member exchanged it would be written anew, every byte of it, so that no experiment
/// could tell the member's value from the text's encoding. The encoding is the condition, then.
enum EncodingConditions {
    /// - Returns: nil where the answer's body is UTF-8, or empty.
    static func answer(_ event: Event, _ message: HTTPMessage, _ subject: Subject) -> [Condition]? {
        guard let text = readable(message) else { return nil }
        let type = message["content-type"] ?? ""
        let bytes =
            type.lowercased().contains("charset=")
            ? message.written(body: text, with: ("Content-Type", "\(type.prefix { $0 != ";" }); charset=utf-8"))
            : message.written(body: text)
        return [
            Condition(
                .answer, recorded: "\(event.summary) answered bytes that are not UTF-8",
                changed: "the same text in UTF-8", event: event.id, target: "event \(event.id)",
                stage: isSuspect(event, subject) ? .suspect : .possible,
                change: .edit(event: event.id, .whole(bytes)))
        ]
    }

    /// - Returns: nil where the request's body is UTF-8, or empty.
    static func request(_ event: Event, _ message: HTTPMessage, _ subject: Subject) -> [Condition]? {
        guard let text = readable(message), let body = message.plainBody else { return nil }
        return [
            Condition(
                .input, recorded: "the body of \(event.summary) was not UTF-8", changed: "the same text in UTF-8",
                event: event.id, target: "input body", stage: isSuspect(event, subject) ? .suspect : .possible,
                change: .input(.splice(0..<body.count, text)))
        ]
    }

    private static func isSuspect(_ event: Event, _ subject: Subject) -> Bool {
        subject.isEvidence(event) || subject.verdict.causeClass == "encoding-error"
            || subject.look.types.contains("Unicode")
    }

    /// The body in UTF-8, read as one byte a character, as which any byte can be read; nil where it is UTF-8 already, or
    /// no text at all.
    private static func readable(_ message: HTTPMessage) -> [UInt8]? {
        guard let body = message.plainBody, !body.isEmpty, String(validating: body, as: UTF8.self) == nil,
            !body.contains(0)
        else { return nil }
        return body.flatMap { byte in byte < 0x80 ? [byte] : [0xC0 | byte >> 6, 0x80 | byte & 0x3F] }
    }
}

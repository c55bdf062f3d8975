import ReenactTimeline
import ReenactWire

/// What could have been otherwise in the message, on a connection that had been upgraded (WebSocket), that set the failing
/// code off.
enum SaidConditions {
    private static let bytesMax = 1 << 20

    static func find(_ event: Event, _ subject: Subject) -> [Condition] {
        guard let document = document(of: event) else { return [] }
        return DocumentConditions.find(
            in: document, healthy: earlier(event, document, subject), told: event.summary, event: event.id,
            target: "input message", isSuspect: false, kind: .input, subject
        ) { path, value in .input(.message(path, value)) }
    }

    /// The message as JSON; nil where it is none.
    static func document(of event: Event) -> JSONValue? {
        guard let text = event.detail["request"]?["text"]?.string, text.utf8.count <= bytesMax else { return nil }
        return JSONParser.parse(text)
    }

    /// Of the messages before it that went well the one that has most in common with it, the latest of equals.
    private static func earlier(
        _ event: Event, _ document: JSONValue, _ subject: Subject
    ) -> (json: JSONValue, place: String)? {
        let own = DocumentConditions.leaves(of: document)
        var best: (likeness: Int, json: JSONValue)?
        for other in subject.failure.events
        where other.detail["websocket"] == event.detail["websocket"] && other.kind == .request && other.id < event.id
            && other.outcome == .ok
        {
            guard let json = Self.document(of: other), json != document else { continue }
            let leaves = DocumentConditions.leaves(of: json)
            let likeness = own.count { leaf in leaves.contains { $0.path == leaf.path && $0.value == leaf.value } }
            if likeness >= best?.likeness ?? 0 { best = (likeness, json) }
        }
        return best.map { ($0.json, "an earlier message") }
    }
}

import ReenactTimeline
import ReenactWire

/// Members of JSON that stands in messages of a protocol that nobody reads (NATS, AMQP, JSON in lines), or in items of
/// memcached; and items that memcached did not have.
enum MessageConditions {
    private static let bytesMax = 1 << 20

    static func find(_ subject: Subject) -> [Condition] {
        subject.calls.filter {
            ["raw", "memcached"].contains($0.protocolName) && $0.kind == .call && $0.detail["websocket"] == nil
        }.flatMap { event -> [Condition] in
            guard let range = event.response, range.length <= bytesMax,
                let connection = event.connection.flatMap(subject.failure.connection)
            else { return [] }
            let found = EmbeddedJSON.find(in: connection.bytes(range, from: .server))
            guard let document = EmbeddedJSON.document(of: found) else { return missing(event, subject) }
            return DocumentConditions.find(
                in: document, healthy: nil, told: told(event), event: event.id, target: "event \(event.id)",
                isSuspect: subject.isEvidence(event), subject
            ) { path, value in .edit(event: event.id, .member(path, value)) }
        }
    }

    private static func told(_ event: Event) -> String {
        guard event.protocolName == "raw" else { return event.summary }
        return event.peer.isEmpty ? "the answer to \(event.summary)" : "what \(event.peer) answered"
    }

    /// The item was not there: as a like key's was, else a plain one.
    private static func missing(_ event: Event, _ subject: Subject) -> [Condition] {
        guard event.protocolName == "memcached", event.detail["items"] == nil,
            ["END", "EN"].contains(event.detail["reply"]?.string ?? ""),
            let key = event.detail["args"]?[0]?.string, let command = event.detail["command"]?.string,
            ["get", "gets", "mg"].contains(command)
        else { return [] }
        func answer(_ text: String) -> [UInt8] {
            let cas = command == "gets" ? " 1" : ""
            let head = command == "mg" ? "VA \(text.utf8.count)" : "VALUE \(key) 0 \(text.utf8.count)\(cas)"
            return Array("\(head)\r\n\(text)\r\n\(command == "mg" ? "" : "END\r\n")".utf8)
        }
        return ["1", "{}", "text"].enumerated().map { index, text in
            Condition(
                .answer, recorded: "\(event.summary) answered that there is none", changed: "\"\(text)\"",
                event: event.id, target: "event \(event.id)", stage: index == 0 ? .possible : .remote,
                change: .edit(event: event.id, .whole(answer(text))))
        }
    }
}

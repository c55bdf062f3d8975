import ReenactHTTP
import ReenactTimeline
import ReenactWire

/// Single attributes and elements of an answer in XML that could have been otherwise.
enum MarkupConditions {
    static func find(
        _ event: Event, _ message: HTTPMessage, _ healthy: [HealthyAnswer.Found], _ subject: Subject
    ) -> [Condition] {
        guard let body = message.plainBody, let own = Markup.document(body) else { return [] }
        return DocumentConditions.find(
            in: own.json, healthy: good(event, own, healthy, subject), told: event.summary, event: event.id,
            target: "event \(event.id)", isSuspect: subject.isEvidence(event), subject
        ) { path, value in
            guard let edit = own.edit(path, value), case .bytes(let bytes) = edit.form else { return nil }
            return .edit(event: event.id, .splice(edit.range, bytes))
        }
    }

    /// The same document when it was well, else another one of the same kind that the program got on with.
    private static func good(
        _ event: Event, _ own: TextDocument, _ healthy: [HealthyAnswer.Found], _ subject: Subject
    ) -> (json: JSONValue, place: String)? {
        for found in healthy {
            let body = HTTPMessage(found.bytes, side: .server)?.plainBody
            if let json = body.flatMap(Markup.document)?.json { return (json, found.place) }
        }
        for other in subject.calls
        where other.id < event.id && other.protocolName == "http" && other.outcome.rawValue.hasPrefix("http:2") {
            guard let range = other.response, let connection = other.connection.flatMap(subject.failure.connection),
                let message = HTTPMessage(connection.bytes(range, from: .server), side: .server),
                let json = message.plainBody.flatMap(Markup.document)?.json, root(json) == root(own.json)
            else { continue }
            return (json, "event \(other.id)")
        }
        return nil
    }

    private static func root(_ json: JSONValue) -> String? {
        if case .object(let members) = json { members.keys.first } else { nil }
    }
}

import ReenactHTTP
import ReenactTimeline

/// What a peer answered when it was well: good answers of the same endpoint, in this case and in others.
enum HealthyAnswer {
    struct Found: Sendable, Equatable {
        var bytes: [UInt8]
        /// `event 3 of 20261121-081502-4f2a`.
        var place: String
        var detail: JSONValue
    }

    /// Successes over HTTP of the same endpoint, this case's own first, the nearest query first.
    static func http(_ event: Event, _ subject: Subject, limit: Int = 3) -> [Found] {
        find(event, subject, limit: limit, isSame: { endpoint($0) == endpoint(event) }) {
            $0.outcome.rawValue.hasPrefix("http:2")
        }
    }

    /// Good answers to the same statement, whatever its values.
    static func sql(_ event: Event, _ subject: Subject, limit: Int = 3, _ isGood: (Event) -> Bool) -> [Found] {
        guard let sql = event.detail["sql"]?.string else { return [] }
        return find(event, subject, limit: limit, isSame: { $0.detail["sql"]?.string == sql }, isGood: isGood)
    }

    /// Good replies to the same command on a key of the same form.
    static func redis(_ event: Event, _ subject: Subject) -> [Found] {
        let pattern = keyPattern(event)
        // The same once more is no other form.
        let isGood: (Event) -> Bool = { $0.detail["reply"].map { $0 != .null && $0 != event.detail["reply"] } ?? false }
        let found = find(event, subject, limit: 2, isSame: { keyPattern($0) == pattern }, isGood: isGood)
        // What says of a key what it is says so of others, too.
        guard found.isEmpty, let command = event.detail["command"]?.string, ["TYPE", "OBJECT"].contains(command) else {
            return found
        }
        return find(event, subject, limit: 2, isSame: { $0.detail["command"]?.string == command }, isGood: isGood)
    }

    private static func find(
        _ event: Event, _ subject: Subject, limit: Int, isSame: (Event) -> Bool, isGood: (Event) -> Bool
    ) -> [Found] {
        var found: [Found] = []
        for source in subject.sources {
            for other in source.events.reversed()
            where (other.kind == .call || other.kind == .statement) && other.protocolName == event.protocolName
                && (source.id != subject.failure.id || other.id != event.id) && isSame(other) && isGood(other)
            {
                var bytes: [UInt8] = []
                if let range = other.response, let connection = other.connection.flatMap(source.connection) {
                    bytes = connection.bytes(range, from: .server)
                    guard bytes.count == range.length else { continue }
                }
                found.append(
                    Found(bytes: bytes, place: "event \(other.id) of \(source.id)", detail: other.detail))
                if found.count == limit { return found }
            }
        }
        return found
    }

    static func endpoint(_ event: Event) -> [String] {
        let target = event.detail["target"]?.string ?? ""
        return [event.detail["method"]?.string ?? "", event.detail["host"]?.string ?? ""]
            + target.prefix { $0 != "?" }.split(separator: "/").map {
                $0.contains(where: \.isNumber) ? "*" : String($0)
            }
    }

    /// `GET session:*`.
    private static func keyPattern(_ event: Event) -> String {
        let command = event.detail["command"]?.string ?? ""
        let key = event.detail["args"]?[0]?.string ?? ""
        let parts = key.split(separator: ":", omittingEmptySubsequences: false).map {
            $0.contains(where: \.isNumber) ? "*" : String($0)
        }
        return "\(command) \(parts.joined(separator: ":"))"
    }
}

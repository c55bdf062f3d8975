import ReenactTimeline

/// Which component misbehaved first, as far as one report and its links to others tell.
enum Component {
    /// Below this a verdict names nobody.
    private static let confidenceMin = 0.6

    static func first(_ foreign: ForeignFailure, _ verdict: Verdict) -> String {
        if !foreign.origin.isEmpty { return foreign.origin }
        guard verdict.confidence >= confidenceMin else { return "" }
        let event = verdict.evidence.first.flatMap { foreign.failure.event($0) }
        switch verdict.responsibility {
        case .dependency, .resource, .interaction:
            guard let event else {
                guard verdict.responsibility == .dependency else { return foreign.service }
                return messages(foreign.failure).lazy.map(named).first { !$0.isEmpty } ?? ""
            }
            if event.protocolName == "http" { return event.peer }
            // What a database answers is its own fault only where it could not answer.
            if verdict.responsibility == .interaction { return foreign.service }
            return event.peer.isEmpty ? event.protocolName : event.peer
        case .configuration:
            // Credentials that a dependency turned down are this program's.
            return foreign.service
        case .defect, .input: return foreign.service
        case .unclear: return ""
        }
    }

    /// What the exceptions say, the innermost first: that is where a peer is named.
    private static func messages(_ failure: Case) -> [String] {
        let last = failure.exceptions.last
        return (last?.causes.reversed().map(\.message) ?? []) + [failure.signature.message]
    }

    /// The host that a client's own words name: `http://tax:8080/rates`, `dial tcp 10.0.0.3:8080`, `localhost:6379`.
    private static func named(in message: String) -> String {
        for mark in [
            "://", "dial tcp: lookup ", "dial tcp ", "connecting to ", "ECONNREFUSED ", "ECONNRESET ", "ENOTFOUND ",
            "host='", "remote_addr=", "lookup ",
        ] {
            guard let place = message.range(of: mark) else { continue }
            let rest = message[place.upperBound...].prefix(300)
            let name = rest.prefix { $0.isLetter || $0.isNumber || ".-_:[]".contains($0) }
            let host = name.hasSuffix(":") || name.hasSuffix(".") ? name.dropLast() : name
            if mark == "dial tcp ", host == "lookup" {
                return String(rest.dropFirst(7).prefix { $0.isLetter || $0.isNumber || ".-_".contains($0) })
            }
            if !host.isEmpty { return String(host) }
        }
        return ""
    }
}

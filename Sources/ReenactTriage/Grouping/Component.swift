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
            guard let event else { return verdict.responsibility == .dependency ? "" : foreign.service }
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
}

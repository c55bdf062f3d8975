import ReenactTimeline

/// A peer could not be reached, went away, or did not answer in time.
public struct ConnectionFailure: Rule {
    public static let name = "connection-failure"
    public static let precondition =
        "an exchange before the throw ended refused, unreachable, reset, closed or timed out"
    public static let evidence = "it was the last one, or the exception speaks of such a failure or of that peer"
    public static let counterEvidence =
        "a later exchange with the same peer went well; the exception is a plain mistake and speaks of no peer"

    public init() {}

    private static let kinds: [(outcome: String, causeClass: String, what: String, words: [String])] = [
        (
            "refused", "connection-refused", "refused the connection",
            ["refused", "econnrefused", "couldn't connect", "could not connect", "failed to connect"]
        ),
        (
            "unreachable", "host-unreachable", "could not be reached",
            ["unreachable", "no route to host", "ehostunreach", "enetunreach", "failed to connect"]
        ),
        (
            "timeout", "dependency-timeout", "did not answer in time",
            [
                "timed out", "timeout", "etimedout", "deadline exceeded", "time-out", "aborterror",
                "operation was aborted",
            ]
        ),
        (
            "reset", "connection-reset", "reset the connection",
            [
                "reset", "econnreset", "broken pipe", "epipe", "socket hang up", "server closed", "eof", "aborted",
                "disconnected", "gone away", "connection lost", "closed", "terminated",
            ]
        ),
        (
            "closed", "connection-closed", "closed the connection without an answer",
            [
                "closed", "socket hang up", "eof", "disconnected", "gone away", "remote end", "empty reply", "aborted",
                "terminated", "reset", "connection lost", "connectionerror", "incompleteread", "premature",
            ]
        ),
    ]

    public func judge(_ look: Look) -> [Finding] {
        let complaint = look.complaint
        for answer in look.answers {
            guard let kind = Self.kinds.first(where: { $0.outcome == answer.event.outcome.rawValue }) else { continue }
            let event = answer.event
            // It did answer; what came could not be read.
            if event.result.contains("not readable") { continue }
            let recovered = look.answers.filter {
                $0.event.id > event.id && $0.event.peer == event.peer && !$0.event.peer.isEmpty
                    && $0.event.outcome != event.outcome && Self.isGood($0)
            }
            let attempts = look.answers.filter { $0.event.peer == event.peer && $0.event.outcome == event.outcome }
            let isSaid = complaint.mentions(kind.words)
            let isNamed = look.message.contains(event.peer) && !event.peer.isEmpty
            // What ends an encrypted stream may be no more than good-bye.
            let isOpaque =
                event.connection.flatMap { look.failure.connection($0) }?.tls?.opaque != nil && kind.outcome == "closed"
            let isLast = look.distance(event) == 0 && !isOpaque
            var confidence =
                isSaid ? 0.92 : isNamed ? 0.85 : isLast && !look.isOwnMistake ? (look.isBlind ? 0.7 : 0.6) : 0
            if isSaid && (isNamed || isLast) { confidence = 0.96 }
            if !recovered.isEmpty { confidence -= 0.4 }
            guard confidence >= Triage.confidenceMin else { continue }
            return [
                Finding(
                    kind.causeClass, .dependency, evidence: attempts.prefix(5).map(\.event.id),
                    counterEvidence: recovered.prefix(3).map(\.event.id), confidence: confidence,
                    sentence(look, answer, kind.what, attempts.count))
            ]
        }
        return late(look) ?? unseen(look)
    }

    /// The program gave up waiting; the answer may have come all the same, later.
    private func late(_ look: Look) -> [Finding]? {
        let words = Self.kinds.first { $0.outcome == "timeout" }?.words ?? []
        guard look.complaint.mentions(words), let call = look.unanswered.first else { return nil }
        let parts = call.event.peer.split(separator: ":").map(String.init)
        let isNamed = parts.count == 2 && parts.allSatisfy { look.message.contains($0) }
        let waited = (look.time - call.event.start) / 100_000_000
        let came = call.event.end.map { " (it did after \(($0 - call.event.start) / 100_000_000 / 10) s)" } ?? ""
        return [
            Finding(
                "dependency-timeout", .dependency, evidence: [call.event.id],
                confidence: isNamed ? 0.95 : look.unanswered.count == 1 ? 0.9 : 0.75,
                "\(Phrase.peer(call.event, look.failure)) had not answered \(Phrase.call(call, look.failure)) after \(waited / 10).\(waited % 10) s\(came); \(Phrase.doing(look)) could not go on."
            )
        ]
    }

    private static func isGood(_ answer: Answer) -> Bool {
        let outcome = answer.event.outcome.rawValue
        return outcome == "ok" || outcome.hasPrefix("http:2") || outcome.hasPrefix("rows:")
            || outcome.hasPrefix("affected:")
    }

    private func sentence(_ look: Look, _ answer: Answer, _ what: String, _ attempts: Int) -> String {
        let peer = Phrase.peer(answer.event, look.failure)
        let call = answer.event.kind == .transport ? "" : " (\(Phrase.call(answer, look.failure)))"
        var after = ""
        if let end = answer.event.end, answer.event.outcome == "timeout" {
            let tenths = (end - answer.event.start) / 100_000_000
            if tenths > 0 { after = " (\(tenths / 10).\(tenths % 10) s)" }
        }
        var what = what
        if answer.event.kind == .transport, answer.event.result == "no such socket" { what = "is not there" }
        if answer.event.outcome == "closed", let status = answer.http?.status {
            what = "broke off its answer of \(status)"
        }
        let times = attempts > 1 ? " \(attempts) times" : ""
        return "\(peer) \(what)\(times)\(after)\(call); \(Phrase.doing(look)) could not go on."
    }

    /// The runtime says so itself, and the recording did not see the attempt.
    private func unseen(_ look: Look) -> [Finding] {
        let said: (String, String)? =
            look.isTold([
                "econnrefused", "connectionrefused", "connection refused", "curl error 7:", "actively refused it",
                "ora-12541",
            ])
            ? ("connection-refused", "refused the connection")
            : look.isTold(["no route to host", "ehostunreach", "network is unreachable"])
                ? ("host-unreachable", "could not be reached") : nil
        guard let said else { return [] }
        return [
            Finding(
                said.0, .dependency, evidence: [], confidence: 0.7,
                "A peer \(said.1), says the program (\(Phrase.exception(look))); the recording did not see the attempt."
            )
        ]
    }
}

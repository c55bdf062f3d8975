import ReenactTimeline

/// The clock, answers that were slow, and pairs of answers whose order could have been the other one.
enum TimingConditions {
    /// An answer that took longer could have come at once.
    static let slow: Int64 = 200_000_000
    private static let pairsMax = 6
    private static let day: Int64 = 86_400_000_000_000

    private static let words = [
        "xpire", "date", "Date", "day ", "month", "year", "time data", "not yet valid", "too old", "in the past",
        "in the future", "clock", "skew", "stale",
    ]

    static func find(_ subject: Subject) -> [Condition] {
        order(subject) + slow(subject) + clock(subject)
    }

    /// It may matter how long answers took. Their order is kept in any case.
    static func isTimely(_ subject: Subject) -> Bool { !slow(subject).isEmpty }

    private static func slow(_ subject: Subject) -> [Condition] {
        subject.calls.filter { event in
            guard event.kind == .call, event.response != nil, let end = event.end else { return false }
            return end - event.start >= slow
        }.prefix(8).map { event in
            let took = (event.end ?? event.start) - event.start
            return Condition(
                .timing, recorded: "\(event.summary) took \(took / 1_000_000) ms", changed: "at once", event: event.id,
                target: "time of event \(event.id)", stage: .possible, change: .delay(event: event.id, nanoseconds: 0))
        }
    }

    /// Two questions that the program did not ask one for the other: the one that was answered last could have been first.
    private static func order(_ subject: Subject) -> [Condition] {
        let calls = subject.calls.filter { $0.kind == .call && $0.response != nil && $0.end != nil }.reversed()
        var found: [Condition] = []
        for (first, second) in zip(calls, calls.dropFirst()) {
            guard let end = first.end, let other = second.end, Interleavings.areUnordered(first, second),
                found.count < pairsMax
            else { continue }
            let (early, late) = end <= other ? (first, second) : (second, first)
            found.append(
                Condition(
                    .timing, recorded: "\(early.summary) was answered before \(late.summary)",
                    changed: "the other way round", event: early.id, target: "order of \(early.id)",
                    stage: .suspect, change: .swap(early: early.id, late: late.id)))
        }
        return found
    }

    /// A certificate says itself when all would have been well: in the middle of its time.
    private static func validity(_ subject: Subject, _ when: String) -> [Condition] {
        let faults: Set<PeerCertificate.Fault> = [.expired, .notYetValid]
        let shown = subject.failure.connections.lazy.compactMap { $0.tls?.complaint }.first {
            faults.contains($0.fault)
        }
        guard let certificate = shown?.certificate, certificate.notBefore < certificate.notAfter else { return [] }
        let middle = certificate.notBefore + (certificate.notAfter - certificate.notBefore) / 2
        let now = subject.failure.anchor.wallClock(at: subject.failure.trigger.time)
        let (then, isTooFar) = middle.multipliedReportingOverflow(by: 1_000_000_000)
        guard !isTooFar else { return [] }
        return [
            Condition(
                .time, recorded: "it was \(when)",
                changed: "\(ISO8601.text(then).prefix(10)), when its certificate is valid",
                target: "the time", stage: .suspect, change: .clock(then - now))
        ]
    }

    private static func clock(_ subject: Subject) -> [Condition] {
        let text = subject.look.words + " " + subject.look.frames.prefix(2).map(\.source).joined(separator: " ")
        let isSuspect = words.contains { text.contains($0) }
        let when = ISO8601.text(
            subject.failure.anchor.wallClock(at: subject.failure.trigger.time))
        let forms: [(String, Int64)] = [
            ("a day earlier", -day), ("a day later", day), ("30 days earlier", -30 * day),
            ("a year earlier", -365 * day), ("12 hours later", day / 2), ("a year later", 365 * day),
        ]
        return validity(subject, when)
            + forms.enumerated().map { index, form in
                Condition(
                    .time, recorded: "it was \(when)", changed: form.0, target: "the time",
                    stage: isSuspect && index == 0 ? .possible : .remote, change: .clock(form.1))
            }
    }
}

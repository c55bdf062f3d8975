/// Which component misbehaved first, ranked, with the evidence.
public struct Incident: Sendable, Encodable, Equatable {
    /// One component that is suspected.
    public struct Suspect: Sendable, Encodable, Equatable {
        public var rank: Int
        public var component: String
        /// `latency` or `log-order`: what speaks against it most.
        public var signal: String
        /// Milliseconds for latency, log likelihood for log order; comparable within a signal only.
        public var score: Double
        public var evidence: [String]
    }

    public var ranking: [Suspect]
    public var sentence: String

    /// A shift below this is no incident's reason; chosen on the open faults as a whole: docs/triage.md.
    static let shiftMin = 5.0

    public init(_ telemetry: Telemetry) {
        let breaks = LogOrder.breaks(telemetry)
        let shifts = EdgeShift.shifts(telemetry)
        let isLatency = (shifts.first?.milliseconds ?? 0) >= Self.shiftMin
        let slow = shifts.map {
            Suspect(rank: 0, component: $0.callee, signal: "latency", score: $0.milliseconds, evidence: [])
        }
        let broken = breaks.map {
            Suspect(rank: 0, component: $0.service, signal: "log-order", score: $0.score, evidence: [])
        }
        var list: [Suspect] = []
        for var suspect in isLatency ? slow + broken : broken + slow
        where !list.contains(where: { $0.component == suspect.component }) {
            suspect.rank = list.count + 1
            suspect.score = (suspect.score * 100).rounded() / 100
            if let found = shifts.first(where: { $0.callee == suspect.component }), found.milliseconds >= 1 {
                suspect.evidence.append(Self.text(found))
            }
            if let found = breaks.first(where: { $0.service == suspect.component }) {
                let text = Self.text(found)
                suspect.evidence.insert(text, at: suspect.signal == "latency" ? suspect.evidence.count : 0)
            }
            list.append(suspect)
        }
        ranking = list
        if let first = list.first {
            sentence =
                "\(first.component) misbehaved first: \(first.evidence.first ?? "it is the only one that changed")."
        } else if telemetry.after.spans.isEmpty && telemetry.after.sequences.isEmpty {
            sentence = "Not determined: there is nothing after the onset."
        } else {
            sentence = "Not determined: neither the order of log lines nor the time of calls changed."
        }
    }

    private static func text(_ found: LogOrder.Break) -> String {
        func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
        return "after \(Phrase.quote(found.line)) came \(Phrase.quote(found.next)) in \(percent(found.before)) of "
            + "\(found.countBefore) times before, and in \(percent(found.after)) of \(found.countAfter) since"
    }

    private static func text(_ found: EdgeShift.Shift) -> String {
        func number(_ value: Double) -> String {
            value >= 100 ? "\(Int(value.rounded()))" : "\((value * 10).rounded() / 10)"
        }
        return "calls from \(Phrase.clean(found.caller)) spent \(number(found.after)) ms on the way in place of "
            + "\(number(found.before)) ms (median of \(found.countAfter) calls, \(found.countBefore) before)"
    }
}

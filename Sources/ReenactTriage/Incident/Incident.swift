import Glibc

/// Which component misbehaved first, ranked, with the evidence.
public struct Incident: Sendable, Encodable, Equatable {
    /// One component that is suspected.
    public struct Suspect: Sendable, Encodable, Equatable {
        public var rank: Int
        public var component: String
        /// `latency`, `log-order` or `missing-call`: what speaks against it most.
        public var signal: String
        /// Logarithm of the Bayes factor that it changed, in nats; comparable between signals.
        public var score: Double
        public var evidence: [String]
    }

    public var ranking: [Suspect]
    public var sentence: String

    public init(_ telemetry: Telemetry) {
        let found = Signals(telemetry)
        let (shifts, breaks) = (found.shifts, found.breaks)
        let names = telemetry.names
        var list: [Suspect] = []
        for service in Set(shifts.keys).union(breaks.keys) {
            var found: [(score: Double, signal: String, text: String)] = []
            if let shift = shifts[service] { found.append((shift.score, "latency", Self.text(shift, names))) }
            if let missing = breaks[service] {
                var isCall = false
                if case .call = missing.site.next { isCall = true }
                found.append((missing.score, isCall ? "missing-call" : "log-order", Self.text(missing, names)))
            }
            found.sort { $0.score > $1.score }
            list.append(
                Suspect(
                    rank: 0, component: names[service], signal: found[0].signal,
                    score: (found[0].score * 100).rounded() / 100, evidence: found.map(\.text)))
        }
        // Of a way between two the callee is named: what delays a pod delays whoever calls it.
        func order(_ suspect: Suspect) -> (Double, Int, String) {
            let shift = shifts.first { names[$0.key] == suspect.component }?.value
            return (-suspect.score, suspect.signal == "latency" ? shift?.part.rawValue ?? 0 : 0, suspect.component)
        }
        list = list.map { (order($0), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
        for place in list.indices { list[place].rank = place + 1 }
        ranking = list
        if let first = list.first, shifts.contains(where: { names[$0.key] == first.component && $0.value.isOutlier }),
            first.signal == "latency"
        {
            sentence =
                "\(first.component) stands out: \(first.evidence.first ?? ""). Whether that is new can't be told from so "
                + "short a time before; give --normal."
        } else if let first = list.first {
            sentence =
                "\(first.component) misbehaved first: \(first.evidence.first ?? "it is the only one that changed")."
        } else if telemetry.after.spans.isEmpty && telemetry.after.lines.isEmpty {
            sentence = "Not determined: there is nothing after the onset."
        } else if telemetry.normal.spans.isEmpty && telemetry.normal.lines.isEmpty {
            sentence = "Not determined: there is nothing before the onset to compare with; give --normal."
        } else {
            sentence = "Not determined: neither the order of log lines and calls nor their time changed."
        }
    }

    private static func text(_ found: FlowBreak.Break, _ names: NameTable) -> String {
        func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
        func step(_ step: Flow.Step) -> String {
            switch step {
            case .beginning: "the beginning"
            case .line(let kind): Phrase.quote(names[kind])
            case .call(let callee): "a call to \(Phrase.clean(names[callee]))"
            case .unanswered(let operation): "\(Phrase.quote(names[operation])) without an answer"
            case .end(let isFailure): isFailure ? "a failed end" : "the end"
            }
        }
        let place = names[found.site.operation].isEmpty ? "" : "in \(Phrase.clean(names[found.site.operation])) "
        let who = found.silent == nil ? "" : " of \(Phrase.clean(names[found.site.service])), which nobody answered,"
        let coins = found.coins
        return "\(place)after \(step(found.site.step)) came \(step(found.site.next))\(who) in "
            + "\(percent(coins.shareBefore)) of \(coins.countBefore) requests before, and in "
            + "\(percent(coins.shareAfter)) of \(coins.countAfter) since"
    }

    private static func text(_ found: LatencyShift.Shift, _ names: NameTable) -> String {
        func number(_ value: Double) -> String {
            value >= 100 ? "\(Int(value.rounded()))" : "\((value * 10).rounded() / 10)"
        }
        let coins = found.coins
        if found.isOutlier {
            return "calls to it spent \(number(found.after)) ms on the way in the middle, calls to others "
                + "\(number(found.before)) ms; unusually long in \(Int(coins.after)) of \(coins.countAfter) times, "
                + "elsewhere in \(Int(coins.before)) of \(coins.countBefore)"
        }
        let times = "\(number(found.after)) ms in place of \(number(found.before)) ms in the middle"
        let what =
            switch found.part {
            case .waysTo: "calls to it spent \(times) on the way"
            case .waysFrom: "its calls spent \(times) on the way"
            case .ownWork: "its own work took \(times)"
            case .all: "its own work and the ways to and from it took \(times)"
            }
        return "\(what); unusually long in \(Int(coins.after)) of \(coins.countAfter) times, "
            + "\(Int(coins.before)) of \(coins.countBefore) before"
    }
}

/// What changed, at the onset where it shows best.
private struct Signals {
    private(set) var shifts: [Int: LatencyShift.Shift]
    let breaks: [Int: FlowBreak.Break]

    init(_ telemetry: Telemetry) {
        let answered = Flow.answered(telemetry.normal)
        let before = Flow(telemetry.normal, answered: answered)
        let after = Flow(telemetry.after, answered: answered)
        shifts = LatencyShift.shifts(before, after)
        breaks = FlowBreak.breaks(before, after)
        let onsets = telemetry.earlierOnsets(4)
        for onset in onsets {
            let other = LatencyShift.shifts(
                Flow(onset.normal, answered: answered), Flow(onset.after, answered: answered))
            func best(_ shifts: [Int: LatencyShift.Shift]) -> Double { shifts.values.map(\.score).max() ?? 0 }
            if best(other) - log(Double(onsets.count)) > best(shifts) { shifts = other }
        }
        if telemetry.isAlone {
            for (service, shift) in LatencyShift.outliers(before, after)
            where shift.score > shifts[service]?.score ?? 0 {
                shifts[service] = shift
            }
        }
    }
}

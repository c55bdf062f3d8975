import ReenactTimeline
import ReenactWire

/// What a connection still has to do, in order, each thing at its time.
struct StubOutput {
    /// One thing to do.
    struct Step {
        enum Kind {
            case send([UInt8])
            case close(Connection.Close.Manner)
            case silence
        }
        var kind: Kind
        var due: Int64
        /// How many layers of TLS it passes: those that there were when it was asked for.
        var depth: Int
        /// The recorded fault that it repeats.
        var fault: String?
        /// True for an end that followed a whole answer: the next question makes it void.
        var isIdleEnd = false
    }

    private var steps: [Step] = []
    private var first = 0
    /// Bytes in steps that wait.
    private(set) var bytes = 0

    var isEmpty: Bool { first == steps.count }
    /// Some of an answer waits for its time.
    var hasAnswer: Bool { bytes > 0 }
    /// When the next thing is due.
    var nextDue: Int64? { isEmpty ? nil : steps[first].due }

    /// Takes what a session asked for; `now` is when the request that it answers was complete.
    mutating func add(_ actions: [StubAction], depth: Int, now: Int64, latency: StubLatency) {
        var answered = false
        var lastPiece: Int64 = 0
        var now = now
        for action in actions {
            switch action {
            case .send(let data, let delay):
                guard !data.isEmpty else { continue }
                answered = true
                lastPiece = max(lastPiece, delay)
                bytes += data.count
                steps.append(.init(kind: .send(data), due: now + latency.answer(delay), depth: depth))
            case .close(let manner, let delay):
                // The distance to the answer's last piece is what counts: an answer that ends with the connection
                // stays one when it is given faster.
                let due = now + latency.answer(lastPiece) + latency.ending(max(0, delay - lastPiece))
                let fault: String? = manner == .reset ? "reset" : answered ? nil : "closed"
                steps.append(
                    .init(
                        kind: .close(manner), due: due, depth: depth, fault: fault,
                        isIdleEnd: answered && manner == .fin))
            case .silence:
                steps.append(.init(kind: .silence, due: now, depth: depth, fault: "silence"))
            case .pause(let time): now += min(max(0, time), 1 << 60)
            case .tunnel: break
            }
        }
    }

    /// The program asks on: a server's end that would have come in the idle time behind an answer does not come.
    mutating func asked() {
        if !isEmpty, steps[first].isIdleEnd { steps.removeLast(steps.count - first) }
    }

    /// The next thing, if it is due.
    mutating func next(at now: Int64) -> Step? {
        guard !isEmpty, steps[first].due <= now else { return nil }
        let step = steps[first]
        if case .send(let data) = step.kind {
            bytes -= data.count
            steps[first].kind = .silence
        }
        first += 1
        if isEmpty || first > 1024 {
            steps.removeFirst(first)
            first = 0
        }
        return step
    }
}

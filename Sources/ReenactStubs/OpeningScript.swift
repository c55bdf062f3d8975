import ReenactTimeline

/// How the openings of connections to one peer went, one after another, and which of them is due.
///
/// Behind the last recorded opening the last one stays: a peer that refused at the end keeps refusing.
struct OpeningScript: Equatable {
    struct Step: Equatable {
        var opening: Connection.Opening
        var phase: Event.Phase
    }

    /// What a stub can do about a program that dials.
    enum Manner: Equatable {
        case accept
        /// Nothing listens: the kernel refuses.
        case refuse
        /// The first packet is dropped: the program waits until it gives up.
        case ignore
    }

    private let steps: [Step]
    private var next = 0
    /// How many openings have happened or were passed over.
    var passed: Int {
        get { next }
        set { next = min(newValue, steps.count) }
    }

    init(_ steps: [Step]) { self.steps = steps }

    /// What to do with the opening that is due.
    var manner: Manner {
        guard let step = steps.indices.contains(next) ? steps[next] : steps.last else { return .accept }
        return Self.manner(of: step.opening)
    }

    /// Whether the peer was ever reached; if not, nothing needs to listen.
    var everAccepts: Bool { steps.isEmpty || steps.contains { Self.manner(of: $0.opening) == .accept } }

    /// True where the address itself could not be reached, ever: it is better not to exist.
    var isUnreachable: Bool { !steps.isEmpty && steps.allSatisfy { $0.opening == .unreachable } }

    /// The due opening has happened.
    mutating func advance() { if next < steps.count { next += 1 } }

    /// The program has come to that phase: openings of earlier phases that did not happen will not happen any more.
    mutating func enter(_ phase: Event.Phase) {
        let earlier: [Event.Phase] =
            switch phase {
            case .startup: []
            case .history: [.startup]
            default: [.startup, .history]
            }
        guard steps[next...].contains(where: { !earlier.contains($0.phase) }) else { return }
        while earlier.contains(steps[next].phase) { next += 1 }
    }

    private static func manner(of opening: Connection.Opening) -> Manner {
        switch opening {
        case .connected: .accept
        case .refused, .unreachable, .failed: .refuse
        case .timedOut, .abandoned: .ignore
        }
    }
}

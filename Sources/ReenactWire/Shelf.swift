import ReenactTimeline

/// All recorded exchanges with one peer, found by key: hash index, no scanning, no similarity.
///
/// Shared by the stub sessions of that peer; used from one thread only, so it is not `Sendable`.
public final class Shelf {
    /// One meeting of the live program with the shelf.
    public struct Encounter: Codable, Sendable, Equatable {
        public var server: String
        public var summary: String
        public var key: String
        /// The recorded event that answered; nil is a miss.
        public var event: Int?
        /// What had to be left out for the match: empty when exact.
        public var relaxations: [String]
        /// For a miss: why, and the nearest recorded event of the same peer.
        public var reason: String
        public var nearest: Int?
        public var phase: Event.Phase

        public init(
            server: String, summary: String, key: String, event: Int?, relaxations: [String] = [], reason: String = "",
            nearest: Int? = nil, phase: Event.Phase
        ) {
            self.server = server
            self.summary = summary
            self.key = key
            self.event = event
            self.relaxations = relaxations
            self.reason = reason
            self.nearest = nearest
            self.phase = phase
        }
    }

    /// `127.0.0.1:5432`.
    public let server: String
    /// All exchanges with the peer in order of time, preambles included.
    public let recorded: [Recorded]
    /// What the live program is doing now; decides which of several equal questions is meant.
    public var phase: Event.Phase = .startup { didSet { if phase == .history { livesHistory = true } } }
    /// The live program is given the recording's earlier requests again.
    public private(set) var livesHistory = false
    /// A real server that answers what the recording does not; nil: a miss stays a miss.
    public var engine: (any EngineHost)?
    /// Brings the real server into the recorded state; nil: the protocol reads the recording itself.
    public var seed: Seed?
    /// The real server answers first; the recording answers what it can't.
    public var prefersEngine = false
    /// Events whose recorded answers the real server's state is known not to give: the recording answers these.
    public var replayed: Set<Int> = []
    /// Hears what a person should know of the real server.
    public var onEngineNews: ((String) -> Void)?
    /// Identifiers that the live program made anew; shared by all shelves of an attempt.
    public var substitutions = Substitutions()
    /// The answer to a question that nothing recorded answers: for experiments; nil: there is none.
    public var otherwise: [UInt8]?
    /// Called at every encounter, hit or miss, in order.
    public var onEncounter: ((Encounter) -> Void)?

    /// Recorded connections that stub sessions follow turn by turn (`raw`): two live ones follow two recorded ones.
    public var followed: Set<Int> = []

    private var byKey: [String: [Int]] = [:]
    private var byRelaxedKey: [String: [Int]] = [:]
    private var consumed: Set<Int> = []
    private var nextStart = 0
    private var isPastStart = false
    private var caches: [ObjectIdentifier: Any] = [:]

    public init(server: String, recorded: [Recorded]) {
        self.server = server
        self.recorded = recorded
        for (index, entry) in recorded.enumerated() {
            byKey[entry.exchange.key, default: []].append(index)
            for relaxed in entry.exchange.relaxedKeys {
                byRelaxedKey["\(relaxed.relaxation)\u{0}\(relaxed.key)", default: []].append(index)
            }
        }
    }

    /// How much of the recording is used up.
    public struct Mark {
        fileprivate var consumed: Set<Int> = []
        fileprivate var nextStart = 0
        fileprivate var isPastStart = false
        fileprivate var followed: Set<Int> = []
        fileprivate var count = 0
    }

    /// How much is used up now.
    public var mark: Mark {
        Mark(
            consumed: consumed, nextStart: nextStart, isPastStart: isPastStart, followed: followed,
            count: recorded.count)
    }

    /// Uses up what was used up of another shelf of the same exchanges; without effect where they are others.
    public func use(_ mark: Mark) {
        guard mark.count == recorded.count else { return }
        consumed = mark.consumed
        nextStart = mark.nextStart
        isPastStart = mark.isPastStart
        followed = mark.followed
    }

    /// The recorded exchange that answers the question, and notes the encounter.
    ///
    /// Of equal questions the ones of the current phase come first, each once and in recorded order. A question asked
    /// more often than recorded gets the last answer again, noted as the relaxation `asked again`; one that was
    /// recorded in another phase only is noted as `other phase`.
    public func take(key: String, relaxed: [RelaxedKey] = [], summary: String) -> Recorded? {
        var candidates = byKey[key] ?? []
        var relaxations: [String] = []
        if candidates.isEmpty {
            for weaker in relaxed {
                if let found = byRelaxedKey["\(weaker.relaxation)\u{0}\(weaker.key)"], !found.isEmpty {
                    candidates = found
                    relaxations.append(weaker.relaxation)
                    break
                }
            }
        }
        guard let choice = choose(from: candidates) else {
            if let otherwise { return supposed(otherwise, key: key, summary: summary) }
            miss(key: key, summary: summary)
            return nil
        }
        let entry = recorded[choice.index]
        if !relaxations.isEmpty { substitutions.learn(recordedKey: entry.exchange.key, liveKey: key) }
        if let note = choice.note { relaxations.append(note) }
        consume(choice.index, of: candidates)
        onEncounter?(
            Encounter(
                server: server, summary: summary, key: key, event: entry.event, relaxations: relaxations, phase: phase)
        )
        return entry
    }

    /// An answer that an experiment supposes: it is no event, and noted as such.
    private func supposed(_ bytes: [UInt8], key: String, summary: String) -> Recorded {
        answered(key: key, summary: summary, note: "supposed by the experiment")
        let exchange = Exchange(
            ordinal: 0, request: .init(offset: 0, length: 0), response: .init(offset: 0, length: bytes.count),
            requestStart: 0, responseStart: 0, responseEnd: 0, key: key, summary: summary)
        return Recorded(
            event: 0, phase: phase, connection: 0, exchange: exchange, requestBytes: [],
            answer: [.init(delay: 0, bytes: bytes)], ending: .open)
    }

    /// One more weaker form of a recorded question.
    public func relate(_ place: Int, _ relaxed: RelaxedKey) {
        let name = "\(relaxed.relaxation)\u{0}\(relaxed.key)"
        if byRelaxedKey[name]?.contains(place) != true { byRelaxedKey[name, default: []].append(place) }
    }

    /// Whether such a question was recorded, whatever was given of it.
    public func holds(key: String, relaxed: [RelaxedKey] = []) -> Bool {
        byKey[key] != nil || relaxed.contains { byRelaxedKey["\($0.relaxation)\u{0}\($0.key)"] != nil }
    }

    /// The exchange that `take` would give, without noting or consuming anything.
    public func peek(key: String) -> Recorded? {
        choose(from: byKey[key] ?? []).map { recorded[$0.index] }
    }

    /// Whether `take` would give an answer that was not given before.
    public func hasFresh(key: String, relaxed: [RelaxedKey] = []) -> Bool {
        if let exact = byKey[key] { return exact.contains { !consumed.contains($0) } }
        for weaker in relaxed {
            if let found = byRelaxedKey["\(weaker.relaxation)\u{0}\(weaker.key)"] {
                return found.contains { !consumed.contains($0) }
            }
        }
        return false
    }

    /// A protocol's own index of the shelf, built at the first call and kept: one slot for each type.
    public func cached<Index>(_ build: (Shelf) -> Index) -> Index {
        let slot = ObjectIdentifier(Index.self)
        if let found = caches[slot] as? Index { return found }
        let built = build(self)
        caches[slot] = built
        return built
    }

    /// Notes a question that was answered without a recorded event: from the protocol's specification, or from facts
    /// derived from other answers. The note says which.
    public func answered(key: String, summary: String, note: String) {
        onEncounter?(
            Encounter(server: server, summary: summary, key: key, event: nil, relaxations: [note], phase: phase))
    }

    /// Notes a question that a real server with the recorded state answered.
    public func answeredByEngine(key: String, summary: String) {
        answered(key: key, summary: summary, note: "answered by a real \(engine?.title ?? "server")")
    }

    /// Notes a question that nothing recorded answers.
    public func miss(key: String, summary: String, reason: String? = nil) {
        let nearest = nearestEvent(to: summary)
        let why =
            reason
            ?? (recorded.isEmpty
                ? "nothing was recorded of \(server)"
                : "\(recorded.count) exchanges with \(server) were recorded, none asks this")
        onEncounter?(
            Encounter(
                server: server, summary: summary, key: key, event: nil, reason: why, nearest: nearest, phase: phase))
    }

    /// The phases in which an answer is looked for, best first.
    public var preference: [Event.Phase] {
        switch phase {
        case .startup: [.startup, .ambiguous, .history, .failing, .concurrent]
        case .history: [.history, .ambiguous, .startup, .concurrent, .failing]
        default: [.failing, .ambiguous, .concurrent, .history, .startup]
        }
    }

    private func choose(from candidates: [Int]) -> (index: Int, note: String?)? {
        guard !candidates.isEmpty else { return nil }
        if let late = lateStart(among: candidates) { return (late, nil) }
        for (rank, wanted) in preference.enumerated() {
            let inPhase = candidates.filter { recorded[$0].phase == wanted }
            guard !inPhase.isEmpty else { continue }
            // Ambiguous exchanges lie in the failing trigger's time, so they are no relaxation there.
            let isOther = rank > 0 && wanted != .ambiguous
            // The latest answer before the failure stands for the state that the failure met.
            let fresh =
                isOther && phase == .failing
                ? inPhase.last { !consumed.contains($0) } : inPhase.first { !consumed.contains($0) }
            if let fresh { return (fresh, isOther ? "other phase" : nil) }
        }
        for wanted in preference {
            if let again = candidates.last(where: { recorded[$0].phase == wanted }) { return (again, "asked again") }
        }
        return nil
    }

    /// A program can listen before it has started up (a master before its workers): what it asks then, in the recorded
    /// order, is still its start.
    private func lateStart(among candidates: [Int]) -> Int? {
        guard phase != .startup, !isPastStart else { return nil }
        var ahead = 0
        while nextStart < recorded.count, consumed.contains(nextStart) || recorded[nextStart].phase != .startup {
            nextStart += 1
        }
        var index = nextStart
        while index < recorded.count, ahead < 16 {
            if recorded[index].phase == .startup, !consumed.contains(index) {
                if candidates.contains(index) { return index }
                ahead += 1
            }
            index += 1
        }
        return nil
    }

    /// Notes what was taken: once something came that only the trigger asks, the start is over.
    private func consume(_ index: Int, of candidates: [Int]) {
        consumed.insert(index)
        if recorded[index].phase == .failing, !candidates.contains(where: { recorded[$0].phase == .startup }) {
            isPastStart = true
        }
    }

    /// The recorded event whose summary shares the longest beginning with this one; told to a person, never served.
    private func nearestEvent(to summary: String) -> Int? {
        var best: (length: Int, event: Int)?
        for entry in recorded.prefix(2000) where !entry.exchange.isPreamble {
            let shared = zip(entry.exchange.summary.utf8, summary.utf8).prefix { $0 == $1 }.count
            if best.map({ shared > $0.length }) ?? true { best = (shared, entry.event) }
        }
        return best?.event
    }
}

import ReenactTimeline

extension Plan {
    /// What differs between attempts that follow one another in one running program: one line of JSON each on the
    /// report descriptor, host to runner.
    public struct Round: Codable, Sendable {
        public var clock: Clock
        public var peers: [Peer]
        public var events: [EventPlace]
        public var trigger: TriggerPlan
        public var latency: Latency
        /// How long the failing work may take.
        public var triggerMilliseconds: Int
        /// Database files that are other ones from here on.
        public var databases: [Database] = []
    }

    /// A database file that is exchanged below the running program.
    public struct Database: Codable, Sendable, Equatable {
        public var path: String
        public var base64: String
        public init(path: String, base64: String) {
            self.path = path
            self.base64 = base64
        }
    }

    /// The part of the plan that a round may change.
    public var round: Round {
        get {
            Round(
                clock: clock, peers: peers, events: events, trigger: trigger, latency: latency,
                triggerMilliseconds: limits.triggerMilliseconds)
        }
        set {
            clock = newValue.clock
            peers = newValue.peers
            events = newValue.events
            trigger = newValue.trigger
            latency = newValue.latency
            limits.triggerMilliseconds = newValue.triggerMilliseconds
        }
    }
}

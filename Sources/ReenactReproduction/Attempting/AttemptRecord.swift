import ReenactRunner
import ReenactTimeline
import ReenactWire

/// All that was seen of one attempt. The judge reads it; nothing here judges.
public struct AttemptRecord: Codable, Sendable {
    /// A meeting of the program with a stub; `time` is nanoseconds since the runner's start.
    public struct Meeting: Codable, Sendable {
        public var encounter: Shelf.Encounter
        public var time: Int64
    }

    /// A dial that went wrong as recorded, or that nothing recorded answers.
    public struct Dial: Codable, Sendable, Equatable {
        public var server: String
        /// Empty for a peer that was never recorded.
        public var fault: String
        public var time: Int64
    }

    public struct SeenException: Codable, Sendable {
        public var record: ExceptionRecord
        public var phase: Event.Phase
    }

    /// What came back for a request that was fired.
    public struct Answer: Codable, Sendable, Equatable {
        public var event: Int
        /// HTTP's status, 0 where there was none.
        public var status: Int
        @Base64Bytes public var bytes: [UInt8]
        /// `timeout`, `reset`, `closed` where there was no whole answer; else empty.
        public var missing: String
        public var time: Int64
    }

    /// A connection to another service of the group, by its number.
    public struct Passed: Codable, Sendable, Equatable {
        public var connection: Connection
        public var service: Int
    }

    public struct Failure: Codable, Sendable, Equatable {
        public var stage: String
        public var reason: String
    }

    public var hasHello = false
    public var isDone = false
    /// Name of a stage to nanoseconds since the runner's start.
    public var stages: [String: Int64] = [:]
    public var meetings: [Meeting] = []
    public var faults: [Dial] = []
    public var unknownPeers: [Dial] = []
    public var exceptions: [SeenException] = []
    public var statements: [Event] = []
    public var answers: [Answer] = []
    /// The program's own output, both streams in order, the last part of it.
    public var output = ""
    /// How often the program came through the place of the recorded failure, and how often it failed there.
    public var passes = 0
    public var raises = 0
    /// What it did there last; nil where it never came there, or nobody watched.
    public var hasPassed: Bool?
    /// The place is watched by the question before it.
    public var isQuestion = false
    public var exit: Int32?
    public var isHooked = false
    public var failure: Failure?
    /// Calls to other services of the group.
    public var passed: [Passed] = []
    public var troubles: [String] = []
    /// What the runner itself wrote to its standard error.
    public var runnerLog = ""
    /// Nanoseconds on the host: to start the sandbox, to the runner's first word, to take everything down, in all.
    public var sandboxNanoseconds: Int64 = 0
    public var helloNanoseconds: Int64 = 0
    public var destroyNanoseconds: Int64 = 0
    public var totalNanoseconds: Int64 = 0
    /// What could not be removed.
    public var left: [String] = []

    public init() {}

    /// Answers could not be kept in their order.
    var hasLostOrder: Bool { troubles.contains { $0.contains("the order of answers could not be kept") } }

    /// The answer to the failing request: the last one.
    public var lastAnswer: Answer? { answers.last }
}

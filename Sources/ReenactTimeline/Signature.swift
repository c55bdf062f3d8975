/// What makes two failures the same failure.
public struct Signature: Codable, Sendable, Equatable {
    /// What fired the failure rule.
    public enum Kind: String, Codable, Sendable {
        /// The answer's status was 500 or more.
        case status
        /// An exception that nothing caught, or that a framework caught and reported.
        case exception
        /// The program ended with a status other than 0.
        case exit
        /// The program was ended by a signal.
        case signal
        /// A rule that the user gave with `--when`.
        case rule
    }

    public var kind: Kind
    /// The exception's type, or empty.
    public var exceptionType: String
    /// The exception's message, or the log line that the rule matched.
    public var message: String
    /// Types of the exceptions that it was raised from, nearest first.
    public var causeTypes: [String]
    /// Throw site and its callers, innermost first: `function file-name`, without line numbers.
    public var frames: [String]
    /// `http:500`, `exit:1`, `signal:SEGV`.
    public var outcome: OutcomeClass
    /// The trigger without its values: `GET /data/bookmark`, `rq worker`.
    public var operation: String
    /// The user's rule that fired, as it is written (`UserRule`); nil where a built-in one did.
    public var rule: String?
    /// The rule of a case that was written because a service failed which had called this one.
    public static let neighbourRule = "neighbour"
    /// It did not fail by any rule of its own.
    public var isNeighbours: Bool { kind == .rule && rule == Self.neighbourRule }

    public init(
        kind: Kind, exceptionType: String = "", message: String = "", causeTypes: [String] = [], frames: [String] = [],
        outcome: OutcomeClass = .none, operation: String = ""
    ) {
        self.kind = kind
        self.exceptionType = exceptionType
        self.message = message
        self.causeTypes = causeTypes
        self.frames = frames
        self.outcome = outcome
        self.operation = operation
    }
}

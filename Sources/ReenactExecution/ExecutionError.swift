/// Why an execution could not be recorded or replayed: the thing, the reason and the way out.
public struct ExecutionError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// The recording's bytes are not what they should be.
        case damaged
        /// Another architecture, a newer format, processor features that are missing, a file that has changed.
        case unsuitable
        /// The program could not be started.
        case notStarted(errno: Int32)
        /// The kernel refuses what recording needs.
        case refused
        /// The replay left the recorded path.
        case diverged
        /// What was asked for does not exist: an event, a task.
        case notFound
        case inputOutput
    }

    public var code: Code
    /// `thing: reason; way out`.
    public var description: String

    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

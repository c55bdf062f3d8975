/// What set the failing code off.
public struct Trigger: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable {
        /// An inbound request.
        case request
        /// A job taken from a queue.
        case job
        /// The command line itself.
        case command
    }

    public var kind: Kind
    /// The event of the request or job; nil for a command.
    public var event: Int?
    /// One line: `GET /data/bookmark`, `rq worker default`.
    public var summary: String
    /// The address that the program listened on, for a request.
    public var server: String
    public var time: Instant

    public init(kind: Kind, event: Int? = nil, summary: String, server: String = "", time: Instant) {
        self.kind = kind
        self.event = event
        self.summary = summary
        self.server = server
        self.time = time
    }
}

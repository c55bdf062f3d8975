/// An edge of the causal graph: this event was caused by that trigger.
public struct Edge: Codable, Sendable, Equatable {
    /// How an edge is known, from surest to least sure: the ladder of the design.
    public enum Source: String, Codable, Sendable, CaseIterable {
        /// The runtime's own context: contextvars, AsyncLocalStorage.
        case runtimeContext
        /// An identifier in the bytes: traceparent, x-request-id, sqlcommenter.
        case identifier
        /// The thread served one request at that time.
        case thread
        /// The connection was held by one request: a transaction, a checked-out pool connection.
        case lease
        /// A value of the request turned up in the call.
        case valueFlow
        /// Only one request was in flight.
        case uniqueWindow
        /// Nothing decides. Kept and marked.
        case ambiguous
    }

    /// The event that was caused.
    public var event: Int
    /// The event that caused it: a request, or nil for the program's start.
    public var cause: Int?
    public var source: Source
    /// From 0 to 1.
    public var confidence: Double

    public init(event: Int, cause: Int?, source: Source, confidence: Double) {
        self.event = event
        self.cause = cause
        self.source = source
        self.confidence = confidence
    }
}

import ReenactTimeline

/// What a transaction tells about the work around an event: which spans it has, and who called it.
public struct SentryTransaction: Sendable {
    public let trace: String
    public let service: String
    /// The span that asked for this work, in another service perhaps.
    public let parent: String
    /// Its own span and those in it.
    public let spans: Set<String>

    init(_ value: JSONValue) {
        let context = value["contexts"]?["trace"] ?? .null
        trace = context.text("trace_id")
        parent = context.text("parent_span_id")
        service = SentryEvent.service(value)
        spans = Set((value["spans"]?.array ?? []).prefix(10_000).map { $0.text("span_id") } + [context.text("span_id")])
    }
}

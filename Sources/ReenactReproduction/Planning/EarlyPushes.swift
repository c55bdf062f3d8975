import ReenactTimeline

/// What servers pushed before the failing request: messages of a subscription that filled the program's memory. In a
/// re-enactment the request comes as soon as the program listens; so these come as soon as they are subscribed to, and
/// the request after them.
struct EarlyPushes {
    /// Events of the subscriptions, in their order.
    let events: [Int]
    private let connections: Set<Int>
    private let until: Instant

    /// Between two messages.
    private static let gap: Instant = 5_000_000

    init(_ failure: Case) {
        until = failure.trigger.time
        guard failure.trigger.kind == .request else {
            (events, connections) = ([], [])
            return
        }
        let subscriptions = failure.events.filter { event in
            event.phase != .failing && event.start < failure.trigger.time && event.connection != nil
                && (event.detail["pushCount"]?.integer ?? 0) > 0
        }
        events = subscriptions.map(\.id)
        connections = Set(subscriptions.compactMap(\.connection))
    }

    /// The connection with its server's idle time before the request taken out.
    func brought(forward connection: Connection) -> Connection {
        guard connections.contains(connection.id) else { return connection }
        var result = connection
        var last: Instant?
        for index in result.segments.indices {
            let segment = result.segments[index]
            if let last, segment.side == .server, segment.time <= until {
                result.segments[index].time = min(segment.time, last + Self.gap)
            }
            last = result.segments[index].time
        }
        return result
    }
}

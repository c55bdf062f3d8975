import ReenactTimeline

/// Recorded connections for tests.
enum Recordings {
    /// A connection on which the client asks and the server answers in pieces, each so many milliseconds later.
    static func connection(
        id: Int = 1, server: String, transport: Connection.Transport = .tcp, protocolName: String = "line",
        tls: Connection.TLS? = nil, opening: Connection.Opening = .connected, opened: Instant = 0,
        _ talk: [(ask: String, pieces: [(milliseconds: Int64, text: String)])] = [],
        end: (manner: Connection.Close.Manner, milliseconds: Int64)? = nil
    ) -> Connection {
        var connection = Connection(
            id: id, direction: .outbound, transport: transport, server: server, protocolName: protocolName, tls: tls,
            opened: opened, opening: opening)
        var time = opened
        var offsets: [Side: Int] = [:]
        func add(_ side: Side, _ text: String, at time: Instant) {
            let bytes = Array(text.utf8)
            connection.segments.append(
                Segment(side: side, time: time, offset: offsets[side] ?? 0, bytes: bytes))
            offsets[side, default: 0] += bytes.count
        }
        var asked: Instant = opened
        for (ask, pieces) in talk {
            time += 1_000_000
            asked = time
            add(.client, ask, at: time)
            for piece in pieces {
                time = asked + piece.milliseconds * 1_000_000
                add(.server, piece.text, at: time)
            }
        }
        if let end {
            connection.closes = [
                .init(side: .server, manner: end.manner, time: asked + end.milliseconds * 1_000_000)
            ]
        }
        return connection
    }
}

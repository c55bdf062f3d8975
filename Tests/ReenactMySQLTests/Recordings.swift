import ReenactMySQL
import ReenactTimeline
import ReenactWire
import Testing

/// Recorded connections as a stub wants them.
func tape(_ connections: [Connection]) throws -> [Recorded] {
    var event = 0
    var recorded: [Recorded] = []
    for connection in connections {
        #expect(failure(of: connection) == nil)
        recorded += Tape.exchanges(of: connection, recorder: MySQL.recorder()) { _ in
            event += 1
            return (event, .failing)
        }
    }
    return recorded
}

/// Why the recorder gave up, if it did.
func failure(of connection: Connection) -> String? {
    var recorder = MySQL.recorder()
    for segment in connection.segments {
        _ = recorder.received(segment.bytes[...], from: segment.side, offset: segment.offset, at: segment.time)
    }
    return recorder.failure
}

/// All changes that a recorder gives for a connection whose bytes come in pieces of the caller's choice.
func changes(_ connection: Connection, cut: (Int) -> Int) -> [ExchangeChange] {
    var recorder = MySQL.recorder()
    var changes: [ExchangeChange] = []
    for segment in connection.segments {
        var rest = segment.bytes[...]
        var offset = segment.offset
        while !rest.isEmpty {
            let part = rest.prefix(max(1, cut(rest.count)))
            changes += recorder.received(part, from: segment.side, offset: offset, at: segment.time)
            offset += part.count
            rest = rest.dropFirst(part.count)
        }
    }
    for close in connection.closes { changes += recorder.closed(close.side, manner: close.manner, at: close.time) }
    return changes
}

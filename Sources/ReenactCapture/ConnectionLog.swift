import ReenactProtocols
import ReenactTimeline
import ReenactWire

/// What the analyst keeps of one connection: its segments, and the exchanges read from them.
final class ConnectionLog {
    /// Bytes kept of one side of one exchange; beyond it they are counted only.
    static let exchangeBytesMax = 4 << 20

    var connection: Connection
    /// The program's own socket.
    let inode: UInt64
    var ended: Instant?
    private(set) var exchanges: [Int: Exchange] = [:]
    private(set) var openExchanges: Set<Int> = []
    /// Who sent what, as the runtime's hooks told.
    var sends: [SendStamp] = []
    private(set) var storedBytes = 0
    private(set) var decodingFailure: String?

    private var recorder: (any ExchangeRecorder)?
    private var isRaw = false
    /// Where the bytes being kept for the present exchange began, by side.
    private var keptFrom = (client: 0, server: 0)
    private var seen = (client: 0, server: 0)

    struct SendStamp {
        var offset: Int
        var length: Int
        var context: HookMessage.Context
        var time: Instant
    }

    init(_ connection: Connection, inode: UInt64) {
        self.connection = connection
        self.inode = inode
    }

    /// Exchanges in order.
    var ordered: [Exchange] { exchanges.values.sorted { $0.ordinal < $1.ordinal } }

    func received(_ bytes: ArraySlice<UInt8>, side: Side, offset: Int, time: Instant) -> [ExchangeChange] {
        let expected = side == .client ? seen.client : seen.server
        if offset > expected {
            // The analyst was too far behind, and bytes were dropped on the way.
            if side == .client { connection.droppedFromClient += offset - expected }
            if side == .server { connection.droppedFromServer += offset - expected }
            decodingFailure = decodingFailure ?? "bytes were dropped under load"
            recorder = nil
            isRaw = true
        }
        if side == .client { seen.client = offset + bytes.count } else { seen.server = offset + bytes.count }
        keep(bytes, side: side, offset: offset, time: time)
        guard !isRaw else { return [] }
        if recorder != nil { return feed(bytes, side: side, offset: offset, time: time) }
        return recognize(at: time)
    }

    private func keep(_ bytes: ArraySlice<UInt8>, side: Side, offset: Int, time: Instant) {
        let already = offset - (side == .client ? keptFrom.client : keptFrom.server)
        let room = max(0, ConnectionLog.exchangeBytesMax - already)
        let kept = bytes.prefix(room)
        if kept.count < bytes.count {
            if side == .client {
                connection.droppedFromClient += bytes.count - kept.count
            } else {
                connection.droppedFromServer += bytes.count - kept.count
            }
        }
        guard !kept.isEmpty else { return }
        connection.segments.append(Segment(side: side, time: time, offset: offset, bytes: Array(kept)))
        storedBytes += kept.count
    }

    private func feed(_ bytes: ArraySlice<UInt8>, side: Side, offset: Int, time: Instant) -> [ExchangeChange] {
        guard var current = recorder else { return [] }
        recorder = nil
        let changes = current.received(bytes, from: side, offset: offset, at: time)
        if let failure = current.failure { decodingFailure = failure }
        recorder = current
        take(changes)
        return changes
    }

    /// Tries to tell the protocol from what is there; then reads it all from the start.
    private func recognize(at time: Instant) -> [ExchangeChange] {
        if connection.transport == .udp || connection.protocolName == "dns" {
            return begin(with: Protocols.named("dns"))
        }
        if let opaque = connection.tls?.opaque {
            decodingFailure = "encrypted: \(opaque)"
            isRaw = true
            return begin(with: Protocols.named("raw"))
        }
        let client = connection.bytes(StreamRange(offset: 0, length: 65536), from: .client)
        let server = connection.bytes(StreamRange(offset: 0, length: 65536), from: .server)
        let port = connection.server.lastIndex(of: ":").flatMap {
            Int(connection.server[connection.server.index(after: $0)...])
        }
        guard let found = Protocols.recognize(client: client[...], server: server[...], port: port) else { return [] }
        return begin(with: found)
    }

    private func begin(with found: (any WireProtocol.Type)?) -> [ExchangeChange] {
        guard let found else {
            isRaw = true
            return []
        }
        connection.protocolName = found.name
        recorder = found.recorder()
        return connection.segments.flatMap {
            feed($0.bytes[...], side: $0.side, offset: $0.offset, time: $0.time)
        }
    }

    func closed(_ close: Connection.Close) -> [ExchangeChange] {
        connection.closes.append(close)
        guard var current = recorder else { return [] }
        recorder = nil
        let changes = current.closed(close.side, manner: close.manner, at: close.time)
        recorder = current
        take(changes)
        return changes
    }

    private func take(_ changes: [ExchangeChange]) {
        for change in changes {
            switch change {
            case .began(let exchange):
                exchanges[exchange.ordinal] = exchange
                openExchanges.insert(exchange.ordinal)
                keptFrom.client = max(keptFrom.client, exchange.request.offset)
                keptFrom.server = max(keptFrom.server, seen.server)
            case .ended(let exchange):
                exchanges[exchange.ordinal] = exchange
                openExchanges.remove(exchange.ordinal)
            }
        }
    }

    /// Forgets exchanges that ended before that, with their bytes. Handshakes stay: without them nothing can be read.
    func trim(before time: Instant) {
        let gone = exchanges.values.filter {
            !$0.isPreamble && !openExchanges.contains($0.ordinal) && ($0.responseEnd ?? $0.requestEnd) < time
        }
        guard !gone.isEmpty else { return }
        let clientRanges = gone.map(\.request)
        let serverRanges = gone.compactMap(\.response)
        for exchange in gone { exchanges[exchange.ordinal] = nil }
        connection.segments.removeAll { segment in
            let ranges = segment.side == .client ? clientRanges : serverRanges
            let isGone = ranges.contains {
                $0.offset <= segment.offset && $0.end >= segment.offset + segment.bytes.count
            }
            if isGone { storedBytes -= segment.bytes.count }
            return isGone
        }
        sends.removeAll { $0.time < time }
    }
}

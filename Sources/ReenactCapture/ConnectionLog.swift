import ReenactProtocols
import ReenactTimeline
import ReenactWire

/// What the analyst keeps of one connection: its segments, and the exchanges read from them.
///
/// Bytes are read when a case or the ring needs to know where the exchanges are, and as soon as the program's answer to
/// a client may be a failure. Only an outline of each exchange is made: a case reads its connections once more.
final class ConnectionLog {
    /// Bytes kept of one side of one exchange; beyond it they are counted only.
    static let exchangeBytesMax = 4 << 20
    /// Handshakes, settings and exchanges that prepared a statement under a name, kept as long as their connection:
    /// without them later ones can't be read. Beyond so many the oldest go, save those that opened the connection.
    private static let pinnedMax = 4096
    private static let openingMax = 32

    private(set) var connection: Connection
    /// The program's own socket.
    let inode: UInt64
    var ended: Instant?
    private(set) var exchanges = ExchangeLog()
    private var openExchanges: Set<Int> = []
    /// Who sent what, as the runtime's hooks told.
    var sends: [SendStamp] = []
    /// With what it costs to keep them apart.
    private(set) var storedBytes = 0

    /// Told of what was read of a client's stream.
    var noticed: (([ExchangeChange]) -> Void)?

    private let reading: Reading
    private var protocolType: (any WireProtocol.Type)?
    private var recorder: (any ExchangeRecorder)?
    /// The server's last bytes: a word may lie across two cuts.
    private var serverTail: [UInt8] = []
    /// Bytes are missing, and the recorder can't go on without them.
    private var isLost = false
    /// Segments that the recorder has not read yet begin here, and closes.
    private var unread = (segment: 0, close: 0)
    /// How much of each stream the recorder has had.
    private var place = (client: 0, server: 0)
    /// What of the unread segments can be let go unread.
    private var skimmed: SkimmedRun?
    /// Where the bytes being kept for the present exchange began, by side.
    private var keptFrom = (client: 0, server: 0)
    private var seen = (client: 0, server: 0)
    private var gaps = (client: StreamGaps(), server: StreamGaps())
    /// What passed and was not kept.
    private var dropped = (client: StreamGaps(), server: StreamGaps())

    struct SendStamp {
        var offset: Int
        var length: Int
        var context: HookMessage.Context
        var time: Instant
    }

    /// How soon a client's stream is read, and how much of it.
    enum Reading {
        /// When an answer may be a failure.
        case onSuspicion
        /// At once: the failure rule looks at each answer.
        case eager
        /// At once and wholly: it looks at headers.
        case detailed
    }

    init(_ connection: Connection, inode: UInt64, reading: Reading = .onSuspicion) {
        self.connection = connection
        self.inode = inode
        self.reading = reading
    }

    /// When something passed last.
    var lastUse: Instant { connection.segments.last?.time ?? ended ?? connection.opened }
    /// Whether a question seems to wait for its answer.
    var isWaiting: Bool { ended == nil && connection.segments.last?.side == .client }

    /// When the earliest request began that waits for its answer.
    func openSince() -> Instant? {
        skim()
        if skimmed?.isLost ?? true { catchUp() }
        let unreadStart = skimmed == nil ? nil : firstUnskimmed.map { connection.segments[$0].time }
        return (openExchanges.compactMap { exchanges[$0]?.requestStart } + [unreadStart].compactMap(\.self)).min()
    }

    func set(tls: Connection.TLS) { connection.tls = tls }

    func received(_ bytes: ArraySlice<UInt8>, side: Side, offset: Int, time: Instant) {
        let expected = side == .client ? seen.client : seen.server
        if offset > expected {
            // The analyst was too far behind, and bytes were dropped on the way.
            note(dropped: StreamRange(offset: expected, length: offset - expected), from: side)
            isLost = isLost || !(recorder?.readsAcrossGaps ?? false)
        }
        if side == .client { seen.client = offset + bytes.count } else { seen.server = offset + bytes.count }
        guard !bytes.isEmpty else { return }
        let isSuspicious = connection.direction == .inbound && isSuspicious(bytes, from: side)
        let kept = keep(bytes, side: side, offset: offset, time: time)
        if kept < bytes.count {
            catchUp()
            read(bytes.dropFirst(kept), side: side, offset: offset + kept, time: time)
        } else if isSuspicious {
            catchUp()
        }
    }

    /// Whether a client's stream must be read now.
    private func isSuspicious(_ bytes: ArraySlice<UInt8>, from side: Side) -> Bool {
        guard reading == .onSuspicion, let protocolType else { return true }
        // What has begun to be read is read to its end.
        guard openExchanges.isEmpty else { return true }
        guard side == .server else { return false }
        let seam = serverTail + bytes.prefix(serverTail.isEmpty ? 0 : 16)
        // Most cuts are between messages, where no word can begin.
        let tail = bytes.count >= 16 ? bytes.suffix(16) : (seam + (serverTail.isEmpty ? bytes : [])).suffix(16)
        serverTail = tail.contains { $0 >= 0x41 && $0 < 0x5b } ? Array(tail) : []
        return bytes.withUnsafeBytes(protocolType.mayTellFailure)
            || (!seam.isEmpty && seam.withUnsafeBytes(protocolType.mayTellFailure))
    }

    /// Keeps what there is room for.
    ///
    /// - Returns: how many bytes.
    private func keep(_ bytes: ArraySlice<UInt8>, side: Side, offset: Int, time: Instant) -> Int {
        var room = room(side, offset)
        if room < bytes.count {
            // What is kept is measured from the exchange's beginning, which may not have been looked for yet.
            skim()
            room = self.room(side, offset)
            if room < bytes.count { catchUp() }
            room = self.room(side, offset)
        }
        let kept = bytes.prefix(room)
        if kept.count < bytes.count {
            note(dropped: StreamRange(offset: offset + kept.count, length: bytes.count - kept.count), from: side)
        }
        if !kept.isEmpty {
            connection.segments.append(Segment(side: side, time: time, offset: offset, bytes: Array(kept)))
            storedBytes += kept.count + MemoryLayout<Segment>.stride
        }
        return kept.count
    }

    private func room(_ side: Side, _ offset: Int) -> Int {
        max(0, ConnectionLog.exchangeBytesMax - (offset - (side == .client ? keptFrom.client : keptFrom.server)))
    }

    private func note(dropped range: StreamRange, from side: Side) {
        if side == .client {
            connection.droppedFromClient += range.length
            dropped.client.add([range])
        } else {
            connection.droppedFromServer += range.length
            dropped.server.add([range])
        }
    }

    func closed(_ close: Connection.Close) {
        let isFirst = connection.closes.isEmpty
        connection.closes.append(close)
        // The program hung up, perhaps without a word; where the client did, that is no failure.
        guard connection.direction == .inbound, isFirst || !openExchanges.isEmpty else { return }
        if reading != .onSuspicion || close.side == .server || !openExchanges.isEmpty { catchUp() }
    }

    /// Reads what has come since it was read last.
    func catchUp() {
        if recorder == nil { recognize() }
        while recorder != nil, !isLost, unread.segment < connection.segments.count {
            let segment = connection.segments[unread.segment]
            unread.segment += 1
            read(segment.bytes[...], side: segment.side, offset: segment.offset, time: segment.time)
        }
        while recorder != nil, unread.close < connection.closes.count {
            let close = connection.closes[unread.close]
            unread.close += 1
            take(recorder?.closed(close.side, manner: close.manner, at: close.time) ?? [])
        }
    }

    private func read(_ bytes: ArraySlice<UInt8>, side: Side, offset: Int, time: Instant) {
        skimmed = nil
        guard !isLost, let changes = recorder?.received(bytes, from: side, offset: offset, at: time) else { return }
        if side == .client { place.client = offset + bytes.count } else { place.server = offset + bytes.count }
        take(changes)
    }

    /// Looks for the ends of exchanges in what was not read yet.
    private func skim() {
        if recorder == nil { recognize() }
        if skimmed == nil, !isLost, let skimmer = recorder?.skimmer { skimmed = SkimmedRun(skimmer, at: place) }
        skimmed?.extend(over: connection.segments, from: unread.segment)
        guard let passed = skimmed?.passed else { return }
        keptFrom = (max(keptFrom.client, passed.client), max(keptFrom.server, passed.server))
    }

    /// The first segment that must be read before anybody knows what it belongs to.
    private var firstUnskimmed: Int? {
        let index = unread.segment + (skimmed?.length ?? 0)
        return index < connection.segments.count ? index : nil
    }

    /// Lets exchanges go that nobody has read, and never will.
    ///
    /// - Returns: how many.
    private func passOver(before time: Instant) -> Int {
        let first = unread.segment
        guard let gone = skimmed?.over(before: time, in: connection.segments, from: first), gone.exchanges > 0 else {
            return 0
        }
        let segments = first..<first + gone.segments
        var length = (client: 0, server: 0)
        for index in segments {
            let count = connection.segments[index].bytes.count
            if connection.segments[index].side == .client { length.client += count } else { length.server += count }
        }
        storedBytes -= length.client + length.server + segments.count * MemoryLayout<Segment>.stride
        gaps.client.add([StreamRange(offset: place.client, length: length.client)])
        gaps.server.add([StreamRange(offset: place.server, length: length.server)])
        recorder?.passOver(exchanges: gone.exchanges, client: length.client, server: length.server)
        place = (place.client + length.client, place.server + length.server)
        connection.segments.removeSubrange(segments)
        skimmed?.removeFirst(exchanges: gone.exchanges, segments: gone.segments)
        return gone.exchanges
    }

    /// Tries to tell the protocol from what is there.
    private func recognize() {
        if connection.protocolName == "dns" { return begin(Protocols.named("dns")) }
        if connection.transport == .udp { return recognizeDatagrams() }
        if connection.tls?.opaque != nil { return begin(Protocols.named("raw")) }
        guard !connection.segments.isEmpty else { return }
        let client = connection.bytes(StreamRange(offset: 0, length: 65536), from: .client)
        let server = connection.bytes(StreamRange(offset: 0, length: 65536), from: .server)
        let port = connection.server.lastIndex(of: ":").flatMap {
            Int(connection.server[connection.server.index(after: $0)...])
        }
        guard let found = Protocols.recognize(client: client[...], server: server[...], port: port) else { return }
        begin(found)
    }

    /// Each datagram is a message of its own; the other protocols are spoken over streams.
    private func recognizeDatagrams() {
        guard let first = connection.segments.first else { return }
        let names = Protocols.named("dns")
        let isQuery =
            first.side == .client && names?.recognize(client: first.bytes[...], server: [], port: nil) == .yes
        begin(isQuery ? names : Protocols.fallback)
    }

    private func begin(_ found: (any WireProtocol.Type)?) {
        guard let found else { return }
        connection.protocolName = found.name
        protocolType = found
        recorder = found.recorder()
        if reading != .detailed { recorder?.limitToOutline() }
    }

    private func take(_ changes: [ExchangeChange]) {
        guard !changes.isEmpty else { return }
        defer { noticed?(changes) }
        for change in changes {
            switch change {
            case .began(let exchange):
                exchanges.set(exchange)
                storedBytes += MemoryLayout<Exchange>.stride
                openExchanges.insert(exchange.ordinal)
                keptFrom.client = max(keptFrom.client, exchange.request.offset)
            case .ended(let exchange):
                exchanges.set(exchange)
                openExchanges.remove(exchange.ordinal)
                if let response = exchange.response { keptFrom.server = max(keptFrom.server, response.end) }
            }
        }
    }

    /// Forgets exchanges that ended before that, with their bytes. Handshakes stay, and what prepared statements.
    ///
    /// - Returns: how many.
    func trim(before time: Instant) -> Int {
        skim()
        let passed = passOver(before: time)
        if let first = firstUnskimmed, connection.segments[first].time < time { catchUp() }
        var pinned = exchanges.all.lazy.filter { $0.isPreamble || $0.definesName }.count
        let gone = exchanges.remove { exchange in
            guard !openExchanges.contains(exchange.ordinal), (exchange.responseEnd ?? exchange.requestEnd) < time else {
                return false
            }
            guard exchange.isPreamble || exchange.definesName else { return true }
            guard pinned > ConnectionLog.pinnedMax, exchange.ordinal >= ConnectionLog.openingMax else { return false }
            pinned -= 1
            return true
        }
        forget(gone)
        sends.removeAll { $0.time < time }
        return passed + gone.count
    }

    /// Reads all there is, and lets exchanges go of which bytes are missing where nobody could read them.
    func prepareForCase() {
        catchUp()
        guard !(recorder?.readsAcrossGaps ?? true), !dropped.client.ranges.isEmpty || !dropped.server.ranges.isEmpty
        else { return }
        let gone = exchanges.remove { exchange in
            !openExchanges.contains(exchange.ordinal)
                && (dropped.client.touches(exchange.request)
                    || exchange.response.map { dropped.server.touches($0) } ?? false)
        }
        forget(gone)
    }

    private func forget(_ gone: [Exchange]) {
        guard !gone.isEmpty else { return }
        storedBytes -= gone.count * MemoryLayout<Exchange>.stride
        gaps.client.add(gone.map(\.request))
        gaps.server.add(gone.compactMap(\.response))
        cutSegments()
    }

    private func cutSegments() {
        // What is not read yet belongs to no exchange that could have gone.
        var kept: [Segment] = []
        for segment in connection.segments[..<unread.segment] {
            let range = StreamRange(offset: segment.offset, length: segment.bytes.count)
            let gaps = segment.side == .client ? gaps.client : gaps.server
            guard gaps.touches(range) else {
                kept.append(segment)
                continue
            }
            storedBytes -= range.length + MemoryLayout<Segment>.stride
            // Most go as a whole.
            if gaps.swallows(range) { continue }
            for part in gaps.kept(of: range) {
                let start = part.offset - segment.offset
                kept.append(
                    Segment(
                        side: segment.side, time: segment.time, offset: part.offset,
                        bytes: Array(segment.bytes[start..<start + part.length])))
                storedBytes += part.length + MemoryLayout<Segment>.stride
            }
        }
        connection.segments.replaceSubrange(..<unread.segment, with: kept)
        unread.segment = kept.count
    }

    /// The connection as if only what is kept of it had ever happened.
    var closedUp: Connection {
        guard !gaps.client.ranges.isEmpty || !gaps.server.ranges.isEmpty else { return connection }
        var result = connection
        for index in result.segments.indices {
            let gaps = result.segments[index].side == .client ? gaps.client : gaps.server
            result.segments[index].offset = gaps.closed(result.segments[index].offset)
        }
        return result
    }

    /// The exchange whose request stands at that place of `closedUp`.
    func exchange(closedUpAt offset: Int) -> Exchange? {
        let original = gaps.client.original(offset)
        return exchanges.begun(before: original + 1).last.flatMap { $0.request.offset == original ? $0 : nil }
    }
}

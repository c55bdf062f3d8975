import ReenactTimeline
import ReenactWire

/// The recent past as the analyst holds it: the flight recorder's ring.
final class Journal {
    /// Bytes kept in all.
    let bytesMax: Int
    var logs: [Int: ConnectionLog] = [:]
    /// Sockets of the program that were accepted, by inode: the newest last.
    var acceptedByInode: [UInt64: [Int]] = [:]
    var connectedByInode: [UInt64: [Int]] = [:]
    var statements: [(message: HookMessage, statement: HookStatement)] = []
    var exceptions = HookExceptions()
    var output: [OutputLine] = []
    var outputBytes = 0
    var input: StandardInput?
    var processes: [Int32: ProcessFacts] = [:]
    var hellos: [Int32: HookMessage.Hello] = [:]
    var packages: [Int32: [String: String]] = [:]
    var lookups: [String: [String]] = [:]
    var files: Set<String> = []
    var holes: [Case.Hole] = []
    /// Hook messages that were lost.
    var droppedMessages = 0
    /// What the ring has let go.
    var evicted = (exchanges: 0, statements: 0, output: 0)
    /// When the program took its first request: what came before belongs to the start.
    var firstRequest: Instant?
    private var lastTrim: Instant = 0

    struct OutputLine {
        var time: Instant
        var stream: Int
        var text: String
        /// Bytes of the stream up to its end.
        var end = 0
    }

    /// What was certainly printed by when: the latest ones.
    private var printed: [(stream: Int, count: Int, time: Instant)] = []

    /// Notes that so much of a stream was written before that time.
    func wasPrinted(stream: Int, count: Int, by time: Instant) {
        if printed.count >= 1000 { printed.removeFirst(500) }
        printed.append((stream, count, time))
        for index in output.indices.reversed() where output[index].stream == stream {
            guard output[index].time > time else { break }
            if output[index].end <= count { output[index].time = time }
        }
    }

    /// Takes a line, with the time by which it was printed rather than that at which it was read.
    func took(_ line: OutputLine) {
        var line = line
        let known = printed.lazy.filter { $0.stream == line.stream && $0.count >= line.end && $0.time < line.time }
        if let earliest = known.map(\.time).min() { line.time = earliest }
        output.append(line)
    }

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// Connections between processes of the program itself (a web server and its workers), both of whose ends were
    /// seen: they are neither triggers nor peers, because the program brings both ends along.
    var internalConnections: Set<Int> {
        func key(_ connection: Connection) -> String {
            connection.transport == .unix ? connection.server : "\(connection.client) \(connection.server)"
        }
        func keys(_ direction: Connection.Direction) -> Set<String> {
            Set(
                logs.values.lazy.map(\.connection)
                    .filter { $0.direction == direction && $0.opening == .connected && !$0.server.isEmpty }.map(key))
        }
        let both = keys(.inbound).intersection(keys(.outbound))
        guard !both.isEmpty else { return [] }
        return Set(logs.values.filter { both.contains(key($0.connection)) }.map(\.connection.id))
    }

    /// Notes that a client asked something.
    func sawRequest(at time: Instant) { if firstRequest == nil { firstRequest = time } }

    /// Reads what clients have sent and got so far.
    func readRequests() {
        for log in logs.values where log.connection.direction == .inbound { log.catchUp() }
    }

    /// Where the program's processes listen for each other.
    var internalServers: [String] {
        let own = internalConnections
        return Set(own.compactMap { logs[$0]?.connection }.filter { $0.direction == .inbound }.map(\.server)).sorted()
    }

    /// The inbound requests, in order of time; without what the program asks itself.
    var requests: [(log: ConnectionLog, exchange: Exchange)] {
        let own = internalConnections
        return logs.values.filter { $0.connection.direction == .inbound && !own.contains($0.connection.id) }
            .flatMap { log in log.exchanges.all.filter { !$0.isPreamble }.map { (log, $0) } }
            .sorted { $0.exchange.requestStart < $1.exchange.requestStart }
    }

    /// How much of the past is left, the more the better.
    private static let ages: [Instant] = [10_000, 5000, 2500, 1200, 600, 300].map { $0 * 1_000_000 }

    /// The past that may yet be asked for: what came since requests that are not answered.
    private func needed(since earliest: Instant) -> Instant {
        logs.values.lazy.filter { $0.connection.direction == .inbound && $0.ended == nil }
            .compactMap { $0.openSince() }.filter { $0 >= earliest }.min() ?? .max
    }

    /// Keeps the ring within its bound, oldest first; the program's start is kept as long as it fits in a quarter.
    ///
    /// - Parameter isAwaited: a case is to be made of it soon: the last ten seconds stay.
    func trim(now: Instant, isAwaited: Bool = false) {
        guard now - lastTrim > 200_000_000 else { return }
        lastTrim = now
        if statements.count > 20_000 {
            let start = statements.prefix { self.isStartup($0.message.time ?? 0) }.count
            let pinned = min(start, 5000)
            let excess = statements.count - 15_000
            statements.removeSubrange(pinned..<min(statements.count, pinned + excess))
            evicted.statements += excess
        }
        if output.count > 20_000 {
            evicted.output += 10_000
            output.removeFirst(10_000)
        }
        var stored = logs.values.reduce(0) { $0 + $1.storedBytes }
        guard stored > bytesMax || logs.count > 20_000 else { return }
        let ordered = logs.values.sorted { $0.connection.id < $1.connection.id }
        for log in ordered where stored > bytesMax / 2 || logs.count > 10_000 {
            guard let ended = log.ended, !isStartup(ended) else { continue }
            stored -= log.storedBytes
            forget(log)
        }
        guard stored > bytesMax / 2 else { return }
        let alive = ordered.filter { $0.ended == nil }
        func trim(before time: Instant) {
            for log in alive {
                let before = log.storedBytes
                evicted.exchanges += log.trim(before: time)
                stored += log.storedBytes - before
            }
        }
        trim(before: now - Self.ages[0])
        let limit = isAwaited ? now - Self.ages[0] : needed(since: now - Self.ages[0])
        for age in Self.ages.dropFirst() where stored > bytesMax / 2 && now - age <= limit {
            trim(before: now - age)
        }
        for log in alive where log.storedBytes > bytesMax / 4 { evicted.exchanges += log.trim(before: now) }
    }

    func isStartup(_ time: Instant) -> Bool { firstRequest.map { time < $0 } ?? true }

    private func forget(_ log: ConnectionLog) {
        evicted.exchanges += log.exchanges.count
        logs[log.connection.id] = nil
        acceptedByInode[log.inode]?.removeAll { $0 == log.connection.id }
        if acceptedByInode[log.inode]?.isEmpty ?? false { acceptedByInode[log.inode] = nil }
        connectedByInode[log.inode]?.removeAll { $0 == log.connection.id }
        if connectedByInode[log.inode]?.isEmpty ?? false { connectedByInode[log.inode] = nil }
    }

    /// The connection that had that socket at that time.
    func log(inode: UInt64, accepted: Bool, at time: Instant) -> ConnectionLog? {
        let ids = (accepted ? acceptedByInode : connectedByInode)[inode] ?? []
        let candidates = ids.compactMap { logs[$0] }
        // An inode is used again once its socket is gone; a message can arrive a little later than that.
        return candidates.last { $0.connection.opened <= time && ($0.ended.map { time <= $0 + 1_000_000_000 } ?? true) }
            ?? candidates.last
    }
}

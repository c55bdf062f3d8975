import Glibc
@testable import ReenactCapture
import ReenactLinux
import ReenactTimeline
import Testing

struct RelayConnectionTests {
    @Test func `what several ends have to say is read before any of it is sent, and then all of it`() throws {
        let road = try Road(connections: 5)
        defer { road.end() }
        for (index, ends) in road.ends.enumerated() { try say("ask \(index)", on: ends.client) }
        var early: [Int] = []
        road.loop.roundEnded = {
            early = road.ends.map { waiting(on: $0.server) }
            road.tap.sendNoted()
        }
        road.loop.turn(longestWait: 1000)
        #expect(early == [0, 0, 0, 0, 0])
        for (index, ends) in road.ends.enumerated() { #expect(heard(on: ends.server) == "ask \(index)") }
    }

    @Test func `the first of many does not wait for all`() throws {
        let road = try Road(connections: 40)
        defer { road.end() }
        for ends in road.ends { try say("ask", on: ends.client) }
        var early = 0
        road.loop.roundEnded = {
            early = road.ends.count { waiting(on: $0.server) > 0 }
            road.tap.sendNoted()
        }
        road.loop.turn(longestWait: 1000)
        #expect(early == 32)
        #expect(road.ends.allSatisfy { heard(on: $0.server) == "ask" })
    }

    @Test func `both sides may speak in one round, and an end comes behind the bytes before it`() throws {
        let road = try Road(connections: 2)
        defer { road.end() }
        for ends in road.ends {
            try say("ask", on: ends.client)
            try say("greeting", on: ends.server)
            shutdown(ends.client, Int32(SHUT_WR))
        }
        for _ in 0..<4 { road.loop.turn(longestWait: 20) }
        for ends in road.ends {
            #expect(heard(on: ends.server) == "ask")
            #expect(recv(ends.server, nil, 0, Int32(MSG_DONTWAIT)) == 0)
            #expect(heard(on: ends.client) == "greeting")
        }
        let noted = road.observed()
        #expect(noted.bytes == ["1 client 0 ask", "1 server 0 greeting", "2 client 0 ask", "2 server 0 greeting"])
        #expect(noted.closes == ["1 client fin", "2 client fin"])
    }

    @Test func `what is handed over in the middle of a round was sent before`() throws {
        let road = try Road(connections: 1)
        defer { road.end() }
        try say("ask", on: road.ends[0].client)
        road.loop.roundEnded = { road.tap.flush() }
        road.loop.turn(longestWait: 1000)
        #expect(heard(on: road.ends[0].server) == "ask")
        #expect(road.observed().bytes == ["1 client 0 ask"])
    }

    @Test func `the last words of an end that is gone arrive, and then its reset`() throws {
        let road = try Road(connections: 1)
        defer { road.end(servers: false) }
        let ends = road.ends[0]
        try say("ask", on: ends.client)
        var isGone = false
        road.loop.roundEnded = {
            // The question has been read by now, and finds nobody.
            if !isGone {
                _ = send(ends.server, "last words", 10, 0)
                Socket.reset(ends.server)
            }
            isGone = true
            road.tap.sendNoted()
        }
        for _ in 0..<4 { road.loop.turn(longestWait: 20) }
        #expect(heard(on: ends.client) == "last words")
        var byte: UInt8 = 0
        #expect(recv(ends.client, &byte, 1, Int32(MSG_DONTWAIT)) == -1 && errno == ECONNRESET)
        let noted = road.observed()
        #expect(noted.bytes.contains("1 server 0 last words"))
        #expect(noted.closes == ["1 server reset"])
    }

    @Test func `pieces of any size arrive in order, and are noted as they passed`() throws {
        let road = try Road(connections: 3)
        defer { road.end() }
        var said = [[UInt8]](repeating: [], count: 3)
        var came = said
        for turn in 0..<150 {
            for (index, ends) in road.ends.enumerated() {
                let size = turn % 7 == 0 ? 40_000 : 1 + turn * 37 % 2000
                let piece = (0..<size).map { UInt8(truncatingIfNeeded: turn + $0 / 251) }
                try #require(send(ends.client, piece, size, 0) == size)
                said[index] += piece
            }
            road.loop.turn(longestWait: 100)
            for (index, ends) in road.ends.enumerated() { came[index] += received(on: ends.server) }
        }
        for _ in 0..<20 {
            road.loop.turn(longestWait: 5)
            for (index, ends) in road.ends.enumerated() { came[index] += received(on: ends.server) }
        }
        #expect(came == said)
        #expect(road.streams() == said)
    }
}

/// Connections through the relay, with both of their far ends in hand.
private final class Road {
    let loop: EventLoop
    let queue: ObservationQueue
    let tap: Tap
    private(set) var ends: [(client: Int32, server: Int32)] = []
    private let pairs = SocketPair(directory: "/tmp")
    private var connections: [RelayConnection] = []
    private var batches: [ObservationBatch] = []

    init(connections count: Int) throws {
        loop = try EventLoop()
        queue = try ObservationQueue()
        tap = Tap(queue: queue, origin: MonotonicClock.now())
        loop.roundEnded = { [tap] in tap.sendNoted() }
        for id in 1...count {
            let (client, server) = (try pairs.make(family: AF_INET), try pairs.make(family: AF_INET))
            let relay = RelayConnection(
                id: id, isInbound: true, clientSocket: client.ours, serverSocket: server.ours, loop: loop, tap: tap,
                interposer: nil
            ) { _ in }
            try relay.start()
            connections.append(relay)
            ends.append((client.theirs, server.theirs))
        }
    }

    func end(servers: Bool = true) {
        loop.roundEnded = nil
        connections.forEach { $0.abort() }
        for end in ends {
            close(end.client)
            if servers { close(end.server) }
        }
    }

    private func take() {
        tap.flush()
        batches += queue.pop(waitMilliseconds: 0) ?? []
    }

    /// What was noted, in order of connections and sides.
    func observed() -> (bytes: [String], closes: [String]) {
        take()
        var (bytes, closes): ([String], [String]) = ([], [])
        for batch in batches {
            for item in batch.items {
                switch item {
                case .bytes(let id, let side, _, let offset, let range):
                    bytes.append("\(id) \(side) \(offset) " + String(decoding: batch.arena[range], as: UTF8.self))
                case .closed(let id, let close): closes.append("\(id) \(close.side) \(close.manner)")
                default: break
                }
            }
        }
        return (bytes.sorted(), closes.sorted())
    }

    /// What the clients said, by connection.
    func streams() -> [[UInt8]] {
        take()
        var streams = [[UInt8]](repeating: [], count: ends.count)
        for batch in batches {
            for case .bytes(let id, .client, _, let offset, let range) in batch.items
            where offset == streams[id - 1].count {
                streams[id - 1] += batch.arena[range]
            }
        }
        return streams
    }
}

private func say(_ text: String, on socket: Int32) throws {
    try #require(send(socket, text, text.utf8.count, 0) == text.utf8.count)
}

private func waiting(on socket: Int32) -> Int {
    var count: Int32 = 0
    return ioctl(socket, UInt(FIONREAD), &count) == 0 ? Int(count) : -1
}

private func received(on socket: Int32) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 1 << 18)
    let count = recv(socket, &bytes, bytes.count, Int32(MSG_DONTWAIT))
    return Array(bytes.prefix(max(0, count)))
}

private func heard(on socket: Int32) -> String { String(decoding: received(on: socket), as: UTF8.self) }

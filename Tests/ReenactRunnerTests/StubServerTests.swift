import Glibc
import ReenactLinux
import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactStubs

@Suite struct `A server of stubs` {
    typealias Talk = [(ask: String, pieces: [(milliseconds: Int64, text: String)])]

    private func peer(
        _ server: String, transport: Connection.Transport = .tcp, _ talk: Talk = [],
        end: (manner: Connection.Close.Manner, milliseconds: Int64)? = nil
    ) -> StubPeer {
        peer(
            server, transport: transport, [Recordings.connection(server: server, transport: transport, talk, end: end)])
    }

    private func peer(
        _ server: String, transport: Connection.Transport = .tcp, _ connections: [Connection]
    ) -> StubPeer {
        StubPeer(
            server: server, transport: transport, protocolType: LineProtocol.self, tls: false,
            connections: connections
        ) { connection, offset in (connection * 100 + offset, .failing) }
    }

    private func address() throws -> String { "127.0.0.1:\(try StubBench.freePort())" }

    @Test func `gives the recorded answer to the recorded question and names its event`() throws {
        let address = try address()
        let bench = try StubBench([peer(address, [("a\n", [(5, "one")]), ("b\n", [(5, "two")])])])
        let client = try bench.connect(address)
        client.send("b\n")
        bench.wait { client.received == "two" }
        client.send("a\n")
        bench.wait { client.received == "twoone" }
        #expect(client.received == "twoone")
        let events = bench.news.compactMap { if case .encounter(let met) = $0 { met.event } else { nil } }
        #expect(events == [102, 100])
    }

    @Test func `says which question nothing answers and does what the protocol does then`() throws {
        let address = try address()
        let bench = try StubBench([peer(address, [("a\n", [(0, "one")])])])
        let client = try bench.connect(address)
        client.send("other\n")
        bench.wait { client.error != nil }
        #expect(client.error == ECONNRESET)
        guard case .encounter(let met)? = bench.news.first else { throw LinuxError("no encounter", code: 0) }
        #expect(met.event == nil && met.nearest == 100 && met.server == address)
    }

    @Test(arguments: [(StubLatency.exact, 78, 1000), (.scaled, 6, 60), (.none, 0, 60)])
    func `keeps the recorded delays, a tenth of them, or none`(
        latency: StubLatency, atLeast: Int64, atMost: Int64
    ) throws {
        let address = try address()
        let bench = try StubBench([peer(address, [("a\n", [(20, "one"), (80, "two")])])], latency: latency)
        let client = try bench.connect(address)
        let begin = MonotonicClock.now()
        client.send("a\n")
        bench.wait { client.received == "onetwo" }
        #expect(client.received == "onetwo")
        let elapsed = (MonotonicClock.now() - begin) / 1_000_000
        #expect(elapsed >= atLeast && elapsed <= atMost)
        if latency == .exact { #expect(client.pieces.count == 2) }
    }

    @Test func `resets where the recorded peer reset, behind the part of the answer that came`() throws {
        let address = try address()
        let bench = try StubBench([peer(address, [("a\n", [(1, "par")])], end: (.reset, 30))])
        let client = try bench.connect(address)
        client.send("a\n")
        bench.wait { client.error != nil }
        #expect(client.received == "par")
        #expect(client.error == ECONNRESET)
        #expect(bench.news.contains(.fault(server: address, fault: "reset")))
    }

    @Test func `closes without an answer where the recorded peer did`() throws {
        let address = try address()
        let bench = try StubBench([peer(address, [("a\n", [])], end: (.fin, 20))])
        let client = try bench.connect(address)
        let begin = MonotonicClock.now()
        client.send("a\n")
        bench.wait { client.ended }
        #expect(client.received == "")
        #expect(client.error == nil)
        #expect(MonotonicClock.now() - begin >= 19_000_000, "an end is not hurried")
        #expect(bench.news.contains(.fault(server: address, fault: "closed")))
    }

    @Test func `says nothing where the recorded peer said nothing, and stays`() throws {
        let address = try address()
        let bench = try StubBench([peer(address, [("a\n", [])])])
        let client = try bench.connect(address)
        client.send("a\n")
        #expect(!bench.wait(milliseconds: 150) { client.ended || client.error != nil || client.received != "" })
        #expect(bench.news.contains(.fault(server: address, fault: "silence")))
    }

    @Test func `an end that follows the client's is not the stub's to begin`() throws {
        let address = try address()
        let bench = try StubBench([peer(address, [("a\n", [(0, "one")])])])
        let client = try bench.connect(address)
        client.send("a\n")
        bench.wait { client.received == "one" }
        #expect(!bench.wait(milliseconds: 50) { client.ended })
        client.shutDown()
        #expect(bench.wait { client.ended })
    }

    @Test func `an idle peer's end does not cut off who goes on asking`() throws {
        let address = try address()
        let bench = try StubBench([
            peer(address, [("a\n", [(0, "one")]), ("b\n", [(0, "two")])], end: (.fin, 100))
        ])
        let client = try bench.connect(address)
        client.send("b\n")
        bench.wait { client.received == "two" }
        client.send("a\n")
        bench.wait { client.received == "twoone" }
        #expect(!bench.wait(milliseconds: 200) { client.ended })
    }

    @Test func `a peer that only refused refuses`() throws {
        let address = try address()
        let bench = try StubBench([peer(address, [Recordings.connection(server: address, opening: .refused)])])
        #expect(try bench.connect(address).error == ECONNREFUSED)
    }

    @Test func `a peer that only timed out lets the program wait`() throws {
        let address = try address()
        let bench = try StubBench([peer(address, [Recordings.connection(server: address, opening: .timedOut)])])
        let client = try bench.connect(address)
        #expect(!client.isConnected && client.error == nil)
    }

    @Test func `a refusal between successes is a reset where dials cannot be seen`() throws {
        let address = try address()
        let bench = try StubBench([
            peer(
                address,
                [
                    Recordings.connection(server: address, [("a\n", [(0, "one")])]),
                    Recordings.connection(id: 2, server: address, opening: .refused, opened: 5_000_000),
                    Recordings.connection(id: 3, server: address, opened: 10_000_000, [("a\n", [(0, "two")])]),
                ])
        ])
        let first = try bench.connect(address)
        first.send("a\n")
        bench.wait { first.received == "one" }
        let second = try bench.connect(address)
        bench.wait { second.error != nil }
        #expect(second.error == ECONNRESET)
        let third = try bench.connect(address)
        third.send("a\n")
        bench.wait { third.received == "two" }
        #expect(third.received == "two")
    }

    @Test(arguments: ["unix:/tmp/reenact-test-\(getpid())/deep/x.sock", "unix:@reenact-test-\(getpid())", "[::1]"])
    func `plays peers on Unix sockets and on IPv6`(place: String) throws {
        let address = place.hasPrefix("[") ? "[::1]:\(try StubBench.freePort())" : place
        let transport: Connection.Transport = place.hasPrefix("unix") ? .unix : .tcp
        let bench = try StubBench([peer(address, transport: transport, [("a\n", [(0, "one")])])])
        defer {
            if place.hasPrefix("unix:/") {
                unlink(String(place.dropFirst(5)))
                rmdir("/tmp/reenact-test-\(getpid())/deep")
                rmdir("/tmp/reenact-test-\(getpid())")
            }
        }
        let client = try bench.connect(address)
        client.send("a\n")
        bench.wait { client.received == "one" }
        #expect(client.received == "one")
    }

    @Test func `a connection goes on as a tunnel to another peer`() throws {
        let address = try address()
        let bench = try StubBench([
            peer(address, [("connect far.example:7\n", [(0, "ok")])]),
            peer("far.example:7", transport: .tunnel, [("a\n", [(0, "from afar")])]),
        ])
        let client = try bench.connect(address)
        client.send("connect far.example:7\n")
        bench.wait { client.received == "ok" }
        client.send("a\n")
        bench.wait { client.received == "okfrom afar" }
        #expect(client.received == "okfrom afar")
        let servers = bench.news.compactMap { if case .encounter(let met) = $0 { met.server } else { nil } }
        #expect(servers == [address, "far.example:7"])
    }

    @Test func `an answer of many megabytes reaches a program that reads slowly`() throws {
        let address = try address()
        let big = String(repeating: "0123456789abcdef", count: 1 << 20)
        let bench = try StubBench([peer(address, [("a\n", [(0, big)])])])
        let client = try bench.connect(address)
        client.send("a\n")
        #expect(bench.wait(milliseconds: 20000) { client.received.utf8.count == big.utf8.count })
    }

    @Test func `many programs at once each get their answer`() throws {
        let address = try address()
        let bench = try StubBench([peer(address, [("a\n", [(0, "one")])])])
        let clients = try (0..<200).map { _ in try bench.connect(address) }
        for client in clients { client.send("a\n") }
        #expect(bench.wait { clients.allSatisfy { $0.received == "one" } })
        #expect(bench.server.connectionCount == 200)
    }
}

import Glibc
import ReenactProtocols
import ReenactTLS
import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactStubs

@Suite struct `Stubs of real protocols` {
    private func peer(
        _ name: String, _ server: String, tls: Bool = false,
        _ talk: [(ask: String, pieces: [(milliseconds: Int64, text: String)])]
    ) throws -> StubPeer {
        let type = try #require(Protocols.named(name))
        let connection = Recordings.connection(server: server, protocolName: name, talk)
        return StubPeer(
            server: server, transport: .tcp, protocolType: type, tls: tls, connections: [connection]
        ) { _, offset in (offset + 1, .failing) }
    }

    private func address() throws -> String { "127.0.0.1:\(try StubBench.freePort())" }

    private func events(_ bench: StubBench) -> [Int] {
        bench.news.compactMap { if case .encounter(let met) = $0 { met.event } else { nil } }
    }

    @Test func `Redis`() throws {
        let address = try address()
        let get = "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"
        let bench = try StubBench([try peer("redis", address, [(get, [(1, "$5\r\nvalue\r\n")])])])
        let client = try bench.connect(address)
        client.send(get)
        bench.wait { client.received.hasSuffix("value\r\n") }
        #expect(client.received == "$5\r\nvalue\r\n")
        #expect(events(bench) == [1])
    }

    /// A message of PostgreSQL: type, length, body.
    private func message(_ type: String, _ body: String) -> String {
        let length = UInt32(body.utf8.count + 4)
        let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
        return type + String(decoding: bytes, as: UTF8.self) + body
    }

    private var startup: String { message("", "\u{0}\u{3}\u{0}\u{0}user\u{0}a\u{0}database\u{0}d\u{0}\u{0}") }
    private var ready: String { message("Z", "I") }
    private var query: String { message("Q", "select 1\u{0}") }
    private var row: String {
        message(
            "T",
            "\u{0}\u{1}a\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{17}\u{0}\u{4}\u{7F}\u{7F}\u{7F}\u{7F}\u{0}\u{0}"
        )
            + message("D", "\u{0}\u{1}\u{0}\u{0}\u{0}\u{1}1") + message("C", "SELECT 1\u{0}") + ready
    }

    @Test func `PostgreSQL`() throws {
        let address = try address()
        let welcome = message("R", "\u{0}\u{0}\u{0}\u{0}") + message("S", "server_version\u{0}15\u{0}") + ready
        let bench = try StubBench([
            try peer("postgres", address, [(startup, [(1, welcome)]), (query, [(1, row)])])
        ])
        let client = try bench.connect(address)
        client.send(startup)
        bench.wait { client.received.hasSuffix(ready) }
        client.send(query)
        bench.wait { client.received.hasSuffix(row) }
        #expect(client.received.hasSuffix(row))
        #expect(events(bench).last == startup.utf8.count + 1)
    }

    @Test func `PostgreSQL that is asked for TLS says yes where the recorded one had it`() throws {
        let request = "\u{0}\u{0}\u{0}\u{8}"
        for tls in [true, false] {
            let address = try address()
            let bench = try StubBench(
                [try peer("postgres", address, tls: tls, [])], authority: try CertificateAuthority(commonName: "test"))
            let client = try bench.connect(address)
            client.send(bytes: Array(request.utf8) + [4, 0xD2, 0x16, 0x2F])
            bench.wait { !client.received.isEmpty }
            #expect(client.received == (tls ? "S" : "N"))
        }
    }
}

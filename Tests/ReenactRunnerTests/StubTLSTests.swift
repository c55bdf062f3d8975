import Glibc
import ReenactHTTP
import ReenactLinux
import ReenactTLS
import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactStubs

@Suite struct `A stub that speaks TLS` {
    private func http(
        _ server: String, transport: Connection.Transport = .tcp, tls: Bool, ask: String, answer: String
    ) -> StubPeer {
        let connection = Recordings.connection(
            server: server, transport: transport, protocolName: "http", tls: tls ? .init() : nil,
            [(ask, [(0, answer)])])
        return StubPeer(
            server: server, transport: transport, protocolType: HTTP.self, tls: tls, connections: [connection]
        ) { _, _ in (7, .failing) }
    }

    private func ask(_ target: String, host: String) -> String {
        "GET \(target) HTTP/1.1\r\nHost: \(host)\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n"
    }

    private let hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

    private func authorityFile(_ authority: CertificateAuthority) throws -> String {
        let path = "/tmp/reenact-test-ca-\(getpid())-\(UInt32.random(in: 0 ... .max)).pem"
        let bytes = Array(authority.pem.utf8)
        let fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard fd >= 0 else { throw LinuxError("open \(path)") }
        _ = write(fd, bytes, bytes.count)
        close(fd)
        return path
    }

    @Test(arguments: ["127.0.0.1", "api.example"])
    func `is trusted by a program that trusts the recording's authority`(name: String) throws {
        let port = try StubBench.freePort()
        let authority = try CertificateAuthority(commonName: "test")
        let file = try authorityFile(authority)
        defer { unlink(file) }
        let bench = try StubBench(
            [
                http(
                    "127.0.0.1:\(port)", tls: true, ask: ask("/pnpm/latest", host: "\(name):\(port)"), answer: hello)
            ], authority: authority)
        let curl = try bench.run([
            "curl", "-s", "--cacert", file, "--resolve", "api.example:\(port):127.0.0.1",
            "https://\(name):\(port)/pnpm/latest",
        ])
        #expect(curl.output == "hello")
        #expect(curl.status == 0)
    }

    @Test func `tells of a program that does not trust it`() throws {
        let port = try StubBench.freePort()
        let bench = try StubBench(
            [http("127.0.0.1:\(port)", tls: true, ask: ask("/", host: "127.0.0.1:\(port)"), answer: hello)],
            authority: try CertificateAuthority(commonName: "test"))
        let curl = try bench.run(["curl", "-s", "https://127.0.0.1:\(port)/"])
        #expect(curl.status == 60)
        #expect(bench.news.contains(.fault(server: "127.0.0.1:\(port)", fault: "tls:unknown_ca")))
    }

    @Test func `begins TLS for a live client that does, even where the recorded one did not`() throws {
        let port = try StubBench.freePort()
        let bench = try StubBench(
            [http("127.0.0.1:\(port)", tls: false, ask: ask("/", host: "127.0.0.1:\(port)"), answer: hello)],
            authority: try CertificateAuthority(commonName: "test"))
        #expect(try bench.run(["curl", "-sk", "https://127.0.0.1:\(port)/"]).output == "hello")
        #expect(try bench.run(["curl", "-s", "http://127.0.0.1:\(port)/"]).output == "hello")
    }

    @Test func `plays the far end of a tunnel through a proxy`() throws {
        let port = try StubBench.freePort()
        let connect =
            "CONNECT api.example:443 HTTP/1.1\r\nHost: api.example:443\r\nUser-Agent: curl/7.88.1\r\n"
            + "Proxy-Connection: Keep-Alive\r\n\r\n"
        let bench = try StubBench(
            [
                http(
                    "127.0.0.1:\(port)", tls: false, ask: connect,
                    answer: "HTTP/1.1 200 Connection established\r\n\r\n"),
                http(
                    "api.example:443", transport: .tunnel, tls: true, ask: ask("/far", host: "api.example"),
                    answer: hello),
            ], authority: try CertificateAuthority(commonName: "test"))
        let curl = try bench.run([
            "curl", "-sk", "-x", "http://127.0.0.1:\(port)", "https://api.example/far",
        ])
        #expect(curl.output == "hello")
    }

    @Test func `grants PostgreSQL's request for TLS in the session's place`() {
        var upgrade = TLSUpgrade(protocolName: "postgres", tls: true, canSpeakTLS: true)
        #expect(upgrade.received([0, 0, 0, 8, 4, 0xD2, 0x16, 0x2F], isSecured: false) == .grant([0x53]))
        #expect(upgrade.received([0x16, 3, 1, 0, 5], isSecured: false) == .secure(skipping: 0))
        #expect(upgrade.received([0, 0, 0, 9], isSecured: true) == .plain)
        var plain = TLSUpgrade(protocolName: "postgres", tls: false, canSpeakTLS: true)
        #expect(plain.received([0, 0, 0, 8, 4, 0xD2, 0x16, 0x2F], isSecured: false) == .plain)
    }

    @Test func `offers TLS in MySQL's greeting, and finds where it begins`() {
        let greeting: [UInt8] =
            [74, 0, 0, 0, 10] + Array("8.0".utf8) + [0] + Array(repeating: 1, count: 13) + [0xFF, 0xF7]
        let request: [UInt8] = [32, 0, 0, 1, 0x85, 0xAE] + Array(repeating: 0, count: 30)
        var upgrade = TLSUpgrade(protocolName: "mysql", tls: true, canSpeakTLS: true)
        #expect(upgrade.adapt(greeting) == greeting.dropLast() + [0xFF])
        #expect(upgrade.adapt(greeting) == greeting, "only the first packet is the greeting")
        #expect(upgrade.received((request + [0x16, 3, 1])[...], isSecured: false) == .secure(skipping: 36))
        var apart = TLSUpgrade(protocolName: "mysql", tls: true, canSpeakTLS: true)
        #expect(apart.received(request[...], isSecured: false) == .grant([]))
        #expect(apart.received([0x16, 3, 1], isSecured: false) == .secure(skipping: 0))
        var plain = TLSUpgrade(protocolName: "mysql", tls: false, canSpeakTLS: true)
        #expect(plain.adapt(greeting) == greeting)
    }

    @Test func `bytes behind plain ones are never taken for a hello`() {
        var upgrade = TLSUpgrade(protocolName: "raw", tls: false, canSpeakTLS: true)
        #expect(upgrade.received([1, 2], isSecured: false) == .plain)
        #expect(upgrade.received([0x16, 3, 1], isSecured: false) == .plain)
    }
}

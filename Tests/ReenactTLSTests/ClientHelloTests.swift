import ReenactTLS
import ReenactTesting
import Testing

struct ClientHelloTests {
    private func hello(_ name: String?, alpn: [String] = []) throws -> [UInt8] {
        try TLSEngine.client(serverName: name, alpn: alpn, verify: .nothing).takeCiphertext()
    }

    @Test func `OpenSSL's hello tells name and protocols`() throws {
        #expect(
            ClientHello.parse(try hello("api.example", alpn: ["h2", "http/1.1"]))
                == .hello(serverName: "api.example", alpn: ["h2", "http/1.1"]))
        #expect(ClientHello.parse(try hello(nil)) == .hello(serverName: nil, alpn: []))
    }

    @Test func `every beginning of a hello needs more`() throws {
        let bytes = try hello("api.example")
        for count in 0..<bytes.count { #expect(ClientHello.parse(bytes[..<count]) == .needMore) }
        #expect(ClientHello.parse(bytes + [1, 2, 3]) == .hello(serverName: "api.example", alpn: []))
    }

    @Test func `a hello in several records is read`() throws {
        let bytes = try hello("api.example")
        var cut: [UInt8] = []
        for start in stride(from: 5, to: bytes.count, by: 7) {
            let part = bytes[start..<min(start + 7, bytes.count)]
            cut += [22, 3, 1, 0, UInt8(part.count)] + part
        }
        #expect(ClientHello.parse(cut) == .hello(serverName: "api.example", alpn: []))
        for count in 0..<cut.count { #expect(ClientHello.parse(cut[..<count]) == .needMore) }
    }

    @Test(arguments: ["GET / HTTP/1.1", "\u{16}x", "SSH-2.0", "\u{16}\u{3}\u{1}\u{0}\u{0}", "*1\r\n$4\r\nPING"])
    func `other protocols are not TLS`(text: String) {
        #expect(ClientHello.parse(Array(text.utf8)) == .notTLS)
    }

    @Test func `hostile hellos never trap and never ask for more without end`() throws {
        var random = SeededGenerator(seed: 7)
        let original = try hello("api.example", alpn: ["h2"])
        for _ in 0..<20000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
            _ = ClientHello.parse(bytes)
        }
        for _ in 0..<20000 {
            _ = ClientHello.parse([22, 3, 1] + random.bytes(Int.random(in: 0...80, using: &random)))
        }
        var endless: [UInt8] = []
        while endless.count < 70000 { endless += [22, 3, 1, 0, 8, 1, 0, 0xff, 0, 0, 0, 0, 0] }
        #expect(ClientHello.parse(endless) != .needMore)
    }
}

import ReenactLinux
import Testing

struct SocketAddressTests {
    @Test(arguments: [
        "127.0.0.1:5432", "10.2.3.4:80", "[::1]:8080", "[fe80::1]:1", "unix:/run/x.sock", "unix:@name",
    ])
    func `an address reads as it is written`(text: String) throws {
        #expect(try #require(SocketAddress(text)).description == text)
    }

    @Test(arguments: ["", ":", "127.0.0.1", "127.0.0.1:99999", "host:80", "unix:", "[::1:80"])
    func `what is no address is refused`(text: String) { #expect(SocketAddress(text) == nil) }

    @Test func `loopback is told from the rest of the world`() {
        #expect(SocketAddress("127.9.9.9:1")?.isLoopback == true)
        #expect(SocketAddress("[::ffff:127.0.0.1]:1")?.isLoopback == true)
        #expect(SocketAddress("10.0.0.1:1")?.isLoopback == false)
        #expect(SocketAddress("[2001:db8::1]:1")?.isLoopback == false)
        #expect(SocketAddress("0.0.0.0:1")?.isAny == true)
    }

    @Test func `bytes of the wire that are too short or of another family are refused`() {
        #expect(SocketAddress(bytes: [2, 0, 0]) == nil)
        #expect(SocketAddress(bytes: [16, 0] + Array(repeating: 0, count: 40)) == nil)
        #expect(SocketAddress(bytes: []) == nil)
    }
}

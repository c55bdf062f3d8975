import Glibc
import ReenactLinux
import ReenactStubs
import ReenactTimeline
import Testing

@testable import ReenactRunner

/// Two services' links in one process: where one dials, and the other's door.
struct ServiceLinksTests {
    private func directory() throws -> String {
        var template = Array("/tmp/reenact-links-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        return String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A free port of 127.0.0.1, and a listening socket at another one.
    private func listener() throws -> (fd: Int32, address: SocketAddress) {
        let fd = try Socket.listen(at: try #require(SocketAddress("127.0.0.1:0")))
        return (fd, try #require(SocketAddress.local(of: fd)))
    }

    @Test func `a call that comes before its callee listens waits for it, and is told with its bytes`() throws {
        let base = try directory()
        defer { Directories.removeAll(base) }
        let loop = try EventLoop()
        let report = open(base + "/report", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(report) }
        let reporter = Reporter(fd: report, started: MonotonicClock.now())
        let (spare, dialled) = try listener()
        close(spare)
        let caller = ServiceLinks(
            .init(
                isFront: true, hostName: "", door: base + "/a",
                links: [.init(server: dialled.description, service: 1, door: base + "/b")]), loop: loop,
            reporter: reporter)
        try caller.open()
        let client = try Socket.stream(family: AF_INET, nonblocking: true)
        defer { close(client) }
        _ = dialled.withSockAddr { connect(client, $0, $1) }
        loop.turn(longestWait: 20)
        // The callee comes later, and its program later still.
        let callee = ServiceLinks(
            .init(isFront: false, hostName: "", door: base + "/b"), loop: loop, reporter: reporter)
        try callee.open()
        for _ in 0..<20 { loop.turn(longestWait: 5) }
        let (server, place) = try listener()
        defer { close(server) }
        callee.admit(to: place)
        var taken: Int32 = -1
        var heard: [UInt8] = []
        let question = Array("GET / HTTP/1.1\r\n\r\n".utf8)
        let answer = [UInt8](repeating: 7, count: 3 << 20)
        var sent = 0
        var asked = false
        for _ in 0..<20_000 where heard.count < answer.count {
            loop.turn(longestWait: 5)
            if !asked, send(client, question, question.count, Int32(MSG_NOSIGNAL)) == question.count {
                asked = true
                shutdown(client, Int32(SHUT_WR))
            }
            if taken < 0 { taken = accept(server, nil, nil) }
            if taken >= 0, sent < answer.count {
                let count = answer.withUnsafeBytes {
                    send(taken, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
                }
                sent += max(0, count)
            }
            var buffer = [UInt8](repeating: 0, count: 1 << 20)
            let count = recv(client, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 { heard += buffer[..<count] }
        }
        #expect(heard == answer)
        var buffer = [UInt8](repeating: 0, count: 64)
        #expect(recv(taken, &buffer, buffer.count, Int32(MSG_DONTWAIT)) == question.count)
        #expect(recv(taken, &buffer, buffer.count, Int32(MSG_DONTWAIT)) == 0, "the client's end came through")
        close(taken)
        caller.close()
        callee.close()
        let told = FileBytes.text(base + "/report")
        #expect(told.hasPrefix("{\"passed\":") && told.contains("\"service\":1"), "\(told.prefix(200))")
        #expect(told.utf8.count > answer.count && told.split(separator: "\n").count == 1)
    }

    @Test func `a service's plan is refused outside a sandbox`() {
        let devices = "Inter-|\n face |\n    lo: 0\n"
        #expect(OwnMachine.refusal(parent: 1, first: "/r", own: "/r", devices: devices) == nil)
        #expect(OwnMachine.refusal(parent: 7, first: "/r", own: "/r", devices: devices) != nil)
        #expect(OwnMachine.refusal(parent: 1, first: "/sbin/init", own: "/r", devices: devices) != nil)
        #expect(OwnMachine.refusal(parent: 1, first: "/r", own: "/r", devices: devices + "  eth0: 0\n") != nil)
        #expect(OwnMachine.refusal() != nil)
    }
}

import CLinux
import Glibc
import ReenactLinux
import ReenactTLS
import ReenactTimeline
import ReenactWire

@testable import ReenactStubs

/// A server of stubs with clients on the same event loop.
final class StubBench {
    let loop: EventLoop
    let server: StubServer
    private(set) var news: [StubNews] = []

    init(
        _ peers: [StubPeer], latency: StubLatency = .none, authority: CertificateAuthority? = nil
    ) throws {
        loop = try EventLoop()
        server = StubServer(loop: loop, peers: peers, latency: latency, authority: authority)
        server.onNews = { [weak self] in self?.news.append($0) }
        server.phase = .failing
        for failure in server.open() { throw LinuxError("\(failure.server): \(failure.reason)", code: 0) }
    }

    deinit { server.close() }

    /// Turns the loop until the condition holds, at most that long.
    @discardableResult
    func wait(milliseconds: Int = 5000, until isDone: () -> Bool) -> Bool {
        let deadline = MonotonicClock.now() + Int64(milliseconds) * 1_000_000
        while !isDone() {
            guard MonotonicClock.now() < deadline else { return false }
            loop.turn(longestWait: 1)
        }
        return true
    }

    func connect(_ address: String) throws -> StubClient { try StubClient(address, bench: self) }

    /// Runs a program to its end while the stubs play, and gives what it wrote to standard output.
    func run(_ command: [String]) throws -> (status: Int32, output: String) {
        var pair: [Int32] = [-1, -1]
        guard pipe(&pair) == 0 else { throw LinuxError("pipe") }
        for fd in pair { _ = rn_set_close_on_exec(fd, 1) }
        _ = rn_set_nonblocking(pair[0], 1)
        var child = ChildProcess(command: command, variables: ["PATH": "/usr/bin:/bin"])
        child.standard = [-1, pair[1], -1]
        let pid = try child.start().pid
        close(pair[1])
        defer { close(pair[0]) }
        var status: Int32 = -1
        guard wait(milliseconds: 20000, until: { waitpid(pid, &status, WNOHANG) == pid }) else {
            kill(pid, SIGKILL)
            waitpid(pid, &status, 0)
            return (-1, "")
        }
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = read(pair[0], &bytes, bytes.count)
        return (status >> 8, String(decoding: bytes.prefix(max(0, count)), as: UTF8.self))
    }

    /// A port that was free a moment ago.
    static func freePort() throws -> UInt16 {
        let fd = try Socket.listen(at: SocketAddress("127.0.0.1:0")!)
        defer { close(fd) }
        return SocketAddress.local(of: fd)?.port ?? 0
    }
}

/// A live program's end of a connection.
final class StubClient {
    let fd: Int32
    private let bench: StubBench
    private(set) var received = ""
    /// When the first byte came, on the monotonic clock.
    private(set) var pieces: [(time: Int64, text: String)] = []
    private(set) var isConnected = false
    private(set) var ended = false
    /// errno of the dial or the connection.
    private(set) var error: Int32?

    init(_ address: String, bench: StubBench) throws {
        self.bench = bench
        guard let address = SocketAddress(address) else { throw LinuxError("address", code: EINVAL) }
        fd = try Socket.stream(family: Int32(address.family), nonblocking: true)
        let result = address.withSockAddr { Glibc.connect(fd, $0, $1) }
        guard result == 0 || errno == EINPROGRESS else {
            error = errno
            return
        }
        try bench.loop.watch(fd, [.read, .write]) { [weak self] in self?.handle($0) }
        bench.wait(milliseconds: 100) { self.isConnected || self.error != nil }
    }

    deinit {
        bench.loop.unwatch(fd)
        close(fd)
    }

    func send(_ text: String) { _ = Array(text.utf8).withUnsafeBytes { Glibc.send(fd, $0.baseAddress, $0.count, 0) } }

    func send(bytes: [UInt8]) { _ = Glibc.send(fd, bytes, bytes.count, 0) }

    func shutDown() { shutdown(fd, Int32(SHUT_WR)) }

    private func handle(_ ready: EventLoop.Ready) {
        if !isConnected {
            if let code = Socket.option(fd, SOL_SOCKET, SO_ERROR), code != 0 {
                error = code
                bench.loop.unwatch(fd)
                return
            }
            isConnected = true
            bench.loop.change(fd, .read)
        }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while error == nil, !ended {
            let count = recv(fd, &buffer, buffer.count, 0)
            if count > 0 {
                let text = String(decoding: buffer[..<count], as: UTF8.self)
                pieces.append((MonotonicClock.now(), text))
                received += text
            } else if count == 0 {
                ended = true
            } else if errno == EAGAIN {
                return
            } else {
                error = errno
            }
        }
        bench.loop.unwatch(fd)
    }
}

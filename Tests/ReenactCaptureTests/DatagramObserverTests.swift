import Foundation
import Glibc
import ReenactLinux
import ReenactTimeline
import Testing

@testable import ReenactCapture

/// Real programs on real sockets, as the recorder sees them.
@Suite(.serialized) struct DatagramObserverTests {
    @Test func `a question to an address and its answer are one connection`() throws {
        let seen = try Watched(
            """
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            for word in (b"one", b"two"):
                s.sendto(word, echo)
                print(s.recvfrom(100) == (b"<" + word + b">", echo))
            """)
        #expect(seen.output == "True\nTrue\n")
        #expect(seen.spoken == [["→one", "←<one>", "→two", "←<two>"]])
        #expect(seen.holes.isEmpty)
    }

    @Test func `an address of IPv4 is told as such where the socket is for both families`() throws {
        let seen = try Watched(
            """
            s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            s.sendto(b"one", ("::ffff:127.0.0.1", echo[1]))
            print(s.recvfrom(100)[0])
            """)
        #expect(seen.spoken == [["→one", "←<one>"]] && seen.servers == ["127.0.0.1:\(seen.port)"])
    }

    @Test func `two peers on one socket are two connections`() throws {
        let seen = try Watched(
            """
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            other = ("127.0.0.2", echo[1])
            s.sendto(b"one", echo)
            s.sendto(b"two", other)
            print(sorted(s.recvfrom(100)[1] for _ in range(2)) == [echo, other])
            """)
        #expect(seen.output == "True\n" && seen.spoken == [["→one", "←<one>"], ["→two", "←<two>"]])
    }

    @Test func `a socket that does not block gets its answers as ever`() throws {
        let seen = try Watched(
            """
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.setblocking(False)
            s.sendto(b"slow", echo)
            try: s.recvfrom(100)
            except BlockingIOError: print("not yet")
            select.select([s], [], [])
            print(s.recvfrom(100)[0])
            """)
        #expect(seen.output == "not yet\nb'<slow>'\n" && seen.spoken == [["→slow", "←<slow>"]])
    }

    @Test(arguments: [
        "s.settimeout(0.3)", "s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack('ll', 0, 300000))",
    ])
    func `a timeout takes place on time, and silence is what is recorded`(timeout: String) throws {
        let seen = try Watched(
            """
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            \(timeout)
            s.sendto(b"silence", echo)
            start = time.monotonic()
            try: s.recvfrom(100)
            except (TimeoutError, BlockingIOError) as error: print(0.29 < time.monotonic() - start < 0.8)
            """)
        #expect(seen.output == "True\n" && seen.spoken == [["→silence"]])
    }

    @Test func `a signal ends the wait or the call goes on, as the program has it`() throws {
        let seen = try Watched(
            """
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            class Enough(Exception): pass
            def enough(*_): raise Enough
            s.sendto(b"silence", echo)
            signal.signal(signal.SIGALRM, lambda *_: print("rang"))
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            threading.Timer(0.2, lambda: s.sendto(b"one", echo)).start()
            print(s.recvfrom(100)[0])
            signal.signal(signal.SIGALRM, enough)
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            try: s.recvfrom(100)
            except Enough: print("enough")
            """)
        #expect(seen.output == "rang\nb'<one>'\nenough\n")
        #expect(seen.spoken == [["→silence", "→one", "←<one>"]])
    }

    @Test func `endpoints of asyncio are seen`() throws {
        let seen = try Watched(
            """
            class Ask(asyncio.DatagramProtocol):
                def connection_made(self, transport): self.transport = transport
                def datagram_received(self, data, source): self.got.set_result(data)
            async def main():
                loop = asyncio.get_running_loop()
                transport, ask = await loop.create_datagram_endpoint(Ask, local_addr=("127.0.0.1", 0))
                for word in (b"one", b"two"):
                    ask.got = loop.create_future()
                    transport.sendto(word, echo)
                    print(await ask.got)
            asyncio.run(main())
            """)
        #expect(seen.output == "b'<one>'\nb'<two>'\n" && seen.holes.isEmpty)
        #expect(seen.spoken == [["→one", "←<one>", "→two", "←<two>"]])
    }

    @Test func `what is taken without asking whose it is is seen, or named as a hole`() throws {
        let seen = try Watched(
            """
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.sendto(b"one", echo)
            print(s.recv(100))
            """)
        #expect(seen.output == "b'<one>'\n")
        #expect(seen.spoken == [["→one", "←<one>"]] || seen.spoken == [["→one"]] && seen.holes.count == 1)
    }

    @Test(arguments: ["s.connect(echo); s.send(b'one')", "s.bind(('', 0)); s.sendmsg([b'one'], [], 0, echo)"])
    func `answers to what could not be seen are named as a hole`(question: String) throws {
        let seen = try Watched(
            """
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            \(question)
            print(s.recv(100))
            """)
        #expect(seen.output == "b'<one>'\n" && seen.spoken.isEmpty && seen.holes.count == 1)
    }

    @Test func `addresses that are only looked up are no hole, nor is a datagram that nobody answers`() throws {
        let seen = try Watched(
            """
            socket.getaddrinfo("localhost", echo[1])
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.connect(echo)
            s.send(b"silence")
            print("done")
            """)
        #expect(seen.output == "done\n" && seen.spoken.isEmpty && seen.holes.isEmpty)
    }

    @Test func `a program that serves datagrams goes on serving, and that is told`() throws {
        let seen = try Watched(
            """
            port = next(p for p in range(20000, 30000) if free(p))
            server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            server.bind(("127.0.0.1", port))
            def serve():
                while True:
                    data, client = server.recvfrom(100)
                    server.sendto(data.upper(), client)
            threading.Thread(target=serve, daemon=True).start()
            time.sleep(0.2)
            c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            for word in (b"one", b"two"):
                c.sendto(word, ("127.0.0.1", port))
                print(c.recvfrom(100)[0])
            """)
        #expect(seen.output == "b'ONE'\nb'TWO'\n" && seen.holes.count == 1)
        #expect(seen.spoken == [["→one", "←ONE", "→two", "←TWO"]])
    }
}

/// A Python program beside a server that puts what it gets between brackets, and is silent when asked for silence.
private struct Watched {
    var output = ""
    var port: UInt16 = 0
    var servers: [String] = []
    var holes: [String] = []
    /// Of each connection, in order of their openings, what was said.
    var spoken: [[String]] = []

    private static let server = """
        import socket, sys, time
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("127.0.0.1", 0))
        t = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        t.bind(("127.0.0.2", s.getsockname()[1]))
        print(s.getsockname()[1], flush=True)
        import select
        while True:
            for one in select.select([s, t], [], [])[0]:
                data, client = one.recvfrom(100)
                if data == b"slow": time.sleep(0.1)
                if data != b"silence": one.sendto(b"<" + data + b">", client)
        """
    private static let prelude = """
        import asyncio, select, signal, socket, struct, sys, threading, time
        echo = ("127.0.0.1", int(sys.argv[1]))
        def free(port):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                try: return probe.bind(("127.0.0.1", port)) is None
                except OSError: return False

        """

    init(_ script: String) throws {
        let directory = try RecordingDirectory()
        defer { directory.remove() }
        let server = Process()
        server.executableURL = URL(filePath: "/usr/bin/env")
        server.arguments = ["python3", "-c", Self.server]
        let line = Pipe()
        server.standardOutput = line
        try server.run()
        defer { kill(server.processIdentifier, SIGKILL) }
        let told = String(decoding: line.fileHandleForReading.availableData, as: UTF8.self)
        port = try #require(UInt16(told.trimmingCharacters(in: .whitespacesAndNewlines)))

        let place = directory.path + "/output"
        let out = open(place, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        var child = ChildProcess(
            command: ["python3", "-u", "-c", Self.prelude + script, "\(port)"],
            variables: ProcessInfo.processInfo.environment)
        child.observed = true
        child.standard = [-1, out, out]
        let started = try child.start()
        close(out)
        let loop = try EventLoop()
        let queue = try ObservationQueue()
        let tap = Tap(queue: queue, origin: MonotonicClock.now())
        let interceptor = Interceptor(
            loop: loop, tap: tap, listener: started.notifications, outstanding: try OutstandingCalls(),
            controlPath: directory.path + "/control", policy: try TLSPolicy(directory: directory.path),
            directory: directory.path)
        try interceptor.start()
        let deadline = tap.now + 20_000_000_000
        var status: Int32 = 0
        while waitpid(started.pid, &status, WNOHANG) == 0 {
            loop.turn(longestWait: 20)
            if tap.now > deadline { kill(started.pid, SIGKILL) }
        }
        interceptor.finish()
        tap.flush()
        queue.close()
        close(started.notifications)
        output = String(decoding: try Data(contentsOf: URL(filePath: place)), as: UTF8.self)
        take(queue)
    }

    private mutating func take(_ queue: ObservationQueue) {
        var order: [Int] = []
        var words: [Int: [String]] = [:]
        while let batches = queue.pop(waitMilliseconds: 0) {
            for batch in batches {
                for item in batch.items {
                    switch item {
                    case .opened(let connection, _):
                        order.append(connection.id)
                        servers.append(connection.server)
                    case .bytes(let id, let side, _, _, let range):
                        let text = String(decoding: batch.arena[range], as: UTF8.self)
                        words[id, default: []].append((side == .client ? "→" : "←") + text)
                    case .hole(_, let what): holes.append(what)
                    default: break
                    }
                }
            }
        }
        spoken = order.map { words[$0] ?? [] }
    }
}

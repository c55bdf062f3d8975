import Glibc
import ReenactLinux
import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactRunner

@Suite(.serialized) struct `The runner` {
    @Test func `starts a program, waits until it listens, fires the request and tells the answer`() throws {
        let port = try StubBench.freePort()
        let plan = RunnerBench.plan(
            python: RunnerBench.server("self.answer(200, 'hello ' + self.path)", before: "print('starting')"),
            port: port, requests: ["GET /x HTTP/1.1\r\nHost: a\r\n\r\n"])
        let bench = try RunnerBench.run(plan)
        #expect(bench.status == 0 && bench.failure == nil && bench.isDone)
        guard case .hello(nonce: "n-1")? = bench.reports.first else { throw LinuxError("no hello", code: 0) }
        #expect(bench.stages == ["plan", "fixtures", "stubs", "program", "ready", "trigger", "observe", "destroy"])
        #expect(bench.answers.map(\.status) == [200])
        #expect(bench.answers.first?.text == "hello /x")
        #expect(bench.output(1) == "starting\n")
        #expect(bench.exit == nil, "it was ended by the runner")
    }

    @Test func `plays the recorded peers to the program`() throws {
        let (port, peerPort) = (try StubBench.freePort(), try StubBench.freePort())
        var plan = RunnerBench.plan(
            python: RunnerBench.server(
                """
                url = 'http://127.0.0.1:\(peerPort)/latest'
                try: self.answer(200, urllib.request.urlopen(url).read().decode())
                except Exception as e: self.answer(500, repr(e))
                """), port: port)
        let ask =
            "GET /latest HTTP/1.1\r\nAccept-Encoding: identity\r\nHost: 127.0.0.1:\(peerPort)\r\n"
            + "User-Agent: Python-urllib/3.11\r\nConnection: close\r\n\r\n"
        let connection = Recordings.connection(
            id: 4, server: "127.0.0.1:\(peerPort)", protocolName: "http",
            [(ask, [(3, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")])], end: (.fin, 4))
        plan.peers = [
            .init(
                server: "127.0.0.1:\(peerPort)", transport: .tcp, protocolName: "http", tls: false,
                connections: [connection])
        ]
        plan.events = [.init(connection: 4, requestOffset: 0, event: 17, phase: .failing)]
        let bench = try RunnerBench.run(plan)
        #expect(bench.answers.map(\.status) == [500])
        #expect(bench.answers.first?.text == "<HTTPError 503: 'Busy'>")
        let met = bench.reports.compactMap { if case .encounter(let met, _) = $0 { met } else { nil } }
        #expect(met.map(\.event) == [17] && met.map(\.phase) == [.failing])
    }

    @Test func `fires earlier requests first, and puts the live session into later ones`() throws {
        let port = try StubBench.freePort()
        var plan = RunnerBench.plan(
            python: RunnerBench.server(
                """
                if self.path == '/login': return self.answer(200, 'in', ('Set-Cookie', 'sid=live-secret'))
                self.answer(500, self.headers.get('Cookie', 'none'))
                """), port: port,
            requests: [
                "GET /login HTTP/1.1\r\n\r\n", "GET /data HTTP/1.1\r\nCookie: sid=recorded-secret\r\n\r\n",
            ])
        plan.trigger.requests[0].recordedAnswer = Base64.encode(
            Array("HTTP/1.1 200 OK\r\nSet-Cookie: sid=recorded-secret\r\nContent-Length: 2\r\n\r\nin".utf8))
        let bench = try RunnerBench.run(plan)
        #expect(bench.answers.map(\.event) == [1, 2])
        #expect(bench.answers.last?.text == "sid=live-secret")
    }

    /// Upgrades, and answers each frame: the third with a close.
    private static let upgrading = """
        import socket, sys
        listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
        while True:
            peer, _ = listener.accept()
            count = 0
            while data := peer.recv(4096):
                count += 1
                if data.startswith(b"GET"):
                    peer.sendall(b"HTTP/1.1 101 Go\\r\\nUpgrade: websocket\\r\\nConnection: upgrade\\r\\n\\r\\n")
                elif b"end" in data:
                    peer.sendall(bytes([0x88, 2, 3, 0xF3]))
                    break
                else:
                    peer.sendall(bytes([0x81, 1]) + str(count).encode())
            peer.close()
        """

    @Test(arguments: ["two", "end"]) func `sends a message on an upgraded connection, behind those before it`(
        message: String
    ) throws {
        var plan = RunnerBench.plan(python: Self.upgrading, port: try StubBench.freePort())
        plan.trigger.requests[0].opening = [
            "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", "one",
        ].map { Base64.encode(Array($0.utf8)) }
        plan.trigger.requests[0].base64 = Base64.encode(Array(message.utf8))
        plan.trigger.requests[0].protocolName = "message"
        let bench = try RunnerBench.run(plan)
        if message == "two" {
            // The third that came on that connection.
            #expect(
                bench.answers.map(\.event) == [1]
                    && bench.reports.contains { report in
                        if case .answer(1, 0, let base64, _) = report {
                            Base64.decode(base64) == [0x81, 1, 0x33]
                        } else {
                            false
                        }
                    })
        } else {
            #expect(bench.reports.contains { if case .noAnswer(1, "closed", _) = $0 { true } else { false } })
        }
    }

    @Test func `says when the program ends before it listens`() throws {
        let bench = try RunnerBench.run(
            RunnerBench.plan(python: "import sys; print('no', file=sys.stderr); sys.exit(3)", port: 1))
        #expect(bench.exit == 3 && bench.status == 1 && bench.isDone)
        #expect(bench.failure?.stage == "ready")
        #expect(bench.failure?.reason.contains("ended with status 3") == true)
        #expect(bench.output(2) == "no\n")
    }

    @Test func `says when the program never listens, and ends it`() throws {
        var plan = RunnerBench.plan(python: "import time; time.sleep(100)", port: try StubBench.freePort())
        plan.limits.readyMilliseconds = 300
        let bench = try RunnerBench.run(plan)
        #expect(bench.failure?.stage == "ready")
        #expect(bench.failure?.reason.contains("within 300 ms") == true)
        #expect(bench.isDone && bench.exit == nil)
    }

    @Test func `says when no answer comes`() throws {
        let port = try StubBench.freePort()
        var plan = RunnerBench.plan(python: RunnerBench.server("time.sleep(100)"), port: port)
        plan.limits.triggerMilliseconds = 200
        let bench = try RunnerBench.run(plan)
        guard
            case .noAnswer(1, "timeout", _)? = bench.reports.first(where: {
                if case .noAnswer = $0 { true } else { false }
            })
        else { throw LinuxError("an answer", code: 0) }
        let closing = try RunnerBench.run(
            RunnerBench.plan(python: RunnerBench.server("os._exit(9)"), port: try StubBench.freePort()))
        guard
            case .noAnswer(1, "closed", _)? = closing.reports.first(where: {
                if case .noAnswer = $0 { true } else { false }
            })
        else { throw LinuxError("not closed", code: 0) }
        #expect(closing.exit == 9)
    }

    @Test func `ends a program that ignores the request to end`() throws {
        let bench = try RunnerBench.run(
            RunnerBench.plan(
                python: RunnerBench.server(
                    "self.answer(200, str(os.getpid()))", before: "signal.signal(signal.SIGTERM, signal.SIG_IGN)"),
                port: try StubBench.freePort()))
        let pid = pid_t(bench.answers.first?.text ?? "")
        #expect(bench.isDone && pid != nil)
        #expect(!RunnerBench.isRunning(pid ?? 0))
    }

    @Test func `finds the daemon that a program leaves behind, and ends it too`() throws {
        let daemon = """
            if os.fork(): os._exit(0)
            os.setsid()
            if os.fork(): os._exit(0)
            """
        let bench = try RunnerBench.run(
            RunnerBench.plan(
                python: RunnerBench.server("self.answer(200, str(os.getpid()))", before: daemon),
                port: try StubBench.freePort()))
        #expect(bench.answers.map(\.status) == [200])
        #expect(bench.exit == 0)
        let pid = pid_t(bench.answers.first?.text ?? "")
        #expect(pid != nil && !RunnerBench.isRunning(pid ?? 0))
    }

    @Test func `waits for a command's end and tells its status`() throws {
        let bench = try RunnerBench.run(
            RunnerBench.plan(python: "import sys; print('out'); sys.exit(7)", kind: .command))
        #expect(bench.exit == 7 && bench.status == 0 && bench.failure == nil)
        #expect(bench.stages == ["plan", "fixtures", "stubs", "program", "trigger", "observe", "destroy"])
        let killed = try RunnerBench.run(
            RunnerBench.plan(python: "import os; os.kill(os.getpid(), 11)", kind: .command))
        #expect(killed.exit == 139)
    }

    @Test(arguments: [false, true]) func `gives a command the recorded standard input`(isFile: Bool) throws {
        // More than a pipe holds.
        let bytes = Array(String(repeating: "line\n", count: 40_000).utf8)
        var plan = RunnerBench.plan(
            python: """
                import os, stat, sys
                sys.exit(stat.S_ISREG(os.fstat(0).st_mode) * 2 + (len(sys.stdin.read()) == 200000))
                """, kind: .command)
        plan.program.input = .init(base64: Base64.encode(bytes), isFile: isFile)
        #expect(try RunnerBench.run(plan).exit == (isFile ? 3 : 1))
    }

    @Test func `other code that goes on without ever asking anything is watched no longer than needed`() throws {
        var plan = RunnerBench.plan(python: "import time; time.sleep(60)", kind: .command)
        plan.trigger.patience = .init(event: nil, milliseconds: 100, silentMilliseconds: 200)
        let bench = try RunnerBench.run(plan)
        #expect(bench.failure == nil && bench.exit == nil && bench.isDone)
    }

    @Test func `keeps a bounded part of endless output, and never blocks the program`() throws {
        let bench = try RunnerBench.run(
            RunnerBench.plan(
                python: "import sys\nfor _ in range(160): sys.stdout.write('x' * 65536)\nsys.exit(5)", kind: .command))
        #expect(bench.exit == 5)
        #expect(bench.output(1).utf8.count == Program.outputMax)
        #expect(bench.lost("output") == 160 * 65536 - Program.outputMax)
    }

    @Test func `stops a program that needs too much memory, time or processes`() throws {
        var greedy = RunnerBench.plan(python: "import time; a = b'x' * (300 << 20); time.sleep(60)", kind: .command)
        greedy.limits.memoryBytes = 200 << 20
        let memory = try RunnerBench.run(greedy)
        #expect(memory.failure?.stage == "limits" && memory.failure?.reason.contains("memory") == true)
        var slow = RunnerBench.plan(python: "import time; time.sleep(60)", kind: .command)
        slow.limits.wallMilliseconds = 300
        #expect(try RunnerBench.run(slow).failure?.reason.contains("300 ms are allowed") == true)
        var many = RunnerBench.plan(
            python: "import os, time\nfor _ in range(12):\n  if os.fork() == 0: break\ntime.sleep(60)", kind: .command)
        many.limits.processes = 8
        let processes = try RunnerBench.run(many)
        #expect(processes.failure?.reason.contains("processes; 8 are allowed") == true)
        #expect(memory.isDone && processes.isDone)
    }

    @Test func `says in one line when a command is not there`() throws {
        var plan = RunnerBench.plan(python: "", kind: .command)
        plan.program.command = ["/nonexistent/program"]
        let bench = try RunnerBench.run(plan)
        #expect(bench.failure?.stage == "program" && bench.failure?.reason.contains("not found") == true)
        #expect(bench.isDone)
    }

    @Test(arguments: ["", "{}", "[1", #"{"nonce": 5}"#, "\u{0}\u{1}\u{2}"])
    func `refuses a damaged plan in one line`(text: String) throws {
        let bench = try RunnerBench.run(planText: text)
        #expect(bench.status == 2 && bench.reports.isEmpty)
        #expect(bench.errors.hasPrefix("reenact-runner: the plan /"))
        #expect(bench.errors.split(separator: "\n").count == 1)
    }
}

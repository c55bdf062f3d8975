import FoundationEssentials
import Glibc
import ReenactLinux
import ReenactProtocols
import ReenactRunner
import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactReproduction

/// Real sandboxes, the real runner, a real program; the case is written by hand.
@Suite(.serialized, .enabled(if: Sample.isPossible)) struct EndToEndTests {
    @Test func `a request that fails on an upstream's error fails again, five times of five`() async throws {
        try await Sample.with { sample in
            let result = try await sample.run { $0.attempts = 5 }
            #expect(result.outcome == .reproduced, "\(result.reason) \(result.attempts[0].outputTail)")
            #expect(result.reproduced == 5 && result.attempts.count == 5 && result.confirmed)
            #expect(result.prefix == .init(matched: 1, total: 1))
            #expect(result.answer?.status == 500)
            #expect(!result.neededHistory)
            print("phases:", result.phases)
        }
    }

    @Test func `with hooks the throw site itself is compared`() async throws {
        try await Sample.with { sample in
            let hooks = sample.directory + "/hooks"
            try #require(try Sample.buildHooks(in: hooks))
            let result = try await sample.run { $0.hooks = hooks }
            #expect(result.outcome == .reproduced, "\(result.reason) \(result.attempts[0].outputTail)")
            #expect(result.seen?.site == "ask app.py" && result.seen?.type == "KeyError", "\(result)")
            #expect(!result.notes.contains { $0.contains("output only") }, "\(result.notes)")
        }
    }

    @Test func `with the mended code the same case does not fail`() async throws {
        try await Sample.with { sample in
            let fixed = sample.directory + "/fixed"
            try FileManager.default.createDirectory(atPath: fixed, withIntermediateDirectories: true)
            try sample.write(
                Sample.program.replacing("body[\"rate\"]", with: "body.get(\"rate\", 1)"), fixed + "/app.py")
            let result = try await sample.run { $0.code = fixed }
            #expect(result.outcome == .notReproduced, "\(result.reason) \(result.attempts[0].outputTail)")
            #expect(result.answer?.status == 200 && result.answer?.bodyPreview == "price 2")
            #expect(result.code?.target == sample.code)
            #expect(result.control?.outcome == .reproduced)
            print("phases of one attempt:", result.phases)
        }
    }

    @Test func `that mended code does well proves nothing where the recorded code does too`() async throws {
        try await Sample.with { sample in
            let fixed = sample.directory + "/fixed"
            try FileManager.default.createDirectory(atPath: fixed, withIntermediateDirectories: true)
            let mended = Sample.program.replacing("body[\"rate\"]", with: "body.get(\"rate\", 1)")
            for directory in [fixed, sample.code] { try sample.write(mended, directory + "/app.py") }
            let result = try await sample.run { $0.code = fixed }
            #expect(result.outcome == .inconclusive && result.control?.outcome == .notReproduced, "\(result.reason)")
            let unchecked = try await sample.run {
                $0.code = fixed
                $0.isControlled = false
            }
            #expect(unchecked.outcome == .notReproduced && unchecked.control == nil)

            try FileManager.default.removeItem(atPath: sample.code)
            let alone = try await sample.run { $0.code = fixed + "=" + sample.code }
            #expect(alone.outcome != .reproduced, "\(alone.reason) \(alone.notes)")
        }
    }

    @Test func `code that asks something else diverges, and says at which event`() async throws {
        try await Sample.with { sample in
            let other = sample.directory + "/other"
            try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
            try sample.write(Sample.program.replacing("/rate ", with: "/rates/all "), other + "/app.py")
            let result = try await sample.run { $0.code = other }
            #expect(result.outcome == .diverged, "\(result.reason)")
            #expect(result.divergence?.event == 2)
            #expect(result.divergence?.came.contains("/rates/all") == true)
        }
    }

    @Test func `a program that cannot start is inconclusive, with its last words`() async throws {
        try await Sample.with { sample in
            try sample.write("raise SystemExit('no licence')\n", sample.code + "/app.py")
            let result = try await sample.run()
            #expect(result.outcome == .inconclusive && result.exitCode == 3)
            #expect(result.reason.contains("before it listened") && result.reason.contains("no licence"))

            try FileManager.default.removeItem(atPath: sample.code)
            let gone = try await sample.run()
            #expect(gone.outcome == .inconclusive, "\(gone.reason)")
        }
    }

    @Test func `a failure that needs an earlier request is found with it`() async throws {
        try await Sample.with { sample in
            var sample = sample
            sample.failure.connections.append(sample.inbound(3, "GET /currency?to=doubled HTTP/1.1\r\n\r\n"))
            sample.failure.events.insert(
                Event(
                    id: 3, kind: .request, phase: .history, protocolName: "http", connection: 3, start: 0, end: 1,
                    summary: "GET /currency",
                    request: .init(offset: 0, length: sample.failure.connections[2].segments[0].bytes.count)), at: 0)
            try sample.write(
                Sample.program.replacing("rate = ask()", with: "rate = ask() if state else 1"), sample.code + "/app.py")
            let result = try await sample.run { $0.attempts = 2 }
            #expect(result.outcome == .reproduced, "\(result.reason) \(result.attempts[0].outputTail)")
            #expect(result.neededHistory && result.reproduced == 2)
        }
    }

    @Test func `a run that is cancelled leaves nothing`() async throws {
        try await Sample.with { sample in
            try sample.write("import time\ntime.sleep(4712)\n", sample.code + "/app.py")
            let began = MonotonicClock.now()
            let task = Task { try await sample.run() }
            usleep(300_000)
            task.cancel()
            _ = try? await task.value
            #expect(MonotonicClock.now() - began < 5_000_000_000)
            #expect(Sample.processes(naming: sample.code).isEmpty)
        }
    }
}

/// A shop that asks a rate and does not expect the error it gets.
struct Sample: Sendable {
    var failure: Case
    let directory: String
    var code: String { directory + "/code" }

    static let python = "/usr/bin/python3"
    static var isPossible: Bool { access(python, X_OK) == 0 && runner != nil }

    /// Beside the test bundle.
    static var runner: String? {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let paths =
            [Paths.parent(own) + "/reenact-runner"] + CommandLine.arguments.map { Paths.parent($0) + "/reenact-runner" }
        return paths.first { access($0, X_OK) == 0 }
    }

    static let program = """
        import http.server, json, socket, sys, traceback
        state = []
        def ask():
            s = socket.create_connection(("10.9.8.7", 8081), timeout=5)
            s.sendall(b"GET /rate HTTP/1.1\\r\\nHost: rates.example\\r\\n\\r\\n")
            answer = b""
            while b"}" not in answer:
                more = s.recv(65536)
                if not more: break
                answer += more
            body = json.loads(answer.split(b"\\r\\n\\r\\n")[1])
            return body["rate"]
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                try:
                    if self.path.startswith("/currency"):
                        state.append(1)
                        status, text = 200, b"ok"
                    else:
                        rate = ask()
                        status, text = 200, b"price %d" % (rate * 2)
                except Exception:
                    traceback.print_exc()
                    status, text = 500, b"sorry"
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
        http.server.ThreadingHTTPServer(("127.0.0.1", 18123), Handler).serve_forever()
        """

    static func with(_ body: (Sample) async throws -> Void) async throws {
        var template = Array("/tmp/reproduction-XXXXXX".utf8CString)
        let directory = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let sample = Sample(directory: directory)
        try FileManager.default.createDirectory(atPath: sample.code, withIntermediateDirectories: true)
        try sample.write(program, sample.code + "/app.py")
        try await body(sample)
    }

    /// False where the hooks cannot be built here.
    static func buildHooks(in directory: String) throws -> Bool {
        let script = "\(#filePath)".split(separator: "/").dropLast(3).joined(separator: "/")
        let command = "/\(script)/Hooks/build.sh '\(directory)' >&2"
        guard let pipe = popen(command, "r") else { return false }
        return pclose(pipe) == 0
    }

    /// Processes whose command line holds the text, whatever namespace they are in.
    static func processes(naming text: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.filter { name in
            guard Int(name) != nil, let bytes = HostView.here.read("/proc/\(name)/cmdline") else { return false }
            return String(decoding: bytes, as: UTF8.self).contains(text)
        }
    }

    func write(_ text: String, _ path: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

    func run(_ change: (inout ReproductionOptions) -> Void = { _ in }) async throws -> RunResult {
        var options = ReproductionOptions()
        options.runner = Self.runner
        change(&options)
        return try await Reproduction(case: failure, options: options).run()
    }

    func inbound(_ id: Int, _ request: String) -> Connection {
        .tcp(id, .inbound, "127.0.0.1:18123", request, "HTTP/1.1 500 Internal Server Error\r\n\r\n")
    }

    private init(directory: String) {
        self.directory = directory
        var environment = Environment(
            command: [Self.python, directory + "/code/app.py"], workingDirectory: directory + "/code")
        environment.variables = ["PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"]
        environment.codeFiles = [directory + "/code/app.py"]
        environment.hostName = "shop-1"
        let answer = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 17\r\n\r\n{\"error\": \"down\"}"
        let upstream = Connection.tcp(
            1, .outbound, "10.9.8.7:8081", "GET /rate HTTP/1.1\r\nHost: rates.example\r\n\r\n", answer)
        let http = Protocols.named("http")!
        let exchange = Tape.exchanges(of: upstream, recorder: http.recorder()) { _ in (2, .failing) }[0].exchange
        failure = Case(
            id: "20261121-090000-0001", anchor: .init(unixNanoseconds: 1_700_000_000_000_000_000),
            failureTime: 30_000_000_000,
            signature: Signature(
                kind: .status, exceptionType: "builtins.KeyError", message: "'rate'", frames: ["ask app.py"],
                outcome: "http:500", operation: "GET /price"),
            trigger: Trigger(
                kind: .request, event: 1, summary: "GET /price", server: "127.0.0.1:18123", time: 20_000_000_000),
            environment: environment)
        failure.connections = [upstream, inbound(2, "GET /price HTTP/1.1\r\nHost: shop\r\n\r\n")]
        failure.events = [
            Event(
                id: 1, kind: .request, phase: .failing, protocolName: "http", connection: 2, start: 20_000_000_000,
                summary: "GET /price",
                request: .init(offset: 0, length: failure.connections[1].segments[0].bytes.count)),
            Event(
                id: 2, kind: .call, phase: .failing, protocolName: "http", peer: "10.9.8.7:8081", connection: 1,
                start: 21_000_000_000, summary: exchange.summary, outcome: exchange.outcome,
                request: exchange.request, response: exchange.response, key: exchange.key),
        ]
        failure.exceptions = [
            ExceptionRecord(
                type: "builtins.KeyError", message: "'rate'", language: "python", handling: .reported,
                time: 22_000_000_000, process: 1,
                frames: [.init(function: "ask", file: directory + "/code/app.py", line: 12)])
        ]
    }
}

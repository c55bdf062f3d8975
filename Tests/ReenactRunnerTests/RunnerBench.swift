import CLinux
import Glibc
import ReenactLinux
import ReenactTimeline

@testable import ReenactRunner

/// Runs the runner's executable with a plan, and collects what it reports.
struct RunnerBench {
    var reports: [Report] = []
    var status: Int32 = -1
    var errors = ""

    /// - Parameter wrapper: a command that starts the runner, `unshare` for instance.
    static func run(_ plan: Plan, wrapper: [String] = []) throws -> RunnerBench {
        try run(planText: try JSONText.encode(plan), wrapper: wrapper)
    }

    static func run(planText: String, wrapper: [String] = []) throws -> RunnerBench {
        let directory = try temporaryDirectory()
        defer { removeDirectory(directory) }
        try FileBytes.write(Array(planText.utf8), to: "\(directory)/plan.json")
        let report = try Pipe()
        let errors = try Pipe()
        var child = ChildProcess(
            command: wrapper + [try runnerPath(), "\(directory)/plan.json", "\(report.writing)"],
            variables: ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin"])
        child.standard = [-1, -1, errors.writing]
        child.keptDescriptor = report.writing
        let pid = try child.start().pid
        var bench = RunnerBench()
        report.closeWriting()
        errors.closeWriting()
        let text = report.readAll(milliseconds: 60000)
        bench.errors = String(decoding: errors.readAll(milliseconds: 2000), as: UTF8.self)
        var state: Int32 = 0
        let deadline = MonotonicClock.now() + 5_000_000_000
        while waitpid(pid, &state, WNOHANG) != pid {
            if MonotonicClock.now() > deadline { kill(pid, SIGKILL) }
            usleep(500)
        }
        bench.status = state & 0x7F == 0 ? state >> 8 & 0xFF : 128 + state & 0x7F
        bench.reports = try text.split(separator: UInt8(ascii: "\n")).map {
            try JSONText.decode(Report.self, from: $0)
        }
        return bench
    }

    // MARK: - What was reported

    var stages: [String] { reports.compactMap { if case .stage(let name, _) = $0 { name } else { nil } } }
    var failure: (stage: String, reason: String)? {
        for case .failed(let stage, let reason) in reports { return (stage, reason) }
        return nil
    }
    var exit: Int32? {
        for case .exit(let status, _) in reports { return status }
        return nil
    }
    var troubles: [String] { reports.compactMap { if case .trouble(_, let reason) = $0 { reason } else { nil } } }
    var isDone: Bool { if case .done? = reports.last { true } else { false } }
    func lost(_ what: String) -> Int? {
        for case .lost(what, let count) in reports { return count }
        return nil
    }
    /// The answers with their bodies.
    var answers: [(event: Int, status: Int, text: String)] {
        reports.compactMap {
            guard case .answer(let event, let status, let base64, _) = $0 else { return nil }
            let bytes = Base64.decode(base64) ?? []
            let mark = Array("\r\n\r\n".utf8)
            let body = bytes.indices.first { bytes[$0...].starts(with: mark) }.map { $0 + 4 } ?? 0
            return (event, status, String(decoding: bytes[body...], as: UTF8.self))
        }
    }
    func output(_ wanted: Int) -> String {
        let bytes = reports.flatMap { report -> [UInt8] in
            guard case .output(wanted, let base64) = report else { return [] }
            return Base64.decode(base64) ?? []
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: - Plans

    /// A plan for a Python program that gets the trigger's port as its argument.
    static func plan(
        python: String, kind: Trigger.Kind = .request, port: UInt16 = 0, requests: [String] = ["GET / HTTP/1.1\r\n\r\n"]
    ) -> Plan {
        Plan(
            nonce: "n-1",
            program: .init(
                command: ["python3", "-u", "-c", python, "\(port)"], workingDirectory: "/tmp",
                variables: ["PATH": "/usr/bin:/bin", "HOME": "/tmp"]),
            clock: .init(atStart: nil, atTrigger: nil),
            trigger: .init(
                kind: kind, server: "127.0.0.1:\(port)",
                requests: kind == .request
                    ? requests.enumerated().map { index, request in
                        .init(
                            event: index + 1, phase: index + 1 == requests.count ? .failing : .history,
                            base64: Base64.encode(Array(request.utf8)), protocolName: "http")
                    } : []),
            limits: .init(wallMilliseconds: 30_000, readyMilliseconds: 10_000, triggerMilliseconds: 10_000),
            hooks: "", ownsSandbox: false)
    }

    /// A server whose answers to GET are what `body` computes from `self`.
    static func server(_ body: String, before: String = "") -> String {
        """
        import http.server, sys, os, time, signal, socket, json, urllib.request
        \(before)
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *a): pass
            def answer(self, status, text, *headers):
                data = text.encode()
                self.send_response(status)
                for name, value in headers: self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            def do_GET(self):
        \(body.split(separator: "\n").map { "        \($0)" }.joined(separator: "\n"))
        http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
        """
    }

    // MARK: - The machine

    /// The executable that was built with these tests.
    static func runnerPath() throws -> String {
        let arguments = CommandLine.arguments
        var folders: [String] = []
        if let flag = arguments.firstIndex(of: "--test-bundle-path"), arguments.indices.contains(flag + 1) {
            folders.append(arguments[flag + 1].split(separator: "/").dropLast().map { "/\($0)" }.joined())
        }
        folders.append(arguments[0].split(separator: "/").dropLast().map { "/\($0)" }.joined())
        let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
        folders.append("\(root)/.build/debug")
        for folder in folders where access("\(folder)/reenact-runner", X_OK) == 0 { return "\(folder)/reenact-runner" }
        throw LinuxError("find reenact-runner in \(folders)", code: ENOENT)
    }

    static func temporaryDirectory() throws -> String {
        var template = Array("/tmp/reenact-runner-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw LinuxError("mkdtemp") }
        return String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func removeDirectory(_ path: String) {
        guard let directory = opendir(path) else { return }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { unlink("\(path)/\(name)") }
        }
        closedir(directory)
        rmdir(path)
    }

    /// True while a process runs.
    static func isRunning(_ pid: pid_t) -> Bool {
        ProcessTree.all().contains { $0.pid == pid && !$0.isZombie }
    }

    private final class Pipe {
        let reading: Int32
        private(set) var writing: Int32

        init() throws {
            var pair: [Int32] = [-1, -1]
            guard pipe(&pair) == 0 else { throw LinuxError("pipe") }
            for fd in pair { _ = rn_set_close_on_exec(fd, 1) }
            (reading, writing) = (pair[0], pair[1])
        }

        deinit {
            close(reading)
            closeWriting()
        }

        func closeWriting() {
            if writing >= 0 { close(writing) }
            writing = -1
        }

        func readAll(milliseconds: Int32) -> [UInt8] {
            var result: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65536)
            var wait = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
            while poll(&wait, 1, milliseconds) > 0 {
                let count = read(reading, &buffer, buffer.count)
                if count <= 0 { break }
                result += buffer[..<count]
            }
            return result
        }
    }
}

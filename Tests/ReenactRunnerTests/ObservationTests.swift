import Glibc
import ReenactLinux
import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactRunner

@Suite struct `What hooks tell in an attempt` {
    /// Stands in for a hook: connects, and sends what it is told.
    private let hook = """
        import socket, os, json, time, sys, threading
        control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        control.connect(os.environ['REENACT_CONTROL'])
        def now(): return time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        def tell(**m):
            control.send(json.dumps(dict(pid=os.getpid(), tid=os.getpid(), time=now(), **m)).encode())
        tell(t='hello', ppid=1, runtime='python 3', exe='', argv=[], prefix='', cwd='', hooks=['exceptions'], trustsCA=True)
        """

    @Test func `is told in the words of the timeline, each exception once`() throws {
        let bench = try RunnerBench.run(
            RunnerBench.plan(
                python: RunnerBench.server(
                    """
                    tell(t='exception', id=2, handling='caught', type='KeyError', message='m', language='python', frames=[], causes=[])
                    tell(t='sql', id=1, db='/d', sql='SELECT 1', params=[], columns=['1'], rows=[[1]], rowCount=1, truncated=False, changes=0, lastRowID=0, code=101, error=None, readonly=True, start=now(), end=now())
                    self.answer(500, 'no')
                    tell(t='exception', id=2, handling='reported', type='KeyError', message='m', language='python', frames=[], causes=[])
                    """,
                    before: hook
                        + "\ntell(t='exception', id=1, handling='caught', type='ImportError', message='', language='python', frames=[], causes=[])"
                ), port: try StubBench.freePort()))
        let exceptions = bench.reports.compactMap {
            if case .exception(let record, let phase) = $0 { (record.type, record.handling, phase) } else { nil }
        }
        #expect(exceptions.map(\.0) == ["ImportError", "KeyError"])
        #expect(exceptions.map(\.1) == [.caught, .reported])
        #expect(exceptions.map(\.2) == [.startup, .failing])
        let statements = bench.reports.compactMap { if case .statement(let event) = $0 { event } else { nil } }
        #expect(statements.map(\.key) == ["S|SELECT 1|[]"] && statements.map(\.phase) == [.failing])
        #expect((statements.first?.start ?? 0) > 0)
        #expect(bench.reports.contains { if case .hooked(_, "python 3", ["exceptions"]) = $0 { true } else { false } })
    }

    @Test func `that waits for leave to open a database gets it at once`() throws {
        let bench = try RunnerBench.run(
            RunnerBench.plan(
                python: hook + """

                    control.settimeout(5)
                    before = now()
                    tell(t='open-db', path='/d')
                    got = control.recv(10)
                    print(len(got), now() - before < 1000000000)
                    """, kind: .command))
        #expect(bench.output(1) == "1 True\n")
    }

    @Test func `includes how many messages were dropped or damaged`() throws {
        let bench = try RunnerBench.run(
            RunnerBench.plan(python: hook + "\ntell(t='overflow', dropped=4)\ncontrol.send(b'{')", kind: .command))
        #expect(bench.lost("messages") == 5)
    }

    @Test func `a clock's file holds what the program's time is ahead, and jumps at the trigger`() throws {
        let read =
            "int.from_bytes(open(os.environ['REENACT_CLOCK'], 'rb').read(), 'little', signed=True) + time.time_ns()"
        var plan = RunnerBench.plan(
            python: RunnerBench.server("self.answer(200, str(\(read)))", before: "print(\(read))"),
            port: try StubBench.freePort())
        let start: Int64 = 1_600_000_000_000_000_000
        plan.clock = .init(atStart: start, atTrigger: start + 3_600_000_000_000)
        let bench = try RunnerBench.run(plan)
        let first = Int64(bench.output(1).prefix { $0 != "\n" }) ?? 0
        #expect(first >= start && first < start + 10_000_000_000)
        let second = Int64(bench.answers.first?.text ?? "") ?? 0
        #expect(second >= start + 3_600_000_000_000 && second < start + 3_602_000_000_000)
    }

    @Test func `files are in place before the program starts, without journals of others`() throws {
        let directory = try RunnerBench.temporaryDirectory()
        defer { RunnerBench.removeDirectory(directory) }
        try FileBytes.write(Array("SQLite format 3\u{0}rest".utf8), to: "\(directory)/source")
        try FileBytes.write(Array("old".utf8), to: "\(directory)/a.db", mode: 0o600)
        try FileBytes.write(Array("old".utf8), to: "\(directory)/a.db-wal")
        var plan = RunnerBench.plan(
            python: """
                import os
                d = '\(directory)'
                print(open(d + '/a.db').read()[-4:], os.path.exists(d + '/a.db-wal'), oct(os.stat(d + '/a.db').st_mode))
                """, kind: .command)
        plan.files = [.init(path: "\(directory)/a.db", source: "\(directory)/source")]
        #expect(try RunnerBench.run(plan).output(1) == "rest False 0o100600\n")
        plan.files = [.init(path: "\(directory)/b.db", source: "\(directory)/missing")]
        let missing = try RunnerBench.run(plan)
        #expect(missing.failure?.stage == "fixtures" && missing.failure?.reason.contains("/b.db") == true)
    }
}

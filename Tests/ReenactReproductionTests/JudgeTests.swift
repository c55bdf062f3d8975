import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactReproduction

struct JudgeTests {
    func judge(
        _ record: AttemptRecord, _ failure: Case = .sample(), changed: Bool = false
    ) -> RunResult.Attempt {
        Judge(failure, isChanged: changed).judge(record, withHistory: false)
    }

    @Test func `the same exception at the same place along the same calls is the failure`() {
        let result = judge(.done(exceptions: [.sample()], met: [4]))
        #expect(result.outcome == .reproduced)
        #expect(result.prefix == .init(matched: 1, total: 1))
        #expect(result.messageMatches, "numbers in messages may differ")
        #expect(result.seen?.site == "price shop.py")
        #expect(result.answer?.status == 500 && result.answer?.bodyPreview == "the body")
    }

    @Test func `another function or another type is another failure`() {
        let elsewhere = judge(.done(exceptions: [.sample(function: "tax")], met: [4]))
        #expect(elsewhere.outcome == .diverged)
        #expect(elsewhere.divergence?.came.contains("tax shop.py") == true)
        #expect(judge(.done(exceptions: [.sample(type: "builtins.TypeError")], met: [4])).outcome == .diverged)
    }

    @Test func `the exception that was only caught on the way is not the failure`() {
        let result = judge(.done(status: 200, exceptions: [.sample(handling: .caught)], met: [4]))
        #expect(result.outcome == .notReproduced)
    }

    @Test func `the codes of errors tell failures of one place apart`() {
        #expect(ExpectedFailure.codes("SQLSTATE[22003]: Numeric value out of range: 7 ERROR") == ["22003"])
        #expect(ExpectedFailure.codes("(1146, \"Table 'a' doesn't exist\")") == ["1146"])
        #expect(ExpectedFailure.codes("[Errno 111] Connection refused") == ["111"])
        #expect(ExpectedFailure.codes("f(x, y) failed").isEmpty && ExpectedFailure.codes("").isEmpty)
    }

    @Test func `what was wrapped is part of the failure`() {
        var failure = Case.sample()
        failure.exceptions = [.sample(message: "no way")]
        failure.exceptions[0].causes = [.sample(type: "ssl.SSLError")]
        var seen = failure.exceptions[0]
        #expect(judge(.done(exceptions: [seen], met: [4]), failure).outcome == .reproduced)
        seen.causes = [.sample(type: "builtins.ConnectionResetError")]
        #expect(judge(.done(exceptions: [seen], met: [4]), failure).outcome == .diverged)
    }

    @Test func `other words of one place are no reproduction where an answer was missing`() {
        var seen = ExceptionRecord.sample(message: "reset by peer")
        #expect(judge(.done(exceptions: [seen], met: [4])).outcome == .reproduced)
        #expect(judge(.done(exceptions: [seen], met: [4], missed: ["GET /new"])).outcome == .diverged)
        seen.message = "'rate 99'"
        #expect(judge(.done(exceptions: [seen], met: [4], missed: ["GET /new"])).outcome == .reproduced)
    }

    @Test func `what Perl's die leaves as the status is a matter of timing`() {
        var failure = Case.sample()
        failure.exceptions = []
        failure.exitStatus = 11
        failure.signature = Signature(
            kind: .exit, exceptionType: "", message: "No index at tool line 3260.", frames: [], outcome: "exit:11",
            operation: "tool")
        failure.trigger = .init(kind: .command, summary: "tool", time: 0)
        failure.environment.runtime = "perl"
        var record = AttemptRecord.done(met: [4])
        record.answers = []
        record.exit = 115
        record.output = "No index at tool line 3260.\n"
        #expect(judge(record, failure).outcome == .reproduced)
        record.output = "Lost connection at tool line 17.\n"
        #expect(judge(record, failure).outcome != .reproduced)
        failure.environment.runtime = "python 3.11.7"
        record.output = "No index at tool line 3260.\n"
        #expect(judge(record, failure).outcome != .reproduced)
    }

    @Test func `the path gone to its end without the failure is not reproduced`() {
        let result = judge(.done(status: 200, met: [4]))
        #expect(result.outcome == .notReproduced)
        #expect(result.reason.contains("it answered 200"))
    }

    @Test func `a question beyond the recording diverges at the event that was due`() {
        let result = judge(.done(missed: ["GET /rate?new=1"]))
        #expect(result.outcome == .diverged)
        #expect(result.divergence?.event == 4)
        #expect(result.divergence?.expected == "GET /rate")
        #expect(result.divergence?.came == "GET /rate?new=1 to 10.1.2.3:80")
        #expect(result.misses.map(\.nearestEvent) == [4])
    }

    @Test func `the same status for want of a recorded answer is no reproduction`() {
        var failure = Case.sample()
        failure.exceptions = []
        failure.signature.exceptionType = ""
        failure.signature.kind = .status
        #expect(judge(.done(met: [4]), failure).outcome == .reproduced)
        let result = judge(.done(met: [4], missed: ["SELECT 1"]), failure)
        #expect(result.outcome == .diverged && result.divergence?.came == "SELECT 1 to 10.1.2.3:80")
    }

    @Test func `the failure without a call that led to it diverges`() {
        let result = judge(.done(exceptions: [.sample()]))
        #expect(result.outcome == .diverged && result.divergence?.event == 4)
    }

    @Test func `what a real server answered is told, and is no miss`() {
        var record = AttemptRecord.done(status: 200)
        var encounter = Shelf.Encounter.missed("SCARD groups")
        encounter.reason = ""
        encounter.relaxations = ["answered by a real redis-server 7"]
        record.meetings = [.init(encounter: encounter, time: 40), .init(encounter: encounter, time: 41)]
        let result = judge(record, changed: true)
        #expect(result.misses.isEmpty && result.relaxations == ["answered by a real redis-server 7": 2])
        let databases = DatabaseAnswers.of(record, .sample(), [])
        #expect(databases.map(\.state) == [.recordedRows] && databases.map(\.beyondRecording) == [2])
        #expect(
            DatabaseAnswers.sentences(databases) == [
                "A real redis-server 7 with the recorded state answered 2 questions that the recording does not hold: "
                    + "SCARD groups"
            ])
    }

    @Test func `a recorded question that a fixture answered is not beyond the recording`() {
        var record = AttemptRecord.done(status: 200, met: [4])
        var encounter = record.meetings[0].encounter
        encounter.event = nil
        encounter.relaxations = ["answered by a real PostgreSQL 15"]
        record.meetings.append(.init(encounter: encounter, time: 41))
        var known = RunResult.Database(name: "10.1.2.3:80", engine: "PostgreSQL", state: .solved)
        known.exact = true
        let database = DatabaseAnswers.of(record, .sample(), [known])[0]
        #expect(database.fromFixture == 1 && database.fromRecording == 0 && database.beyondRecording == 0)
        #expect(database.engine == "PostgreSQL 15" && DatabaseAnswers.sentences([database]).isEmpty)
    }

    @Test func `other code that refuses the request because of rows that nobody recorded has shown nothing`() {
        var record = AttemptRecord.done(status: 401)
        var encounter = Shelf.Encounter.missed("SELECT permission")
        encounter.reason = ""
        encounter.server = "10.1.2.3:80"
        encounter.relaxations = ["answered by a real PostgreSQL 15"]
        record.meetings = [.init(encounter: encounter, time: 40)]
        var known = RunResult.Database(name: "10.1.2.3:80", engine: "PostgreSQL", state: .solved)
        (known.exact, known.satisfied, known.statements) = (false, 10, 77)
        func doubted() -> RunResult.Attempt {
            var result = judge(record, changed: true)
            result.databases = DatabaseAnswers.of(record, .sample(), [known])
            return DatabaseAnswers.doubted(result)
        }
        #expect(doubted().outcome == .inconclusive && doubted().reason.contains("10 of 77"))
        known.exact = true
        #expect(doubted().outcome == .notReproduced)
        known.exact = false
        record.answers[0].status = 200
        #expect(doubted().outcome == .notReproduced)
    }

    @Test func `with other code the failure gone is not reproduced, whatever was asked instead`() {
        #expect(judge(.done(status: 200, missed: ["GET /new"]), changed: true).outcome == .notReproduced)
        let further = judge(.done(status: 500, met: [4], missed: ["GET /new"]), changed: true)
        #expect(further.outcome == .notReproduced && further.reason.contains("past the failing point"))
        #expect(further.notes.contains { $0.contains("first question beyond the recording: GET /new") })
        #expect(judge(.done(status: 500, missed: ["GET /new"]), changed: true).outcome == .diverged)
        #expect(judge(.done(exceptions: [.sample()]), changed: true).outcome == .reproduced)
    }

    @Test func `a program that never listened says nothing, and its last words are told`() {
        var record = AttemptRecord.done()
        record.answers = []
        record.failure = .init(stage: "ready", reason: "the program ended with status 1 before it listened")
        record.output = "Traceback\nImportError: no module named x\n"
        let result = judge(record)
        #expect(result.outcome == .inconclusive)
        #expect(result.reason.contains("before it listened") && result.reason.contains("ImportError"))
        record.failure = .init(stage: "program", reason: "the program cannot be started: ./app.sh: not found")
        #expect(judge(record, changed: true).reason.contains("--code") && !judge(record).reason.contains("--code"))
        record = AttemptRecord()
        record.runnerLog = "Fatal error: oh"
        #expect(judge(record).reason.contains("Fatal error: oh"))
    }

    @Test func `without an exception the end of the command and its last line decide`() {
        var failure = Case.sample()
        failure.trigger = .init(kind: .command, summary: "pnpm", time: 0)
        failure.exceptions = []
        failure.signature = Signature(
            kind: .exit, message: "x\nError: cannot find key 17 in /tmp/a/keys", outcome: "exit:1")
        var record = AttemptRecord.done(met: [2, 4])
        record.answers = []
        record.exit = 1
        record.output = "some\nError: cannot find key 99 in /home/b/keys\n"
        #expect(judge(record, failure).outcome == .reproduced)
        record.output = "Error: another\n"
        #expect(judge(record, failure).outcome == .notReproduced)
        record.exit = 0
        #expect(judge(record, failure, changed: true).outcome == .notReproduced)
        failure.signature = Signature(kind: .signal, outcome: "signal:SEGV")
        record.exit = 139
        #expect(judge(record, failure).outcome == .reproduced)
    }

    @Test func `what a user's rule called a failure is one where the rule fires again`() {
        var failure = Case.sample()
        failure.exceptions = []
        func again(_ rule: String, _ change: (inout AttemptRecord) -> Void = { _ in }) -> Outcome {
            failure.signature = Signature(kind: .rule, outcome: "http:200")
            failure.signature.rule = rule
            var record = AttemptRecord.done(met: [4])
            record.answers[0].bytes = Array("HTTP/1.1 200 OK\r\nX-Cache: STALE\r\nContent-Length: 0\r\n\r\n".utf8)
            record.answers[0].status = 200
            record.stages["ready"] = 1_000_000_000
            record.answers[0].time = 1_400_000_000
            change(&record)
            return judge(record, failure).outcome
        }
        #expect(again("latency>300ms") == .reproduced && again("latency>500ms") == .notReproduced)
        #expect(again("latency>300ms") { $0.answers[0].missing = "timeout" } != .reproduced)
        #expect(again("header:x-cache~^STALE$") == .reproduced && again("header:x-cache~FRESH") == .notReproduced)
        #expect(again("status>=200") == .reproduced && again("status=404") == .notReproduced)
        #expect(again("log~mismatch [0-9]+") == .notReproduced)
        #expect(again("log~mismatch [0-9]+") { $0.output = "a\nWARNING mismatch 17\n" } == .reproduced)
    }

    @Test func `of a worker that prints its exception and goes on no end is asked for`() {
        var failure = Case.sample()
        failure.trigger = Trigger(kind: .command, summary: "work", time: 0)
        failure.exceptions = [.sample(type: "NoMethodError", message: "undefined method `split' for nil:NilClass")]
        failure.exceptions[0].handling = .printed
        failure.exceptions[0].frames = [.init(function: "perform", file: "/srv/worker.rb", line: 11)]
        failure.signature = Signature(
            kind: .rule, exceptionType: "NoMethodError", message: failure.exceptions[0].message, outcome: .none)
        failure.signature.rule = "log~NoMethodError"
        #expect(Patience.isOpenEnded(failure))
        var record = AttemptRecord.done(met: [4])
        record.answers = []
        record.exit = nil
        record.output =
            "WARN: NoMethodError: undefined method `split' for nil:NilClass\nWARN: /srv/worker.rb:11:in `perform'\n"
        #expect(judge(record, failure).outcome == .reproduced)
        record.output = "done\n"
        #expect(judge(record, failure).outcome != .reproduced)
    }

    @Test func `a rule that fires on a line about something else is another failure`() {
        var failure = Case.sample()
        failure.exceptions = []
        failure.signature = Signature(
            kind: .rule, message: "level=error msg=\"no rate for 17\" at=/srv/rates.go", outcome: "http:200")
        failure.signature.rule = "log~level=error"
        func again(_ output: String) -> Outcome {
            var record = AttemptRecord.done(met: [4])
            record.answers[0].status = 200
            record.output = output
            return judge(record, failure).outcome
        }
        #expect(again("level=error msg=\"no rate for 21\" at=/tmp/rates.go\n") == .reproduced)
        #expect(again("level=error msg=\"no rate for 3\" at=/srv/rates.go\nlevel=error late\n") == .reproduced)
        #expect(again("level=error the database is not to be reached\n") != .reproduced)
    }

    @Test func `without hooks the program's own words tell the exception`() {
        var record = AttemptRecord.done(met: [4])
        record.isHooked = false
        record.output = "Traceback (most recent call last):\nKeyError: 'rate 3'\n"
        let result = judge(record)
        #expect(result.outcome == .reproduced)
        #expect(result.notes.contains { $0.contains("output only") })
    }

    @Test func `a refused dial counts as the recorded call`() {
        var failure = Case.sample()
        failure.events[3].kind = .transport
        failure.events[3].outcome = "refused"
        failure.events[3].peer = "127.0.0.1:5432"
        failure.events[3].key = ""
        var record = AttemptRecord.done(exceptions: [.sample()])
        record.faults = [.init(server: "127.0.0.1:5432", fault: "refused", time: 30)]
        #expect(judge(record, failure).outcome == .reproduced)
    }

    @Test func `attempts that disagree decide nothing, and a hole on the path keeps from confirming`() {
        var failure = Case.sample()
        func result(_ attempts: [RunResult.Attempt]) -> RunResult {
            Aggregate.result(
                attempts, of: failure, code: nil, isolation: .namespaces, notes: [], planMilliseconds: 1)
        }
        let good = judge(.done(exceptions: [.sample()], met: [4]))
        let bad = judge(.done(status: 200, met: [4]))
        #expect(result([good, good]).outcome == .reproduced && result([good, good]).confirmed)
        let mixed = result([good, bad, good])
        #expect(mixed.outcome == .inconclusive && mixed.reason.hasPrefix("Reproduced in 2 of 3"))
        #expect(mixed.exitCode == 3 && result([bad]).exitCode == 1)
        failure.holes = [.init(kind: .truncated, what: "200 bytes of an answer", event: 4)]
        #expect(!result([good]).confirmed && result([good]).holes == ["200 bytes of an answer"])
        failure.holes = [.init(kind: .truncated, what: "of another time", event: 2)]
        #expect(result([good]).confirmed)
    }

    @Test func `templates leave out what differs from run to run`() {
        #expect(TextTemplate.of("at 0x7f00aa12 id 41, /tmp/x1/a.db") == TextTemplate.of("at 0x11 id 7, /var/a.db"))
        #expect(TextTemplate.of("user 12") != TextTemplate.of("group 12"))
        #expect(TextTemplate.of("f81d4fae-7dec-11d0-a765-00a0c91e6bf6") == "#")
    }

    @Test func `a chunked answer is shown joined, a compressed one by its size`() {
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nab c\r\n1;x\r\nd\r\n0\r\n\r\n"
        #expect(AnswerPreview.body(of: Array(chunked.utf8)) == "ab cd")
        let packed = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nxyz"
        #expect(AnswerPreview.body(of: Array(packed.utf8)) == "(3 bytes, gzip)")
    }
}

struct PathTests {
    private func judge(_ record: AttemptRecord, _ failure: Case) -> RunResult.Attempt {
        Judge(failure, isChanged: false).judge(record, withHistory: false)
    }

    @Test func `a handshake is no part of the path`() {
        var failure = Case.sample()
        var handshake = failure.events[3]
        handshake.id = 5
        handshake.key = "connect"
        handshake.summary = "connect shop"
        handshake.detail = ["preamble": true]
        failure.events.append(handshake)
        let result = judge(.done(exceptions: [.sample()], met: [4]), failure)
        #expect(result.outcome == .reproduced && result.prefix.total == 1)
    }

    @Test func `a heart that beat once less does not make another path`() {
        var failure = Case.sample()
        for id in 5...6 {
            var beat = failure.events[3]
            beat.id = id
            beat.key = "HSET beat \(id)"
            beat.summary = "HSET worker:1 last 2026-11-21T08:0\(id):00"
            failure.events.append(beat)
        }
        let result = judge(.done(exceptions: [.sample()], met: [4, 5]), failure)
        #expect(result.outcome == .reproduced && result.prefix == .init(matched: 2, total: 3))
        #expect(judge(.done(exceptions: [.sample()], met: [4]), failure).outcome == .diverged)
    }

    @Test func `an exception that was only caught needs the recorded end too`() {
        var failure = Case.sample()
        failure.exceptions = [.sample(handling: .caught)]
        #expect(judge(.done(exceptions: [.sample(handling: .caught)], met: [4]), failure).outcome == .reproduced)
        let good = AttemptRecord.done(status: 200, exceptions: [.sample(handling: .caught)], met: [4])
        #expect(judge(good, failure).outcome == .notReproduced)
    }

    @Test func `a printed trace tells the throw site without hooks`() {
        var failure = Case.sample()
        failure.exceptions = [.sample(type: "KeyError", handling: .printed)]
        failure.signature.exceptionType = "KeyError"
        var record = AttemptRecord.done(met: [4])
        func trace(_ function: String) -> String {
            """
            Traceback (most recent call last):
              File "/srv/shop/web.py", line 10, in handle
                price()
              File "/srv/shop/shop.py", line 20, in \(function)
                rates[x]
            KeyError: 'rate 3'
            """
        }
        record.output = trace("price")
        #expect(judge(record, failure).seen?.site == "price shop.py")
    }
}

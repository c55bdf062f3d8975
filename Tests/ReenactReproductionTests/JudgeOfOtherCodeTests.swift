import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactReproduction

/// What runs with `--code` show.
extension JudgeTests {
    @Test func `an exception that other code survives is not the failure`() {
        let tamed = judge(.done(status: 200, exceptions: [.sample()], met: [4]), changed: true)
        #expect(tamed.outcome == .notReproduced)
        #expect(tamed.notes.contains { $0.hasPrefix("An exception came on the way, without harm: builtins.KeyError") })
        #expect(judge(.done(status: 500, exceptions: [.sample()], met: [4]), changed: true).outcome == .reproduced)
    }

    @Test
    func `other code that gets over the exception and then fails otherwise is not the failure`() {
        let other = ExceptionRecord.sample(type: "psycopg2.InternalError", time: 89_300_000_000)
        let stranded = judge(.done(exceptions: [.sample(), other], met: [4], missed: ["SELECT 1"]), changed: true)
        #expect(stranded.outcome == .notReproduced)
        #expect(stranded.notes.contains { $0.contains("first question beyond the recording: SELECT 1") })
        let otherwise = judge(.done(exceptions: [.sample(), other], met: [4]), changed: true)
        #expect(otherwise.outcome == .notReproduced)
        #expect(otherwise.notes.contains { $0.contains("It failed otherwise: psycopg2.InternalError") })
        var elsewhere = other
        elsewhere.thread = 12
        #expect(judge(.done(exceptions: [.sample(), elsewhere], met: [4]), changed: true).outcome == .reproduced)
        var failure = Case.sample()
        failure.exceptions.append(other)
        #expect(judge(.done(exceptions: [.sample(), other], met: [4]), failure, changed: true).outcome == .reproduced)
        #expect(
            judge(.done(exceptions: [other, .sample()], met: [4], missed: ["SELECT 1"]), changed: true).outcome
                == .reproduced)
    }

    @Test func `another complaint of the runtime in the same function is not the same failure, nor none`() {
        var failure = Case.sample()
        let (type, message) = ("builtins.TypeError", "unsupported operand type(s) for /: 'NoneType' and 'int'")
        failure.signature.exceptionType = type
        failure.signature.message = message
        failure.exceptions = [.sample(type: type, message: message)]
        let same = AttemptRecord.done(exceptions: [.sample(type: type, message: message)], met: [4])
        #expect(judge(same, failure, changed: true).outcome == .reproduced)
        let other = "unsupported operand type(s) for *: 'decimal.Decimal' and 'float'"
        let found = AttemptRecord.done(exceptions: [.sample(type: type, message: other)], met: [4])
        let result = judge(found, failure, changed: true)
        #expect(result.outcome == .diverged && result.reason.contains("fails otherwise"))
        #expect(judge(found, failure, changed: false).outcome == .reproduced, "the same code may say it otherwise")
    }

    @Test func `a command of other code that goes on is not the failure`() {
        var failure = Case.sample()
        failure.trigger.kind = .command
        var record = AttemptRecord.done()
        record.answers = []
        record.stages = ["program": 1_000_000_000, "trigger": 5_000_000_000]
        let result = judge(record, failure, changed: true)
        #expect(result.outcome == .notReproduced && result.reason.contains("still running normally after 4 s"))
        record.exceptions = [.init(record: .sample(type: "OtherError"), phase: .failing)]
        #expect(judge(record, failure, changed: true).outcome == .diverged, "another failure, before the same point")
    }

    @Test func `a worker of other code that found nothing to do has shown nothing`() {
        var failure = Case.sample()
        failure.trigger.kind = .command
        var record = AttemptRecord.done()
        record.answers = []
        record.stages = ["program": 1_000_000_000, "trigger": 5_000_000_000]
        var encounter = Shelf.Encounter.missed("EVALSHA 976f 1 jobs")
        encounter.reason = ""
        encounter.relaxations = ["answered by a real redis-server 7"]
        record.meetings = [.init(encounter: encounter, time: 40)]
        let idle = judge(record, failure, changed: true)
        #expect(idle.outcome == .inconclusive && idle.reason.contains("never got to event"))
        record.meetings.append(.init(encounter: .met(4), time: 41))
        #expect(judge(record, failure, changed: true).outcome == .notReproduced)
        failure.trigger.kind = .job
        failure.trigger.event = 4
        #expect(judge(record, failure, changed: true).outcome == .notReproduced)
    }

    @Test func `a command of other code that waits for an answer nobody has is past the failing point or has diverged`()
    {
        var failure = Case.sample()
        failure.trigger.kind = .command
        var first = failure.events.first { $0.id == 4 }!
        (first.id, first.key, first.summary) = (3, "first", "SELECT 'first'")
        first.start -= 1
        failure.events.insert(first, at: 0)
        var record = AttemptRecord.done(met: [3], missed: ["GET /new", "GET /new"])
        record.answers = []
        record.stages = ["program": 1_000_000_000, "trigger": 5_000_000_000]
        let result = judge(record, failure, changed: true)
        #expect(result.outcome == .diverged && result.divergence?.event == 4)
        record = .done(met: [3, 4], missed: ["GET /new"])
        record.answers = []
        record.stages = ["program": 1_000_000_000, "trigger": 5_000_000_000]
        #expect(judge(record, failure, changed: true).outcome == .notReproduced)
    }

    @Test func `other code that asks again behind a kept connection that was closed has shown nothing`() {
        var failure = Case.sample()
        let place = failure.events.firstIndex { $0.id == 4 }!
        failure.events[place].outcome = "closed"
        var record = AttemptRecord.done(exceptions: [.sample()], met: [4])
        #expect(judge(record, failure, changed: true).outcome == .reproduced)
        var again = Shelf.Encounter.met(4)
        again.relaxations = ["asked again"]
        record.meetings.append(.init(encounter: again, time: 31))
        let result = judge(record, failure, changed: true)
        #expect(result.outcome == .inconclusive && result.reason.contains("asked once more: GET /rate"))
        #expect(judge(record, failure).outcome == .reproduced, "the recorded code does what it did")
        failure.events.removeAll { $0.id == 2 }
        #expect(judge(record, failure, changed: true).outcome == .reproduced, "it was a connection of its own")
    }

    @Test func `other code that asks where the recorded code had failed before it asked anything is past that`() {
        var failure = Case.sample()
        failure.trigger.kind = .command
        failure.events = []
        var record = AttemptRecord.done(exceptions: [.sample(type: "OtherError")], missed: ["GET /new"])
        record.answers = []
        record.exit = 1
        let result = judge(record, failure, changed: true)
        #expect(result.outcome == .notReproduced)
        #expect(result.notes.contains { $0.contains("first question beyond the recording: GET /new") })
        #expect(judge(record, failure).outcome == .diverged, "the recorded code asks nothing there")
    }
}

import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactReproduction

/// What an experiment shows where the hooks watched the failing place.
struct OracleTests {
    /// Passes, raises, and what came last.
    private typealias Place = (passes: Int, raises: Int, hasPassed: Bool?)

    private func record(_ given: AttemptRecord, _ place: Place, isQuestion: Bool = false) -> AttemptRecord {
        var record = given
        (record.passes, record.raises, record.hasPassed) = (place.passes, place.raises, place.hasPassed)
        record.isQuestion = isQuestion
        return record
    }

    private func oracle(_ place: Place?, isQuestion: Bool = false) -> Oracle {
        var oracle = Oracle(.sample())
        let control = AttemptRecord.done(exceptions: [.sample()], met: [4])
        oracle.take(place.map { record(control, $0, isQuestion: isQuestion) } ?? control, .sample())
        return oracle
    }

    private func result(_ oracle: Oracle, _ record: AttemptRecord) -> Oracle.Result {
        let judged = Judge(.sample(), isChanged: false).judge(record, withHistory: false)
        return oracle.result(judged, record, .sample(), [])
    }

    private var success: AttemptRecord { .done(status: 200, met: [4]) }
    /// It went on to ask what nobody recorded, and failed over that.
    private func astray(met: [Int] = [4]) -> AttemptRecord {
        .done(exceptions: [.sample(type: "builtins.OSError", function: "other")], met: met, missed: ["GET /new"])
    }

    @Test func `an end without the failure shows nothing where the place was never come to`() {
        let oracle = oracle((2, 1, false))
        #expect(result(oracle, record(success, (3, 0, true))) == .gone)
        #expect(result(oracle, record(success, (0, 0, nil))) == .unknown)
        #expect(oracle.doubt(record(success, (0, 0, nil))) == "The program never came to the place of the failure.")
    }

    @Test func `a place by which all questions go was passed where it fails once later, for want of an answer`() {
        let oracle = oracle((2, 1, false))
        func again(met: [Int] = [4]) -> AttemptRecord {
            .done(exceptions: [.sample(message: "no answer")], met: met, missed: ["INSERT new"])
        }
        #expect(result(oracle, record(again(), (3, 1, false))) == .gone)
        #expect(result(oracle, record(again(), (2, 1, false))) == .unknown)
        #expect(result(oracle, record(again(met: []), (3, 1, false))) == .unknown)
        #expect(result(self.oracle((0, 1, false)), record(again(), (1, 1, false))) == .unknown)
    }

    @Test func `what is raised over an error is not come to where the peer is there`() {
        var failure = Case.sample()
        failure.exceptions[0].causes = [.sample(type: "ssl.SSLError")]
        var oracle = Oracle(failure)
        oracle.take(record(.done(exceptions: failure.exceptions, met: [4]), (1, 1, false)), failure)
        let peer = Condition(
            .fault, recorded: "refused", changed: "there", target: "peer",
            change: .reach(server: "10.1.2.3:80", protocolName: "http", answer: []))
        let good = record(success, (0, 0, nil))
        let judged = Judge(failure, isChanged: false).judge(good, withHistory: false)
        #expect(oracle.result(judged, good, failure, [peer]) == .gone)
        // Another change may have led around it.
        let other = Condition(.time, recorded: "now", changed: "later", target: "time", change: .clock(1))
        #expect(oracle.result(judged, good, failure, [other]) == .unknown)
    }

    @Test func `code that asks for a file before it complains is past its complaint where the file is there`() {
        var failure = Case.sample()
        failure.trigger = Trigger(kind: .command, summary: "load", time: 0)
        failure.signature.outcome = "exit:1"
        failure.exceptions = [.sample(type: "LoadError", message: "cannot find a.csv", handling: .unhandled)]
        failure.signature.exceptionType = "LoadError"
        var oracle = Oracle(failure)
        var control = record(.done(exceptions: failure.exceptions, met: [4]), (1, 1, false), isQuestion: true)
        (control.answers, control.exit) = ([], 1)
        oracle.take(control, failure)
        var file = Condition(
            .file, recorded: "not there", changed: "there", target: "file",
            change: .file(path: "/srv/a.csv", TextEdit(range: 0..<0, form: .bytes([]))))
        file.isAskedFor = true
        var good = record(success, (0, 0, nil))
        (good.answers, good.exit) = ([], 0)
        let judged = Judge(failure, isChanged: false).judge(good, withHistory: false)
        #expect(oracle.result(judged, good, failure, [file]) == .gone)
        // Another file, or another change, may have led around it.
        file.isAskedFor = false
        #expect(oracle.result(judged, good, failure, [file]) == .unknown)
    }

    @Test func `an exception that came to nothing does not decide why a command ended badly`() {
        var failure = Case.sample()
        failure.trigger = Trigger(kind: .command, summary: "fetch", time: 0)
        failure.signature.outcome = "exit:5"
        failure.exceptions[0].handling = .caught
        failure.events[3].outcome = "http:503"
        failure.events.append(
            Event(
                id: 5, kind: .log, phase: .failing, start: 89_300_000_000, summary: "warning: 503",
                detail: ["text": "warning: HTTP 503 Service Unavailable"]))
        #expect(IdleException.isKnown(failure))
        // It ended well, and came to the place of that exception or not: the end is what counts.
        var control = AttemptRecord.done(exceptions: failure.exceptions, met: [4])
        (control.exit, control.answers) = (5, [])
        var oracle = Oracle(failure)
        oracle.take(record(control, (3, 1, false)), failure)
        var good = AttemptRecord.done(met: [4])
        (good.exit, good.answers) = (0, [])
        good = record(good, (2, 1, false))
        let judged = Judge(failure, isChanged: false).judge(good, withHistory: false)
        #expect(oracle.result(judged, good, failure, []) == .gone)
        // One that is printed is what the command ended with.
        failure.events[4].detail = ["text": "HTTP 503\nKeyError: 'rate 99'"]
        #expect(!IdleException.isKnown(failure))
    }

    @Test func `an exception that only carries the exit status is how a program ends in any case`() {
        var failure = Case.sample()
        failure.trigger = Trigger(kind: .command, summary: "notify", time: 0)
        failure.signature.outcome = "exit:1"
        failure.exceptions[0].handling = .caught
        #expect(!IdleException.isKnown(failure))
        failure.exceptions[0].message = "1"
        failure.signature.message = "1"
        #expect(IdleException.isKnown(failure))
    }

    @Test func `nor where it failed there, and that was caught`() {
        #expect(result(oracle((0, 1, false)), record(success, (0, 1, false))) == .unknown)
    }

    @Test func `nor where it came there less often than before`() {
        #expect(result(oracle((2, 1, false)), record(success, (1, 0, true))) == .unknown)
    }

    @Test func `coming through more often than before shows it, whatever the program asked then`() {
        let oracle = oracle((2, 1, false))
        #expect(result(oracle, record(astray(), (3, 0, true))) == .gone)
        // A helper may be passed by others as well: not all was asked that led to the failure.
        #expect(result(oracle, record(astray(met: []), (3, 0, true))) == .unknown)
        #expect(result(oracle, record(astray(), (2, 0, true))) == .unknown)
        #expect(result(oracle, record(astray(met: []), (3, 1, true))) == .unknown)
    }

    @Test func `a question that was answered otherwise was passed at once`() {
        let oracle = oracle((1, 1, false), isQuestion: true)
        #expect(result(oracle, record(astray(met: []), (1, 0, true), isQuestion: true)) == .gone)
        #expect(result(oracle, record(astray(met: []), (1, 1, true), isQuestion: true)) == .unknown)
    }

    @Test func `a helper's question that was asked several times is no proof of the way to it`() {
        let oracle = oracle((3, 1, false), isQuestion: true)
        #expect(result(oracle, record(astray(met: []), (3, 0, true), isQuestion: true)) == .unknown)
        #expect(result(oracle, record(astray(), (3, 0, true), isQuestion: true)) == .gone)
    }

    @Test func `where nobody watches, neither another bad end nor a way past what was asked shows anything`() {
        let bad = AttemptRecord.done(status: 500, met: [4])
        #expect(result(oracle(nil), bad) != .gone)
        #expect(result(oracle(nil), .done(status: 200, met: [])) == .unknown)
    }

    @Test func `a question that holds the changed value is the experiment's own`() {
        func miss(_ question: String) -> RunResult.Miss {
            .init(server: "s", question: question, reason: "", nearestEvent: nil, phase: "failing")
        }
        func changed(_ value: JSONValue) -> [Condition] {
            [
                Condition(
                    .field, recorded: "", changed: "", target: "t",
                    change: .edit(event: 4, .member([.key("next")], value)))
            ]
        }
        let failure = Case.sample()
        #expect(AnotherWay.isLed([miss("GET /page?after=t3_b2")], failure, changed("t3_b2")))
        #expect(AnotherWay.isLed([miss("GET /users/17")], failure, changed(.object(["id": 17]))))
        #expect(!AnotherWay.isLed([miss("GET /users/170")], failure, changed(17)))
        #expect(!AnotherWay.isLed([miss("POST /orders")], failure, changed("t3_b2")))
    }

    @Test func `where nobody watches, the end counts`() {
        #expect(result(oracle(nil), success) == .gone)
        #expect(oracle(nil).hasPassed(success) == nil)
    }

    @Test func `numbers that differ from control to control are compared with nothing`() {
        var oracle = oracle((37, 1, false))
        #expect(oracle.counts)
        oracle.take(record(.done(exceptions: [.sample()], met: [4]), (32, 1, false)), .sample())
        #expect(!oracle.counts && oracle.hasPassed(record(success, (33, 0, true))) == true)
    }

    // MARK: - The place

    @Test func `hooks get the frames, the innermost first`() {
        let text = FailurePlace.text(.sample())
        #expect(text == "r/srv/shop/shop.py\tprice\t20\t1\t\n/srv/shop/web.py\thandle\t10\t1\t")
        var failure = Case.sample()
        failure.exceptions[0].language = "php"
        #expect(FailurePlace.text(failure) == nil)
    }
}

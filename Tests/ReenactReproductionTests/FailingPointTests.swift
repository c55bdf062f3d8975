import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactReproduction

/// Whether other code came to the point where the recorded code had failed.
struct FailingPointTests {
    private func judge(
        _ record: AttemptRecord, _ failure: Case = .sample(), changed: Bool = false
    ) -> RunResult.Attempt {
        Judge(failure, isChanged: changed).judge(record, withHistory: false)
    }

    @Test func `a command of other code that is stuck before the failing point has shown nothing`() {
        var failure = Case.sample()
        failure.trigger.kind = .command
        var earlier = failure.events[failure.events.firstIndex { $0.id == 4 }!]
        (earlier.id, earlier.key, earlier.start) = (40, "GET /first", earlier.start - 1)
        failure.events.append(earlier)
        var record = AttemptRecord.done(met: [40], missed: ["GET /new", "GET /new"])
        record.answers = []
        record.stages = ["program": 1_000_000_000, "trigger": 5_000_000_000]
        let stuck = judge(record, failure, changed: true)
        #expect(stuck.outcome == .diverged && stuck.reason.contains("GET /new"))
        record.meetings.append(.init(encounter: .met(4), time: 99))
        #expect(judge(record, failure, changed: true).outcome == .notReproduced, "it came past the failing point")
    }

    @Test
    func `other code that got over the recorded fault, and then asked for something new, is past the failing point`() {
        var failure = Case.sample()
        failure.trigger.kind = .command
        var handshake = failure.events[failure.events.firstIndex { $0.id == 4 }!]
        (handshake.kind, handshake.peer, handshake.key) = (.transport, "127.0.0.1:443", "")
        failure.events = [handshake]
        var record = AttemptRecord.done(exceptions: [.sample(type: "OtherError")], missed: ["GET /new"])
        record.answers = []
        record.exit = 1
        record.meetings[0].time = 50
        record.faults = [.init(server: "127.0.0.1:443", fault: "certificate", time: 60)]
        #expect(judge(record, failure, changed: true).outcome == .diverged, "it failed before it came to that")
        record.faults[0].time = 40
        #expect(judge(record, failure, changed: true).outcome == .notReproduced, "it met the fault before")
        record.faults = []
        #expect(judge(record, failure, changed: true).outcome == .diverged)
        record.meetings[0].encounter.server = "127.0.0.1:443"
        let result = judge(record, failure, changed: true)
        #expect(result.outcome == .notReproduced && result.reason.contains("past the failing point"))
    }

    @Test func `a secret that the program answers with is not told`() {
        let body = #"{"user": "ada", "access_token": "sesame-17"}"#
        let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        let told = AnswerPreview.told(of: Array((answer + body).utf8))
        #expect(told.contains(#""user": "ada""#) && told.contains("<redacted 9>") && !told.contains("sesame"))
        #expect(AnswerPreview.told(of: Array("HTTP/1.1 200 OK\r\n\r\nhello".utf8)) == "hello")
        #expect(AnswerPreview.told(of: Array("no HTTP".utf8)) == "no HTTP")
    }
}

import ReenactTimeline
import Testing

@testable import ReenactReproduction

struct GivenUpTests {
    private func failure(answeredAt end: Instant, _ message: String) -> Case {
        var failure = Case.sample()
        failure.exceptions = [
            ExceptionRecord(
                type: "ReadTimeout", message: message, language: "python", handling: .unhandled, time: 2_000_000_000,
                process: 1, frames: [])
        ]
        failure.events.append(
            Event(
                id: failure.events.count + 1, kind: .call, phase: .failing, protocolName: "http", peer: "10.0.0.9:80",
                start: 1_000_000_000, end: end, summary: "GET /late"))
        return failure
    }

    @Test func `an answer behind a timeout makes delays count`() {
        #expect(GivenUp.isSo(failure(answeredAt: 3_000_000_000, "timed out")))
    }

    @Test func `an answer before it, or another failure, does not`() {
        #expect(!GivenUp.isSo(failure(answeredAt: 1_500_000_000, "timed out")))
        var other = failure(answeredAt: 3_000_000_000, "no such key")
        other.exceptions[0].type = "KeyError"
        #expect(!GivenUp.isSo(other))
    }
}

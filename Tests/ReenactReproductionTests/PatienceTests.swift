import ReenactRunner
import ReenactTimeline
import Testing

@testable import ReenactReproduction

struct PatienceTests {
    @Test func `a command may take four times what it took, and no less than the given time`() {
        var failure = Case.sample()
        failure.trigger.kind = .command
        failure.failureTime = 17_000_000_000
        #expect(Patience.limits(.init(), for: failure).triggerMilliseconds == 68_000)
        #expect(Patience.limits(.init(), for: failure).wallMilliseconds == 158_000)
        failure.failureTime = 1_000_000_000
        #expect(Patience.limits(.init(), for: failure).triggerMilliseconds == 30_000)
    }

    @Test func `hours of a worker are not waited for`() {
        var failure = Case.sample()
        failure.trigger.kind = .command
        failure.failureTime = 7_200_000_000_000
        #expect(Patience.limits(.init(), for: failure).triggerMilliseconds == 120_000)
    }
}

import ReenactTimeline
import Testing

@testable import ReenactCapture

/// The failing request's time is [100, 200] milliseconds.
struct PrintedExceptionTests {
    private typealias Rival = PrintedException.Rival
    private let window = ms(100)...ms(200)

    private static func ms(_ value: Int64) -> Instant { value * 1_000_000 }

    private func trace(_ message: String, at time: Int64) -> PrintedException.Trace {
        .init(
            record: ExceptionRecord(
                type: "E", message: message, language: "php", handling: .printed, time: 0, process: 0, frames: []),
            time: Self.ms(time))
    }

    private func rival(_ from: Int64, _ to: Int64, failed: Bool = true) -> Rival {
        Rival(window: Self.ms(from)...Self.ms(to), mayHaveFailed: failed)
    }

    private func choose(
        _ traces: [PrintedException.Trace], _ rivals: PrintedException.Rival..., page: String = ""
    ) -> (message: String?, isSure: Bool) {
        let found = PrintedException.choose(traces, window, rivals, page: page)
        return (found?.record.message, found?.doubt == nil)
    }

    @Test func `what is printed in the request's time and in nobody else's is the request's`() {
        #expect(choose([trace("a", at: 150)], rival(10, 50), rival(210, 300)) == ("a", true))
        #expect(choose([trace("a", at: 120), trace("b", at: 190)]) == ("b", true))
        #expect(choose([trace("a", at: 400)]) == ("a", true), "written after the answer, and nobody else was there")
    }

    @Test func `what the next request prints is not this one's`() {
        #expect(choose([trace("b", at: 260)], rival(205, 300)).message == nil)
        #expect(choose([trace("b", at: 215)], rival(205, 300)).message == nil, "however soon")
        #expect(choose([trace("b", at: 310)], rival(205, 300)).message == nil, "nor late")
    }

    @Test func `output that is read late is the earlier request's where the later one has its own`() {
        let traces = [trace("a", at: 206), trace("b", at: 290)]
        #expect(choose(traces, rival(205, 300)) == ("a", false))
        // And the later one takes its own.
        let later = PrintedException.choose(
            traces, Self.ms(205)...Self.ms(300), [Rival(window: window, mayHaveFailed: true)])
        #expect(later?.record.message == "b" && later?.doubt == nil)
    }

    @Test func `what is read just behind the answer is not left to a request that ended before`() {
        #expect(choose([trace("a", at: 201)], rival(185, 195)) == ("a", false))
        #expect(choose([trace("a", at: 201)], rival(10, 50)) == ("a", true))
    }

    @Test func `a request that is still under way is in nobody's past`() {
        let open = Rival(window: Self.ms(120)...Instant.max, mayHaveFailed: true)
        #expect(choose([trace("a", at: 150)], open) == ("a", false))
        #expect(choose([trace("a", at: 250)], open).message == nil)
        let own = PrintedException.choose([trace("a", at: 150)], Self.ms(100)...Instant.max, [open], page: "nothing")
        #expect(own?.record.message == "a")
    }

    @Test func `where it may be another's it is marked`() {
        #expect(choose([trace("a", at: 150)], rival(120, 180)) == ("a", false))
        #expect(choose([trace("a", at: 105)], rival(10, 95)) == ("a", false), "that of a request just answered")
        #expect(choose([trace("a", at: 105)], rival(10, 95, failed: false)) == ("a", true))
        #expect(choose([trace("a", at: 206)], rival(205, 300, failed: false)) == ("a", false))
    }

    @Test func `what the error page says as well is certain`() {
        let traces = [trace("no such user", at: 150), trace("no such order", at: 160)]
        #expect(choose(traces, rival(110, 300), page: "Sorry: no such user.") == ("no such user", true))
    }

    @Test func `each trace of the output has its time`() {
        let lines = [
            "PHP Fatal error:  Uncaught Exception: one in /srv/a.php:3", "Stack trace:", "#0 {main}",
            "  thrown in /srv/a.php on line 3", "something else",
            "PHP Fatal error:  Uncaught Exception: one in /srv/a.php:3", "Stack trace:", "#0 {main}",
            "  thrown in /srv/a.php on line 3",
        ].enumerated().map { Journal.OutputLine(time: Instant($0), stream: 2, text: $1) }
        #expect(PrintedException.traces(in: lines).map(\.time) == [0, 5], "also of two that are equal")
    }
}

import ReenactSamples
import ReenactTimeline
import Testing

@testable import ReenactCapture

struct JobTriggerTests {
    private func worker(
        handling: ExceptionRecord.Handling = .reported, message: String = "unsupported operand",
        _ build: (inout SampleBuilder) -> Void
    ) -> Case {
        var sample = SampleBuilder(operation: "rq worker", trigger: .command)
        build(&sample)
        sample.fail("TypeError", message, handling: handling, frames: [frame("convert", "/srv/jobs.py", 4)])
        return sample.value
    }

    @Test func `the last job taken is the trigger of what a worker reports`() throws {
        let value = worker {
            $0.redis("BLMOVE", ["rq:queue:default", "x", "LEFT", "RIGHT", "405"], reply: "3300feae-0761")
            $0.redis("BLMOVE", ["rq:queue:high", "x", "LEFT", "RIGHT", "405"], reply: "0e502368-1c99")
            $0.redis("BLMOVE", ["rq:queue:high", "x", "LEFT", "RIGHT", "405"], reply: nil)
        }
        let job = try #require(JobTrigger.find(in: value))
        #expect(job.kind == .job && job.event == 2 && job.summary == "job from rq:queue:high")
    }

    @Test func `a job that the exception names goes before a later one`() throws {
        let value = worker(message: "task 3300feae-0761 failed") {
            $0.redis("BRPOP", ["celery", "1"], reply: ["celery", "{\"id\": \"3300feae-0761\"}"])
            $0.redis("BRPOP", ["celery", "1"], reply: ["celery", "{\"id\": \"0e502368-1c99\"}"])
        }
        let job = try #require(JobTrigger.find(in: value))
        #expect(job.event == 1 && job.summary == "job from celery")
    }

    @Test func `without a job there is only the command`() {
        #expect(JobTrigger.find(in: worker { $0.redis("LPOP", ["list"], reply: "cafe1234") }) == nil)
        #expect(JobTrigger.find(in: worker { $0.redis("BLPOP", ["list", "1"], reply: nil) }) == nil)
        let crashed = worker(handling: .unhandled) { $0.redis("BLPOP", ["list", "1"], reply: ["list", "3300feae"]) }
        #expect(JobTrigger.find(in: crashed) == nil)
    }
}

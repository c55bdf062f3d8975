import Foundation
import Testing

@Suite(.serialized) struct PythonExceptionTests {
    @Test(arguments: pythons) func `An exception that ends the program comes with every frame and its locals`(
        python: String
    ) throws {
        let run = try Run.program("exceptions.py", ["unhandled"], with: python)
        #expect(run.result.status == 1)
        #expect(run.result.error.contains("TypeError"))
        let one = try #require(run.exceptions("unhandled").last)
        #expect(one["type"].text == "TypeError")
        #expect(one["frames"].list.map { $0["function"].text } == ["<module>", "outer", "inner"])
        #expect(one["frames"][-1]["source"].text == "return x + data[\"missing\"]")
        #expect(one["frames"][-1]["inApp"] == .bool(true))
        #expect(one["frames"][-1]["expression"].text == "x + data[\"missing\"]")
        #expect(one.local("x")["value"].text == "1")
        #expect(one.local("data")["value"].text.contains("'missing': None"))
        // The same object was seen as it left its first function.
        #expect(run.exceptions("caught").contains { $0["id"] == one["id"] })
    }

    @Test(arguments: pythons) func `Secrets are redacted by name and by look, and nothing of the program is called`(
        python: String
    ) throws {
        let run = try Run.program("exceptions.py", ["secrets"], with: python)
        let one = try #require(run.exceptions("unhandled").last)
        #expect(one.local("password")["redacted"] == .bool(true))
        #expect(one.local("user")["value"].text.contains("name='bob'"))
        let text = "\(one)"
        for secret in ["hunter2", "s3cretpw", "abcdef123456", "4111111111111111", "tok-9"] {
            #expect(!text.contains(secret))
        }
        #expect(!run.result.error.contains("SIDE EFFECT"))
    }

    @Test(arguments: pythons) func `An exception that is logged is reported with what it was raised from`(
        python: String
    ) throws {
        let run = try Run.program("exceptions.py", ["logged"], with: python)
        let one = try #require(run.exceptions("reported").last)
        #expect(one["type"].text == "ValueError")
        #expect(one["causes"].list.map { $0["type"].text } == ["TypeError"])
        #expect(one["causes"][0]["frames"][-1]["function"].text == "inner")
        #expect(run.result.status == 0)
    }

    @Test(arguments: pythons) func `An exception whose stack stands under a warning is caught, not reported`(
        python: String
    ) throws {
        let run = try Run.program("exceptions.py", ["remarked"], with: python)
        #expect(run.result.error.contains("without it, then"))
        #expect(run.exceptions("reported").isEmpty)
        #expect(!run.exceptions("caught").isEmpty)
    }

    @Test(arguments: pythons) func `Recursion without end is told with frames left out`(python: String) throws {
        let run = try Run.program("exceptions.py", ["recursion"], with: python)
        let one = try #require(run.exceptions("caught").first { $0["type"].text == "RecursionError" })
        #expect(one["frames"].list.contains { $0["function"].text.contains("left out") })
        #expect(one["frames"].list.count < 130)
        #expect(run.result.output == "survived\n")
    }

    @Test(arguments: pythons) func `A hundred thousand exceptions become few messages`(python: String) throws {
        let run = try Run.program("exceptions.py", ["many"], with: python)
        #expect(run.result.output == "100000\n")
        // So many a second, and how many seconds it takes is the machine's affair.
        #expect((1...10_000).contains(run.exceptions.count))
    }

    @Test(arguments: pythons) func `Threads, pools, tasks and processes tell how their exceptions ended`(
        python: String
    ) throws {
        let run = try Run.program("exceptions.py", ["ends"], with: python)
        let ended = Set(run.exceptions("unhandled").map { $0["message"].text })
        #expect(ended == ["thread", "task", "process"])
        #expect(run.exceptions.contains { $0["message"].text == "pool" && $0["handling"].text == "reported" })
        // The forked process said hello by itself.
        #expect(Set(run.recorder.all("hello").map { $0["pid"].number }).count == 2)
    }

    @Test(arguments: pythons) func `An exception that became an answer of 500 is reported for its request`(
        python: String
    ) throws {
        let run = try Run.program("swallowed.py", with: python)
        #expect(run.result.output.contains("500"))
        let one = try #require(run.exceptions("reported").last)
        #expect(one["message"].text == "deep down")
        #expect(one["in"]["off"].number ?? 0 > 0)
        #expect(run.exceptions("reported").count == 1)
    }

    @Test(arguments: pythons) func `What was taken for the reason of an answer is taken back when the program tells`(
        python: String
    ) throws {
        let run = try Run.program("swallowed.py", ["log"], with: python)
        let guess = try #require(run.exceptions("reported").first { $0["message"].text == "deep down" })
        #expect(run.exceptions.last { $0["id"] == guess["id"] }?["handling"].text == "caught")
        #expect(run.exceptions("reported").last?["message"].text == "of no account")
    }

    @Test(arguments: pythons)
    func `An exception that went on behind another one is the reason, not what looked for its page`(
        python: String
    ) throws {
        let run = try Run.program("swallowed.py", ["again"], with: python)
        #expect(run.exceptions("reported").map { $0["message"].text } == ["deep down"])
    }

    @Test(arguments: pythons) func `A reason that the program prints behind the answer says its own words`(
        python: String
    ) throws {
        let run = try Run.program("swallowed.py", ["odd"], with: python)
        let one = try #require(run.exceptions("reported").last)
        #expect(one["type"].text == "Odd" || one["type"].text == "__main__.Odd")
        #expect(one["message"].text == "its own words")
    }

    @Test(arguments: pythons) func `Of a task group with one failure the failure is told, not the group`(
        python: String
    ) throws {
        let run = try Run.program("exceptions.py", ["group"], with: python)
        let one = try #require(run.exceptions("unhandled").last)
        #expect(one["type"].text == "KeyError")
        #expect(one["frames"][-1]["function"].text == "alone")
        #expect(one.local("data")["value"].text == "{'present': 1}")
        #expect(run.exceptions.contains { $0["type"].text == "ExceptionGroup" } == false)
    }

    @Test(arguments: pythons) func `A program goes on unharmed when its recorder dies`(python: String) throws {
        let run = try Run.program("orphan.py", with: python) { recorder in
            while recorder.exceptions == 0 { Thread.sleep(forTimeInterval: 0.01) }
            recorder.die()
        }
        #expect(run.result.status == 0)
        #expect(run.result.output == "finished 300\n")
        #expect(run.result.error == "")
    }

    @Test(arguments: pythons) func `Another sitecustomize and a closed descriptor do no harm`(python: String) throws {
        let run = try Run.program("neighbours.py", ["{}"], with: python)
        #expect(run.result.output == "other sitecustomize\nclosed\n")
        #expect(run.exceptions("unhandled").count == 1)
    }

    @Test(arguments: pythons) func `An exception that takes over another's traceback is seen`(python: String) throws {
        let script = """
            def inner():
                int("x")
            def wrapper():
                try:
                    inner()
                except ValueError as error:
                    raise KeyError("k").with_traceback(error.__traceback__) from error
            def again(depth):
                return again(depth - 1) if depth else wrapper()
            for _ in range(2):
                try:
                    again(3)
                except KeyError:
                    pass
            """
        let run = try Run(python, ["-c", script])
        let told = run.recorder.all("exception").map { $0["type"].text }
        // Twice raised, twice told: and not again with every function that it leaves.
        #expect(told.filter { $0 == "KeyError" }.count == 2, "\(told)")
    }
}

extension Recorder {
    var exceptions: Int { all("exception").count }
}

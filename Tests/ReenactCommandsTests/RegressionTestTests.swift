import FoundationEssentials
import ReenactSamples
import ReenactStore
import ReenactTimeline
import Testing

@testable import ReenactCommands

struct RegressionTestTests {
    @Test(arguments: [("pytest", "test_rq.py"), ("node", "rq.test.js"), ("shell", "rq.sh")])
    func `an exported test and its case stand beside each other`(form: String, name: String) throws {
        let temporary = try TemporaryStore([Samples.rq()])
        let file = "\(temporary.directory)/\(name)"
        _ = try temporary.run("export", Samples.rq().id, "--test", form, "-o", file)
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
        #expect(text.contains("\(Samples.rq().id).reenact"))
        #expect(!text.contains(temporary.directory))
        #expect(temporary.files.contains("\(Samples.rq().id).reenact"))
        if form == "shell" { #expect(FileManager.default.isExecutableFile(atPath: file)) }
    }

    @Test func `recorded text can't leave its comment`() throws {
        var value = Samples.rq()
        value.signature.operation = "GET /\"\"\"\nimport os */ `id` $(id)"
        value.signature.exceptionType = "E'\nrm -rf"
        let shown = ShownCase(value, StoredCase(value, path: "/a b/it's.reenact"), "/a b/it's.reenact")
        let test = RegressionTest(shown)
        for form in RegressionTest.Form.allCases {
            let text = test.text(form, beside: false)
            #expect(!text.contains("\nimport os */"))
            #expect(!text.contains("\nrm -rf"))
        }
        #expect(test.text(.shell, beside: false).contains("'/a b/it'\\''s.reenact'"))
        #expect(test.text(.pytest, beside: false).split(separator: "\"\"\"").count == 2)
    }

    @Test func `only one form is taken`() {
        for arguments in [
            ["export", "x"], ["export", "x", "--har", "--test", "shell"], ["export", "x", "--test", "ruby"],
        ] {
            #expect(throws: (any Error).self) { try Reenact.parseAsRoot(arguments) }
        }
    }

    private func result(_ state: TestResult.State, _ reason: String = "r") -> TestResult {
        TestResult(
            path: "a.reenact", id: "a", name: "E in GET /<a>", operation: "GET /<a>", state: state,
            outcome: "reproduced",
            reason: reason, milliseconds: 1234)
    }

    @Test func `a report is well-formed XML with its counts`() {
        let text = JUnit.document([result(.passed), result(.failed, "it's \"<there>\" & \u{1}"), result(.undecided)])
        #expect(text.contains("tests=\"3\" failures=\"1\" errors=\"1\" time=\"3.702\""))
        #expect(text.contains("message=\"it's &quot;&lt;there&gt;&quot; &amp; \u{FFFD}\""))
        #expect(text.contains("classname=\"GET /&lt;a&gt;\""))
        #expect(text.hasPrefix("<?xml"))
    }

    @Test func `what is broken matters more than what can't be told`() {
        #expect(TestCommand.status([result(.passed)]) == 0)
        #expect(TestCommand.status([result(.undecided), result(.failed)]) == 1)
        #expect(TestCommand.status([result(.undecided), result(.passed)]) == 2)
        #expect(TestResult.state(.reproduced, .fixed) == .failed)
        #expect(TestResult.state(.notReproduced, .fixed) == .passed)
        #expect(TestResult.state(.reproduced, .reproduced) == .passed)
        #expect(TestResult.state(.diverged, .fixed) == .undecided)
    }

    @Test func `a case that can't be read is a result`() throws {
        let temporary = try TemporaryStore([])
        let result = try TestResult(path: "/nowhere/x.reenact", store: temporary.store, expect: .fixed) {
            throw CommandError(.internal, "not reached")
        }
        #expect(result.state == .undecided)
        #expect(result.outcome == "unreadable")
    }
}

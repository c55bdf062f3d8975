import ReenactSamples
import ReenactTimeline
import ReenactTriage
import Testing

/// One failure and the cause class that triage must name; `unclear` where it must abstain.
struct Scenario: Sendable, CustomTestStringConvertible {
    var name: String
    var cause: String
    var value: Case
    /// Words that the sentence must hold.
    var says: [String]
    var testDescription: String { name }

    init(
        _ name: String, _ cause: String, says: [String] = [], operation: String = "GET /orders/47",
        trigger: Trigger.Kind = .request, _ build: (inout SampleBuilder) -> Void
    ) {
        self.name = name
        self.cause = cause
        self.says = says
        var sample = SampleBuilder(operation: operation, trigger: trigger)
        if trigger == .request { sample.request("GET", "/orders/47") }
        build(&sample)
        value = sample.value
    }
}

struct RuleTests {
    @Test(
        arguments: Scenario.dependencies + Scenario.fields + Scenario.rows + Scenario.databases + Scenario.others
            + Scenario.blind + Scenario.time + Scenario.interaction + Scenario.versions
            + Scenario.region + Scenario.likeness + Scenario.messages + Scenario.values + Scenario.expressions
            + Scenario.distance
            + Scenario.inputs + Scenario.shown + Scenario.references + Scenario.oddity + Scenario.cells)
    func `the verdict names the cause or abstains`(scenario: Scenario) {
        let verdict = Triage.verdict(for: scenario.value)
        #expect(verdict.causeClass == scenario.cause, "\(verdict.sentence) [\(verdict.rule) \(verdict.confidence)]")
        for words in scenario.says { #expect(verdict.sentence.contains(words), "\(verdict.sentence)") }
        if scenario.cause == "unclear" {
            #expect(verdict.tier == .reenact)
            #expect(verdict.responsibility == .unclear)
        } else {
            #expect(verdict.tier == .selfEvident)
            #expect(verdict.confidence >= Triage.confidenceMin && verdict.confidence <= 1)
        }
    }

    @Test func `the line of standard input that a command stumbled over is named`() {
        var sample = SampleBuilder(operation: "count.py")
        sample.fail(
            "ValueError", "not enough values to unpack (expected 2, got 1)",
            frames: [frame("read", "/srv/count.py", 3, "name, n = row.split()", locals: [("row", "'gamma\\n'")])])
        let value = fed(sample, "alpha 1\nbeta 2\ngamma\n")
        let verdict = Triage.verdict(for: value)
        #expect(verdict.causeClass == "malformed-input", "\(verdict.sentence)")
        #expect(verdict.sentence.hasPrefix("Line 3 of standard input"), "\(verdict.sentence)")
        #expect(verdict.evidence == [value.events.count])
    }

    @Test func `a line of blanks that a variable holds is the one, and not the last that was kept in a list`() {
        var sample = SampleBuilder(operation: "mounts.py")
        sample.fail(
            "IndexError", "list index out of range",
            frames: [
                frame(
                    "parse", "/srv/mounts.py", 9, "name = parts[0]",
                    locals: [
                        ("kept", "['# mounts', '/dev/sda1 / ext4', '/dev/sdb1 /srv xfs']"), ("line", "' '"),
                        ("parts", "[]"), ("name", "'/dev/sda1'"),
                    ])
            ])
        let value = fed(sample, "# mounts\n\n/dev/sda1 / ext4\n \n/dev/sdb1 /srv xfs\n")
        let verdict = Triage.verdict(for: value)
        #expect(verdict.sentence.hasPrefix("Line 4 of standard input (\"\")"), "\(verdict.sentence)")
    }

    @Test func `what a database says of itself is no witness of a row that is not there`() {
        var sample = SampleBuilder(operation: "GET /me")
        sample.request("GET", "/me")
        sample.sql(
            "SELECT c.relname FROM pg_catalog.pg_class c WHERE c.relkind = 'r'", columns: ["relname"],
            rows: [["account"], ["auth_user"]])
        sample.sql(
            "SELECT \"auth_user\".\"id\" FROM \"auth_user\" WHERE \"auth_user\".\"id\" = 2", columns: ["id"], rows: [])
        sample.fail(
            "shop.models.User.DoesNotExist", "User matching query does not exist.",
            frames: [frame("me", "/srv/shop/views.py", 4, "user = User.objects.get(id=key)", locals: [("key", "2")])])
        let verdict = Triage.verdict(for: sample.value)
        #expect(verdict.causeClass == "missing-row", "\(verdict.sentence)")
        #expect(!verdict.sentence.contains("although"), "\(verdict.sentence)")
        #expect(verdict.evidence == [3])
    }

    @Test func `a phrase of time alone accuses no peer where all that was said was heard`() {
        var sample = SampleBuilder(operation: "spf.py", trigger: .command)
        sample.fail(
            "dns.resolver.LifetimeTimeout",
            "The resolution lifetime expired after 3.4 seconds: Server 10.0.0.1 answered The DNS operation timed out",
            frames: [frame("<module>", "/srv/spf.py", 8, "answer = resolver.resolve(name)")])
        var value = sample.value
        value.environment.command = ["spf.py"]
        #expect(Triage.verdict(for: value).causeClass != "dependency-timeout")
        // A report of others holds nothing but words.
        value.environment.command = []
        #expect(Triage.verdict(for: value).causeClass == "dependency-timeout")
    }

    /// The failure of a command that was given this on its standard input.
    private func fed(_ sample: SampleBuilder, _ text: String) -> Case {
        var value = sample.value
        value.trigger = Trigger(kind: .command, summary: "count.py", time: 0)
        value.environment.command = ["count.py"]
        let input = StandardInputDetail(bytes: Array(text.utf8), isFile: false, isWhole: true, missing: 0)
        value.events.append(
            Event(
                id: value.events.count + 1, kind: .file, phase: .failing, peer: StandardInputDetail.peer, start: 1,
                summary: "standard input", detail: input.json))
        return value
    }

    @Test func `an argument that is only quoted beside bytes that are no text is not at fault`() {
        var sample = SampleBuilder(operation: "load.py", trigger: .command)
        sample.fail(
            "ClickException", "'utf-8' codec can't decode byte 0xe4 in position 14: table \"item\" was not filled",
            frames: [frame("insert", "/srv/load.py", 9, "raise ClickException(str(error))")])
        var value = sample.value
        value.environment.command = ["load.py", "item"]
        #expect(!Triage.verdict(for: value).sentence.contains("brought \"item\""))
    }

    @Test func `documents on standard input are what a command was given`() {
        var sample = SampleBuilder(operation: "count.py")
        sample.fail(
            "TypeError", "unsupported operand type(s) for *: 'NoneType' and 'int'",
            frames: [
                frame(
                    "<module>", "/srv/count.py", 3, "print(json.loads(line)[\"price\"] * 2)",
                    locals: [("line", "'{\"price\": null}\\n'")])
            ])
        let value = fed(sample, "{\"price\": 2}\n\n{\"price\": null}\n")
        let verdict = Triage.verdict(for: value)
        #expect(verdict.causeClass == "malformed-input" && verdict.evidence == [value.events.count])
        #expect(verdict.sentence.hasPrefix("What the command was given brought null in \"[1].price\""))
    }

    @Test func `every rule is documented and named once`() {
        #expect(Set(Triage.rules.map { $0.name }).count == Triage.rules.count)
        for rule in Triage.rules {
            #expect(!rule.precondition.isEmpty && !rule.evidence.isEmpty && !rule.counterEvidence.isEmpty)
        }
    }

    @Test func `a known issue is tier 1`() {
        let verdict = Triage.verdict(for: Samples.rq(), known: .init(id: "20261120-1", count: 3))
        #expect(verdict.tier == .known)
        #expect(verdict.sentence.hasPrefix("Seen 3 times before as 20261120-1."))
    }

    @Test func `an empty case is unclear`() {
        let verdict = Triage.verdict(for: SampleBuilder(operation: "x").value)
        #expect(verdict.causeClass == "unclear")
    }

    @Test(.timeLimit(.minutes(1))) func `ten thousand events are judged in bounded time`() {
        var sample = SampleBuilder(operation: "GET /")
        sample.request("GET", "/")
        for index in 0..<10_000 {
            sample.sql(
                "SELECT * FROM item WHERE id = \(index)", columns: ["id", "note"],
                rows: [[.integer(Int64(index)), nil]])
        }
        sample.fail("TypeError", "'NoneType' object is not iterable", frames: [frame("f", "/srv/app/a.py", 3)])
        _ = Triage.verdict(for: sample.value)
    }
}

import ReenactSamples
import ReenactTimeline
import ReenactTriage
import Testing

/// The four open applications of the project: right verdicts through generic rules.
struct OpenCaseTests {
    @Test func `an HTML page of 521 is the dependency's error`() {
        let verdict = Triage.verdict(for: Samples.ihatemoney())
        #expect(verdict.causeClass == "dependency-error-status")
        #expect(verdict.responsibility == .dependency)
        #expect(verdict.tier == .selfEvident)
        #expect(verdict.evidence.first == 10)
        #expect(
            verdict.sentence
                == "GET https://api.exchangerate.host/latest?… answered 521 with an HTML page; requests.json() in get_rates (currency_convertor.py:24) expected JSON."
        )
    }

    @Test func `a NULL of a PRAGMA's row is found by the row's other values`() {
        let verdict = Triage.verdict(for: Samples.datasette())
        #expect(verdict.causeClass == "unexpected-null")
        #expect(verdict.evidence == [3])
        #expect(verdict.sentence.contains("PRAGMA foreign_key_list([bookmark]) returned NULL in `to`"))
    }

    @Test func `a key that a set names and that is gone is a missing row`() {
        let verdict = Triage.verdict(for: Samples.rq())
        #expect(verdict.causeClass == "missing-row")
        #expect(verdict.evidence == [4, 1])
        #expect(
            verdict.sentence.contains(
                "EXISTS rq:group:g-two answered 0 (not there), although SMEMBERS rq:groups had named \"g-two\""))
    }

    @Test func `a key id that the program does not know is an unknown value`() {
        let verdict = Triage.verdict(for: Samples.corepack())
        #expect(verdict.causeClass == "unknown-value")
        #expect(verdict.evidence == [1])
        #expect(verdict.sentence.contains("keyid \"SHA256:DhQ8wR5APBvFHLF/+Tc+AYvPOdTpcIDqOhxsBHRwC7U\""))
        #expect(verdict.sentence.contains("found it nowhere in `keys`"))
    }

    /// As the recorder sees a program that was installed with pip: nothing is marked as its own.
    @Test func `a program that is itself an installed package is still told from its libraries`() {
        var value = Samples.ihatemoney()
        for place in value.exceptions[0].frames.indices {
            let file = value.exceptions[0].frames[place].file
            value.exceptions[0].frames[place].inApp = false
            value.exceptions[0].frames[place].file = file.replacing(
                "/srv/app/", with: "/venv/lib/python3.11/site-packages/")
        }
        #expect(Triage.verdict(for: value).sentence == Triage.verdict(for: Samples.ihatemoney()).sentence)
    }

    /// Without hooks there are no locals: fewer links, the same classes, or nothing.
    @Test(arguments: [Samples.ihatemoney(), Samples.datasette(), Samples.rq(), Samples.corepack()])
    func `without locals no other cause is named`(value: Case) {
        var bare = value
        for place in bare.exceptions[0].frames.indices { bare.exceptions[0].frames[place].locals = [] }
        let verdict = Triage.verdict(for: bare)
        #expect([Triage.verdict(for: value).causeClass, "unclear"].contains(verdict.causeClass), "\(verdict.sentence)")
    }
}

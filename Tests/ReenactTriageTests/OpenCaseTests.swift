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
}

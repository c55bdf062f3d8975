import ReenactSamples
import ReenactTriage
import Testing

struct ExplanationTests {
    @Test func `every rule is there, and one decided`() {
        let explanation = Explanation(Samples.ihatemoney())
        #expect(Set(explanation.rules.map(\.rule)) == Set(Triage.rules.map { $0.name }))
        #expect(explanation.rules.filter { $0.state == "decided" }.map(\.rule) == [explanation.verdict.rule])
        #expect(explanation.rules.contains { $0.state == "abstained" && !$0.precondition.isEmpty })
    }

    @Test func `a known cause is tier 1 with the same fingerprints`() {
        let first = Explanation(Samples.ihatemoney())
        let again = Explanation(Samples.ihatemoney(), known: KnownIssue(id: first.id, count: 1))
        #expect(again.verdict.tier == .known && again.cause == first.cause)
    }
}

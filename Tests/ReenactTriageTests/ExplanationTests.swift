import ReenactSamples
import ReenactTriage
import Testing

struct ExplanationTests {
    @Test func `every rule is there, and one decided`() {
        let explanation = Explanation(Samples.ihatemoney())
        #expect(Set(explanation.rules.map(\.rule)) == Set((Triage.rules + Triage.fallbacks).map { $0.name }))
        #expect(explanation.rules.filter { $0.state == "decided" }.map(\.rule) == [explanation.verdict.rule])
        #expect(explanation.rules.contains { $0.state == "abstained" && !$0.precondition.isEmpty })
    }

    @Test func `the values that are tied most closely are told, the likeliest first`() {
        let ties = Explanation(Samples.ihatemoney(), ties: 3).ties
        #expect(ties.count == 3 && ties.map(\.likelihood) == ties.map(\.likelihood).sorted(by: >))
        #expect(ties.allSatisfy { !$0.signs.isEmpty && $0.likelihood <= 1 })
    }

    @Test func `a known cause is tier 1 with the same fingerprints`() {
        let first = Explanation(Samples.ihatemoney())
        let again = Explanation(Samples.ihatemoney(), known: KnownIssue(id: first.id, count: 1))
        #expect(again.verdict.tier == .known && again.cause == first.cause)
    }
}

import Foundation
import ReenactSamples
import ReenactTimeline
import Testing

@testable import ReenactStore

struct ConfirmedCauseTests {
    private func cause(_ events: [Int], kind: String = "field", isSufficient: Bool? = true) -> ConfirmedCause {
        ConfirmedCause(
            case: "c",
            conditions: events.map { .init(kind: kind, recorded: "total of GET /x was null", changed: "1", event: $0) },
            sentence: "It fails because total of GET /x was null: with 1 instead, the failure is gone.", attempts: 7,
            isSufficient: isSufficient)
    }

    private func verdict(_ confidence: Double, evidence: [Int]) -> Verdict {
        confidence == 0
            ? Verdict(
                tier: .reenact, causeClass: "unclear", responsibility: .unclear, evidence: evidence, confidence: 0,
                sentence: "Nothing explains that.", rule: "none")
            : Verdict(
                tier: .selfEvident, causeClass: "missing-row", responsibility: .interaction, evidence: evidence,
                confidence: confidence, sentence: "No row.", rule: "missing-row")
    }

    @Test func `an unclear verdict becomes what the experiment showed`() {
        let told = cause([5]).verdict(verdict(0, evidence: [3]))
        #expect(told.tier == .reenact && told.causeClass == "dependency-null-field" && told.rule == "experiment")
        #expect(told.evidence == [5] && told.responsibility == .dependency && told.confidence == 0.8)
        #expect(cause([5], isSufficient: nil).verdict(verdict(0, evidence: [3])).confidence < 0.7)
    }

    @Test func `a verdict on the same event is confirmed and keeps its class`() {
        let told = cause([5]).verdict(verdict(0.7, evidence: [5, 3]))
        #expect(told.tier == .selfEvident && told.causeClass == "missing-row" && told.confidence > 0.9)
        #expect(told.sentence.hasPrefix("No row.") && told.sentence.contains("Confirmed by experiment: it fails"))
    }

    @Test func `a verdict on something else gives way only where it was not sure`() {
        #expect(cause([5]).verdict(verdict(0.9, evidence: [3])) == verdict(0.9, evidence: [3]))
        #expect(cause([5], isSufficient: nil).verdict(verdict(0.7, evidence: [3])) == verdict(0.7, evidence: [3]))
        let told = cause([5]).verdict(verdict(0.6, evidence: [3]))
        #expect(told.causeClass == "dependency-null-field" && told.counterEvidence == [3])
    }

    @Test func `the last line of a case counts, and lines that were cut are passed over`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let causes = ConfirmedCauses(besideCase: "\(folder.path)/a.reenact")
        #expect(causes.read().isEmpty)
        #expect(causes.keep(cause([1])) && causes.keep(cause([2])))
        let file = "\(folder.path)/\(ConfirmedCauses.fileName)"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try (text + "{\"case\":\"d\",\"cond").write(toFile: file, atomically: true, encoding: .utf8)
        #expect(causes.read() == ["c": cause([2])])
    }
}

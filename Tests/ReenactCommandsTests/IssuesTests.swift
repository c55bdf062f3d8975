import FoundationEssentials
import ReenactSamples
import ReenactStore
import ReenactTimeline
import ReenactTriage
import Testing

@testable import ReenactCommands

struct IssuesTests {
    private func again(_ value: Case, _ id: String, later: Int64 = 5_000_000_000) -> Case {
        var value = value
        value.id = id
        value.anchor.unixNanoseconds += later
        return value
    }

    /// The same place, another answer: another cause of one issue.
    private func otherCause() -> Case {
        var other = again(Samples.ihatemoney(), "20261122-000002-aaaa")
        let place = other.events.firstIndex { $0.outcome == "http:521" } ?? 0
        other.events[place].outcome = "http:200"
        other.events[place].detail = [
            "method": "GET", "host": "a", "target": "/", "status": 200,
            "responseBody": ["text": "<html>", "length": 6],
        ]
        return other
    }

    private func issues(_ temporary: TemporaryStore) throws -> [StoredIssue] { try temporary.store.issues() }

    /// A time after every sample.
    private static let later = "2030-01-01T00:00:00.000Z"

    @Test func `failures at one place are one issue with its causes`() throws {
        let temporary = try TemporaryStore([Samples.ihatemoney(), otherCause(), Samples.rq()])
        let issues = try issues(temporary)
        #expect(issues.count == 2)
        let rates = try #require(issues.first { $0.causes.count == 2 })
        #expect(rates.count == 2)
        #expect(rates.state == .open)
        #expect(try temporary.store.issue(otherCause().id).id == rates.id)
        #expect(try temporary.store.issue(String(rates.id.prefix(5))).key == rates.key)
    }

    @Test func `the second identical failure is known by the first`() throws {
        let temporary = try TemporaryStore([Samples.rq()])
        let placement = try temporary.store.place(again(Samples.rq(), "20261122-000002-aaaa"))
        #expect(placement.knownAs == Samples.rq().id)
        #expect(placement.addition == .same(as: Samples.rq().id, count: 2))
        #expect(try issues(temporary).map(\.count) == [2])
        #expect(try temporary.run("list").contains("1 more settled as known (tier 1)"))
    }

    @Test func `a known failure stays known when its file has gone`() throws {
        let temporary = try TemporaryStore([Samples.rq()])
        let issue = try issues(temporary)[0]
        try FileManager.default.removeItem(atPath: "\(temporary.directory)/\(temporary.files[0])")
        let placement = try temporary.store.place(again(Samples.rq(), "20261122-000002-aaaa"))
        #expect(placement.issue == issue.id)
        #expect(placement.knownAs == Samples.rq().id)
        let entry = try #require(try temporary.store.list().cases.first)
        #expect(entry.verdict.tier == .known)
        #expect(entry.verdict.sentence.hasPrefix("Seen once before as \(Samples.rq().id)."))
    }

    @Test func `a resolved issue that comes back is a regression`() throws {
        let temporary = try TemporaryStore([Samples.rq()])
        let issue = try issues(temporary)[0]
        try temporary.store.decide(
            Decision(.resolve, issue: issue.key, time: ISO8601.text(1_795_300_000_000_000_000), by: "ada"))
        #expect(try issues(temporary)[0].state == .resolved)
        // What failed before it was resolved, and only arrived now, reopens nothing.
        let early = try temporary.store.place(again(Samples.rq(), "20261121-100002-aaaa"))
        #expect(early.resolved == nil)
        let placement = try temporary.store.place(
            again(Samples.rq(), "20270101-000002-aaaa", later: 5_000_000_000_000_000))
        #expect(placement.resolved != nil)
        #expect(try issues(temporary)[0].state == .regressed)
        let third = try temporary.store.place(
            again(Samples.rq(), "20270102-000002-aaaa", later: 5_100_000_000_000_000))
        #expect(third.resolved == nil)
        #expect(try issues(temporary)[0].decisions.map(\.action) == [.resolve, .regression])
        #expect(try temporary.run("issues", "list").contains("came back after it was resolved"))
    }

    @Test func `a merge sticks, is explained and can be taken back`() throws {
        let temporary = try TemporaryStore([Samples.rq(), Samples.corepack()])
        let (first, second) = (try issues(temporary)[0], try issues(temporary)[1])
        _ = try temporary.run("issues", "merge", first.id, second.id, "--because", "one broken host")
        let merged = try #require(try issues(temporary).first)
        #expect(try issues(temporary).count == 1)
        #expect(merged.count == 2)
        #expect(merged.joined.contains { $0.contains("one broken host") })
        // What fails like the one that was put in goes to the same issue.
        let placement = try temporary.store.place(again(Samples.corepack(), "20261122-000003-aaaa"))
        #expect(placement.issue == first.id)
        let number = try #require(merged.decisions.last?.number)
        _ = try temporary.run("issues", "undo", "\(number)")
        #expect(Set(try issues(temporary).map(\.id)) == [first.id, second.id])
        #expect(throws: StoreError.self) { try temporary.run("issues", "undo", "\(number)") }
    }

    @Test func `a split sticks for the same cause and can be taken back`() throws {
        let temporary = try TemporaryStore([Samples.ihatemoney(), otherCause()])
        let issue = try issues(temporary)[0]
        _ = try temporary.run("issues", "split", issue.id, otherCause().id)
        #expect(try issues(temporary).count == 2)
        let placement = try temporary.store.place(again(otherCause(), "20261123-000002-aaaa"))
        #expect(placement.issue != issue.id)
        #expect(throws: CommandError.self) {
            try temporary.run("issues", "split", issue.id, Samples.ihatemoney().id)
        }
        let split = try #require(try issues(temporary).first { $0.id == placement.issue })
        let number = try #require(split.decisions.first { $0.action == .split }?.number)
        _ = try temporary.run("issues", "undo", "\(number)")
        #expect(try issues(temporary).count == 1)
    }

    @Test func `rules of the user join issues`() throws {
        let temporary = try TemporaryStore([Samples.rq(), Samples.corepack()])
        try Data("type:*NoSuchGroupError => nightly\nmessage:*keyid* => nightly\n".utf8)
            .write(to: URL(fileURLWithPath: "\(temporary.directory)/\(Store.rulesFile)"))
        let issues = try issues(temporary)
        #expect(issues.count == 1)
        #expect(issues[0].joined.contains { $0.contains("rule \"nightly\", line 1") })
        try Data("type:A\n".utf8)
            .write(to: URL(fileURLWithPath: "\(temporary.directory)/\(Store.rulesFile)"))
        #expect(throws: StoreError.self) { try temporary.store.issues() }
    }

    @Test func `history under keys of the version before stays in one issue`() throws {
        let temporary = try TemporaryStore([])
        try FileManager.default.createDirectory(atPath: temporary.directory, withIntermediateDirectories: true)
        let value = Samples.rq()
        let judged = Judged(value)
        let seen = Decision(
            .seen, issue: judged.former.issue, keys: [judged.former.issue], causes: [judged.former.cause],
            caseID: "20250101-000000-aaaa", time: "2025-01-01T00:00:00.000Z", by: "reenact")
        try temporary.store.decide(seen)
        try temporary.store.decide(
            Decision(.resolve, issue: judged.former.issue, time: "2025-02-01T00:00:00.000Z", by: "ada"))
        let placement = try temporary.store.place(value)
        #expect(placement.knownAs == "20250101-000000-aaaa")
        #expect(placement.resolved == "2025-02-01T00:00:00.000Z")
        let issue = try #require(try issues(temporary).first)
        #expect(issue.key == judged.former.issue)
        #expect(issue.state == .regressed)
        #expect(Set(issue.fingerprints) == [judged.former.issue, judged.fingerprint.issue])
    }

    @Test func `lines that were cut off do not spoil the others`() throws {
        let temporary = try TemporaryStore([Samples.rq()])
        let issue = try issues(temporary)[0]
        let path = "\(temporary.directory)/issues.jsonl"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes.append(contentsOf: Data("{\"action\": \"resol".utf8))
        try bytes.write(to: URL(fileURLWithPath: path))
        try temporary.store.decide(Decision(.ignore, issue: issue.key, time: Self.later, by: "ada"))
        #expect(try issues(temporary)[0].state == .ignored)
        #expect(try temporary.run("issues").contains("No open issues"))
        #expect(try temporary.run("issues", "list", "--all").contains("ignored"))
    }

    @Test func `an issue can be assigned and shown as JSON`() throws {
        let temporary = try TemporaryStore([Samples.rq()])
        let issue = try issues(temporary)[0]
        _ = try temporary.run("issues", "assign", issue.id, "ada")
        let shown = try temporary.json("issues", "show", issue.id, "--json")
        #expect(shown["assignee"] == "ada")
        #expect(shown["causes"]?[0]?["cases"]?[0]?.string == Samples.rq().id)
        #expect(try temporary.run("issues", "show", issue.id).contains("WHY ONE ISSUE"))
    }
}

import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactReproduction

struct UnmadeTableTests {
    private func call(_ id: Int, _ sql: String, _ code: String) -> Event {
        Event(
            id: id, kind: .call, phase: .failing, protocolName: "postgres", peer: "10.0.0.1:5432", connection: 1,
            start: Instant(id), summary: sql, outcome: .init(rawValue: "sqlstate:\(code)"),
            detail: ["sql": .string(sql), "error": ["code": .string(code), "message": "no"]])
    }

    @Test func `a table that could not be made is the one condition of all that missed it`() throws {
        var failure = Case.sample()
        failure.trigger = Trigger(kind: .command, summary: "migrate", time: 0)
        failure.events = [
            call(1, "CREATE TABLE IF NOT EXISTS \"lock\" (pid int)", "25006"),
            call(2, "INSERT INTO \"lock\" VALUES (1)", "42P01"), call(3, "SELECT pid FROM \"lock\"", "42P01"),
            call(4, "SELECT a FROM other", "42P01"),
        ]
        let found = UnmadeTable.find(Subject(failure, host: machine([:])))
        let only = try #require(found.first)
        #expect(found.count == 1 && only.event == 1)
        guard case .edits(let edits) = only.change else { return #expect(Bool(false)) }
        #expect(edits.map(\.event) == [1, 2, 3])
        let subject = Subject(failure, host: machine([:]))
        #expect(UnmadeTable.isFollower(failure.events[2], subject))
        #expect(!UnmadeTable.isFollower(failure.events[3], subject))
    }
}

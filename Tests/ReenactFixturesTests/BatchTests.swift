import Synchronization
import Testing

@testable import ReenactFixtures

/// Many timelines at once, and lines that are none.
@Suite struct BatchTests {
    private let schema = "CREATE TABLE t (id INTEGER PRIMARY KEY, size INTEGER, weight REAL)"

    private func reports(_ lines: [String]) throws -> [FixtureReport] {
        let found = Mutex<[Int: FixtureReport]>([:])
        var batch = FixtureBatch(schema: schema, dialect: .sqlite)
        batch.limits.seconds = 0.5
        try batch.run(lines) { index, solution in found.withLock { $0[index] = solution.report } }
        return found.withLock { all in all.sorted { $0.key < $1.key }.map(\.value) }
    }

    private let good = #"{"id":"a","statements":[{"sql":"SELECT size FROM t","params":null,"rows":[[7]]}]}"#

    @Test func `A line that is no timeline is told by its number and the others are solved`() throws {
        let reports = try reports([good, "no JSON", #"{"id":"b"}"#, good])
        #expect(reports.map(\.isExact) == [true, false, false, true])
        #expect(reports.map(\.id) == ["a", "timeline-2", "timeline-3", "a"])
        #expect(reports[1].failures.map(\.index) == [-1])
        #expect(reports[1].failures.first?.reason.contains("JSON") == true)
    }

    @Test func `A file without any timeline is refused`() {
        #expect(throws: FixtureError.badInput("timeline 1: a line is no JSON object")) { try reports(["x", "y"]) }
    }

    @Test func `Totals beyond all numbers are missed and not fatal`() throws {
        let line = #"""
            {"id":"c","statements":[{"sql":"SELECT SUM(weight) FROM t","params":null,"rows":[[{"f":"1e308"}]]},
            {"sql":"SELECT AVG(size) FROM t","params":null,"rows":[[{"f":"-1e300"}]]},
            {"sql":"SELECT id, SUM(weight) OVER (ORDER BY id) FROM t","params":null,"rows":[[1,{"f":"-1e300"}],[2,{"f":"inf"}]]},
            {"sql":"SELECT size, SUM(id) FROM t GROUP BY size","params":null,
             "rows":[[1,9223372036854775807],[2,-9223372036854775808]]}]}
            """#
        let reports = try reports([line.split(separator: "\n").joined(), good])
        #expect(reports[0].isExact == false && reports[0].failures.isEmpty == false)
        #expect(reports[1].isExact)
    }
}

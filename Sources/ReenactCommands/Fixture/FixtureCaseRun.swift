import ReenactCaseFile
import ReenactFixtures
import ReenactTimeline

/// `reenact fixture CASE`: the fixtures of its databases.
struct FixtureCaseRun {
    var path: String
    /// Only this one.
    var database: String?
    var schema: String?
    /// A person's own, with the name of its file.
    var document: (path: String, text: String)?
    var limits: SolverLimits
    var moment = FixtureDocument.Moment.failure

    struct Result {
        var caseID: String
        var fixtures: [CaseFixture]
        /// Databases that no fixture was made of, and why.
        var skipped: [(name: String, reason: String)]

        /// The text form of all of them.
        var text: String {
            guard fixtures.count != 1 else { return fixtures[0].document.text }
            var items: [FixtureDocument.Item] = []
            for fixture in fixtures {
                if !items.isEmpty { items.append(.blank) }
                items.append(.database(fixture.database, .init()))
                items += fixture.document.items
            }
            return FixtureDocument(items).text
        }

        var sql: String {
            fixtures.map { (fixtures.count == 1 ? "" : "-- \(Terminal.neutral($0.database))\n") + $0.sql }.joined(
                separator: "\n")
        }

        var notes: [String] {
            fixtures.flatMap(FixtureNotes.lines) + skipped.map { "\($0.name): no fixture: \($0.reason)" }
        }

        var json: JSONValue {
            [
                "id": .string(caseID),
                "databases": .array(fixtures.map(FixtureNotes.json)),
                "skipped": .array(skipped.map { ["name": .string($0.name), "reason": .string($0.reason)] }),
            ]
        }
    }

    func result() throws -> Result {
        let value = try CaseFile.read(path)
        let databases = try CaseDatabase.named(database, of: value)
        let builder = CaseFixtureBuilder(schema: schema, limits: limits)
        if let document { return try checked(document, databases, value, builder) }
        var result = Result(caseID: value.id, fixtures: [], skipped: [])
        var first: FixtureError?
        for database in databases {
            do throws(FixtureError) {
                result.fixtures.append(try builder.build(database, at: moment))
            } catch {
                first = first ?? error
                result.skipped.append((database.name, "\(error)"))
            }
        }
        if result.fixtures.isEmpty, let first { throw first }
        return result
    }

    private func checked(
        _ document: (path: String, text: String), _ databases: [CaseDatabase], _ value: Case,
        _ builder: CaseFixtureBuilder
    ) throws -> Result {
        do throws(FixtureError) {
            let parts = try FixtureDocument(text: document.text).matched(to: databases)
            var result = Result(caseID: value.id, fixtures: [], skipped: [])
            for (database, part) in parts { result.fixtures.append(try builder.check(part, for: database)) }
            return result
        } catch {
            if case .document = error { throw CommandError(.badCase, "\(document.path): \(error)") }
            throw error
        }
    }
}

/// A fixture's report, for people and for programs.
enum FixtureNotes {
    private static let shown = 5

    static func lines(_ fixture: CaseFixture) -> [String] {
        let rows = fixture.rowCount == 1 ? "1 row" : "\(fixture.rowCount) rows"
        var head = "\(fixture.database) (\(fixture.engine.title)): \(rows); "
        let since = fixture.moment == .start ? "" : " since the trigger"
        head +=
            fixture.isExact
            ? "proven: all \(fixture.statements) statements\(since) give what was recorded"
            : "\(fixture.satisfied) of \(fixture.statements) statements\(since) give what was recorded"
        var lines = [head]
        lines += fixture.assumptions.map { "  assumed: \($0)" }
        for gap in fixture.unsatisfied.prefix(shown) {
            lines.append(
                "  not covered: " + (gap.event > 0 ? "event \(gap.event), " : "") + "\(gap.clause): \(gap.reason)")
        }
        if fixture.unsatisfied.count > shown {
            lines.append("  … and \(fixture.unsatisfied.count - shown) more (--json has all)")
        }
        var counts: [String: Int] = [:]
        for gap in fixture.leftOut { counts[gap.reason, default: 0] += 1 }
        for (reason, count) in counts.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }).prefix(shown) {
            lines.append("  left to the recording: \(count) \(count == 1 ? "statement" : "statements"): \(reason)")
        }
        return lines
    }

    static func json(_ fixture: CaseFixture) -> JSONValue {
        func gaps(_ list: [CaseFixture.Gap]) -> JSONValue {
            .array(
                list.map {
                    ["event": .integer(Int64($0.event)), "reason": .string($0.reason), "clause": .string($0.clause)]
                })
        }
        return [
            "name": .string(fixture.database), "moment": .string(fixture.moment.rawValue),
            "engine": .string(fixture.engine.rawValue),
            "fixture": .string(fixture.document.text), "schema": .array(fixture.schema.map(JSONValue.string)),
            "rows": .string(fixture.rows), "exact": .bool(fixture.isExact),
            "statements": .integer(Int64(fixture.statements)), "satisfied": .integer(Int64(fixture.satisfied)),
            "rowCount": .integer(Int64(fixture.rowCount)), "unsatisfied": gaps(fixture.unsatisfied),
            "leftOut": gaps(fixture.leftOut), "assumptions": .array(fixture.assumptions.map(JSONValue.string)),
            "milliseconds": .number(fixture.milliseconds),
        ]
    }
}

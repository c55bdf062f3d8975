import ReenactTimeline
import ReenactWire

/// A table that was not there because the statement that was to make it had failed before: with that one a success, all
/// that asked for the table in vain goes well, too.
enum UnmadeTable {
    /// Codes with which servers say that a table is not there: PostgreSQL's, MySQL's.
    private static let codes: Set<String> = ["42P01", "42S02", "1146"]

    static func find(_ subject: Subject) -> [Condition] {
        var seen: Set<Int> = []
        return subject.calls.compactMap { event -> Condition? in
            guard let maker = maker(of: event, subject.failure), seen.insert(maker.id).inserted else { return nil }
            let failed = subject.failure.events.filter { other in
                other.id != maker.id && self.maker(of: other, subject.failure)?.id == maker.id
            }
            let edits = ([maker] + failed).map { Condition.Edit(event: $0.id, edit: .success(affected: 1)) }
            var condition = Condition(
                .answer, recorded: "\(maker.summary) answered \(maker.outcome.rawValue)",
                changed: "success, as is then what found no table", event: maker.id, target: "event \(maker.id)",
                change: .edits(edits))
            condition.score = Likelihood.told
            return condition
        }
    }

    /// What asked for a table that a failed statement should have made.
    static func isFollower(_ event: Event, _ subject: Subject) -> Bool { maker(of: event, subject.failure) != nil }

    private static func maker(of event: Event, _ failure: Case) -> Event? {
        guard let error = event.detail["error"], error != .null,
            codes.contains(where: { event.outcome.rawValue.hasSuffix($0) || error["code"]?.string == $0 }),
            let sql = event.detail["sql"]?.string
        else { return nil }
        let names = Set(SQLConditions.tokens(sql).map { SQLConditions.bare($0).lowercased() })
        return failure.events.last { other in
            guard other.start < event.start, other.peer == event.peer, other.kind == .call,
                let error = other.detail["error"], error != .null, let table = table(other.detail["sql"]?.string)
            else { return false }
            return names.contains(table)
        }
    }

    /// Of `CREATE TABLE IF NOT EXISTS "a"."b" (…)` it is `b`.
    private static func table(_ sql: String?) -> String? {
        guard let sql, sql.prefix(7).uppercased() == "CREATE " else { return nil }
        let words = SQLConditions.tokens(String(sql.prefix(400)))
        guard let start = words.firstIndex(where: { $0.uppercased() == "TABLE" }), start < 4 else { return nil }
        return words[(start + 1)...].first { !["IF", "NOT", "EXISTS"].contains($0.uppercased()) }
            .map { SQLConditions.bare($0).lowercased() }
    }
}

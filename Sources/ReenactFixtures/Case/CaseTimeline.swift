import ReenactTimeline

/// The statements of a database as the solver takes them, and what was left to the recording.
struct CaseTimeline {
    /// A statement that the recording alone answers.
    struct LeftOut: Sendable, Equatable {
        var event: Int
        var reason: String
    }

    private(set) var statements: [RecordedStatement] = []
    /// The event of each statement.
    private(set) var events: [Int] = []
    private(set) var leftOut: [LeftOut] = []
    private(set) var assumptions: [String] = []
    private var phases: [Event.Phase] = []

    init(_ all: [CaseStatement], _ dialect: SQLDialect) {
        let controls = all.map { Self.control($0, dialect) }
        let transactions = CaseTransactions(all, controls)
        for (index, statement) in all.enumerated() {
            if let control = controls[index] {
                guard transactions.isKept(index), control != .other else { continue }
                add(statement)
                continue
            }
            // What defines is part of the schema.
            if DataDefinition(statement.sql, dialect) != nil { continue }
            if let reason = transactions.objection(index) ?? Self.objection(statement, dialect) {
                leftOut.append(.init(event: statement.event, reason: reason))
                continue
            }
            add(statement)
        }
        assumptions = transactions.assumptions
    }

    private mutating func add(_ statement: CaseStatement) {
        statements.append(statement.recorded)
        events.append(statement.event)
        phases.append(statement.phase)
    }

    private static let since: Set<Event.Phase> = [.failing, .ambiguous]

    /// Something was asked before the failing trigger, and something since.
    var hasEarlierPhases: Bool {
        phases.contains { !Self.since.contains($0) } && phases.contains { Self.since.contains($0) }
    }

    /// Where the failing trigger's own statements begin.
    var trigger: Int { phases.firstIndex { Self.since.contains($0) } ?? phases.count }

    func phase(_ index: Int) -> Event.Phase { phases[index] }

    /// The statements that the filter lets through.
    func filtered(_ isKept: (Int) -> Bool) -> CaseTimeline {
        var result = self
        let kept = statements.indices.filter(isKept)
        result.statements = kept.map { statements[$0] }
        result.events = kept.map { events[$0] }
        result.phases = kept.map { phases[$0] }
        return result
    }

    /// Those of the failing trigger, and what ran beside it.
    var sinceTrigger: CaseTimeline {
        let first = trigger
        return filtered { $0 >= first }
    }

    static func control(_ statement: CaseStatement, _ dialect: SQLDialect) -> SQLControl? {
        guard case .control(let control)? = try? SQLParser.parse(statement.sql, [], dialect) else { return nil }
        return control
    }

    /// Why a statement proves nothing about rows; nil where it does.
    private static func objection(_ statement: CaseStatement, _ dialect: SQLDialect) -> String? {
        if let gap = statement.gap { return gap }
        if asksCatalog(statement.sql, dialect) { return "it asks the catalog" }
        if let refusal = statement.refusal, dialect == .postgres, !refusal.code.isEmpty {
            switch refusal.code.prefix(2) {
            case "25": return "its transaction had failed before"
            case "40", "55", "57": return "it failed for other connections' sake: \(refusal.message)"
            case "42": return "it was refused for what it says: \(refusal.message)"
            case "08", "53", "54", "58", "XX": return "the server was in trouble: \(refusal.message)"
            default: break
            }
        }
        // SQLITE_ERROR, BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, CORRUPT, FULL, CANTOPEN
        let troubles = ["1", "5", "6", "7", "8", "9", "10", "11", "13", "14"]
        if let refusal = statement.refusal, dialect == .sqlite, troubles.contains(refusal.code) {
            return "it was refused for other reasons than rows: \(refusal.message)"
        }
        if case .select(let query)? = try? SQLParser.parse(statement.sql, statement.recorded.parameters, dialect),
            case .select(let select) = query.body, select.from.isEmpty, query.commons.isEmpty,
            !select.items.contains(where: { $0.expression.hasQuery })
        {
            return "it asks no table"
        }
        let verb = SQLLexer.tokens(statement.sql, dialect).first?.upper ?? ""
        if [
            "COPY", "CALL", "DO", "LISTEN", "NOTIFY", "UNLISTEN", "VACUUM", "FETCH", "DECLARE", "CLOSE", "ATTACH",
            "DETACH",
        ].contains(verb) {
            return "\(verb) is not solved"
        }
        return nil
    }

    static func asksCatalog(_ sql: String, _ dialect: SQLDialect) -> Bool {
        SQLLexer.tokens(sql, dialect).contains { token in
            guard token.kind == .word || token.kind == .quotedWord else { return false }
            let name = token.text.lowercased()
            switch dialect {
            case .sqlite:
                return ["sqlite_master", "sqlite_schema", "sqlite_sequence", "sqlite_temp_master", "sqlite_stat1"]
                    .contains(name) || name.hasPrefix("pragma_")
            case .postgres:
                return name.hasPrefix("pg_") && name != "pg_sleep" && !name.hasPrefix("pg_advisory")
                    && !name.hasPrefix("pg_try_advisory") || name == "information_schema"
            }
        }
    }
}

extension SQLExpr {
    /// A query stands in it.
    fileprivate var hasQuery: Bool {
        var found = false
        walk {
            switch $0 {
            case .exists, .subquery, .inQuery: found = true
            default: break
            }
        }
        return found
    }
}

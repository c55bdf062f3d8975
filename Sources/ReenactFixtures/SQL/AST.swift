/// An expression; parameters are already replaced by their values.
indirect enum SQLExpr: Sendable, Hashable {
    case value(SQLValue)
    case column(table: String?, name: String, quoted: Bool)
    case star(table: String?)
    case and(SQLExpr, SQLExpr)
    case or(SQLExpr, SQLExpr)
    case not(SQLExpr)
    case isNull(SQLExpr, negated: Bool)
    /// `=`, `<>`, `<`, `<=`, `>`, `>=`, `IS`, `IS NOT`.
    case compare(String, SQLExpr, SQLExpr)
    case between(SQLExpr, SQLExpr, SQLExpr, negated: Bool)
    case inList(SQLExpr, [SQLExpr], negated: Bool)
    case inQuery(SQLExpr, SQLQuery, negated: Bool)
    case exists(SQLQuery)
    case subquery(SQLQuery)
    /// `LIKE`, `ILIKE`, `GLOB` and their like.
    case like(String, SQLExpr, SQLExpr, escape: SQLExpr?, negated: Bool)
    /// Arithmetic, concatenation, JSON.
    case binary(String, SQLExpr, SQLExpr)
    case unary(String, SQLExpr)
    case call(SQLCall)
    case cast(SQLExpr, String)
    case when(operand: SQLExpr?, [SQLBranch], otherwise: SQLExpr?)
    case row([SQLExpr])
}

struct SQLBranch: Sendable, Hashable {
    var condition: SQLExpr
    var result: SQLExpr
}

struct SQLCall: Sendable, Hashable {
    var name: String
    var arguments: [SQLExpr] = []
    var isDistinct = false
    var hasStar = false
    var filter: SQLExpr?
    var window: SQLWindow?

    var isWindow: Bool { window != nil }

    static let aggregates: Set<String> = [
        "COUNT", "SUM", "TOTAL", "AVG", "MIN", "MAX", "GROUP_CONCAT", "STRING_AGG", "ARRAY_AGG", "BOOL_AND", "BOOL_OR",
        "EVERY", "JSON_AGG", "JSONB_AGG", "STDDEV", "VARIANCE", "STDDEV_SAMP", "STDDEV_POP", "VAR_SAMP",
        "VAR_POP", "PERCENTILE_CONT", "PERCENTILE_DISC", "MODE", "MEDIAN", "JSON_GROUP_ARRAY",
    ]

    /// In SQLite `MIN(a, b)` is a plain function.
    var isAggregate: Bool {
        Self.aggregates.contains(name) && !isWindow && !((name == "MIN" || name == "MAX") && arguments.count > 1)
    }

    /// With another expression in place of each, those of its window too.
    func mapped(_ change: (SQLExpr) -> SQLExpr) -> SQLCall {
        var call = self
        call.arguments = arguments.map(change)
        call.filter = filter.map(change)
        if var window {
            window.partition = window.partition.map(change)
            for place in window.order.indices {
                window.order[place].expression = change(window.order[place].expression)
            }
            call.window = window
        }
        return call
    }
}

/// What a window function looks at.
struct SQLWindow: Sendable, Hashable {
    var partition: [SQLExpr] = []
    var order: [SQLOrder] = []
    /// Nil: from the first row of the partition to the last peer of the row.
    var frame: SQLFrame?
}

/// The rows of a partition that a total looks at, as seen from its row.
struct SQLFrame: Sendable, Hashable {
    /// `ROWS`, `RANGE` or `GROUPS`.
    var unit: String
    /// Rows from here on; nil: from the first or to the last one. Both in the row's own measure: -1 is the one before.
    var start: Int?
    var end: Int?
    /// With EXCLUDE, or at a distance that is not a plain number.
    var isOther = false
}

struct SQLItem: Sendable, Hashable {
    var expression: SQLExpr
    var alias: String?
}

struct SQLOrder: Sendable, Hashable {
    var expression: SQLExpr
    var isDescending = false
    /// Nil: as the engine has it.
    var nullsFirst: Bool?
}

enum SQLJoinKind: Sendable, Hashable { case inner, left, right, full, cross }

/// A place in FROM: the first is an inner join with nothing.
struct SQLSource: Sendable, Hashable {
    enum What: Sendable, Hashable { case table(String), query(SQLQuery), function(SQLExpr) }
    var what: What
    var alias: String
    var join = SQLJoinKind.inner
    var on: SQLExpr?
    var using: [String] = []
    var isNatural = false
    /// Sees the sources before it.
    var isLateral = false
    /// Names given to a subquery's columns.
    var columns: [String] = []
    /// Joins in parentheses, as `SELECT *` of them: their names are seen outside. `NestedForm` takes them away.
    var isNested = false
}

struct SQLSelect: Sendable, Hashable {
    var isDistinct = false
    /// PostgreSQL's `DISTINCT ON (…)`: of rows alike in these only the first is shown.
    var distinctOn: [SQLExpr] = []
    var items: [SQLItem] = []
    var from: [SQLSource] = []
    var condition: SQLExpr?
    var groups: [SQLExpr] = []
    var having: SQLExpr?

    /// Grouping alone only takes repetitions away, as DISTINCT does.
    var isAggregate: Bool { having != nil || items.contains { $0.expression.hasAggregate } }
}

indirect enum SQLBody: Sendable, Hashable {
    case select(SQLSelect)
    case values([[SQLExpr]])
    case combine(String, all: Bool, SQLQuery, SQLQuery)
}

struct SQLQuery: Sendable, Hashable {
    var commons: [SQLCommon] = []
    var body: SQLBody
    var order: [SQLOrder] = []
    var limit: SQLExpr?
    var offset: SQLExpr?

    /// The select itself, or the first of a set operation.
    var first: SQLSelect? {
        switch body {
        case .select(let select): select
        case .combine(_, _, let left, _): left.first
        case .values: nil
        }
    }
}

struct SQLCommon: Sendable, Hashable {
    var name: String
    var columns: [String]
    var query: SQLQuery
}

enum SQLInsertSource: Sendable { case values([[SQLExpr]]), query(SQLQuery), defaults }

struct SQLInsert: Sendable {
    var table: String
    var columns: [String]
    var source: SQLInsertSource
    /// `OR IGNORE`, `ON CONFLICT DO NOTHING`: a row that is there is no error.
    var ignores = false
    var updates = false
    var returning: [SQLItem] = []
    /// What the columns of the table are called by.
    var alias = ""
    /// What `ON CONFLICT DO UPDATE` does, where it could be read.
    var upsert: SQLUpsert?
}

struct SQLUpsert: Sendable {
    /// The columns that tell the row that is there; none where no plain columns are named.
    var target: [String]
    var assignments: [SQLAssignment]
    var condition: SQLExpr?
}

struct SQLAssignment: Sendable, Hashable {
    var column: String
    var value: SQLExpr
}

struct SQLUpdate: Sendable {
    var table: String
    var alias: String
    var assignments: [SQLAssignment]
    var from: [SQLSource]
    var condition: SQLExpr?
    var returning: [SQLItem] = []
}

struct SQLDelete: Sendable {
    var table: String
    var alias: String
    var condition: SQLExpr?
    var returning: [SQLItem] = []
}

enum SQLControl: Sendable { case begin, commit, rollback, savepoint, release, rollbackTo, other }

enum SQLStatement: Sendable {
    case select(SQLQuery)
    case insert(SQLInsert)
    case update(SQLUpdate)
    case delete(SQLDelete)
    case control(SQLControl)
}

extension SQLExpr {
    /// Calls `visit` on this expression and those below, not inside subqueries.
    func walk(_ visit: (SQLExpr) -> Void) {
        visit(self)
        for child in children { child.walk(visit) }
    }

    var children: [SQLExpr] {
        switch self {
        case .value, .column, .star, .exists, .subquery: []
        case .and(let a, let b), .or(let a, let b), .compare(_, let a, let b), .binary(_, let a, let b): [a, b]
        case .not(let a), .isNull(let a, _), .unary(_, let a), .cast(let a, _), .inQuery(let a, _, _): [a]
        case .between(let a, let b, let c, _): [a, b, c]
        case .inList(let a, let list, _): [a] + list
        case .like(_, let a, let b, let escape, _): [a, b] + (escape.map { [$0] } ?? [])
        case .call(let call): call.arguments + (call.filter.map { [$0] } ?? [])
        case .when(let operand, let branches, let otherwise):
            (operand.map { [$0] } ?? []) + branches.flatMap { [$0.condition, $0.result] }
                + (otherwise.map { [$0] } ?? [])
        case .row(let list): list
        }
    }

    var hasAggregate: Bool {
        var found = false
        walk { if case .call(let call) = $0, call.isAggregate { found = true } }
        return found
    }

    var hasWindow: Bool {
        var found = false
        walk { if case .call(let call) = $0, call.isWindow { found = true } }
        return found
    }

    var hasSubquery: Bool {
        var found = false
        walk { if case .subquery = $0 { found = true } }
        return found
    }

    /// The expression with what `change` gives in place of the parts it knows, from the outside in.
    func mapped(_ change: (SQLExpr) -> SQLExpr?) -> SQLExpr {
        if let changed = change(self) { return changed }
        func go(_ inner: SQLExpr) -> SQLExpr { inner.mapped(change) }
        switch self {
        case .value, .column, .star, .exists, .subquery: return self
        case .and(let a, let b): return .and(go(a), go(b))
        case .or(let a, let b): return .or(go(a), go(b))
        case .not(let a): return .not(go(a))
        case .isNull(let a, let negated): return .isNull(go(a), negated: negated)
        case .compare(let sign, let a, let b): return .compare(sign, go(a), go(b))
        case .between(let a, let b, let c, let negated): return .between(go(a), go(b), go(c), negated: negated)
        case .inList(let a, let list, let negated): return .inList(go(a), list.map(go), negated: negated)
        case .inQuery(let a, let query, let negated): return .inQuery(go(a), query, negated: negated)
        case .like(let word, let a, let b, let escape, let negated):
            return .like(word, go(a), go(b), escape: escape.map(go), negated: negated)
        case .binary(let sign, let a, let b): return .binary(sign, go(a), go(b))
        case .unary(let sign, let a): return .unary(sign, go(a))
        case .cast(let a, let type): return .cast(go(a), type)
        case .row(let list): return .row(list.map(go))
        case .call(var call):
            call.arguments = call.arguments.map(go)
            call.filter = call.filter.map(go)
            return .call(call)
        case .when(let operand, let branches, let otherwise):
            return .when(
                operand: operand.map(go),
                branches.map { SQLBranch(condition: go($0.condition), result: go($0.result)) },
                otherwise: otherwise.map(go))
        }
    }

    /// The conjuncts of a condition.
    var conjuncts: [SQLExpr] {
        if case .and(let left, let right) = self { return left.conjuncts + right.conjuncts }
        return [self]
    }
}

/// Terms and truth of expressions over symbolic rows, at a moment of the recording.
struct Evaluator {
    let tableau: Tableau
    let dialect: SQLDialect
    var time: Int
    /// Cells that nothing has settled count as what they were last loaded with.
    var assumes = false
    /// `LIKE` tells capital letters from small ones in SQLite too.
    var isLikeExact = false
    /// What can't be told counts as false.
    var isLenient = false
    var commons: [String: SQLCommon] = [:]
    /// Common tables that are being computed from themselves.
    var computed: [String: [[SQLValue]]] = [:]
    var lookup: RowLookup?
    var steps = StepCounter()
    /// Queries within queries.
    var depth = 0

    func value(_ term: Term) -> SQLValue? {
        if let known = tableau.value(term) { return known }
        guard assumes, case .variable(let variable) = term else { return nil }
        return tableau.assumed[tableau.root(variable)]
    }

    func lookup(_ table: String?, _ name: String, _ scopes: [Scope]) -> Term? {
        for scope in scopes {
            for (alias, binding) in scope.sources {
                if let table, !Self.same(alias, table) { continue }
                switch binding {
                case .row(let row):
                    let table = tableau.rows[row].table
                    if let place = tableau.schema.place(name, in: table) {
                        return .variable(tableau.cell(row, place, at: time))
                    }
                    if dialect == .sqlite, let counter = tableau.schema.tables[table].counter,
                        Self.same(name, "rowid")
                    {
                        return .variable(tableau.cell(row, counter, at: time))
                    }
                case .absent(let table):
                    if tableau.schema.place(name, in: table) != nil { return .value(.null) }
                case .open(let table):
                    if tableau.schema.place(name, in: table) != nil { return .unknown }
                case .derived(let columns):
                    if let column = columns.first(where: { Self.same($0.name, name) }) { return column.term }
                }
            }
        }
        return nil
    }

    static func same(_ left: String, _ right: String) -> Bool {
        if left == right { return true }
        // Names of other lengths differ, and most differ by their first letters.
        guard left.utf8.count == right.utf8.count else { return false }
        for (a, b) in zip(left.utf8, right.utf8) where a != b {
            guard a | 0x20 == b | 0x20, 0x61...0x7a ~= a | 0x20 else {
                return (a >= 0x80 || b >= 0x80) && left.lowercased() == right.lowercased()
            }
        }
        return true
    }

    func term(_ expression: SQLExpr, _ scopes: [Scope]) -> Term {
        switch expression {
        case .value(let value): return .value(value)
        case .column(let table, let name, let quoted):
            if let found = lookup(table, name, scopes) { return found }
            return quoted && table == nil && dialect == .sqlite ? .value(.text(name)) : .unknown
        case .cast(let inner, let type):
            // Of what is not known a cast changes the form, rarely the value; the engine has the last word.
            let plain = term(inner, scopes)
            return value(plain).map { .value(Functions.cast($0, type, dialect)) } ?? plain
        case .unary("-", let inner):
            return value(term(inner, scopes)).flatMap { Arithmetic.apply("-", .int(0), $0) }.map(Term.value) ?? .unknown
        case .subquery(let query):
            guard assumes, let rows = rows(query, scopes) else { return .unknown }
            return .value(rows.first?.first ?? .null)
        case .call(let call): return function(call, scopes)
        case .binary(let sign, let left, let right):
            let (a, b) = (value(term(left, scopes)), value(term(right, scopes)))
            if a?.isNull == true || b?.isNull == true { return .value(.null) }
            guard let a, let b else { return .unknown }
            if dialect == .postgres, let known = PostgresOperators.apply(sign, a, b) { return .value(known) }
            if dialect == .postgres, let known = TimeSpan.apply(sign, a, b) { return .value(known) }
            if sign == "->>" {
                return DocumentPath.extract(a, b, isBare: true, dialect).map(Term.value) ?? .unknown
            }
            return Arithmetic.apply(sign, a, b).map(Term.value) ?? .unknown
        case .when(let operand, let branches, let otherwise):
            for branch in branches {
                let condition = operand.map { SQLExpr.compare("=", $0, branch.condition) } ?? branch.condition
                guard let holds = truth(condition, scopes) else { return .unknown }
                if holds { return term(branch.result, scopes) }
            }
            return otherwise.map { term($0, scopes) } ?? .value(.null)
        case .compare, .and, .or, .not, .isNull, .between, .inList, .like, .exists, .inQuery:
            if let isNull = nullness(expression, scopes), isNull { return .value(.null) }
            return truth(expression, scopes).map { .value(Values.boolean($0, dialect)) } ?? .unknown
        default: return .unknown
        }
    }

    /// A comparison with NULL is NULL; nil where that can't be told.
    private func nullness(_ expression: SQLExpr, _ scopes: [Scope]) -> Bool? {
        guard case .compare(let sign, let left, let right) = expression, sign != "IS", sign != "IS NOT" else {
            return nil
        }
        guard let a = value(term(left, scopes)), let b = value(term(right, scopes)) else { return nil }
        return a.isNull || b.isNull
    }

    private func function(_ call: SQLCall, _ scopes: [Scope]) -> Term {
        guard !call.isWindow, !call.isAggregate else { return .unknown }
        if call.name == "COALESCE" || call.name == "IFNULL" {
            for argument in call.arguments {
                guard let value = value(term(argument, scopes)) else { return .unknown }
                if !value.isNull { return .value(value) }
            }
            return .value(.null)
        }
        if dialect == .postgres, let seconds = seconds(call, scopes) { return .value(seconds) }
        var values: [SQLValue] = []
        for argument in call.arguments {
            guard let value = value(term(argument, scopes)) else { return .unknown }
            values.append(value)
        }
        return Functions.apply(call.name, values, dialect).map(Term.value) ?? .unknown
    }
}

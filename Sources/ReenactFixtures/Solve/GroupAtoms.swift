/// What the conditions and totals of a group look at: columns, and expressions over columns that are one number or one text to them.
struct GroupAtoms {
    struct Atom {
        var expression: SQLExpr
        var columns: Set<SQLExpr>
        /// Constants that it meets.
        var edges: [SQLValue] = []
        /// Patterns that it meets.
        var patterns: [String] = []
        /// A column of it of which only is asked whether it is NULL: then the atom is, too.
        var leaning: SQLExpr?

        var isLeantOn: Bool { leaning != nil }
        /// Only whether it is NULL matters.
        var isOnlyCounted = false
    }

    private(set) var atoms: [Atom] = []
    /// Some condition is told by what the atoms hold.
    private(set) var hasConditions = false
    private let evaluator: Evaluator
    /// A day that the group may hold.
    private let day: String

    init(_ evaluator: Evaluator, day: String = "2001-03-15") { (self.evaluator, self.day) = (evaluator, day) }

    /// Takes in an expression. False where something stands in it that is no matter of single rows' columns.
    mutating func see(_ expression: SQLExpr, edges: [SQLValue] = [], pattern: String? = nil) -> Bool {
        switch expression {
        case .value: return true
        case .column: return add(expression, edges, pattern)
        case .and(let a, let b), .or(let a, let b):
            hasConditions = true
            return see(a, edges: [.int(0), .int(1)]) && see(b, edges: [.int(0), .int(1)])
        case .not(let inner): return see(inner, edges: [.int(0), .int(1)])
        case .isNull(let inner, _):
            hasConditions = true
            return see(inner)
        case .compare(_, let a, let b):
            hasConditions = true
            if let edge = constant(b) { return see(a, edges: [edge]) }
            if let edge = constant(a) { return see(b, edges: [edge]) }
            return see(a) && see(b) && link(a, b)
        case .between(let inner, let low, let high, _):
            hasConditions = true
            guard let low = constant(low), let high = constant(high) else { return false }
            return see(inner, edges: [low, high])
        case .inList(let inner, let list, _):
            hasConditions = true
            let edges = list.compactMap(constant)
            return edges.count == list.count && edges.count <= 12 && see(inner, edges: edges)
        case .like(let word, let inner, let pattern, nil, _):
            hasConditions = true
            guard word == "LIKE" || word == "ILIKE", case .text(let text)? = constant(pattern) else { return false }
            return see(inner, pattern: text)
        case .when(let operand, let branches, let otherwise):
            hasConditions = true
            for branch in branches {
                let condition = operand.map { SQLExpr.compare("=", $0, branch.condition) } ?? branch.condition
                guard see(condition, edges: [.int(0), .int(1)]), see(branch.result, edges: edges) else { return false }
            }
            return otherwise.map { see($0, edges: edges) } ?? true
        case .unary(_, let inner): return see(inner)
        case .cast(let inner, _):
            if case .column = inner { return see(inner, edges: edges, pattern: pattern) }
            return Self.isConditional(inner) ? see(inner, edges: edges) : add(expression, edges, pattern)
        case .call(let call) where ["COALESCE", "IFNULL", "NULLIF", "IIF"].contains(call.name):
            return call.arguments.allSatisfy { see($0, edges: edges + call.arguments.compactMap(constant)) }
        case .call(let call) where !call.isAggregate && !call.isWindow:
            return Self.isConditional(expression)
                ? call.arguments.allSatisfy { see($0) } : add(expression, edges, pattern)
        case .binary(_, let a, let b):
            return Self.isConditional(expression) ? see(a) && see(b) : add(expression, edges, pattern)
        default: return false
        }
    }

    /// Two atoms that are compared with each other meet the same constants.
    private mutating func link(_ a: SQLExpr, _ b: SQLExpr) -> Bool {
        guard let one = atoms.firstIndex(where: { $0.expression == a }),
            let other = atoms.firstIndex(where: { $0.expression == b })
        else { return false }
        let plain = evaluator.plainEdges(a, day)
        let edges = plain + atoms[one].edges + atoms[other].edges
        (atoms[one].edges, atoms[other].edges) = (edges, edges)
        return true
    }

    private static func isConditional(_ expression: SQLExpr) -> Bool {
        var found = false
        expression.walk { part in
            switch part {
            case .when, .compare, .isNull, .between, .inList, .like, .exists, .inQuery, .subquery: found = true
            case .call(let call) where ["COALESCE", "IFNULL", "NULLIF", "IIF"].contains(call.name): found = true
            default: break
            }
        }
        return found
    }

    private func constant(_ expression: SQLExpr) -> SQLValue? {
        if !Self.columns(expression).isEmpty { return nil }
        return evaluator.value(evaluator.term(expression, []))
    }

    /// The day in the middle of a year or month that keys tell; nil where they tell none.
    static func day(in keys: [SQLValue?]) -> String? {
        for case .text(let text)? in keys {
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.allSatisfy({ Int($0) != nil }), parts.first?.utf8.count == 4 else { continue }
            let day = [text + "-06-15", text + "-15", text][min(parts.count, 3) - 1]
            if Days.number(day) != nil { return day }
        }
        return nil
    }

    static func columns(_ expression: SQLExpr) -> Set<SQLExpr> {
        var found: Set<SQLExpr> = []
        expression.walk { if case .column = $0 { found.insert($0) } }
        return found
    }

    private mutating func add(_ expression: SQLExpr, _ edges: [SQLValue], _ pattern: String?) -> Bool {
        let columns = Self.columns(expression)
        if columns.isEmpty { return true }
        let edges = edges.filter { !$0.isNull }
        if let place = atoms.firstIndex(where: { $0.expression == expression }) {
            atoms[place].edges += edges
            if let pattern { atoms[place].patterns.append(pattern) }
        } else {
            atoms.append(
                Atom(expression: expression, columns: columns, edges: edges, patterns: pattern.map { [$0] } ?? []))
        }
        return true
    }

    /// A column that is only asked for being there or not goes with an expression that it is a part of.
    mutating func leanOnOthers(but summed: Set<SQLExpr>) {
        for atom in atoms
        where !summed.contains(atom.expression) && atom.edges.isEmpty && atom.patterns.isEmpty
            && atom.columns == [atom.expression]
        {
            guard
                let place = atoms.firstIndex(where: {
                    $0.expression != atom.expression && $0.columns.contains(atom.expression) && $0.leaning == nil
                })
            else { continue }
            atoms[place].leaning = atom.expression
            atoms.removeAll { $0.expression == atom.expression }
        }
    }

    /// What no sum looks at and no constant meets is there or not.
    mutating func countOnly(but summed: Set<SQLExpr>) {
        var looked: Set<SQLExpr> = []
        for expression in summed { expression.walk { looked.insert($0) } }
        for place in atoms.indices where atoms[place].edges.isEmpty && atoms[place].patterns.isEmpty {
            atoms[place].isOnlyCounted = !looked.contains(atoms[place].expression)
        }
    }

    /// True where no two of them look at the same column.
    var areApart: Bool {
        var seen: Set<SQLExpr> = []
        return atoms.allSatisfy { atom in
            defer { seen.formUnion(atom.columns) }
            return seen.isDisjoint(with: atom.columns)
        }
    }
}

extension Evaluator {
    /// Something for columns to be compared at that meet no constant.
    func plainEdges(_ expression: SQLExpr, _ day: String) -> [SQLValue] {
        guard case .column(_, let name, _) = expression else { return [.int(10)] }
        for table in tableau.schema.tables {
            guard let place = table.place(name) else { continue }
            switch table.columns[place].kind {
            case .date: return [.text(day)]
            case .timestamp: return [.text(day + " 12:00:00")]
            case .integer, .real, .decimal: return [.int(10)]
            default: return []
            }
        }
        return [.int(10)]
    }
}

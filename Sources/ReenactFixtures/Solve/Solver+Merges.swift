/// Rows that may be one.
extension Solver {
    /// The rows that references lead to, looked up as they are asked for.
    struct Parents {
        private var byRoot: [Place: [Int: Int]] = [:]
        private var byValue: [Place: [SQLValue: Int]] = [:]

        mutating func row(_ table: Int, _ column: Int, _ cell: Int, _ tableau: Tableau) -> Int? {
            let place = Place(table: table, column: column)
            if byRoot[place] == nil {
                var roots: [Int: Int] = [:]
                var values: [SQLValue: Int] = [:]
                for row in tableau.byTable[table]
                where tableau.rows[row].into == nil && tableau.rows[row].died != Int.min {
                    let root = tableau.root(tableau.rows[row].cells[column])
                    roots[root] = row
                    if let value = tableau.variables[root].value { values[value] = row }
                }
                byRoot[place] = roots
                byValue[place] = values
            }
            let root = tableau.root(cell)
            return byRoot[place]?[root] ?? tableau.variables[root].value.flatMap { byValue[place]?[$0] }
        }
    }

    /// Rows of these combinations, each with the row that it is most likely to be.
    func merges(_ scopes: [Scope]) -> [(Int, Int)] {
        var parents = Parents()
        var used: Set<Int> = []
        var pairs: [(Int, Int)] = []
        for scope in scopes.prefix(60) {
            for case (_, .row(let row)) in scope.sources where isOurs(row) && !used.contains(row) {
                let mine = tableau.rows[row]
                var best: (row: Int, score: Int)?
                for other in tableau.byTable[mine.table] where other != row && isOurs(other) && !used.contains(other) {
                    guard let score = sameness(mine, tableau.rows[other], &parents), score > best?.score ?? -1 else {
                        continue
                    }
                    best = (other, score)
                }
                guard let best else { continue }
                used.formUnion([row, best.row])
                pairs.append((row, best.row))
            }
        }
        return pairs
    }

    func sameness(_ left: Tableau.Row, _ right: Tableau.Row) -> Int? {
        var parents = Parents()
        return sameness(left, right, &parents)
    }

    /// How many cells agree, of the rows and of those they refer to; nil where some disagree.
    private func sameness(
        _ left: Tableau.Row, _ right: Tableau.Row, _ parents: inout Parents, depth: Int = 0
    ) -> Int? {
        var score = 0
        for (column, (a, b)) in zip(left.cells, right.cells).enumerated() {
            let (p, q) = (tableau.root(a), tableau.root(b))
            if p == q {
                score += 1
                continue
            }
            if let x = tableau.variables[p].value, let y = tableau.variables[q].value {
                guard x.matches(y) else { return nil }
                score += 2
                continue
            }
            guard depth < 2, let key = schema.tables[left.table].foreign.first(where: { $0.columns == [column] }),
                let (table, columns) = schema.target(key), let first = parents.row(table, columns[0], a, tableau),
                let second = parents.row(table, columns[0], b, tableau)
            else { continue }
            guard let same = sameness(tableau.rows[first], tableau.rows[second], &parents, depth: depth + 1) else {
                return nil
            }
            score += same
        }
        return score
    }

    /// Rows that stand in the way of recorded ones: such as NOT EXISTS, NOT IN, an outer join without a partner or EXCEPT
    /// should not have found.
    func blockers(_ query: SQLQuery, _ missing: [[SQLValue]]) -> [Scope] {
        if case .combine("EXCEPT", _, _, let right) = query.body { return witnesses(right, missing) }
        guard case .select(let select) = query.body, !select.isAggregate else { return [] }
        var looking = looking()
        looking.isLenient = true
        var parts: [SQLExpr] = []
        var absent: [SQLExpr] = []
        for part in select.condition?.conjuncts ?? [] {
            switch part {
            case .not(.exists), .inQuery(_, _, true), .not(.inQuery): absent.append(part)
            case .isNull(.column(let alias?, _, _), false)
            where select.from.contains { $0.join == .left && Evaluator.same($0.alias, alias) }:
                absent.append(part)
            default: parts.append(part)
            }
        }
        guard !absent.isEmpty else { return [] }
        var bare = select
        bare.condition = parts.dropFirst().reduce(parts.first) { all, next in all.map { .and($0, next) } }
        var found: [Scope] = []
        for scope in looking.combinations(bare, []) ?? [] {
            let isMissing = missing.prefix(50).contains { row in
                zip(select.items, row).allSatisfy { item, wanted in
                    looking.value(looking.term(item.expression, [scope]))?.matches(wanted) ?? true
                }
            }
            guard isMissing else { continue }
            for part in absent {
                switch part {
                case .not(.exists(let inner)): found += behind(inner, scope, nil, looking)
                case .inQuery(let value, let inner, _), .not(.inQuery(let value, let inner, _)):
                    found += behind(inner, scope, looking.value(looking.term(value, [scope])), looking)
                case .isNull(.column(let alias?, _, _), _):
                    found += scope.sources.filter { Evaluator.same($0.alias, alias) }.map { Scope(sources: [$0]) }
                default: break
                }
            }
            if found.count > 100 { break }
        }
        return found
    }

    private func behind(_ query: SQLQuery, _ scope: Scope, _ value: SQLValue?, _ looking: Evaluator) -> [Scope] {
        guard case .select(let select) = query.body, !select.isAggregate else { return [] }
        return (looking.combinations(select, [scope]) ?? []).filter { inner in
            guard let value, let item = select.items.first else { return true }
            return looking.value(looking.term(item.expression, [inner, scope]))?.matches(value) ?? false
        }
    }
}

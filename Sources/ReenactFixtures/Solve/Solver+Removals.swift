/// Rows too many: cells that nothing has settled are changed, or invented rows left out.
extension Solver {
    /// The combinations behind rows that were not recorded.
    func witnesses(_ query: SQLQuery, _ extra: [[SQLValue]]) -> [Scope] {
        switch query.body {
        case .select(let select):
            let looking = looking()
            guard let all = looking.combinations(select, []) else { return [] }
            var found: [Scope] = []
            let wanted = Set(extra)
            for scope in all.reversed() {
                var row: [SQLValue] = []
                var isKnown = true
                for item in select.items {
                    if case .star = item.expression {
                        for source in scope.sources {
                            row += looking.starTerms(source.binding).map { looking.value($0) ?? .null }
                        }
                    } else if let value = looking.value(looking.term(item.expression, [scope])) {
                        row.append(value)
                    } else {
                        isKnown = false
                    }
                }
                if !isKnown || wanted.contains(row)
                    || wanted.contains(where: { $0.count == row.count && zip($0, row).allSatisfy { $0.matches($1) } })
                {
                    found.append(scope)
                }
            }
            return found + found.flatMap { inner(select, $0, looking) }
        case .combine(let word, _, let left, let right):
            return witnesses(left, extra) + (word == "EXCEPT" ? [] : witnesses(right, extra))
        case .values: return []
        }
    }

    /// The rows behind what a subquery in FROM returned.
    private func inner(_ select: SQLSelect, _ scope: Scope, _ looking: Evaluator) -> [Scope] {
        var found: [Scope] = []
        for (source, bound) in zip(select.from, scope.sources) {
            guard case .derived(let columns) = bound.binding else { continue }
            var query: SQLQuery?
            if case .query(let inner) = source.what { query = inner }
            if case .table(let name) = source.what { query = looking.commons[name.lowercased()]?.query }
            guard case .select(let below)? = query?.body else { continue }
            let values = columns.map { looking.value($0.term) }
            let sets =
                below.isAggregate || !below.groups.isEmpty
                ? looking.groups(below, [])?.map(\.members) ?? [] : (looking.combinations(below, []) ?? []).map { [$0] }
            for members in sets {
                let scopes = [members.first ?? Scope()]
                let row = below.items.map {
                    looking.value(looking.term(looking.totalled($0.expression, members, []), scopes))
                }
                if row == values { found += members.reversed() }
            }
        }
        return found
    }

    /// Conditions that these combinations could fail: by other values, or by rows that NOT EXISTS and NOT IN look for.
    func refutations(_ query: SQLQuery, _ scopes: [Scope]) -> [RepairMove] {
        guard case .select(let select) = query.body else { return [] }
        let names = select.from.map(\.alias)
        let mine = scopes.filter { $0.sources.map(\.alias) == names }.prefix(200)
        guard !mine.isEmpty else { return [] }
        var list: [RepairMove] = []
        for part in select.condition?.conjuncts ?? [] {
            if case .compare("=", .column, .column) = part { continue }
            var inner: [SQLQuery] = []
            part.walk {
                switch $0 {
                case .exists(let query), .inQuery(_, let query, _): inner.append(query)
                default: break
                }
            }
            let fresh = inner.compactMap(\.first).map(inverter.facts).reduce(into: Set<String>()) { $0.formUnion($1) }
            for reuse in inner.isEmpty ? [Inverter.Reuse.all] : [.all, .partners, .none] {
                list.append(.refute(query, part, Array(mine), .init(reuse: reuse, mode: .plain, fresh: fresh)))
            }
        }
        return list
    }

    /// Ways to make these combinations fail or differ.
    func removals(_ index: Int, _ scopes: [Scope]) -> [RepairMove] {
        guard !scopes.isEmpty else { return [] }
        let columns = columnsOf(index)
        var free: [Place: [Int]] = [:]
        var invented: [[Int]] = []
        for scope in scopes.prefix(500) {
            var mine: [Int] = []
            for case (_, .row(let row)) in scope.sources where isOurs(row) {
                if tableau.rows[row].isInvented { mine.append(row) }
                for column in schema.tables[tableau.rows[row].table].columns.indices {
                    let place = Place(table: tableau.rows[row].table, column: column)
                    let cell = tableau.cell(row, column, at: index)
                    if columns.contains(place),
                        tableau.value(cell) == nil || tableau.variables[tableau.root(cell)].isSoft
                    {
                        free[place, default: []].append(cell)
                    }
                }
            }
            if !mine.isEmpty { invented.append(mine) }
        }
        var list: [RepairMove] = []
        for (place, cells) in free.sorted(by: { ($0.key.table, $0.key.column) < ($1.key.table, $1.key.column) }) {
            let unique = Array(Set(cells.map(tableau.root))).sorted()
            for value in alternatives(place.table, place.column, index) {
                list.append(.pins(unique.map { .init(variable: $0, value: value) }))
            }
            if unique.count > 1 || alternatives(place.table, place.column, index).isEmpty {
                list.append(
                    .pins(
                        unique.compactMap { cell in inverter.freshValue(place).map { .init(variable: cell, value: $0) }
                        }))
            }
        }
        for (place, cells) in free.sorted(by: { ($0.key.table, $0.key.column) < ($1.key.table, $1.key.column) }) {
            for cell in Set(cells.map(tableau.root)).sorted().prefix(12) {
                for value in alternatives(place.table, place.column, index, parents: 12) {
                    list.append(.pins([.init(variable: cell, value: value)]))
                }
            }
        }
        let pairs = merges(scopes)
        if pairs.count > 1 { list.insert(.merge(pairs), at: 0) }
        list.insert(contentsOf: pairs.prefix(12).map { .merge([$0]) }, at: min(1, list.count))
        let all = Array(Set(invented.joined())).sorted()
        if !all.isEmpty { list.append(.drop(all)) }
        for rows in invented.prefix(30) {
            for row in rows { list.append(.drop([row])) }
        }
        // A row stated for an answer that others give by now.
        let stated = Set(
            scopes.prefix(12).flatMap { Inverter.rows($0) }.filter {
                $0 >= 0 && isOurs($0) && !tableau.rows[$0].isInvented
            })
        for row in stated.sorted() { list.append(.drop([row])) }
        for row in all.prefix(10) where hasMode(row) {
            for mode in FillMode.allCases where mode != tableau.rows[row].mode { list.append(.mode(row: row, mode)) }
        }
        return Array(list.prefix(400))
    }

    /// Changes free cells that conditions look at, row by row, or leaves invented rows out: where no witness is known.
    func anyRemovals(_ index: Int) -> [RepairMove] {
        var list: [RepairMove] = []
        for table in tablesOf(index) {
            let rows = tableau.byTable[table].filter { isOurs($0) }
            let columns = schema.tables[table].columns.indices.filter {
                let place = Place(table: table, column: $0)
                return facts.conditions.contains(place) || facts.compared[place] != nil
            }
            if rows.count > 60 { continue }
            for row in rows.reversed() {
                for column in columns where tableau.value(tableau.rows[row].cells[column]) == nil {
                    list += alternatives(table, column, index).map {
                        .pins([.init(variable: tableau.rows[row].cells[column], value: $0)])
                    }
                }
                guard tableau.rows[row].isInvented else { continue }
                for mode in FillMode.allCases where mode != tableau.rows[row].mode && hasMode(row) {
                    list.append(.mode(row: row, mode))
                }
                list.append(.drop([row]))
            }
        }
        return Array(list.prefix(400))
    }

    /// Where its free cells lie depends on the row's mode.
    private func hasMode(_ row: Int) -> Bool {
        let content = tableau.rows[row]
        return content.cells.indices.contains { column in
            let place = Place(table: content.table, column: column)
            return (facts.compared[place] != nil || facts.fences[place] != nil)
                && tableau.value(content.cells[column]) == nil
        }
    }

    func isOurs(_ row: Int) -> Bool {
        let content = tableau.rows[row]
        return content.into == nil && content.born == nil && content.died != Int.min
    }

    /// - Parameter parents: how many rows that a reference could go to instead.
    private func alternatives(_ table: Int, _ column: Int, _ index: Int, parents: Int = 3) -> [SQLValue] {
        let definition = schema.tables[table].columns[column]
        let place = Place(table: table, column: column)
        var list: [SQLValue] = definition.isNotNull || schema.tables[table].primary.contains(column) ? [] : [.null]
        var seen = Set(list)
        func add(_ values: some Sequence<SQLValue>, _ count: Int) {
            for value in values.lazy.filter({ !$0.isNull && !seen.contains($0) }).prefix(count) {
                if seen.insert(value).inserted { list.append(value) }
            }
        }
        // A row that is too many may be one more of those that were returned.
        if !schema.tables[table].keys.contains([column]) { add(recorded(index, place), 3) }
        if definition.kind == .boolean {
            add([Values.boolean(true, dialect), Values.boolean(false, dialect)], 2)
        } else if let key = schema.tables[table].foreign.first(where: { $0.columns == [column] }) {
            if let (parent, columns) = schema.target(key) {
                add(
                    tableau.byTable[parent].lazy.filter { self.isOurs($0) && !self.tableau.rows[$0].isInvented }
                        .compactMap { self.tableau.value(self.tableau.rows[$0].cells[columns[0]]) }, parents)
            }
        } else if !schema.tables[table].foreign.contains(where: { $0.columns.contains(column) }) {
            add([Values.numbered(definition, 7_919, dialect)], 1)
        }
        if !schema.tables[table].isInKey(column),
            !schema.tables[table].foreign.contains(where: { $0.columns.contains(column) })
        {
            add(facts.constants[place] ?? [], 4)
        }
        var met: Set<SQLValue> = []
        for value in facts.compared[place] ?? [] where !value.isNull && met.count < 4 && met.insert(value).inserted {
            add(
                [
                    Values.stepped(value, definition.kind, up: true), Values.stepped(value, definition.kind, up: false),
                ], 2)
        }
        return list
    }

    /// What the statement returned of that column.
    private func recorded(_ index: Int, _ place: Place) -> [SQLValue] {
        guard case .select(let query)? = statements[index].parsed, let select = query.first else { return [] }
        for (item, output) in select.items.enumerated() where inverter.column(output.expression, select) == place {
            return (statements[index].recorded.rows ?? []).prefix(40).compactMap { $0.count > item ? $0[item] : nil }
        }
        return []
    }

    func tablesOf(_ index: Int) -> [Int] {
        var found: Set<Int> = []
        for token in tokens(of: index)
        where token.kind == .word || token.kind == .quotedWord {
            if let table = schema.place(token.text) { found.insert(table) }
        }
        return found.sorted()
    }

    /// The tables that a statement names, or that may change with one that it writes.
    func reach(of index: Int) -> Set<Int> {
        var found = Set(tablesOf(index))
        if case .select? = statements[index].parsed { return found }
        // What a trigger does is not known.
        if schema.triggers.contains(where: { $0.table.map(found.contains) ?? true }) {
            return Set(schema.tables.indices)
        }
        // Rows go, or lose their reference, with those that they point at.
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for (number, table) in schema.tables.enumerated() where !found.contains(number) {
                let isHit = table.foreign.contains { key in
                    schema.target(key).map { found.contains($0.table) } ?? false
                }
                if isHit, table.foreign.contains(where: { $0.onDelete != nil }) {
                    found.insert(number)
                    isGrowing = true
                }
            }
        }
        return found
    }

    /// The words of a statement and of the views behind it.
    func tokens(of index: Int) -> [SQLToken] {
        let sql = statements[index].recorded.sql
        return ([sql] + schema.views(in: sql, dialect).map(\.text)).flatMap { SQLLexer.tokens($0, dialect) }
    }
}

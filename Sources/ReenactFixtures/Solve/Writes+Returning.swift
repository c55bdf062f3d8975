/// Writes that return what they touched: their rows are known one by one.
extension Writes {
    func returning(_ update: SQLUpdate, _ table: Int, _ answers: [[SQLValue]]) throws(Conflict) {
        let assigned = Set(update.assignments.compactMap { schema.tables[table].place($0.column) })
        try each(answers, table, update.alias, update.condition, update.returning, assigned) {
            (row, answer) throws(Conflict) in
            try kept(update, row, answer)
            assign(update.assignments, row, update.alias)
            try shows(row, update.returning, answer, update.alias, at: time + 1)
            for assignment in update.assignments { before(assignment, row, update.alias, at: time) }
        }
    }

    /// `n = COALESCE(n, k)` that returned another value than `k` found it there.
    private func kept(_ update: SQLUpdate, _ row: Int, _ answer: [SQLValue]) throws(Conflict) {
        let table = tableau.rows[row].table
        let plain = self.plain(update.returning, table)
        for assignment in update.assignments {
            guard case .call(let call) = assignment.value, call.name == "COALESCE", call.arguments.count == 2,
                case .column(_, let name, _) = call.arguments[0], let column = schema.tables[table].place(name),
                schema.tables[table].place(assignment.column) == column,
                case .value(let other)? = Optional(inverter.evaluator.term(call.arguments[1], [])),
                let place = plain[column], place < answer.count, !answer[place].matches(other)
            else { continue }
            try tableau.bind(tableau.cell(row, column, at: time), answer[place])
        }
    }

    func returning(_ delete: SQLDelete, _ table: Int, _ answers: [[SQLValue]]) throws(Conflict) {
        try each(answers, table, delete.alias, delete.condition, delete.returning, []) {
            (row, answer) throws(Conflict) in
            try shows(row, delete.returning, answer, delete.alias, at: time)
            tableau.changeRow(row) { $0.died = time }
        }
    }

    /// A row for each answer: the one with its key, else one that passes and fits, else a new one.
    private func each(
        _ answers: [[SQLValue]], _ table: Int, _ alias: String, _ condition: SQLExpr?, _ items: [SQLItem],
        _ assigned: Set<Int>, _ touch: (Int, [SQLValue]) throws(Conflict) -> Void
    ) throws(Conflict) {
        guard answers.count <= 5000 else { return }
        let plain = self.plain(items, table)
        let keys = schema.tables[table].keys.filter { key in
            key.allSatisfy { plain[$0] != nil && !assigned.contains($0) }
        }
        var used: Set<Int> = []
        var known: [Int] = []
        if keys.isEmpty {
            known = tableau.byTable[table].filter { row in
                tableau.exists(row, at: time)
                    && condition.map {
                        inverter.evaluator.truth($0, [Scope(sources: [(alias, .row(row))])]) == true
                    } ?? true
            }
        }
        var named = keys.isEmpty ? self.named(condition, table) : nil
        let passing = keys.isEmpty ? [] : tableau.byTable[table].filter { isNameless($0, keys, alias, condition) }
        for answer in answers {
            var found = known + passing
            for key in keys {
                let values = key.compactMap { column in plain[column].flatMap { $0 < answer.count ? answer[$0] : nil } }
                guard values.count == key.count, let row = merger.find(table, key, values, at: time) else { continue }
                found = [row]
                break
            }
            var failure = Conflict(what: "no row is like that")
            var isDone = false
            for choice in found.filter({ !used.contains($0) }).map(Optional.some) + [nil] {
                let mark = tableau.mark
                do throws(Conflict) {
                    let row = choice ?? tableau.newRow(table, time: time)
                    if choice == nil, let next = named?.values.first, let column = named?.column {
                        try tableau.bind(tableau.cell(row, column, at: time), next)
                    }
                    for (column, place) in plain where !assigned.contains(column) && place < answer.count {
                        try tableau.bind(tableau.cell(row, column, at: time), answer[place])
                    }
                    if let condition { try inverter.require(condition, [Scope(sources: [(alias, .row(row))])]) }
                    try touch(row, answer)
                    used.insert(row)
                    if let column = named?.column, let own = tableau.value(tableau.cell(row, column, at: time)) {
                        named?.values.removeAll { $0.matches(own) }
                    }
                    isDone = true
                    break
                } catch {
                    failure = error
                    tableau.undo(to: mark)
                }
            }
            if !isDone { throw failure }
        }
    }

    /// A row that passes, and of whose keys nothing is known yet.
    private func isNameless(_ row: Int, _ keys: [[Int]], _ alias: String, _ condition: SQLExpr?) -> Bool {
        guard let condition, tableau.exists(row, at: time) else { return false }
        return keys.allSatisfy { $0.contains { tableau.value(tableau.cell(row, $0, at: time)) == nil } }
            && inverter.evaluator.truth(condition, [Scope(sources: [(alias, .row(row))])]) == true
    }

    /// For each column that is returned as it is, where.
    func plain(_ items: [SQLItem], _ table: Int) -> [Int: Int] {
        var found: [Int: Int] = [:]
        var place = 0
        for item in items {
            if case .star = item.expression {
                for column in schema.tables[table].columns.indices { found[column] = place + column }
                place += schema.tables[table].columns.count
                continue
            }
            if case .column(_, let name, _) = item.expression, let column = schema.tables[table].place(name) {
                found[column] = place
            }
            place += 1
        }
        return found
    }

    /// States that the row gave that answer as it was at that time.
    func shows(
        _ row: Int, _ items: [SQLItem], _ answer: [SQLValue], _ alias: String, at time: Int
    ) throws(Conflict) {
        if items.isEmpty { return }
        // What the engine itself keeps of a row is nothing that it was given.
        let items = items.enumerated().map { place, item in
            items.count == answer.count && Self.isOfSystem(item.expression)
                ? SQLItem(expression: .value(answer[place]), alias: item.alias) : item
        }
        let now = inverter.evaluator.time
        inverter.evaluator.time = time
        defer { inverter.evaluator.time = now }
        let source = SQLSource(what: .table(schema.tables[tableau.rows[row].table].name), alias: alias)
        try inverter.enforce(
            SQLSelect(items: items, from: [source]), answer.map(Term.value), [Scope(sources: [(alias, .row(row))])], [])
    }
}

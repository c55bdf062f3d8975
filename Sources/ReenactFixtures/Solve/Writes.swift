/// Follows the recording's own writes through time, and reads from them what was there before.
struct Writes {
    let inverter: Inverter
    let merger: Merger
    /// Tables of which some statement changes keys.
    var renaming: Set<Int> = []

    var tableau: Tableau { inverter.tableau }
    var schema: Schema { inverter.schema }
    var time: Int { inverter.evaluator.time }

    func apply(_ statement: SQLStatement, _ recorded: RecordedStatement) throws(Conflict) {
        switch statement {
        case .insert(let insert): try self.insert(insert, recorded)
        case .update(let update): try self.update(update, recorded)
        case .delete(let delete): try self.delete(delete, recorded)
        case .select, .control: break
        }
    }

    // MARK: INSERT

    private func insert(_ insert: SQLInsert, _ recorded: RecordedStatement) throws(Conflict) {
        guard let table = schema.place(insert.table) else {
            throw Conflict(what: "no table \(insert.table) in the schema")
        }
        let definition = schema.tables[table]
        var columns =
            insert.columns.isEmpty ? Array(definition.columns.indices) : insert.columns.compactMap(definition.place)
        guard recorded.error == nil else {
            if case .values(let rows) = insert.source, let row = rows.first {
                try refused(table, columns, row, recorded.error ?? "")
            }
            return
        }
        let rows: [[Term]]
        switch insert.source {
        case .values(let given): rows = given.map { $0.map { inverter.evaluator.term($0, []) } }
        case .query(let query):
            if let given = unnested(query, table, columns) {
                rows = given
            } else {
                rows = try sources(query, recorded, returnedValues(insert, columns, table, recorded))
            }
        case .defaults: (rows, columns) = ([[]], [])
        }
        for (place, row) in rows.enumerated() where row.count == columns.count {
            var given: [Int: SQLValue] = [:]
            for (column, term) in zip(columns, row) { given[column] = tableau.value(term) }
            if insert.ignores, recorded.rowCount == 0 {
                try present(table, given)
                continue
            }
            let returned = place < recorded.rows?.count ?? 0 ? recorded.rows?[place] : nil
            if let upsert = insert.upsert, let old = try met(insert, upsert, table, given, recorded, returned) {
                try update(old, upsert, insert, given, recorded, returned)
                continue
            }
            if let counter = definition.counter, given[counter] == nil {
                given[counter] = identity(insert, counter, table, recorded, place, rows.count)
            }
            if insert.updates, let old = existing(table, given) {
                overwrite(old, given)
                continue
            }
            let made = tableau.newRow(table, time: time)
            tableau.changeRow(made) { $0.born = time }
            for (column, value) in given.sorted(by: { $0.key < $1.key }) {
                try? tableau.bind(tableau.rows[made].cells[column], value)
            }
            for (column, term) in zip(columns, row) {
                if case .variable(let cell) = term { try? tableau.unify(tableau.rows[made].cells[column], cell) }
            }
            for (column, kept) in definition.columns.enumerated()
            where column != definition.counter && !columns.contains(column) {
                if let value = kept.given { try? tableau.bind(tableau.rows[made].cells[column], value) }
            }
            if let returned {
                let mark = tableau.mark
                do { try shows(made, insert.returning, returned, insert.alias, at: time + 1) } catch {
                    tableau.undo(to: mark)
                }
            }
        }
    }

    /// The id that the engine generated, as the recording tells it.
    func identity(
        _ insert: SQLInsert, _ counter: Int, _ table: Int, _ recorded: RecordedStatement, _ place: Int, _ count: Int
    ) -> SQLValue? {
        if let rows = recorded.rows, place < rows.count {
            for (column, item) in insert.returning.enumerated() where column < rows[place].count {
                if case .column(_, let name, _) = item.expression, schema.tables[table].place(name) == counter {
                    return rows[place][column]
                }
            }
        }
        guard let last = recorded.lastRow, insert.returning.isEmpty else { return nil }
        return .int(last - Int64(count - 1 - place))
    }

    func existing(_ table: Int, _ given: [Int: SQLValue]) -> Int? {
        for key in schema.tables[table].keys {
            let values = key.compactMap { given[$0] }
            if values.count == key.count, let row = merger.find(table, key, values, at: time) { return row }
        }
        return nil
    }

    private func overwrite(_ row: Int, _ given: [Int: SQLValue]) {
        for (column, value) in given.sorted(by: { $0.key < $1.key })
        where !schema.tables[tableau.rows[row].table].isInKey(column) {
            let written = tableau.newVariable(tableau.rows[row].table, column)
            try? tableau.bind(written, value)
            tableau.changeRow(row) { $0.writes.append(.init(time: time, column: column, variable: written)) }
        }
    }

    /// Nothing was inserted because a row with one of those keys was there.
    private func present(_ table: Int, _ given: [Int: SQLValue]) throws(Conflict) {
        if existing(table, given) != nil { return }
        guard let key = schema.tables[table].keys.first(where: { $0.allSatisfy { given[$0] != nil } }) else { return }
        let row = tableau.newRow(table, time: time)
        for column in key {
            if let value = given[column] { try tableau.bind(tableau.rows[row].cells[column], value) }
        }
    }

    // MARK: UPDATE, DELETE

    private func update(_ update: SQLUpdate, _ recorded: RecordedStatement) throws(Conflict) {
        guard update.from.isEmpty, let table = schema.place(update.table) else { return }
        if let error = recorded.error { return try refused(update, table, error) }
        if let answers = recorded.rows, !update.returning.isEmpty {
            let mark = tableau.mark
            do { return try returning(update, table, answers) } catch { tableau.undo(to: mark) }
        }
        for row in try rows(table, update.alias, update.condition, recorded.rowCount ?? recorded.rows?.count ?? 0) {
            assign(update.assignments, row, update.alias)
        }
    }

    func assign(_ assignments: [SQLAssignment], _ row: Int, _ alias: String) {
        let table = tableau.rows[row].table
        for assignment in assignments {
            guard let column = schema.tables[table].place(assignment.column) else { continue }
            write(assignment.value, column, row, alias, at: time)
        }
        cascade(row, Set(assignments.compactMap { schema.tables[table].place($0.column) }))
    }

    /// What the column holds from then on; `n + 1` stays tied to what it held.
    func write(_ expression: SQLExpr, _ column: Int, _ row: Int, _ alias: String, at time: Int) {
        let table = tableau.rows[row].table
        let scope = Scope(sources: [(alias, .row(row))])
        let before = tableau.cell(row, column, at: time)
        let written = tableau.newVariable(table, column)
        if let value = tableau.value(inverter.evaluator.term(expression, [scope])) {
            try? tableau.bind(written, value)
        } else if let delta = step(expression, column, table) {
            tableau.link(before, written, delta)
        }
        tableau.changeRow(row) { $0.writes.append(.init(time: time, column: column, variable: written)) }
    }

    /// `k` of `column + k`, under casts and COALESCE.
    func step(_ expression: SQLExpr, _ column: Int, _ table: Int) -> SQLValue? {
        switch expression {
        case .cast(let inner, _): return step(inner, column, table)
        case .binary("+", let left, let right) where isColumn(left, column, table):
            return constant(right)
        case .binary("-", let left, let right) where isColumn(left, column, table):
            return constant(right).flatMap { Arithmetic.apply("-", .int(0), $0) }
        default: return nil
        }
    }

    private func constant(_ expression: SQLExpr) -> SQLValue? {
        switch expression {
        // An interval is no number.
        case .value(.text) where inverter.dialect == .postgres: nil
        case .value(let value): value
        case .cast(let inner, _): constant(inner)
        default: nil
        }
    }

    private func isColumn(_ expression: SQLExpr, _ column: Int, _ table: Int) -> Bool {
        switch expression {
        case .column(_, let name, _): schema.tables[table].place(name) == column
        case .cast(let inner, _): isColumn(inner, column, table)
        case .call(let call) where call.name == "COALESCE":
            call.arguments.first.map { isColumn($0, column, table) } ?? false
        default: false
        }
    }

    private func delete(_ delete: SQLDelete, _ recorded: RecordedStatement) throws(Conflict) {
        guard let table = schema.place(delete.table) else { return }
        if let error = recorded.error { return try refused(delete, table, error) }
        if let answers = recorded.rows, !delete.returning.isEmpty {
            let mark = tableau.mark
            do { return try returning(delete, table, answers) } catch { tableau.undo(to: mark) }
        }
        for row in try rows(table, delete.alias, delete.condition, recorded.rowCount ?? 0) {
            tableau.changeRow(row) { $0.died = time }
        }
    }

    /// The rows that a write touched: those known to pass its condition, and new ones up to the recorded count.
    func rows(
        _ table: Int, _ alias: String, _ condition: SQLExpr?, _ count: Int
    ) throws(Conflict) -> [Int] {
        var found: [Int] = []
        for row in tableau.byTable[table] where tableau.exists(row, at: time) {
            let scope = Scope(sources: [(alias, .row(row))])
            if condition.map({ inverter.evaluator.truth($0, [scope]) == true }) ?? true { found.append(row) }
        }
        guard count > found.count, count <= 5000 else { return found }
        let named = named(condition, table)
        let keyColumn = named?.column
        var keys = named?.values ?? []
        keys.removeAll { key in
            found.contains { row in
                keyColumn.flatMap { tableau.value(tableau.cell(row, $0, at: time)) }?.matches(key) ?? false
            }
        }
        for index in 0..<(count - found.count) {
            let row = tableau.newRow(table, time: time)
            if let keyColumn, index < keys.count { try tableau.bind(tableau.rows[row].cells[keyColumn], keys[index]) }
            if let condition { try inverter.require(condition, [Scope(sources: [(alias, .row(row))])]) }
            found.append(row)
        }
        return found
    }
}

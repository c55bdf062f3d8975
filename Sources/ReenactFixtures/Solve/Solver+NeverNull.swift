/// Columns that hold no NULL, as a recorded answer shows.
extension Solver {
    /// `a NOT IN (SELECT b …)` is true of no row where one b is NULL: had it been, nothing would have been returned. What that
    /// shows is as good as NOT NULL in the schema, as long as nobody writes.
    func noteNeverNull() {
        let isReadOnly = statements.allSatisfy { statement in
            switch statement.parsed {
            case .select, .control: true
            default: false
            }
        }
        guard isReadOnly else { return }
        for statement in statements {
            guard case .select(let query)? = statement.parsed, statement.recorded.error == nil,
                case .select(let select) = query.body, shows(select, statement.recorded.rows ?? [])
            else { continue }
            for case .inQuery(_, let inner, true) in select.condition?.conjuncts ?? [] {
                guard let place = wholeColumn(inner) else { continue }
                schema.tables[place.table].columns[place.column].isNotNull = true
            }
        }
        tableau.schema = schema
    }

    /// Some row passed the condition.
    private func shows(_ select: SQLSelect, _ rows: [[SQLValue]]) -> Bool {
        guard let row = rows.first else { return false }
        guard select.isAggregate, select.groups.isEmpty else { return true }
        return zip(select.items, row).contains { item, value in
            guard case .call(let call) = item.expression else { return false }
            return call.name == "COUNT" ? value != .int(0) : call.isAggregate && !value.isNull
        }
    }

    /// The column that the query returns of every row of a table.
    private func wholeColumn(_ query: SQLQuery) -> Place? {
        guard query.commons.isEmpty, query.limit == nil, query.offset == nil, case .select(let select) = query.body,
            !select.isAggregate, select.condition == nil, select.from.count == 1, select.items.count == 1,
            case .table(let name) = select.from[0].what, let table = schema.place(name),
            case .column(let alias, let column, _) = select.items[0].expression,
            alias.map({ Evaluator.same($0, select.from[0].alias) }) ?? true,
            let place = schema.tables[table].place(column)
        else { return nil }
        return Place(table: table, column: place)
    }
}

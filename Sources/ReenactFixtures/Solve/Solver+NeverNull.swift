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
                case .select(let select) = query.body, !select.isAggregate, statement.recorded.rows?.isEmpty == false
            else { continue }
            for case .inQuery(_, let inner, true) in select.condition?.conjuncts ?? [] {
                guard let place = wholeColumn(inner) else { continue }
                schema.tables[place.table].columns[place.column].isNotNull = true
            }
        }
        tableau.schema = schema
    }

    /// The column that the query returns of every row of a table.
    private func wholeColumn(_ query: SQLQuery) -> Place? {
        guard query.commons.isEmpty, query.limit == nil, query.offset == nil, case .select(let select) = query.body,
            !select.isAggregate, select.condition == nil, select.from.count == 1, select.items.count == 1,
            case .table(let name) = select.from[0].what, let table = schema.place(name),
            case .column(let alias, let column, _) = select.items[0].expression,
            alias.map({ Evaluator.same($0, select.from[0].alias) }) ?? true,
            let place = schema.tables[table].place(column),
            // Elsewhere nothing says what else it may hold.
            schema.tables[table].foreign.contains(where: { $0.columns == [place] })
        else { return nil }
        return Place(table: table, column: place)
    }
}

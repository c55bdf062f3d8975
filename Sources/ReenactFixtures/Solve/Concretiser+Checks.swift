extension Concretiser {
    /// What a CHECK of several columns asks for: free cells follow those that are settled.
    mutating func meetChecks(_ row: Tableau.Row, _ values: inout [SQLValue?]) {
        let table = schema.tables[row.table]
        for columns in table.failing(values, dialect) {
            let free = columns.filter { column in
                let known = tableau.variables[tableau.root(row.cells[column])]
                return known.value == nil && !known.isShared && !table.isInKey(column)
                    && !table.foreign.contains { $0.columns.contains(column) }
            }
            let failing = table.failing(values, dialect).count
            search: for column in free {
                let definition = table.columns[column]
                let known = tableau.variables[tableau.root(row.cells[column])]
                let others = columns.compactMap { $0 == column ? nil : values[$0] }.filter { !$0.isNull }
                var candidates = others.flatMap {
                    [
                        $0, Values.stepped($0, definition.kind, up: true),
                        Values.stepped($0, definition.kind, up: false),
                    ]
                }
                candidates += (definition.domain?.candidates() ?? []) + [Values.plain(definition.kind, dialect)]
                candidates += (Int64(1)...3).map { Values.numbered(definition, $0, dialect) }
                if !known.isNotNull { candidates.append(.null) }
                for candidate in candidates {
                    guard candidate.isNull || Self.allows(known, candidate),
                        !known.not.contains(where: { $0.matches(candidate) }),
                        definition.domain?.allows(candidate) ?? true
                    else { continue }
                    var changed = values
                    changed[column] = candidate
                    if table.failing(changed, dialect).count < failing {
                        values = changed
                        picked[tableau.root(row.cells[column])] = candidate
                        break search
                    }
                }
            }
        }
    }
}

/// Errors are evidence: what a write was refused for was there.
extension Writes {
    /// A unique violation proves that the row is there. SQLite names the columns, PostgreSQL the columns or the key.
    func refused(_ table: Int, _ columns: [Int], _ row: [SQLExpr], _ message: String) throws(Conflict) {
        guard Self.isRepeated(message) else { return }
        var given: [Int: SQLValue] = [:]
        for (column, expression) in zip(columns, row) {
            if let value = tableau.value(inverter.evaluator.term(expression, [])) { given[column] = value }
        }
        func isGiven(_ key: [Int]) -> Bool { key.allSatisfy { given[$0].map { !$0.isNull } ?? false } }
        let candidates = schema.tables[table].keys.filter(isGiven)
        let partial = schema.tables[table].partialKeys.first { isGiven($0.columns) && message.contains($0.name) }
        guard let key = partial?.columns ?? named(candidates, table, message) ?? candidates.last else {
            guard let partial = schema.tables[table].partialKeys.first(where: { isGiven($0.columns) }) else { return }
            return try occupied(table, partial.columns, given, partial.condition)
        }
        if partial == nil, merger.find(table, key, key.compactMap { given[$0] }, at: time) != nil { return }
        try occupied(table, key, given, partial?.condition)
    }

    /// A row with that key, which the index of a part of the rows holds.
    private func occupied(
        _ table: Int, _ key: [Int], _ given: [Int: SQLValue], _ condition: SQLExpr?
    ) throws(Conflict) {
        let name = schema.tables[table].name
        if let condition {
            for row in tableau.byTable[table] where tableau.exists(row, at: time) {
                let isSame = key.allSatisfy { column in
                    tableau.value(tableau.cell(row, column, at: time)).flatMap { a in given[column].map(a.matches) }
                        ?? false
                }
                if isSame, inverter.evaluator.truth(condition, [Scope(sources: [(name, .row(row))])]) == true { return }
            }
        }
        let made = tableau.newRow(table, time: time)
        for column in key {
            if let value = given[column] { try tableau.bind(tableau.rows[made].cells[column], value) }
        }
        if let condition { try inverter.require(condition, [Scope(sources: [(name, .row(made))])]) }
    }

    /// Some row was to be changed; that it was not proves another one with its key, one that points at it, or what it held.
    func refused(_ update: SQLUpdate, _ table: Int, _ message: String) throws(Conflict) {
        guard let row = try rows(table, update.alias, update.condition, 1).first else { return }
        var given: [Int: Term] = [:]
        for assignment in update.assignments {
            guard let column = schema.tables[table].place(assignment.column) else { continue }
            given[column] = inverter.evaluator.term(assignment.value, [Scope(sources: [(update.alias, .row(row))])])
        }
        let lower = message.lowercased()
        if Self.isRepeated(message) {
            let candidates = schema.tables[table].keys.filter { !$0.allSatisfy { given[$0] == nil } }
            if let partial = schema.tables[table].partialKeys.first(where: { message.contains($0.name) }) {
                return try entered(partial, table, row, update, message)
            }
            guard let key = named(candidates, table, message) ?? candidates.last else { return }
            let other = tableau.newRow(table, time: time)
            for column in key {
                let cell = tableau.rows[other].cells[column]
                switch given[column] ?? .variable(tableau.cell(row, column, at: time)) {
                case .value(let value): try tableau.bind(cell, value)
                case .variable(let own): try tableau.unify(own, cell)
                default: return
                }
            }
        } else if lower.contains("check") {
            for assignment in update.assignments { try unfit(assignment, table, row) }
            try unfit(given, table, row, update)
        } else if lower.contains("foreign key"), let key = schema.tables[table].primary.first, given[key] != nil {
            try child(of: row, in: table)
        }
    }

    /// A row that was to go and had to stay: another one points at it, or a trigger holds it.
    func refused(_ delete: SQLDelete, _ table: Int, _ message: String) throws(Conflict) {
        let isReferred = message.lowercased().contains("foreign key")
        guard isReferred || schema.triggers.contains(where: { $0.table == table }),
            let row = try rows(table, delete.alias, delete.condition, 1).first
        else { return }
        if isReferred { try child(of: row, in: table) }
    }

    private static func isRepeated(_ message: String) -> Bool {
        let lower = message.lowercased()
        return lower.contains("unique") || lower.contains("duplicate")
    }

    /// The key that the message speaks of.
    private func named(_ keys: [[Int]], _ table: Int, _ message: String) -> [Int]? {
        let lower = message.lowercased()
        return keys.first { key in
            key.allSatisfy { lower.contains(schema.tables[table].columns[$0].name.lowercased()) }
        }
    }

    private func child(of row: Int, in table: Int) throws(Conflict) {
        for (number, definition) in schema.tables.enumerated() {
            for key in definition.foreign where key.onDelete == nil {
                guard let (parent, columns) = schema.target(key), parent == table else { continue }
                func points(_ other: Int) -> Bool {
                    zip(key.columns, columns).allSatisfy {
                        let (a, b) = (tableau.cell(other, $0, at: time), tableau.cell(row, $1, at: time))
                        if tableau.root(a) == tableau.root(b) { return true }
                        guard let left = tableau.value(a), let right = tableau.value(b) else { return false }
                        return left.matches(right)
                    }
                }
                if tableau.byTable[number].contains(where: { tableau.exists($0, at: time) && points($0) }) { return }
            }
        }
        for (number, definition) in schema.tables.enumerated() {
            for key in definition.foreign where key.onDelete == nil {
                guard let (parent, columns) = schema.target(key), parent == table else { continue }
                let made = tableau.newRow(number, time: time)
                for (mine, theirs) in zip(key.columns, columns) {
                    try tableau.unify(tableau.cell(row, theirs, at: time), tableau.rows[made].cells[mine])
                    try tableau.requireNotNull(tableau.rows[made].cells[mine])
                }
                return
            }
        }
    }

    /// `n = n + k` was refused by a CHECK that the row passed until then.
    private func unfit(_ assignment: SQLAssignment, _ table: Int, _ row: Int) throws(Conflict) {
        let definition = schema.tables[table]
        guard let column = definition.place(assignment.column),
            let delta = step(assignment.value, column, table)
        else { return }
        let cell = tableau.cell(row, column, at: time)
        guard tableau.value(cell) == nil else { return }
        func passes(_ value: SQLValue) -> Bool {
            var values = definition.columns.indices.map { tableau.value(tableau.cell(row, $0, at: time)) }
            values[column] = value
            return definition.columns[column].domain?.allows(value) != false
                && definition.failing(values, inverter.dialect).isEmpty
        }
        let bounds: [Int64] = [0, 1, -1, 2, 5, 9, 10, 99, 100, 999, 1000]
        for bound in bounds {
            guard let after = Arithmetic.apply("+", .int(bound), delta) else { continue }
            for before in [SQLValue.int(bound), Arithmetic.apply("-", .int(bound), delta)].compactMap({ $0 }) {
                let then = before == .int(bound) ? after : .int(bound)
                if passes(before), !passes(then) { return try tableau.bind(cell, before) }
            }
        }
    }
}

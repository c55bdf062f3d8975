/// Refusals that rest on several columns of a row, or on an index of a part of the rows.
extension Writes {
    /// The row was to come into an index of a part of the rows, where another one has its key.
    func entered(
        _ partial: PartialKey, _ table: Int, _ row: Int, _ update: SQLUpdate, _ message: String
    ) throws(Conflict) {
        let scopes = [Scope(sources: [(update.alias, .row(row))])]
        let condition = bare(partial.condition)
        let assigned = Set(update.assignments.compactMap { schema.tables[table].place($0.column) })
        // With its key it was in the index already, had it passed the condition.
        if assigned.isDisjoint(with: partial.columns) { try inverter.requireFalse(condition, scopes) }
        let other = tableau.newRow(table, time: time)
        let told = Self.told(message)
        for (place, column) in partial.columns.enumerated() {
            let cell = tableau.rows[other].cells[column]
            if told.count == partial.columns.count, tableau.value(cell) == nil {
                try tableau.bind(cell, .text(told[place]))
            }
            if let assignment = update.assignments.last(where: { schema.tables[table].place($0.column) == column }) {
                if let value = tableau.value(inverter.evaluator.term(assignment.value, scopes)) {
                    if told.count != partial.columns.count { try tableau.bind(cell, value) }
                }
            } else {
                let mark = tableau.mark
                do { try tableau.unify(tableau.cell(row, column, at: time), cell) } catch { tableau.undo(to: mark) }
            }
        }
        try inverter.require(condition, [Scope(sources: [(schema.tables[table].name, .row(other))])])
    }

    /// A condition as its own table's columns tell it, by whatever name the table goes.
    private func bare(_ condition: SQLExpr) -> SQLExpr {
        condition.mapped { part in
            guard case .column(.some, let name, let quoted) = part else { return nil }
            return .column(table: nil, name: name, quoted: quoted)
        }
    }

    /// `Key (a, b)=(1, 2) already exists`: the values.
    private static func told(_ message: String) -> [String] {
        guard let start = message.firstRange(of: ")=("), let end = message.firstRange(of: ") already exists"),
            start.upperBound <= end.lowerBound
        else { return [] }
        return message[start.upperBound..<end.lowerBound].split(separator: ", ").map(String.init)
    }

    /// A CHECK of several columns refused what was assigned: it must not hold beside what the row has.
    func unfit(_ given: [Int: Term], _ table: Int, _ row: Int, _ update: SQLUpdate) throws(Conflict) {
        let definition = schema.tables[table]
        var values: [Int: SQLValue] = [:]
        for (column, term) in given { values[column] = tableau.value(term) }
        let scopes = [Scope(sources: [(update.alias, .row(row))])]
        for check in definition.checks where !values.keys.allSatisfy({ !check.columns.contains($0) }) {
            let then = bare(check.condition).mapped { part in
                guard case .column(_, let name, _) = part, let column = definition.place(name),
                    let value = values[column]
                else { return nil }
                return .value(value)
            }
            if inverter.evaluator.truth(then, scopes) == false { return }
            let mark = tableau.mark
            do throws(Conflict) { return try inverter.requireFalse(then, scopes) } catch { tableau.undo(to: mark) }
        }
    }

    /// `xmax = 0`: of a row that was there before it is not so.
    func foundByTransaction(_ expression: SQLExpr, _ value: SQLValue) -> Bool {
        guard case .compare(let sign, let left, _) = expression, Self.isOfSystem(left), let holds = value.truth else {
            return false
        }
        return sign == "=" ? !holds : sign == "<>" || sign == ">" ? holds : false
    }

    /// The keys that a condition lists, where that is all that tells the rows apart; nil of other conditions.
    func named(_ condition: SQLExpr?, _ table: Int) -> (column: Int, values: [SQLValue])? {
        var equal: Set<Int> = []
        for case .compare("=", .column(_, let name, _), let value) in condition?.conjuncts ?? [] {
            if case .value = value, let column = schema.tables[table].place(name) { equal.insert(column) }
        }
        for case .inList(.column(_, let name, _), let list, false) in condition?.conjuncts ?? [] {
            guard let column = schema.tables[table].place(name),
                schema.tables[table].keys.contains(where: {
                    $0.contains(column) && Set($0).subtracting(equal) == [column]
                })
            else { continue }
            return (column, list.compactMap { tableau.value(inverter.evaluator.term($0, [])) })
        }
        return nil
    }

    static func isOfSystem(_ expression: SQLExpr) -> Bool {
        var found = false
        expression.walk { part in
            if case .column(_, let name, _) = part, ["xmax", "xmin", "ctid", "tableoid"].contains(name.lowercased()) {
                found = true
            }
        }
        return found
    }
}

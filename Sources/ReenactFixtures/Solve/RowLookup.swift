/// Rows by the value of a column, as they are now; good only while nothing in the tableau changes.
final class RowLookup {
    private struct Place: Hashable {
        var table: Int
        var column: Int
        var time: Int
    }

    private var index: [Place: [SQLValue: [Int]]] = [:]
    /// Cells whose value nobody knows may be anything.
    private var open: [Place: [Int]] = [:]

    /// Numbers and texts that read as numbers meet in one form.
    private static func form(_ value: SQLValue) -> SQLValue { value.looseDouble.map(SQLValue.real) ?? value }

    func rows(_ table: Int, _ column: Int, _ value: SQLValue, _ evaluator: Evaluator) -> [Int] {
        let place = Place(table: table, column: column, time: evaluator.time)
        if index[place] == nil {
            var made: [SQLValue: [Int]] = [:]
            for row in evaluator.tableau.byTable[table] where evaluator.tableau.exists(row, at: evaluator.time) {
                let cell = evaluator.tableau.cell(row, column, at: evaluator.time)
                if let value = evaluator.value(.variable(cell)) {
                    made[Self.form(value), default: []].append(row)
                } else {
                    open[place, default: []].append(row)
                }
            }
            index[place] = made
        }
        return (index[place]?[Self.form(value)] ?? []) + (open[place] ?? [])
    }
}

/// Bounds what one question may cost.
final class StepCounter {
    var left = 200_000

    func take() -> Bool {
        left -= 1
        return left > 0
    }
}

import Glibc

/// Local search over whole states: one small change after another is tried on the engine and kept where the recording as a
/// whole comes no farther off; statements that stay wrong count for more and more (breakout, Morris 1993).
///
/// What repairs of symbolic rows have settled one by one is open again here. Values are exchanged between rows before others
/// come in: that leaves alone what is told of a column as a whole.
final class StateWalk {
    let schema: Schema
    let dialect: SQLDialect
    let facts: ColumnFacts
    let statements: [ReadyStatement]
    /// The columns and tables that each statement names.
    let columns: [Set<Place>]
    let tables: [Set<Int>]
    /// Columns of each statement that can change, in order.
    let open: [[Place]]
    /// What stood in answers under a column itself.
    let shown: [Place: [SQLValue]]
    /// The columns that stand behind what each statement shows.
    let items: [[Place?]]
    /// Constants that each statement names.
    let literals: [[SQLValue]]
    private let editor: any StateEditor

    /// Where the row with a key is that others refer to.
    private(set) var keyed: [Place: [SQLValue: Int]] = [:]
    var rows: [FixtureRow?]
    var byTable: [[Int]]
    var verdicts: [Comparison.Verdict] = []
    private var costs: [Int] = []
    private var weights: [Int]
    var dice: Dice
    private(set) var best: (rows: [FixtureRow?], failures: Int, distance: Int)
    private var keptSinceLoad = 0

    /// Nil where the statements do more than ask, or the engine can't be asked that way.
    init?(_ solver: Solver, _ state: FixtureState, _ editor: any StateEditor, seed: Int) throws(FixtureError) {
        (schema, dialect, facts, statements) = (solver.schema, solver.dialect, solver.facts, editor.statements)
        self.editor = editor
        columns = statements.indices.map(solver.columnsOf)
        tables = statements.indices.map { Set(solver.tablesOf($0)) }
        let schema = schema
        open = columns.map { places in
            places.filter { Self.isOpen($0, schema) }
                .sorted { ($0.table, $0.column) < ($1.table, $1.column) }
        }
        shown = solver.shownValues()
        items = solver.shownColumns()
        literals = solver.statements.map { Self.literals($0, solver.dialect) }
        rows = state.rows
        byTable = Array(repeating: [], count: schema.tables.count)
        weights = Array(repeating: 10, count: statements.count)
        dice = Dice(seed: seed)
        best = (rows, Int.max, Int.max)
        index()
        guard try editor.load(rows), let first = try editor.attempt([], Array(statements.indices)) else {
            try editor.close()
            return nil
        }
        try editor.keep()
        verdicts = zip(statements, first).map { Comparison.compare($0, $1, schema, pairs: 600) }
        costs = verdicts.map(Self.cost)
        noteBest()
    }

    /// A column that others refer to stays as it is.
    private static func isOpen(_ place: Place, _ schema: Schema) -> Bool {
        let table = schema.tables[place.table]
        if table.columns[place.column].isGenerated { return false }
        // Where two references share a column, both would have to follow.
        if table.foreign.filter({ $0.columns.count > 1 && $0.columns.contains(place.column) }).count > 1 {
            return false
        }
        return !schema.tables.contains { other in
            other.foreign.contains { key in
                guard let (parent, columns) = schema.target(key) else { return false }
                return parent == place.table && columns.contains(place.column)
            }
        }
    }

    static func cost(_ verdict: Comparison.Verdict) -> Int {
        guard case .different(let mismatch) = verdict else { return 0 }
        return 500 + mismatch.distance
    }

    private var total: Int { zip(costs, weights).reduce(0) { $0 + $1.0 * $1.1 } }

    var failures: [Int] { verdicts.indices.filter { verdicts[$0] != .same } }

    private func noteBest() {
        let failures = failures.count
        let distance = costs.reduce(0, +)
        if (failures, distance) < (best.failures, best.distance) { best = (rows, failures, distance) }
    }

    /// Walks until all is right or the time is over.
    func run(_ isOverdue: () -> Bool) throws(FixtureError) -> FixtureState {
        var quiet = 0
        while !isOverdue(), best.failures > 0 {
            guard let index = chosen(), let edits = proposal(index), !edits.isEmpty else {
                quiet += 1
                if quiet > 20_000 { break }
                continue
            }
            let before = (best.failures, best.distance)
            if try step(edits, index) {
                noteBest()
                quiet = (best.failures, best.distance) < before ? 0 : quiet + 1
            } else {
                quiet += 1
            }
            if quiet % 250 == 249 {
                for index in failures { weights[index] += 4 }
            }
            if quiet % 6000 == 5999, try !restart() { break }
            if keptSinceLoad > 400, try !reload() { break }
        }
        try close()
        return FixtureState(rows: best.rows.compactMap { $0 })
    }

    func close() throws(FixtureError) { try editor.close() }

    private func restart() throws(FixtureError) -> Bool {
        rows = best.rows
        weights = Array(repeating: 10, count: statements.count)
        index()
        return try reload()
    }

    private func index() {
        byTable = Array(repeating: [], count: schema.tables.count)
        for (slot, row) in rows.enumerated() { if let row { byTable[row.table].append(slot) } }
        keyed = [:]
        for key in schema.tables.flatMap(\.foreign) where key.columns.count == 1 {
            guard let (parent, columns) = schema.target(key) else { continue }
            let place = Place(table: parent, column: columns[0])
            guard keyed[place] == nil else { continue }
            keyed[place] = [:]
            for slot in byTable[parent] {
                if let value = rows[slot]?.values[columns[0]], !value.isNull { keyed[place]?[value] = slot }
            }
        }
    }

    /// A key that others refer to never changes: it comes and goes with its row.
    private func note(_ edit: RowEdit) {
        guard let row = edit.old ?? edit.new, (edit.old == nil) != (edit.new == nil) else { return }
        for place in keyed.keys where place.table == row.table {
            if let value = row.values[place.column] { keyed[place]?[value] = edit.new == nil ? nil : edit.slot }
        }
    }

    /// The row that a reference of one column goes to.
    func referred(_ key: ForeignKey, _ row: FixtureRow) -> Int? {
        guard key.columns.count == 1, let value = row.values[key.columns[0]], let (parent, columns) = schema.target(key)
        else { return nil }
        return keyed[Place(table: parent, column: columns[0])]?[value]
    }

    /// What the text of a statement and its bind values name; of patterns what they look for.
    private static func literals(_ statement: ReadyStatement, _ dialect: SQLDialect) -> [SQLValue] {
        var found = statement.recorded.parameters.filter { !$0.isNull }
        for token in SQLLexer.tokens(statement.recorded.sql, dialect) {
            switch token.kind {
            case .string: found.append(.text(token.text))
            case .number:
                if let number = Int64(token.text) {
                    found.append(.int(number))
                } else if let number = Double(token.text) {
                    found.append(.real(number))
                }
            default: break
            }
        }
        return found.map {
            guard case .text(let text) = $0, text.contains("%") else { return $0 }
            return .text(text.replacing("%", with: ""))
        }
    }

    /// Space that changed rows left behind is given back, and rows stand in their order again; false where a statement took
    /// too long.
    private func reload() throws(FixtureError) -> Bool {
        keptSinceLoad = 0
        guard try editor.load(rows), let now = try editor.attempt([], Array(statements.indices)) else { return false }
        try editor.keep()
        verdicts = zip(statements, now).map { Comparison.compare($0, $1, schema, pairs: 600) }
        costs = verdicts.map(Self.cost)
        return true
    }

    /// A failing statement, the heavier the likelier.
    private func chosen() -> Int? {
        let failing = failures
        let sum = failing.reduce(0) { $0 + weights[$1] }
        guard sum > 0 else { return nil }
        var left = dice.below(sum)
        for index in failing {
            left -= weights[index]
            if left < 0 { return index }
        }
        return failing.last
    }

    /// True where the change was kept.
    private func step(_ edits: [RowEdit], _ target: Int) throws(FixtureError) -> Bool {
        let touched = affected(edits)
        // A row changes once in a trial.
        guard !touched.isEmpty, Set(edits.map(\.slot)).count == edits.count else { return false }
        // How much farther off is let pass: seldom more than a little.
        let kind = dice.share()
        let heat = kind < 0.6 ? 3.0 : kind < 0.93 ? 120.0 : 1000.0
        var room = Int(-log(max(dice.share(), 1e-9)) * heat * 10)
        let first = touched.contains(target) ? [target] : [touched[0]]
        guard let outcomes = try editor.attempt(edits, first) else { return false }
        var made: [(Int, Comparison.Verdict)] = []
        func see(_ indexes: [Int], _ outcomes: [Outcome]) -> Bool {
            for (index, outcome) in zip(indexes, outcomes) {
                if case .refused = outcome { return false }
                let verdict = Comparison.compare(statements[index], outcome, schema, pairs: 600)
                room -= (Self.cost(verdict) - costs[index]) * weights[index]
                made.append((index, verdict))
            }
            return true
        }
        var isGood = see(first, outcomes)
        // What changes nothing there is seldom worth a look at the others.
        if isGood, let (_, verdict) = made.first {
            let gain = costs[first[0]] - Self.cost(verdict)
            if gain <= 0, dice.share() > (gain == 0 ? 0.35 : 0.06) { isGood = false }
        }
        if isGood {
            let others = touched.filter { $0 != first[0] }.sorted {
                (costs[$0], weights[$1]) < (costs[$1], weights[$0])
            }
            // What those still to come could gain at most.
            var hope = others.reduce(0) { $0 + costs[$1] * weights[$1] }
            if editor.isNear {
                for index in others where isGood {
                    hope -= costs[index] * weights[index]
                    isGood = see([index], try editor.ask([index])) && room + hope >= 0
                }
            } else if room + hope < 0 {
                isGood = false
            } else if !others.isEmpty {
                isGood = see(others, try editor.ask(others))
            }
        }
        guard isGood, room >= 0 else {
            try editor.drop()
            return false
        }
        try editor.keep()
        keptSinceLoad += 1
        for (index, verdict) in made {
            verdicts[index] = verdict
            costs[index] = Self.cost(verdict)
        }
        for edit in edits {
            while edit.slot >= rows.count { rows.append(nil) }
            if edit.old == nil, let new = edit.new { byTable[new.table].append(edit.slot) }
            if let old = edit.old, edit.new == nil { byTable[old.table].removeAll { $0 == edit.slot } }
            rows[edit.slot] = edit.new
            note(edit)
        }
        return true
    }

    /// The statements that such a change can touch.
    private func affected(_ edits: [RowEdit]) -> [Int] {
        var whole: Set<Int> = []
        var places: Set<Place> = []
        for edit in edits {
            if let old = edit.old, let new = edit.new {
                for column in old.values.indices where old.values[column] != new.values[column] {
                    places.insert(Place(table: old.table, column: column))
                }
            } else if let row = edit.old ?? edit.new {
                whole.insert(row.table)
            }
        }
        return statements.indices.filter { index in
            !whole.isDisjoint(with: tables[index]) || !places.isDisjoint(with: columns[index])
        }
    }
}

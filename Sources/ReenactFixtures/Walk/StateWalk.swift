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
    let tables: [[Int]]
    /// Columns of each statement that can change, in order.
    let open: [[Place]]
    /// Those that others refer to, and those that refer to others together.
    let bound: [[Place]]
    let joint: [[Place]]
    /// The numbers among the open ones, and which items of each statement are sums and means.
    let numbers: [[Place]]
    let sums: [[Int]]
    let plainTotals: [[PlainTotal]]
    let running: [Running?]
    /// What each statement shows is groups.
    let isOfGroups: [Bool]
    /// By table: its keys, the columns that are never NULL, and those that rows of other tables refer to.
    let keys: [[[Int]]]
    let filled: [[Int]]
    let referred: [Set<Int>]
    /// What stood in answers under a column itself.
    let shown: [Place: [SQLValue]]
    /// The columns that stand behind what each statement shows.
    let items: [[Place?]]
    /// Constants that each statement names.
    let literals: [[SQLValue]]
    let editor: any StateEditor
    /// The state in cells, and the statements that are answered from it without the engine.
    let cells: PlanTables?
    var plans: [StatementPlan?] = []
    private let machine: PlanMachine
    /// Changes that were kept and that the engine has not seen yet, by slot.
    var pending: [Int: RowEdit] = [:]
    /// The state that the engine has seen.
    var seen: [FixtureRow?]

    /// Where the row with a key is that others refer to.
    private(set) var keyed: [Place: [SQLValue: Int]] = [:]
    /// Columns that can change at all.
    let free: Set<Place>
    var rows: [FixtureRow?]
    var byTable: [[Int]]
    /// How each failing statement fails, as far as it was looked at since it last changed.
    var mismatches: [Int: Comparison.Mismatch] = [:]
    var costs: [Int] = []
    var weights: [Int]
    /// The statements that name a table, or a column.
    var readers: [[Int]] = []
    var columnReaders: [[[Int]]] = []
    var dice: Dice
    /// Rows that the wrong answer at hand comes from, by their tables.
    var behind: [(table: Int, slot: Int)] = []
    private(set) var best: (rows: [FixtureRow?], failures: Int, distance: Int)
    var keptSinceLoad = 0
    /// The engine refused what was kept without it.
    var isLost = false

    /// Nil where the statements do more than ask, or the engine can't be asked that way.
    init?(
        _ solver: Solver, _ state: FixtureState, _ editor: any StateEditor, seed: Int, isStandIn: Bool = false
    ) throws(FixtureError) {
        (schema, dialect, facts, statements) = (solver.schema, solver.dialect, solver.facts, editor.statements)
        self.editor = editor
        columns = statements.indices.map(solver.columnsOf)
        tables = statements.indices.map { solver.tablesOf($0) }
        let schema = schema
        open = columns.map { places in
            places.filter { Self.isOpen($0, schema) }
                .sorted { ($0.table, $0.column) < ($1.table, $1.column) }
        }
        free = Set(open.joined())
        func sorted(_ places: Set<Place>, _ isMeant: (Place) -> Bool) -> [Place] {
            places.filter(isMeant).sorted { ($0.table, $0.column) < ($1.table, $1.column) }
        }
        // Also the keys that a column named refers to.
        bound = columns.map { places in
            var all = places
            for place in places {
                for key in schema.tables[place.table].foreign where key.columns.contains(place.column) {
                    guard let (parent, columns) = schema.target(key),
                        let part = key.columns.firstIndex(of: place.column)
                    else { continue }
                    all.insert(Place(table: parent, column: columns[part]))
                }
            }
            return sorted(all) { Self.isReferred($0, schema) }
        }
        joint = columns.map {
            sorted($0) { place in
                schema.tables[place.table].foreign.contains {
                    $0.columns.count > 1 && $0.columns.contains(place.column)
                }
            }
        }
        numbers = open.map { places in
            places.filter { place in
                let table = schema.tables[place.table]
                return [.integer, .real, .decimal].contains(table.columns[place.column].kind)
                    && !table.isInKey(place.column) && !table.foreign.contains { $0.columns.contains(place.column) }
            }
        }
        sums = solver.statements.map(Self.sums)
        plainTotals = solver.statements.map { Self.plainTotals($0, solver.inverter) }
        running = solver.statements.map { Self.running($0, solver) }
        isOfGroups = solver.statements.map {
            if case .select(let query)? = $0.parsed, let select = query.first { !select.groups.isEmpty } else { false }
        }
        keys = schema.tables.map(\.keys)
        filled = schema.tables.map { table in table.columns.indices.filter { table.columns[$0].isNotNull } }
        referred = schema.tables.enumerated().map { number, table in
            Set(table.columns.indices.filter { Self.isReferred(Place(table: number, column: $0), schema) })
        }
        shown = Self.withKeys(solver.shownValues(), schema)
        items = solver.shownColumns()
        literals = solver.statements.map { Self.literals($0, solver.dialect) }
        rows = try editor.settled(state.rows)
        seen = rows
        byTable = Array(repeating: [], count: schema.tables.count)
        weights = Array(repeating: 10, count: statements.count)
        dice = Dice(seed: seed)
        best = (rows, Int.max, Int.max)
        let pool = TextPool()
        machine = PlanMachine(pool, solver.dialect)
        let made = PlanTables(schema, solver.dialect, pool)
        cells = (dialect == .sqlite || isStandIn) && made.load(rows) ? made : nil
        plans = statements.enumerated().map { number, statement in
            // Of parsed statements those that views were put into.
            var statement = statement
            statement.parsed = solver.statements[number].parsed
            return cells.flatMap { StatementPlan(statement, $0, machine, isStandIn: isStandIn) }
        }
        readers = schema.tables.indices.map { table in statements.indices.filter { tables[$0].contains(table) } }
        columnReaders = schema.tables.indices.map { table in
            schema.tables[table].columns.indices.map { column in
                statements.indices.filter { columns[$0].contains(Place(table: table, column: column)) }
            }
        }
        index()
        guard try look() else {
            try editor.close()
            return nil
        }
        noteBest()
    }

    /// What was shown of a reference is shown of the key that it refers to, and so on.
    private static func withKeys(_ shown: [Place: [SQLValue]], _ schema: Schema) -> [Place: [SQLValue]] {
        var found = shown
        for _ in 0..<3 {
            var isMore = false
            for (child, table) in schema.tables.enumerated() {
                for key in table.foreign {
                    guard let (parent, targets) = schema.target(key) else { continue }
                    for (column, target) in zip(key.columns, targets) {
                        guard let values = found[Place(table: child, column: column)] else { continue }
                        let place = Place(table: parent, column: target)
                        let known = Set(found[place] ?? [])
                        let more = values.filter { !known.contains($0) }
                        if more.isEmpty { continue }
                        found[place, default: []] += more
                        isMore = true
                    }
                }
            }
            if !isMore { break }
        }
        return found
    }

    /// A column that others refer to stays as it is.
    private static func isOpen(_ place: Place, _ schema: Schema) -> Bool {
        let table = schema.tables[place.table]
        if table.columns[place.column].isGenerated { return false }
        // Where two references share a column, both would have to follow.
        if table.foreign.filter({ $0.columns.count > 1 && $0.columns.contains(place.column) }).count > 1 {
            return false
        }
        return !isReferred(place, schema)
    }

    private static func isReferred(_ place: Place, _ schema: Schema) -> Bool {
        schema.tables.contains { other in
            other.foreign.contains { key in
                guard let (parent, columns) = schema.target(key) else { return false }
                return parent == place.table && columns.contains(place.column)
            }
        }
    }

    static func cost(_ verdict: Comparison.Verdict) -> Int {
        guard case .different(let mismatch) = verdict else { return 0 }
        let (missing, extra) = (mismatch.missing.count, mismatch.extra.count)
        return mismatch.distance + StatementPlan.cost(missing, extra) - (missing + extra) * 1000
    }

    var failures: [Int] { costs.indices.filter { costs[$0] != 0 } }

    /// How a failing statement fails; nil where it does not.
    func mismatch(_ index: Int) -> Comparison.Mismatch? {
        guard costs[index] != 0 else { return nil }
        if let known = mismatches[index] { return known }
        let made = plans[index]?.mismatch()
        mismatches[index] = made
        return made
    }

    func noteBest() {
        let failures = failures.count
        let distance = costs.reduce(0, +)
        if (failures, distance) < (best.failures, best.distance) { best = (rows, failures, distance) }
    }

    /// Walks until all is right or the time is over.
    func run(_ isOverdue: () -> Bool) throws(FixtureError) -> FixtureState {
        var quiet = 0
        var turns = 0
        while true {
            turns += 1
            if turns % 8 == 0, isOverdue() { break }
            if best.failures == 0 {
                // The engine has the last word.
                guard try restart(), best.failures > 0 else { break }
            }
            guard let index = chosen(), let edits = proposal(index), !edits.isEmpty else {
                quiet += 1
                if quiet > 400_000 { break }
                continue
            }
            let before = (best.failures, best.distance)
            if try step(edits, index) {
                noteBest()
                quiet = (best.failures, best.distance) < before ? 0 : quiet + 1
            } else {
                quiet += 1
            }
            if isLost {
                (rows, isLost) = (seen, false)
                best = (rows, Int.max, Int.max)
                if try !reload() { break }
                noteBest()
            }
            if quiet % 250 == 249 {
                for index in failures { weights[index] += 4 }
            }
            if quiet % 15_000 == 14_999, try !restart() { break }
            if keptSinceLoad > (cells == nil ? 400 : 10_000), try !reload() { break }
        }
        try close()
        return FixtureState(rows: best.rows.compactMap { $0 })
    }

    func close() throws(FixtureError) { try editor.close() }

    /// Goes on from the best that was found, as the engine sees it.
    private func restart() throws(FixtureError) -> Bool {
        rows = best.rows
        weights = Array(repeating: 10, count: statements.count)
        guard try reload() else { return false }
        best = (rows, Int.max, Int.max)
        noteBest()
        return true
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

    /// Where the keys are after a change.
    func note(_ edits: [RowEdit]) {
        for place in keyed.keys {
            let those = edits.filter { ($0.old ?? $0.new)?.table == place.table }
            for edit in those {
                if let old = edit.old?.values[place.column], old != edit.new?.values[place.column] {
                    keyed[place]?[old] = nil
                }
            }
            for edit in those {
                if let new = edit.new?.values[place.column], new != edit.old?.values[place.column], !new.isNull {
                    keyed[place]?[new] = edit.slot
                }
            }
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
        rows.removeAll { $0 == nil }
        index()
        _ = cells?.load(rows)
        return try look()
    }

    /// Asks the engine for everything. Plans that see it otherwise are given up.
    private func look() throws(FixtureError) -> Bool {
        pending = [:]
        guard try editor.load(rows), let now = try editor.attempt([], Array(statements.indices)) else { return false }
        try editor.keep()
        seen = rows
        mismatches = [:]
        costs = []
        for (index, (statement, outcome)) in zip(statements, now).enumerated() {
            let verdict = Comparison.compare(statement, outcome, schema, pairs: 600)
            if let plan = plans[index] {
                plan.renew()
                let mine = plan.cost()
                let theirs = plan.mismatch()
                var agrees = (mine == 0) == (verdict == .same)
                if case .different(let mismatch) = verdict {
                    agrees =
                        agrees && mismatch.refusal == nil && mismatch.missing.count == theirs.missing.count
                        && mismatch.extra.count == theirs.extra.count
                }
                if agrees {
                    costs.append(mine)
                    continue
                }
                plans[index] = nil
            }
            costs.append(Self.cost(verdict))
            if case .different(let mismatch) = verdict { mismatches[index] = mismatch }
        }
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
}

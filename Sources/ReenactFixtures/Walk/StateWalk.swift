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
    let extremes: [[Extreme]]
    let running: [Running?]
    let orderKeys: [[OrderKey]]
    /// Columns that some answer is sorted by and does not show.
    let sorting: Set<Place>
    let grid: NumberGrid
    /// No number in a row is larger.
    let largest: Double
    let counts: [[Int]]
    /// What each statement shows is groups.
    let isOfGroups: [Bool]
    /// What of each statement's tables keeps rows out of its answer.
    let withheld: [[Withheld]]
    let looksThrough: [Bool]
    let kinship: Kinship
    /// By table: its keys, the columns that are never NULL, and those that rows of other tables refer to.
    let keys: [[[Int]]]
    let hasPartialKeys: [Bool]
    /// What columns that were left to their defaults have got.
    let defaults: [Place: Set<SQLValue>]
    let filled: [[Int]]
    /// By table: some CHECK says what may stand in it.
    let isChecked: [Bool]
    let referred: [Set<Int>]
    /// What stood in answers under a column itself.
    let shown: [Place: [SQLValue]]
    /// The columns that stand behind what each statement shows.
    let items: [[Place?]]
    /// Columns that are shown, or asked for, by expressions.
    private(set) var computed: [[ComputedColumn]] = []
    /// Constants that each statement names.
    let literals: [[SQLValue]]
    let editor: any StateEditor
    /// The state in cells, and the statements that are answered from it without the engine.
    let cells: PlanTables?
    var plans: [StatementPlan?] = []
    private let machine: PlanMachine
    /// Statements that are right but for the last digits that the engine's additions give.
    var dusty: [Int: Dust] = [:]
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
    /// The best of earlier ways.
    private var bestBefore: (rows: [FixtureRow?], failures: Int, distance: Int)?
    var keptSinceLoad = 0
    /// The engine refused what was kept without it.
    var isLost = false

    /// Nil where the statements do more than ask, or the engine can't be asked that way.
    init?(
        _ solver: Solver, _ state: FixtureState, _ editor: any StateEditor, seed: Int
    ) throws(FixtureError) {
        (schema, dialect, facts, statements) = (solver.schema, solver.dialect, solver.facts.loosened, editor.statements)
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
        extremes = solver.statements.map { Self.extremes($0, solver.inverter) }
        running = solver.statements.map { Self.running($0, solver) }
        orderKeys = solver.statements.map { Self.orderKeys($0, solver.inverter) }
        sorting = Set(orderKeys.joined().map(\.place))
        let plain = plainTotals
        let sums = solver.statements.indices.flatMap { index in
            plain[index].filter { !$0.isMean }.flatMap { total in
                (solver.statements[index].recorded.rows ?? []).compactMap { row in
                    (total.item < row.count ? row[total.item].double : nil).map { (place: total.place, sum: $0) }
                }
            }
        }
        grid = NumberGrid(schema, shown: solver.shownValues(), totals: sums)
        let seenNumbers = solver.statements.lazy.flatMap { $0.recorded.rows ?? [] }.joined().lazy.compactMap(\.double)
        largest = 1000 + 4 * seenNumbers.filter(\.isFinite).reduce(0) { max($0, abs($1)) }
        counts = solver.statements.map { statement in
            if case .select(let query)? = statement.parsed { HeapCost(query).counts } else { [] }
        }
        isOfGroups = solver.statements.map {
            if case .select(let query)? = $0.parsed { Self.isOfGroups(query) } else { false }
        }
        let (dialect, tables) = (dialect, tables)
        withheld = statements.indices.map { Self.withheld(solver.statements[$0], tables[$0], schema, dialect) }
        looksThrough = statements.map { Self.looksThrough($0, dialect) }
        kinship = Kinship(solver.statements, solver.inverter, schema)
        (keys, hasPartialKeys) = (schema.tables.map(\.keys), schema.tables.map { !$0.partialKeys.isEmpty })
        filled = schema.tables.map { table in table.columns.indices.filter { table.columns[$0].isNotNull } }
        isChecked = schema.tables.map { table in !table.checks.isEmpty || table.columns.contains { $0.domain != nil } }
        referred = schema.tables.enumerated().map { number, table in
            Set(table.columns.indices.filter { Self.isReferred(Place(table: number, column: $0), schema) })
        }
        shown = Self.withKeys(solver.shownValues().mapValues { $0.map(\.loosened) }, schema)
        items = solver.shownColumns()
        literals = solver.statements.map { Self.literals($0, solver.dialect, schema).map(\.loosened) }
        rows = grid.snapped(try editor.settled(state.rows).map { $0?.loosened }, free)
        defaults = Self.defaults(state.rows, rows, schema)
        seen = rows
        byTable = Array(repeating: [], count: schema.tables.count)
        weights = Array(repeating: 10, count: statements.count)
        dice = Dice(seed: seed)
        best = (rows, Int.max, Int.max)
        let pool = TextPool()
        machine = PlanMachine(pool, solver.dialect)
        let made = PlanTables(schema, solver.dialect, pool)
        cells = made.load(rows) ? made : nil
        let isLoose = dialect == .postgres
        plans = statements.enumerated().map { number, statement in
            // Of parsed statements those that views were put into.
            var statement = statement
            statement.parsed = solver.statements[number].parsed
            return cells.flatMap { StatementPlan(statement, $0, machine, isStandIn: isLoose) }
        }
        let shownItems = items
        computed = solver.statements.enumerated().map { index, statement in
            cells.map { ComputedColumn.all(statement, shownItems[index], solver.inverter, $0, machine) } ?? []
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

    /// No statement needs the engine.
    var isPlanned: Bool { plans.allSatisfy { $0 != nil } }

    var failures: [Int] { costs.indices.filter { costs[$0] != 0 } }

    /// How a failing statement fails; nil where it does not.
    func mismatch(_ index: Int) -> Comparison.Mismatch? {
        guard costs[index] != 0 else { return nil }
        if let known = mismatches[index] { return known }
        let made = plans[index]?.mismatch()
        mismatches[index] = made
        return made
    }

    func noteBest(isAgain: Bool = false) {
        if isAgain { best = (rows, Int.max, Int.max) }
        let failures = failures.count
        let distance = costs.reduce(0, +)
        if (failures, distance) < (best.failures, best.distance) { best = (rows, failures, distance) }
    }

    /// Walks until all is right or the time is over.
    func run(_ isOverdue: () -> Bool) throws(FixtureError) -> FixtureState {
        let origin = rows
        var quiet = 0
        var turns = 0
        while true {
            turns += 1
            if turns % 8 == 0, isOverdue() { break }
            if best.failures == 0 {
                // The engine has the last word.
                guard try restart() else { break }
                if best.failures == 0, try polish(4000, isOverdue) {
                    guard try reload() else { break }
                    noteBest(isAgain: true)
                    if best.failures == 0, dusty.isEmpty { break }
                }
                if best.failures == 0 {
                    // Then they are asked of the engine from now on.
                    for index in dusty.keys { plans[index] = nil }
                    guard try reload() else { break }
                    noteBest(isAgain: true)
                    if best.failures == 0 { break }
                }
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
            if quiet % 60_000 == 59_999 {
                if try !beginAnew(origin) { break }
                quiet = 0
            } else if quiet % 15_000 == 14_999, try !restart() {
                break
            }
            if keptSinceLoad > (cells == nil ? 400 : 10_000), try !reload() { break }
        }
        if let bestBefore, (bestBefore.failures, bestBefore.distance) < (best.failures, best.distance) {
            best = bestBefore
        }
        if best.failures > 0 {
            rows = best.rows
            if try reload(), try polish(2500, { false }) || true { best.rows = rows }
        }
        try close()
        return FixtureState(rows: best.rows.compactMap { $0.map(finished) })
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

    /// Where the best leads no further, the walk begins where it once began, and takes another way.
    private func beginAnew(_ origin: [FixtureRow?]) throws(FixtureError) -> Bool {
        if bestBefore.map({ (best.failures, best.distance) < ($0.failures, $0.distance) }) ?? true { bestBefore = best }
        rows = origin
        weights = Array(repeating: 10, count: statements.count)
        guard try reload() else { return false }
        noteBest(isAgain: true)
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
        dusty = [:]
        for (index, (statement, outcome)) in zip(statements, now).enumerated() {
            let verdict = Comparison.compare(statement, outcome, schema, pairs: 600)
            if let plan = plans[index] {
                plan.renew()
                let mine = plan.cost()
                let theirs = plan.mismatch()
                var agrees = (mine == 0) == (verdict == .same)
                if case .different(let mismatch) = verdict {
                    let dust = Dust(mismatch)
                    agrees =
                        (agrees || dust.isAll) && mismatch.refusal == nil && dust.missing == theirs.missing.count
                        && dust.extra == theirs.extra.count
                    if agrees, !dust.pairs.isEmpty { dusty[index] = dust }
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
}

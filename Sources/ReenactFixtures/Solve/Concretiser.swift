/// Gives every unknown cell a value: plain, the same in every run, and away from what the recording speaks of.
struct Concretiser {
    let tableau: Tableau
    let facts: ColumnFacts
    let dialect: SQLDialect
    var picked = Assumptions()
    private var taken: [Place: Set<SQLValue>] = [:]
    private var next: [Place: Int64] = [:]
    private var lastFormed: [Place: String] = [:]
    /// Cells whose leans were followed: none goes in a circle.
    private var leaning: Set<Int> = []

    /// The last ids given out before the recording, by table.
    private let counters: [Int: Int64]

    init(_ tableau: Tableau, _ facts: ColumnFacts, _ dialect: SQLDialect, counters: [Int: Int64] = [:]) {
        self.counters = counters
        self.tableau = tableau
        schema = tableau.schema
        self.facts = facts
        self.dialect = dialect
    }

    let schema: Schema

    /// The last number of each column that was counted up to.
    private var lastCounted: [Place: Int64] = [:]

    mutating func rows() -> [FixtureRow] {
        var out: [(order: SQLValue, row: FixtureRow)] = []
        for place in tableau.rows.indices where isPartOfFixture(place) {
            let table = tableau.rows[place].table
            for column in tableau.rows[place].cells.indices where schema.tables[table].isInKey(column) {
                if let value = tableau.value(tableau.rows[place].cells[column]) {
                    taken[Place(table: table, column: column), default: []].insert(value)
                }
            }
        }
        rankKeys()
        out.reserveCapacity(tableau.rows.count)
        for place in tableau.rows.indices where isPartOfFixture(place) {
            let row = tableau.rows[place]
            var values: [SQLValue?] = []
            values.reserveCapacity(row.cells.count)
            for (column, variable) in row.cells.enumerated() {
                let isGenerated = schema.tables[row.table].columns[column].isGenerated
                values.append(isGenerated ? nil : value(variable, row.table, column, row.mode))
            }
            meetChecks(row, &values)
            let order = schema.tables[row.table].primary.first.flatMap { values[$0] } ?? .null
            out.append((order, FixtureRow(table: row.table, values: values)))
        }
        // By table, then by key: engines without ORDER BY tend to return rows in the order of their making.
        let sorted = out.enumerated().sorted { left, right in
            if left.element.row.table != right.element.row.table {
                return left.element.row.table < right.element.row.table
            }
            if let before = left.element.order.ordered(before: right.element.order), before { return true }
            if let after = right.element.order.ordered(before: left.element.order), after { return false }
            return left.offset < right.offset
        }
        return sorted.map(\.element.row)
    }

    /// Keys of which only the order is known: values that rise with it, each for one row.
    private mutating func rankKeys() {
        var ranked: [Place: [Int: Int]] = [:]
        for row in tableau.rows.indices where isPartOfFixture(row) {
            let table = tableau.rows[row].table
            for (column, cell) in tableau.rows[row].cells.enumerated() {
                let known = tableau.variables[tableau.root(cell)]
                guard let rank = known.rank, known.value == nil, known.low == nil, known.high == nil, known.like == nil,
                    schema.tables[table].keys.contains([column])
                else { continue }
                ranked[Place(table: table, column: column), default: [:]][tableau.root(cell)] = rank
            }
        }
        for (place, ranks) in ranked {
            let column = schema.tables[place.table].columns[place.column]
            guard [.integer, .real, .decimal, .text].contains(column.kind), column.length ?? 7 >= 7 else { continue }
            var last = 0
            for (root, rank) in ranks.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) where picked[root] == nil
            {
                last = max(last + 1, rank)
                var value = Values.ranked(last, column.kind, dialect, length: column.length)
                while taken[place]?.contains(value) == true || facts.speaks(of: value) {
                    last += 1
                    value = Values.ranked(last, column.kind, dialect, length: column.length)
                }
                picked[root] = value
                taken[place, default: []].insert(value)
            }
        }
    }

    private func isPartOfFixture(_ place: Int) -> Bool {
        tableau.rows[place].into == nil && tableau.rows[place].born == nil && tableau.rows[place].died != Int.min
    }

    private mutating func value(_ variable: Int, _ table: Int, _ column: Int, _ mode: FillMode) -> SQLValue? {
        let root = tableau.root(variable)
        if let value = tableau.variables[root].value ?? picked[root] { return value }
        let known = tableau.variables[root]
        if let lean = known.lean, known.unique == nil, leaning.insert(root).inserted {
            let parent = tableau.rows[tableau.live(lean.row)]
            let key = value(parent.cells[lean.column], parent.table, lean.column, parent.mode)
            picked[root] = key
            return key
        }
        // Where a key is among the cells that are one, its column says what they can be.
        let place = known.unique ?? Place(table: table, column: column)
        guard let value = pick(known, schema.tables[place.table].columns[place.column], place, mode) else { return nil }
        picked[root] = value
        // What stands in no key is never asked for.
        if schema.tables[place.table].isInKey(place.column) || known.isShared {
            taken[place, default: []].insert(value)
        }
        return value
    }

    private mutating func pick(
        _ known: Tableau.Variable, _ column: SchemaColumn, _ place: Place, _ mode: FillMode
    ) -> SQLValue? {
        guard let domain = column.domain else { return choose(known, column, place, mode) }
        var known = known
        if known.low != nil || known.high != nil {
            known.low = Tableau.tighter(known.low, domain.low, low: true)
            known.high = Tableau.tighter(known.high, domain.high, low: false)
        }
        let value = choose(known, column, place, mode)
        guard let value, !domain.takes(value) else { return value }
        let fitting = domain.candidates().filter { candidate in
            Self.allows(known, candidate) && !known.not.contains { $0.matches(candidate) }
        }
        let table = schema.tables[place.table]
        let isKey = table.keys.contains([place.column])
        // Beside the other columns of its key each row has a value of its own.
        let isPart =
            !isKey && table.isInKey(place.column) && known.isNotNull
            && !table.foreign.contains { $0.columns.contains(place.column) }
        let free = isKey || isPart ? fitting.filter { taken[place]?.contains($0) != true } : fitting
        let named = facts.constants[place] ?? []
        let plainest = free.first { candidate in
            !named.contains { $0.matches(candidate) } && (!isKey || !facts.speaks(of: candidate))
        }
        if let plainest { return plainest }
        if isKey, column.kind == .text, let made = formed(known, domain, place) { return made }
        if isKey || isPart, column.kind == .integer, let made = counted(known, domain, place) { return made }
        return free.first ?? (isKey ? value : fitting.first ?? value)
    }

    /// The next number that the CHECK lets pass, for a key.
    private mutating func counted(_ known: Tableau.Variable, _ domain: ColumnDomain, _ place: Place) -> SQLValue? {
        let start = lastCounted[place, default: 0]
        for number in (start + 1)...(start + 5000) {
            let value = SQLValue.int(number)
            guard domain.takes(value), Self.allows(known, value), taken[place]?.contains(value) != true,
                !facts.speaks(of: value), !known.not.contains(where: { $0.matches(value) })
            else { continue }
            lastCounted[place] = number
            return value
        }
        return nil
    }

    /// A text of a form that the CHECK lets pass, for a key.
    private mutating func formed(_ known: Tableau.Variable, _ domain: ColumnDomain, _ place: Place) -> SQLValue? {
        func isFree(_ value: SQLValue) -> Bool {
            taken[place]?.contains(value) != true && !facts.speaks(of: value) && Self.allows(known, value)
                && !known.not.contains { $0.matches(value) }
        }
        let made = domain.text(after: lastFormed[place], where: isFree) ?? domain.text(after: nil, where: isFree)
        lastFormed[place] = made
        return made.map(SQLValue.text)
    }

    private mutating func choose(
        _ known: Tableau.Variable, _ column: SchemaColumn, _ place: Place, _ mode: FillMode
    ) -> SQLValue? {
        if let like = known.like {
            guard schema.tables[place.table].isInKey(place.column) else { return .text(like.text(0)) }
            for count in Int64(0)...100_000 {
                let value = SQLValue.text(like.text(count + next[place, default: 0]))
                if taken[place]?.contains(value) == true { continue }
                if case .text(let text) = value, facts.texts.contains(text) { continue }
                next[place, default: 0] += count
                return value
            }
        }
        if known.low != nil || known.high != nil {
            return ranked(known, column.kind, place) ?? between(known, column.kind, place)
        }
        if let rank = known.rank { return Values.ranked(rank, column.kind, dialect, length: column.length) }
        if mode != .plain, var value = placed(column, place, mode) {
            // A key beyond the others is one for each row.
            let up = mode == .fence ? facts.fences[place]?.first?.isDescending != true : mode == .high
            var steps = 0
            while schema.tables[place.table].keys.contains([place.column]), taken[place]?.contains(value) == true,
                steps < 5000
            {
                value = Values.stepped(value, column.kind, up: up)
                steps += 1
            }
            return value
        }
        let table = schema.tables[place.table]
        let isAlone = table.isUnique(place.column)
        let isForeign = table.foreign.contains { $0.columns.contains(place.column) }
        if isAlone || (schema.tables[place.table].isInKey(place.column) && known.isNotNull && !isForeign) {
            return known.isNotNull ? fresh(column, place) : .null
        }
        if !known.isNotNull { return .null }
        if column.isNotNull, column.hasDefault { return nil }
        if known.isShared, !isForeign { return fresh(column, place) }
        return plain(column, known)
    }

    /// A value that nothing in the recording names.
    private mutating func fresh(_ column: SchemaColumn, _ place: Place) -> SQLValue {
        if column.kind == .boolean || column.kind == .json { return Values.plain(column.kind, dialect) }
        let ceiling = schema.tables[place.table].counter == place.column ? counters[place.table] : nil
        let end = Values.variety(column)
        while true {
            let count = next[place, default: 1]
            next[place] = count + 1
            if let ceiling, count > ceiling, let low = below(ceiling, place) { return low }
            let value = Values.numbered(column, count, dialect)
            if count > end { return value }
            if facts.numbers.contains(count) { continue }
            if case .text(let text) = value, facts.texts.contains(text) { continue }
            if taken[place]?.contains(value) != true { return value }
        }
    }

    /// An id that was given out before the recording began, though the recording speaks of that number: of none that a condition
    /// names for that key.
    private func below(_ ceiling: Int64, _ place: Place) -> SQLValue? {
        for count in stride(from: Int64(1), through: min(ceiling, 100_000), by: 1) {
            let value = SQLValue.int(count)
            if taken[place]?.contains(value) != true, !facts.isNamed(value, asKeyOf: place, schema) { return value }
        }
        return nil
    }

    private func plain(_ column: SchemaColumn, _ known: Tableau.Variable) -> SQLValue {
        let value = Values.plain(column.kind, dialect)
        guard known.not.contains(where: { $0.matches(value) }) else { return value }
        if column.kind == .boolean { return Values.boolean(true, dialect) }
        for count in Int64(1)...Values.variety(column) {
            let other = Values.numbered(column, count, dialect)
            if !known.not.contains(where: { $0.matches(other) }) { return other }
        }
        return value
    }

    /// So many small steps from the lower bound, or so many from a thousand to the upper; nil where that leaves the bounds.
    private func ranked(_ known: Tableau.Variable, _ kind: ColumnKind, _ place: Place) -> SQLValue? {
        guard let rank = known.rank, rank >= 0, rank < 1000 else { return nil }
        let steps = known.low == nil ? rank - 1000 : rank
        guard let edge = known.low?.value ?? known.high?.value else { return nil }
        let value: SQLValue?
        switch (kind, edge) {
        case (.date, .text(let text)): value = Days.shifted(text, by: steps).map(SQLValue.text)
        case (.integer, .int(let number)): value = .int(number + Int64(steps))
        case (.real, _), (.decimal, _):
            value = Arithmetic.apply(
                "+", edge,
                dialect == .postgres && kind == .decimal
                    ? .number(Functions.fixed(Double(steps) / 100, 2)) : .real(Double(steps) / 100))
        case (.text, .text(let text)):
            let digits = Days.padded(rank, 4)
            value = .text(known.low == nil ? "0" + digits : text + digits)
            if let length = schema.tables[place.table].columns[place.column].length, case .text(let made)? = value,
                made.unicodeScalars.count > length
            {
                return nil
            }
        default: value = nil
        }
        if let value, schema.tables[place.table].isInKey(place.column), taken[place]?.contains(value) == true {
            return nil
        }
        guard let value, !known.not.contains(where: { $0.matches(value) }) else { return nil }
        if let high = known.high?.value, high.ordered(before: value) ?? true || high.matches(value) { return nil }
        return value
    }

    private mutating func between(_ known: Tableau.Variable, _ kind: ColumnKind, _ place: Place) -> SQLValue {
        let up = known.low != nil
        var value = edge(known, kind, place)
        guard schema.tables[place.table].isInKey(place.column) else {
            for _ in 0..<20 where known.not.contains(where: { $0.matches(value) }) {
                value = Values.stepped(value, kind, up: up)
            }
            return value
        }
        // Several columns may make the key: a value that is taken will do then, one beyond the bounds would not.
        let first = value
        for count in 0..<10_000 {
            if taken[place]?.contains(value) != true, !facts.speaks(of: value) { return value }
            guard let next = Values.moved(first, by: up ? count + 1 : -count - 1, kind) else {
                value = Values.stepped(value, kind, up: up)
                continue
            }
            guard Self.allows(known, next) else { return first }
            value = next
        }
        return value
    }

    private func edge(_ known: Tableau.Variable, _ kind: ColumnKind, _ place: Place) -> SQLValue {
        // Behind the pages that statements returned, where the bounds leave room there.
        if let behind = behind(kind, place), Self.allows(known, behind) { return behind }
        if let low = known.low {
            guard low.isStrict else { return low.value }
            let far = Values.stepped(low.value, kind, up: true)
            return Self.allows(known, far) ? far : Values.nudged(low.value, kind, up: true)
        }
        guard let high = known.high else { return .null }
        return high.isStrict ? Values.stepped(high.value, kind, up: false) : high.value
    }

    static func allows(_ known: Tableau.Variable, _ value: SQLValue) -> Bool {
        if let low = known.low {
            guard let less = low.value.ordered(before: value), less || (!low.isStrict && value.matches(low.value))
            else {
                return false
            }
        }
        if let high = known.high {
            guard let more = value.ordered(before: high.value), more || (!high.isStrict && value.matches(high.value))
            else { return false }
        }
        return true
    }

    /// The value next to the last that any page returned, on the side that was not seen.
    private func behind(_ kind: ColumnKind, _ place: Place) -> SQLValue? {
        var best: SQLValue?
        for fence in facts.fences[place] ?? [] {
            guard let last = tableau.value(fence.last), !last.isNull else { continue }
            let behind = Values.nudged(last, kind, up: !fence.isDescending)
            guard let old = best else {
                best = behind
                continue
            }
            let isLower = behind.ordered(before: old) ?? false
            if isLower == fence.isDescending { best = behind }
        }
        return best
    }

    /// For rows that only fill a count: where the other statements do not see them.
    private func placed(_ column: SchemaColumn, _ place: Place, _ mode: FillMode) -> SQLValue? {
        guard facts.compared[place] != nil || facts.fences[place] != nil else { return nil }
        if mode == .fence { return behind(column.kind, place) }
        var edge: SQLValue?
        func see(_ value: SQLValue) {
            guard !value.isNull else { return }
            guard let old = edge else {
                edge = value
                return
            }
            if mode == .low ? value.ordered(before: old) == true : old.ordered(before: value) == true { edge = value }
        }
        for value in facts.compared[place] ?? [] { see(value) }
        for row in tableau.byTable[place.table] {
            if let value = tableau.value(tableau.rows[row].cells[place.column]) { see(value) }
        }
        return edge.map { Values.stepped($0, column.kind, up: mode == .high) }
    }
}

/// What free cells were loaded with, by their class.
struct Assumptions {
    private var values: [SQLValue?] = []

    subscript(_ root: Int) -> SQLValue? {
        get { root < values.count ? values[root] : nil }
        set {
            if root >= values.count {
                values.append(contentsOf: repeatElement(nil, count: root + 1 - values.count))
            }
            values[root] = newValue
        }
    }
}

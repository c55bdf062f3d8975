/// What a statement shows, and asks, of one column not as it is but by some expression: months of dates, first letters, classes of
/// numbers. The way back is looked up: many values are tried, and what comes of each is noted.
final class ComputedColumn {
    let place: Place
    /// The items that are computed of it.
    let items: [Int]
    /// No two rows have the same.
    let isKey: Bool
    /// Texts that stand in the expressions.
    private let marks: [String]
    private let source: HeldNode
    private let nodes: [PlanNode]
    private let conditions: [PlanNode]
    private let machine: PlanMachine
    private var found: [[Cell]: [SQLValue]]?

    private init(
        _ place: Place, _ items: [Int], isKey: Bool, _ marks: [String], _ source: HeldNode, _ nodes: [PlanNode],
        _ conditions: [PlanNode], _ machine: PlanMachine
    ) {
        (self.place, self.items, self.isKey, self.marks, self.source) = (place, items, isKey, marks, source)
        (self.nodes, self.conditions, self.machine) = (nodes, conditions, machine)
    }

    /// Whether a row with that value is one of those that the answer is of.
    func suits(_ value: SQLValue, _ answer: [SQLValue]) -> Bool {
        guard let key = key(answer), let made = made(value) else { return false }
        return made == key
    }

    /// Values that a row of such an answer may have.
    func values(for answer: [SQLValue], _ candidates: () -> [SQLValue]) -> [SQLValue] {
        guard let key = key(answer) else { return [] }
        if found == nil {
            var all: [[Cell]: [SQLValue]] = [:]
            for value in candidates() {
                if let made = made(value), all[made, default: []].count < 60 { all[made, default: []].append(value) }
            }
            found = all
        }
        return found?[key] ?? []
    }

    /// A text of its own number of which such an answer is made: what the answer says, with something before or behind.
    func fresh(for answer: [SQLValue], _ number: Int) -> SQLValue? {
        guard let key = key(answer) else { return nil }
        let own = "x" + String(number, radix: 36)
        for item in items {
            guard case .text(let text) = answer[item] else { continue }
            for mark in marks + [""] {
                for form in [own + mark + text, text + mark + own] where made(.text(form)) == key { return .text(form) }
            }
        }
        return nil
    }

    private func key(_ answer: [SQLValue]) -> [Cell]? {
        var key: [Cell] = []
        for item in items {
            guard item < answer.count, let cell = machine.pool.cell(answer[item]) else { return nil }
            key.append(cell.normal)
        }
        return key
    }

    /// What comes of a value; nil where the conditions do not hold.
    private func made(_ value: SQLValue) -> [Cell]? {
        guard let cell = machine.pool.cell(value) else { return nil }
        source.cell = cell
        if conditions.contains(where: { $0.truth(machine) != .yes }) { return nil }
        return nodes.map { $0.value(machine).normal }
    }

    // MARK: reading a statement

    /// The columns of a statement that are shown, or asked for, by an expression over nothing else.
    static func all(
        _ statement: ReadyStatement, _ items: [Place?], _ inverter: Inverter, _ tables: PlanTables,
        _ machine: PlanMachine
    ) -> [ComputedColumn] {
        guard case .select(let query)? = statement.parsed, case .select(let select) = query.body,
            items.count == select.items.count
        else { return [] }
        var shown: [Place: [Int]] = [:]
        for (item, output) in select.items.enumerated() where items[item] == nil {
            if let place = place(output.expression, select, inverter) { shown[place, default: []].append(item) }
        }
        var asked: [Place: [SQLExpr]] = [:]
        for condition in select.condition?.conjuncts ?? [] {
            if let place = place(condition, select, inverter) { asked[place, default: []].append(condition) }
        }
        let places = Set(shown.keys).union(asked.keys).filter { place in
            let table = tables.schema.tables[place.table]
            let column = table.columns[place.column]
            let isFree = !table.isInKey(place.column) || (column.kind == .text && table.isUnique(place.column))
            return !items.contains(place) && isFree && !table.foreign.contains { $0.columns.contains(place.column) }
        }
        return places.sorted { ($0.table, $0.column) < ($1.table, $1.column) }.compactMap { place in
            let source = HeldNode()
            let own = shown[place] ?? []
            var compiler = PlanCompiler(tables, machine, tables.dialect)
            let level = PlanCompiler.Level()
            let name = tables.schema.tables[place.table].columns[place.column].name
            level.sources = select.from.map { .init(alias: $0.alias, columns: [(name, source)]) }
            compiler.levels = [level]
            guard let nodes = try? own.map({ try compiler.node(select.items[$0].expression) }),
                let conditions = try? (asked[place] ?? []).map({ try compiler.node($0) })
            else { return nil }
            var marks: [String] = []
            for expression in own.map({ select.items[$0].expression }) + (asked[place] ?? []) {
                expression.walk { part in
                    if case .value(.text(let text)) = part, !marks.contains(text) { marks.append(text) }
                }
            }
            return ComputedColumn(
                place, own, isKey: tables.schema.tables[place.table].isInKey(place.column), marks, source, nodes,
                conditions, machine)
        }
    }

    /// The one column that an expression is of.
    private static func place(_ expression: SQLExpr, _ select: SQLSelect, _ inverter: Inverter) -> Place? {
        var places: Set<Place> = []
        var isPlain = true
        expression.walk { part in
            switch part {
            case .column:
                if let place = inverter.column(part, select) { places.insert(place) } else { isPlain = false }
            case .call(let call): if call.isAggregate || call.isWindow { isPlain = false }
            case .exists, .subquery, .inQuery, .star, .row: isPlain = false
            default: break
            }
        }
        return isPlain && places.count == 1 ? places.first : nil
    }
}

/// A value that is set from outside.
final class HeldNode: PlanNode {
    var cell = Cell.null
    override func value(_ m: PlanMachine) -> Cell { cell }
}

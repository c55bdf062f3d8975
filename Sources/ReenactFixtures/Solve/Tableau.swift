/// Two facts that no state allows together.
struct Conflict: Error {
    var what: String
    /// The statement that stated the other fact, where known.
    var statement: Int?
}

/// A value, or the place of one that is sought.
enum Term {
    case value(SQLValue)
    case variable(Int)
    case unknown
}

/// Symbolic rows and what is known of their cells; every change can be undone.
///
/// A cell is a class of variables (union-find without path compression, so that undoing is a trail of old entries).
final class Tableau {
    struct Bound {
        var value: SQLValue
        var isStrict: Bool
    }

    /// `other` is always this variable's value plus `delta`.
    struct Link {
        var other: Int
        var delta: SQLValue
    }

    struct Lean {
        var row: Int
        var column: Int
    }

    struct Variable {
        var parent: Int?
        var value: SQLValue?
        let table: Int
        let column: Int
        /// The row that it was made for.
        var owner = -1
        var isNotNull: Bool
        var low: Bound?
        var high: Bound?
        var not: [SQLValue] = []
        var like: LikePattern?
        /// Places in a document where nothing is.
        var without: [DocumentPath] = []
        var rank: Int?
        var isShared = false
        /// The value was a choice, and may be chosen again.
        var isSoft = false
        /// Some cell of the class must differ from all others in its column: which.
        var unique: Place?
        /// The row whose key that is.
        var keyRow = -1
        /// A reference of which nothing is known: the row that it goes to as long as nothing else is asked of it.
        var lean: Lean?
        var links: [Link] = []
        /// The statement that gave the value.
        var statement = -1
    }

    struct Write {
        var time: Int
        var column: Int
        var variable: Int
    }

    struct Row {
        let table: Int
        var cells: [Int]
        var writes: [Write] = []
        var seen: Int
        /// When the recording itself inserted it; such a row is no part of the fixture.
        var born: Int?
        var died: Int?
        /// Merged into that row.
        var into: Int?
        /// No statement asked for this very row: parents of others, rows that fill a count.
        var isInvented = false
        var mode = FillMode.plain
    }

    private enum Step {
        case variable(Int, Variable)
        case row(Int, Row)
    }

    struct Mark: Equatable {
        fileprivate var trail: Int
        fileprivate var variables: Int
        fileprivate var rows: Int
    }

    /// With what the recording shows beyond it.
    var schema: Schema
    private(set) var variables: [Variable] = []
    private(set) var rows: [Row] = []
    private(set) var byTable: [[Int]]
    /// Where the keys of rows are.
    private(set) var holders = KeyHolders()
    private var trail: [Step] = []
    var statement = -1
    /// Values bound now are choices.
    var isSoft = false
    /// Choices give way to other values.
    var overrides = false
    /// What free cells were last loaded with, by their class.
    var assumed = Assumptions()
    /// Rows before this one stay apart: no two of them get one key.
    var apart = 0

    init(_ schema: Schema) {
        self.schema = schema
        byTable = Array(repeating: [], count: schema.tables.count)
    }

    // MARK: undoing

    var mark: Mark { Mark(trail: trail.count, variables: variables.count, rows: rows.count) }

    func undo(to mark: Mark) {
        while trail.count > mark.trail {
            switch trail.removeLast() {
            case .variable(let place, let old): if place < mark.variables { variables[place] = old }
            case .row(let place, let old): if place < mark.rows { rows[place] = old }
            }
        }
        while rows.count > mark.rows {
            byTable[rows.removeLast().table].removeLast()
        }
        variables.removeLast(variables.count - mark.variables)
    }

    /// Rows that are new or have changed since then.
    func touched(since mark: Mark) -> [Int] {
        var found = Set(mark.rows..<rows.count)
        for step in trail[mark.trail...] {
            switch step {
            case .variable(let place, _): if variables[place].owner >= 0 { found.insert(variables[place].owner) }
            case .row(let place, _): found.insert(place)
            }
        }
        return found.sorted()
    }

    func change(_ place: Int, _ body: (inout Variable) -> Void) {
        trail.append(.variable(place, variables[place]))
        body(&variables[place])
    }

    func changeRow(_ place: Int, _ body: (inout Row) -> Void) {
        trail.append(.row(place, rows[place]))
        let before = rows[place].cells
        body(&rows[place])
        if rows[place].cells != before { noteKeys(place) }
    }

    private func noteKeys(_ row: Int) {
        for (column, cell) in rows[row].cells.enumerated() where schema.tables[rows[row].table].isInKey(column) {
            holders.note(row, in: root(cell))
            if let value = value(cell) { holders.note(value, of: root(cell)) }
        }
    }

    // MARK: making

    func newVariable(_ table: Int, _ column: Int) -> Int {
        let definition = schema.tables[table].columns[column]
        variables.append(
            Variable(
                table: table, column: column,
                isNotNull: definition.isNotNull || schema.tables[table].primary.contains(column),
                unique: schema.tables[table].keys.contains([column]) ? Place(table: table, column: column) : nil,
                statement: statement))
        return variables.count - 1
    }

    /// A value that stands in no row: a column of a subquery.
    func newLoose() -> Int {
        variables.append(Variable(table: -1, column: -1, isNotNull: false, statement: statement))
        return variables.count - 1
    }

    func newRow(_ table: Int, time: Int) -> Int {
        let cells = schema.tables[table].columns.indices.map { newVariable(table, $0) }
        for cell in cells {
            variables[cell].owner = rows.count
            if variables[cell].unique != nil { variables[cell].keyRow = rows.count }
        }
        rows.append(Row(table: table, cells: cells, seen: time))
        byTable[table].append(rows.count - 1)
        noteKeys(rows.count - 1)
        return rows.count - 1
    }

    // MARK: reading

    func root(_ variable: Int) -> Int {
        var place = variable
        while let parent = variables[place].parent { place = parent }
        return place
    }

    func value(_ variable: Int) -> SQLValue? { variables[root(variable)].value }

    func value(_ term: Term) -> SQLValue? {
        switch term {
        case .value(let value): value
        case .variable(let variable): value(variable)
        case .unknown: nil
        }
    }

    /// The row that stands for that one.
    func live(_ row: Int) -> Int {
        var place = row
        while let into = rows[place].into { place = into }
        return place
    }

    /// What a cell is at a time: the last write before it, else what the row began with.
    func cell(_ row: Int, _ column: Int, at time: Int) -> Int {
        let row = live(row)
        if rows[row].writes.isEmpty { return rows[row].cells[column] }
        return cell(rows[row], column, at: time)
    }

    private func cell(_ row: Row, _ column: Int, at time: Int) -> Int {
        var latest: Write?
        for write in row.writes where write.column == column && write.time < time {
            if write.time >= latest?.time ?? -1 { latest = write }
        }
        return latest?.variable ?? row.cells[column]
    }

    func exists(_ row: Int, at time: Int) -> Bool {
        rows[row].into == nil && (rows[row].born ?? -1) < time && (rows[row].died ?? Int.max) >= time
    }

    // MARK: stating

    func bind(_ variable: Int, _ given: SQLValue) throws(Conflict) {
        let place = root(variable)
        let known = variables[place]
        let value = coerced(given, known.table, known.column)
        if let old = known.value {
            if !old.matches(value), known.isSoft, overrides, allows(known, value), !(value.isNull && known.isNotNull),
                known.links.isEmpty
            {
                let soft = isSoft
                holders.note(value, of: place)
                return change(place) {
                    $0.value = value
                    $0.isSoft = soft
                }
            }
            guard old.matches(value) else {
                throw conflict(known, "holds \(Self.brief(old)) and \(Self.brief(value))")
            }
            return
        }
        if value.isNull, known.isNotNull { throw conflict(known, "can't be NULL") }
        guard allows(known, value) else { throw conflict(known, "can't hold \(Self.brief(value))") }
        let (statement, soft) = (statement, isSoft)
        change(place) {
            $0.value = value
            $0.statement = statement
            $0.isSoft = soft
        }
        holders.note(value, of: place)
        for link in known.links {
            if let moved = Arithmetic.apply("+", value, link.delta) { try bind(link.other, moved) }
        }
    }

    func unify(_ left: Int, _ right: Int) throws(Conflict) {
        let (a, b) = (root(left), root(right))
        if a == b { return }
        joinContents(a, b)
        let (first, second) = (variables[a], variables[b])
        if first.keyRow >= 0, second.keyRow >= 0, first.keyRow < apart, second.keyRow < apart,
            first.unique == second.unique, live(first.keyRow) != live(second.keyRow)
        {
            throw conflict(first, "is the key of two rows")
        }
        if let value = second.value {
            try bind(a, value)
            let settled = variables[a]
            if settled.value == value || first.value == nil { return attach(b, to: a) }
            return
        }
        if let value = first.value {
            try bind(b, value)
            return attach(a, to: b)
        }
        if let low = Self.tighter(first.low, second.low, low: true),
            let high = Self.tighter(first.high, second.high, low: false),
            high.value.ordered(before: low.value) == true
                || (low.value.matches(high.value) && (low.isStrict || high.isStrict))
        {
            throw conflict(first, "lies between no bounds")
        }
        change(a) {
            $0.isNotNull = first.isNotNull || second.isNotNull
            $0.low = Self.tighter(first.low, second.low, low: true)
            $0.high = Self.tighter(first.high, second.high, low: false)
            $0.not += second.not
            $0.like = first.like ?? second.like
            $0.without += second.without
            $0.rank = first.rank ?? second.rank
            $0.isShared = true
            $0.unique = first.unique ?? second.unique
            $0.lean = first.lean ?? second.lean
            if $0.keyRow < 0 { $0.keyRow = second.keyRow }
            $0.links += second.links
        }
        attach(b, to: a)
    }

    /// Joins the classes of two variables whose values agree already.
    private func attach(_ place: Int, to target: Int) {
        guard variables[place].value == nil || variables[place].value == variables[target].value else { return }
        let links = variables[place].links
        change(place) { $0.parent = target }
        holders.join(place, to: target, variables[target].value)
        if variables[target].value == nil || !links.isEmpty { change(target) { $0.links += links } }
    }

    func unify(_ left: Term, _ right: Term) throws(Conflict) {
        switch (left, right) {
        case (.variable(let a), .variable(let b)): try unify(a, b)
        case (.variable(let a), .value(let b)), (.value(let b), .variable(let a)): try bind(a, b)
        case (.value(let a), .value(let b)):
            if !a.matches(b) { throw Conflict(what: "\(Self.brief(a)) is not \(Self.brief(b))") }
        default: break
        }
    }

    func requireNotNull(_ variable: Int) throws(Conflict) {
        let place = root(variable)
        if variables[place].value?.isNull == true { throw conflict(variables[place], "is NULL") }
        if !variables[place].isNotNull { change(place) { $0.isNotNull = true } }
    }

    func link(_ from: Int, _ to: Int, _ delta: SQLValue) {
        guard let back = Arithmetic.apply("-", .int(0), delta) else { return }
        change(root(from)) { $0.links.append(Link(other: to, delta: delta)) }
        change(root(to)) { $0.links.append(Link(other: from, delta: back)) }
    }

    // MARK: helpers

    private func allows(_ variable: Variable, _ value: SQLValue) -> Bool {
        if variable.table >= 0, let domain = schema.tables[variable.table].columns[variable.column].domain,
            !domain.allows(value)
        {
            return false
        }
        if variable.not.contains(where: { $0.matches(value) }) { return false }
        if let low = variable.low, let less = value.ordered(before: low.value) {
            if less || (low.isStrict && value.matches(low.value)) { return false }
        }
        if let high = variable.high, let more = high.value.ordered(before: value) {
            if more || (high.isStrict && value.matches(high.value)) { return false }
        }
        return true
    }

    private func coerced(_ value: SQLValue, _ table: Int, _ column: Int) -> SQLValue {
        if table < 0 { return value }
        return switch (schema.tables[table].columns[column].kind, value) {
        case (.integer, .text(let text)), (.boolean, .text(let text)): Int64(text).map(SQLValue.int) ?? value
        case (.integer, .number(let text)): Int64(text).map(SQLValue.int) ?? value
        case (.text, .int(let number)): .text(String(number))
        default: value
        }
    }

    private func conflict(_ variable: Variable, _ what: String) -> Conflict {
        if variable.table < 0 { return Conflict(what: "a computed value \(what)", statement: nil) }
        let table = schema.tables[variable.table]
        return Conflict(
            what: "\(table.name).\(table.columns[variable.column].name) \(what)",
            statement: variable.statement >= 0 ? variable.statement : nil)
    }
}

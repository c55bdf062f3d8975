/// Which rows may have a cell of a key in a class, or with a value. What it names is more than is true, as nothing leaves it when
/// the tableau goes back: who asks looks at the rows.
struct KeyHolders {
    /// By class of cells.
    private var rows: [Int: [Int]] = [:]
    /// Classes that once had a value.
    private var classes: [SQLValue: [Int]] = [:]

    /// Numbers and texts that read as numbers meet in one form.
    private static func form(_ value: SQLValue) -> SQLValue { value.looseDouble.map(SQLValue.real) ?? value }

    mutating func note(_ row: Int, in root: Int) {
        if rows[root]?.contains(row) != true { rows[root, default: []].append(row) }
    }

    /// What one class holds the other holds as well.
    mutating func join(_ root: Int, to target: Int, _ value: SQLValue?) {
        guard let mine = rows[root] else { return }
        for row in mine { note(row, in: target) }
        if let value { note(value, of: target) }
    }

    mutating func note(_ value: SQLValue, of root: Int) {
        guard rows[root] != nil, !value.isNull else { return }
        let form = Self.form(value)
        if classes[form]?.contains(root) != true { classes[form, default: []].append(root) }
    }

    /// How much there is to look through for that class and value.
    func weight(_ root: Int, _ value: SQLValue?) -> Int {
        (rows[root]?.count ?? 0) + (value.flatMap { classes[Self.form($0)]?.count } ?? 0)
    }

    /// True where it is true of a row that may share that class, or that value.
    func contains(_ root: Int, _ value: SQLValue?, _ body: (Int) -> Bool) -> Bool {
        for row in rows[root] ?? [] where body(row) { return true }
        guard let value, !value.isNull else { return false }
        for other in classes[Self.form(value)] ?? [] where other != root {
            for row in rows[other] ?? [] where body(row) { return true }
        }
        return false
    }
}

/// A row before and after an edit.
struct CellChange {
    let table: Int
    let slot: Int32
    let old: [Cell]?
    let new: [Cell]?
}

/// The state of a walk in cells, changed and restored row by row.
final class PlanTables {
    let schema: Schema
    let pool: TextPool
    private(set) var tables: [PlanTable] = []
    let dialect: SQLDialect
    /// What the edits that were applied last changed.
    private(set) var changes: [CellChange] = []

    private enum Undo {
        case cell(PlanColumn, Int, Cell)
        case came(PlanTable, Int32)
        case went(PlanTable, Int32, at: Int)
    }
    private var undos: [Undo] = []

    init(_ schema: Schema, _ dialect: SQLDialect, _ pool: TextPool) {
        (self.schema, self.dialect, self.pool) = (schema, dialect, pool)
        tables = schema.tables.enumerated().map { PlanTable($0.offset, $0.element) }
    }

    /// Nil where a row holds what plans do not know.
    func load(_ rows: [FixtureRow?]) -> Bool {
        (undos, changes) = ([], [])
        for table in tables { table.removeAll() }
        for (slot, row) in rows.enumerated() { if let row, !insert(slot, row) { return false } }
        (undos, changes) = ([], [])
        return true
    }

    /// The value as the column would hold it. Generated ones are computed where they are read.
    func cell(_ value: SQLValue?, _ column: SchemaColumn) -> Cell? {
        if column.isGenerated, value == nil { return .null }
        guard let value, let cell = pool.cell(value) else { return nil }
        switch column.kind {
        case .real: return cell.tag == .int ? .real(Double(cell.bits)) : cell
        case .text, .label, .uuid, .json: return cell.tag == .int ? pool.cell(String(cell.bits)) : cell
        case .any: return cell
        case .decimal where dialect == .postgres: return cell.tag == .int ? .real(Double(cell.bits)) : cell
        default: return cell.normal
        }
    }

    /// False where the changes can't be made; what was made of them is undone by `drop` all the same.
    func apply(_ edits: [RowEdit]) -> Bool {
        for edit in edits {
            if let old = edit.old, edit.new == nil { remove(edit.slot, old) }
        }
        for edit in edits {
            guard let new = edit.new else { continue }
            if let old = edit.old {
                if !change(edit.slot, old, new) { return false }
            } else if !insert(edit.slot, new) {
                return false
            }
        }
        return true
    }

    func keep() {
        undos.removeAll(keepingCapacity: true)
        changes.removeAll(keepingCapacity: true)
    }

    func drop() {
        changes.removeAll(keepingCapacity: true)
        while let undo = undos.popLast() {
            switch undo {
            case .cell(let column, let slot, let cell): column.change(slot, cell)
            case .came(let table, let slot): _ = table.go(slot)
            case .went(let table, let slot, let place): table.come(slot, at: place)
            }
        }
    }

    private func cells(_ table: PlanTable, _ slot: Int) -> [Cell] { table.columns.map { $0.cells[slot] } }

    private func remove(_ slot: Int, _ row: FixtureRow) {
        let table = tables[row.table]
        guard let place = table.go(Int32(slot)) else { return }
        undos.append(.went(table, Int32(slot), at: place))
        changes.append(.init(table: row.table, slot: Int32(slot), old: cells(table, slot), new: nil))
    }

    private func change(_ slot: Int, _ old: FixtureRow, _ new: FixtureRow) -> Bool {
        let table = tables[new.table]
        let before = cells(table, slot)
        for (place, definition) in schema.tables[new.table].columns.enumerated()
        where old.values[place] != new.values[place] {
            guard let cell = cell(new.values[place], definition) else { return false }
            let column = table.columns[place]
            undos.append(.cell(column, slot, column.cells[slot]))
            column.change(slot, cell)
        }
        changes.append(.init(table: new.table, slot: Int32(slot), old: before, new: cells(table, slot)))
        return true
    }

    private func insert(_ slot: Int, _ row: FixtureRow) -> Bool {
        let table = tables[row.table]
        for (place, definition) in schema.tables[row.table].columns.enumerated() {
            guard let cell = cell(row.values[place], definition) else { return false }
            table.columns[place].reserve(slot + 1)
            table.columns[place].set(slot, cell)
        }
        table.come(Int32(slot))
        undos.append(.came(table, Int32(slot)))
        changes.append(.init(table: row.table, slot: Int32(slot), old: nil, new: cells(table, slot)))
        return true
    }

    /// Whether some other row has the same key; a key with a NULL in it never is taken.
    func isTaken(_ key: [Int], _ tableNumber: Int, of slot: Int) -> Bool {
        let table = tables[tableNumber]
        let first = table.columns[key[0]]
        let value = first.cells[slot]
        if key.contains(where: { table.columns[$0].cells[slot].isNull }) { return false }
        var other = first.first(value)
        while other >= 0 {
            if Int(other) != slot,
                key.allSatisfy({ table.columns[$0].cells[Int(other)].equals(table.columns[$0].cells[slot]) })
            {
                return true
            }
            other = first.next(other)
        }
        return false
    }
}

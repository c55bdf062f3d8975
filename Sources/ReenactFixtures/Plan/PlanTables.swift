/// A column of a table: a cell for every slot, and where its values are found.
final class PlanColumn {
    /// Safety: as many cells as `capacity` says, all initialised; freed with the column.
    fileprivate(set) var cells: UnsafeMutablePointer<Cell>
    private var capacity = 64
    /// Another number for every content.
    fileprivate(set) var stamp = 0
    private var indexed = -1
    private var heads: [Int32] = []
    private var nexts: [Int32] = []
    unowned let table: PlanTable

    init(_ table: PlanTable) {
        self.table = table
        cells = .allocate(capacity: capacity)
        cells.initialize(repeating: .null, count: capacity)
    }

    deinit { cells.deallocate() }

    fileprivate func reserve(_ count: Int) {
        guard count > capacity else { return }
        let more = max(count, capacity * 2)
        let next = UnsafeMutablePointer<Cell>.allocate(capacity: more)
        next.initialize(repeating: .null, count: more)
        next.update(from: cells, count: capacity)
        cells.deallocate()
        (cells, capacity) = (next, more)
    }

    /// The first slot that may hold the value; `next` gives the others, in the order of the table.
    func first(_ value: Cell) -> Int32 {
        if indexed != stamp { index() }
        return heads[Int(truncatingIfNeeded: value.normal.mixed) & (heads.count - 1)]
    }

    func next(_ slot: Int32) -> Int32 { nexts[Int(slot)] }

    private func index() {
        indexed = stamp
        var size = 16
        while size < table.live.count * 2 { size *= 2 }
        if heads.count == size {
            for place in heads.indices { heads[place] = -1 }
        } else {
            heads = Array(repeating: -1, count: size)
        }
        if nexts.count < capacity { nexts = Array(repeating: -1, count: capacity) }
        for slot in table.live.reversed() {
            let cell = cells[Int(slot)]
            if cell.isNull { continue }
            let bucket = Int(truncatingIfNeeded: cell.normal.mixed) & (size - 1)
            nexts[Int(slot)] = heads[bucket]
            heads[bucket] = slot
        }
    }
}

final class PlanTable {
    fileprivate(set) var columns: [PlanColumn] = []
    /// The slots that hold a row, in the order of the engine's row numbers.
    fileprivate(set) var live: [Int32] = []
    fileprivate let counter: Int?

    fileprivate init(_ counter: Int?) { self.counter = counter }
}

/// The state of a walk in cells, changed and restored row by row.
final class PlanTables {
    let schema: Schema
    let pool: TextPool
    private(set) var tables: [PlanTable] = []
    private let dialect: SQLDialect
    private var clock = 0

    private enum Undo {
        case cell(PlanColumn, Int, Cell, stamp: Int)
        case came(PlanTable, Int32, stamps: [Int])
        case went(PlanTable, Int32, at: Int, stamps: [Int])
    }
    private var undos: [Undo] = []

    init(_ schema: Schema, _ dialect: SQLDialect, _ pool: TextPool) {
        (self.schema, self.dialect, self.pool) = (schema, dialect, pool)
        tables = schema.tables.map { definition in
            let table = PlanTable(definition.counter)
            table.columns = definition.columns.map { _ in PlanColumn(table) }
            return table
        }
    }

    /// Nil where a row holds what plans do not know.
    func load(_ rows: [FixtureRow?]) -> Bool {
        undos = []
        for table in tables {
            table.live = []
            _ = touch(table)
        }
        for (slot, row) in rows.enumerated() { if let row, !insert(slot, row) { return false } }
        undos = []
        return true
    }

    /// The value as the column would hold it.
    func cell(_ value: SQLValue?, _ kind: ColumnKind) -> Cell? {
        guard let value, let cell = pool.cell(value) else { return nil }
        switch kind {
        case .real: return cell.tag == .int ? .real(Double(cell.bits)) : cell
        case .text, .label, .uuid, .json: return cell.tag == .int ? pool.cell(String(cell.bits)) : cell
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

    func keep() { undos.removeAll(keepingCapacity: true) }

    func drop() {
        while let undo = undos.popLast() {
            switch undo {
            case .cell(let column, let slot, let cell, let stamp):
                column.cells[slot] = cell
                column.stamp = stamp
            case .came(let table, let slot, let stamps):
                if let place = table.live.lastIndex(of: slot) { table.live.remove(at: place) }
                for (column, stamp) in zip(table.columns, stamps) { column.stamp = stamp }
            case .went(let table, let slot, let place, let stamps):
                table.live.insert(slot, at: place)
                for (column, stamp) in zip(table.columns, stamps) { column.stamp = stamp }
            }
        }
    }

    private func touch(_ table: PlanTable) -> [Int] {
        let stamps = table.columns.map(\.stamp)
        clock += 1
        for column in table.columns { column.stamp = clock }
        return stamps
    }

    private func remove(_ slot: Int, _ row: FixtureRow) {
        let table = tables[row.table]
        guard let place = table.live.firstIndex(of: Int32(slot)) else { return }
        table.live.remove(at: place)
        undos.append(.went(table, Int32(slot), at: place, stamps: touch(table)))
    }

    private func change(_ slot: Int, _ old: FixtureRow, _ new: FixtureRow) -> Bool {
        let table = tables[new.table]
        for (place, definition) in schema.tables[new.table].columns.enumerated()
        where old.values[place] != new.values[place] {
            guard let cell = cell(new.values[place], definition.kind) else { return false }
            let column = table.columns[place]
            undos.append(.cell(column, slot, column.cells[slot], stamp: column.stamp))
            column.cells[slot] = cell
            clock += 1
            column.stamp = clock
        }
        return true
    }

    private func insert(_ slot: Int, _ row: FixtureRow) -> Bool {
        let table = tables[row.table]
        for (place, definition) in schema.tables[row.table].columns.enumerated() {
            guard let cell = cell(row.values[place], definition.kind) else { return false }
            table.columns[place].reserve(slot + 1)
            table.columns[place].cells[slot] = cell
        }
        var at = table.live.count
        if let counter = table.counter {
            let cells = table.columns[counter].cells
            while at > 0, cells[Int(table.live[at - 1])].bits > cells[slot].bits { at -= 1 }
        }
        table.live.insert(Int32(slot), at: at)
        undos.append(.came(table, Int32(slot), stamps: touch(table)))
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

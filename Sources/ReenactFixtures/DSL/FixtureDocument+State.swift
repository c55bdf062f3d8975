extension FixtureDocument {
    /// A state in words, table by table.
    ///
    /// - Parameter recorded: every value that the recording holds; others are marked as invented.
    init(_ state: FixtureState, _ schema: Schema, _ dialect: SQLDialect, recorded: Set<SQLValue>) {
        items = []
        var byTable: [Int: [FixtureRow]] = [:]
        var order: [Int] = []
        for row in FixtureScript.ordered(state.rows, schema) {
            if byTable[row.table] == nil { order.append(row.table) }
            byTable[row.table, default: []].append(row)
        }
        for number in order {
            if !items.isEmpty { items.append(.blank) }
            items.append(.table(Self.table(schema.tables[number], byTable[number] ?? [], dialect, recorded)))
        }
        let counters = state.counters.sorted { $0.key < $1.key }
        if !counters.isEmpty, !items.isEmpty { items.append(.blank) }
        for (table, last) in counters {
            items.append(.next(Counter(table: schema.nameOfCounter(table), next: last &+ 1)))
        }
    }

    private static func table(
        _ definition: SchemaTable, _ rows: [FixtureRow], _ dialect: SQLDialect, _ recorded: Set<SQLValue>
    ) -> Table {
        var columns = definition.columns.indices.filter { column in rows.contains { $0.values[column] != nil } }
        if columns.isEmpty { columns = definition.columns.indices.filter { !definition.columns[$0].isGenerated } }
        let lines = rows.map { row in
            Table.Line.row(
                Row(
                    cells: columns.map { column in
                        guard let value = row.values[column] else { return Cell(nil) }
                        let kind = definition.columns[column].kind
                        return Cell(
                            value, isInvented: !value.isNull && !recorded.contains(value),
                            isForced: !FixtureBinding.fits(value, kind, dialect))
                    }))
        }
        return Table(name: definition.name, columns: columns.map { definition.columns[$0].name }, lines: lines)
    }

    /// The statement on one line, without comments; nil where that would change what it says.
    static func oneLine(_ sql: String) -> String? {
        var out: [UInt8] = []
        let bytes = Array(sql.utf8)
        var at = 0
        var isApart = false
        while at < bytes.count {
            let byte = bytes[at]
            let next = at + 1 < bytes.count ? bytes[at + 1] : 0
            if byte <= 0x20 {
                at += 1
                isApart = true
                continue
            }
            if byte == UInt8(ascii: "-"), next == byte {
                while at < bytes.count, bytes[at] != 0x0A { at += 1 }
                continue
            }
            if byte == UInt8(ascii: "/"), next == UInt8(ascii: "*") {
                at += 2
                while at + 1 < bytes.count, bytes[at] != UInt8(ascii: "*") || bytes[at + 1] != UInt8(ascii: "/") {
                    at += 1
                }
                at += 2
                isApart = true
                continue
            }
            if isApart, !out.isEmpty { out.append(0x20) }
            isApart = false
            var end = at + 1
            if "'\"`".utf8.contains(byte) {
                while end < bytes.count, bytes[end] != byte { end += 1 }
                end += 1
                guard end <= bytes.count, !bytes[at..<end].contains(where: { $0 < 0x20 }) else { return nil }
            } else if byte == UInt8(ascii: "$"), next == byte {
                return nil
            }
            out += bytes[at..<end]
            at = end
        }
        return out.isEmpty ? nil : String(decoding: out, as: UTF8.self)
    }
}

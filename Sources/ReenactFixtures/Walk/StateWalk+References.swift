/// No step leaves a reference that points nowhere: what a row refers to comes with it. The engine would refuse the whole state
/// for one such row, in the end.
extension StateWalk {
    /// The edits with the rows that they refer to; nil where one would be lacking, or others refer to what goes.
    func completed(_ edits: [RowEdit]) -> [RowEdit]? {
        var all = edits
        var known: Edits?
        func those() -> Edits {
            if let known { return known }
            let made = Dictionary(all.map { ($0.slot, $0) }, uniquingKeysWith: { $1 })
            known = made
            return made
        }
        var at = 0
        while at < all.count {
            let edit = all[at]
            at += 1
            if all.count > edits.count + 8 { return nil }
            if let row = edit.new {
                for key in schema.tables[row.table].foreign {
                    let changes = edit.old.map { old in key.columns.contains { old.values[$0] != row.values[$0] } }
                    if !(changes ?? true) || isThere(key, row, those()) { continue }
                    guard let more = parents(key, row, edit.old, those()) else { return nil }
                    all += more
                    known = nil
                }
            }
            if let old = edit.old, !isLetGo(old, edit.new, those) { return nil }
        }
        return all
    }

    /// The rows that a reference lacks.
    private func parents(_ key: ForeignKey, _ row: FixtureRow, _ old: FixtureRow?, _ edits: Edits) -> [RowEdit]? {
        guard let (parent, columns) = schema.target(key) else { return nil }
        let own = key.columns.map { row.values[$0] }
        if key.columns.count > 1 {
            var more = edits
            guard raise(parent, columns, own, &more) else { return nil }
            return more.values.filter { edits[$0.slot] == nil }.sorted { $0.slot < $1.slot }
        }
        if dice.share() < 0.25, let slot = idle(parent, edits), slot < rows.count, var row = rows[slot] {
            row.values[columns[0]] = own[0]
            if isPossible(row), !isTaken(schema.tables[parent], parent, row, but: slot) {
                return [RowEdit(slot: slot, old: rows[slot], new: row)]
            }
        }
        // Like the one that was referred to before.
        let before = dice.share() < 0.5 ? old.flatMap { referred(key, $0) } : nil
        guard var made = (before ?? dice.one(of: byTable[parent])).flatMap({ rows[$0] }) ?? first(of: parent) else {
            return nil
        }
        let table = schema.tables[parent]
        made.values[columns[0]] = own[0]
        let others = edits.values.sorted { $0.slot < $1.slot }
        for unique in table.keys where unique != columns {
            if unique.count == 1 {
                guard let fresh = newKey(Place(table: parent, column: unique[0]), 0, [], others) else { return nil }
                made.values[unique[0]] = fresh
            } else if !unique.contains(columns[0]), !free(&made, unique, 0, [], others) {
                return nil
            }
        }
        guard isPossible(made) else { return nil }
        return [RowEdit(slot: rows.count + others.filter { $0.old == nil }.count, old: nil, new: made)]
    }

    /// Nothing refers any more to a key that goes.
    private func isLetGo(_ old: FixtureRow, _ new: FixtureRow?, _ edits: () -> Edits) -> Bool {
        if referred[old.table].isEmpty { return true }
        if let new, referred[old.table].allSatisfy({ old.values[$0] == new.values[$0] }) { return true }
        for (child, definition) in schema.tables.enumerated() {
            for key in definition.foreign {
                guard let (parent, columns) = schema.target(key), parent == old.table else { continue }
                let own = columns.map { old.values[$0] }
                if own.contains(where: { $0?.isNull ?? true }) { continue }
                if let new, own == columns.map({ new.values[$0] }) { continue }
                let edits = edits()
                let remains = slots(child, key.columns, own).contains { slot in
                    guard let edit = edits[slot] else { return true }
                    return edit.new.map { row in key.columns.map { row.values[$0] } == own } ?? false
                }
                if remains, !isComing(parent, columns, own, edits) { return false }
            }
        }
        return true
    }
}

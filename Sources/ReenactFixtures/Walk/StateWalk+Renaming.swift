/// Names that stand in several tables without a reference that the schema knows: all that bear one take another at once, so that
/// what belonged together still does.
extension StateWalk {
    /// What a wrong answer shows takes the name that the right one has, wherever it stands.
    func renamed(_ index: Int, _ wrong: [SQLValue], _ right: [SQLValue]) -> [RowEdit]? {
        guard wrong.count == items[index].count,
            let answer = right.count == wrong.count ? right : dice.one(of: statements[index].recorded.rows ?? []),
            answer.count == wrong.count
        else { return nil }
        let off = items[index].indices.filter { item in
            !wrong[item].isNull && !answer[item].isNull && wrong[item] != answer[item]
                && items[index][item].map { !kinship.of($0).isEmpty } ?? false
        }
        guard let item = dice.one(of: off), let place = items[index][item], let old = Self.name(wrong[item]),
            let new = Self.name(answer[item])
        else { return nil }
        // Those that bear the new name take the old one, but for where the answer comes from.
        let way = dice.share()
        var edits: Edits = [:]
        for kin in kinship.of(place) {
            let isOwn = kin == place
            for slot in byTable[kin.table] {
                guard let row = edits[slot]?.new ?? rows[slot], let value = row.values[kin.column],
                    let name = Self.name(value), name == old || name == new
                else { continue }
                if name == new, way < 0.2 || (isOwn && way < 0.6) { continue }
                var changed = row
                changed.values[kin.column] = named(name == old ? new : old, kin)
                edits[slot] = RowEdit(slot: slot, old: rows[slot], new: changed)
            }
            if edits.count > 400 { return nil }
        }
        if way < 0.6, dice.share() < 0.6 { leave(place, new, index, wrong, &edits) }
        return edits.values.filter { $0.old != $0.new }.sorted { $0.slot < $1.slot }
    }

    /// As many of those that bore the name before go as come.
    private func leave(_ place: Place, _ name: String, _ index: Int, _ wrong: [SQLValue], _ edits: inout Edits) {
        guard let item = counts[index].first, case .int(let count) = wrong[item], count > 0, count < 200 else { return }
        var those = byTable[place.table].filter { slot in
            edits[slot] == nil && rows[slot]?.values[place.column].flatMap(Self.name) == name
        }
        // Those first of which least is known.
        func known(_ slot: Int) -> Int { rows[slot]?.values.count { $0?.isNull == false } ?? 0 }
        those.sort { (known($0), $0) < (known($1), $1) }
        for _ in 0..<min(Int(count), those.count) {
            let slot = those.remove(at: dice.share() < 0.5 ? 0 : dice.below(those.count))
            edits[slot] = RowEdit(slot: slot, old: rows[slot], new: nil)
        }
    }

    /// What columns of different kinds have in common.
    private static func name(_ value: SQLValue) -> String? {
        switch value {
        case .int(let number): String(number)
        case .text(let text): text
        default: nil
        }
    }

    private func named(_ name: String, _ place: Place) -> SQLValue {
        if schema.tables[place.table].columns[place.column].kind != .text, let number = Int64(name) {
            return .int(number)
        }
        return .text(name)
    }
}

/// Sums and means of nothing: they are NULL where every number behind them is, and are something where one is.
extension StateWalk {
    func hollowed(_ index: Int, _ wrong: [SQLValue], _ right: [SQLValue]) -> [RowEdit]? {
        guard wrong.count == items[index].count, right.count == wrong.count, let plan = plans[index] else { return nil }
        let off = plainTotals[index].filter { wrong[$0.item].isNull != right[$0.item].isNull }
        guard let total = dice.one(of: off) else { return nil }
        let (table, column) = (total.place.table, total.place.column)
        guard isFree(total.place), !schema.tables[table].columns[column].isNotNull else { return nil }
        let members = plan.behind(wrong, &dice, all: true).filter { $0.table == table }.map(\.slot)
        if members.isEmpty || members.count > 150 { return nil }
        if right[total.item].isNull {
            let edits = members.compactMap { changed($0, column, .null) }
            return edits.isEmpty ? nil : edits
        }
        guard let want = right[total.item].double, let number = number(want, at: total.place, within: 1e-8),
            let one = dice.one(of: members)
        else { return nil }
        return changed(one, column, number).map { [$0] }
    }
}

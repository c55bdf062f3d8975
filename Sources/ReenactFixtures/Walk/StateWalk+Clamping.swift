/// The greatest or least of many numbers: all that lie beyond what was recorded come back behind it, and others beside them take
/// what they lose, so that sums and means stay.
extension StateWalk {
    /// An item that shows a column's greatest or least value.
    struct Extreme {
        var item: Int
        var place: Place
        var isGreatest: Bool
        /// It is shown row by row, each that has it once.
        var isOfRows: Bool
    }

    static func extremes(_ statement: ReadyStatement, _ inverter: Inverter) -> [Extreme] {
        guard case .select(let query)? = statement.parsed, case .select(let select) = query.body else { return [] }
        func extreme(_ expression: SQLExpr, _ select: SQLSelect) -> (place: Place, isGreatest: Bool)? {
            guard case .call(let call) = expression, !call.isWindow, call.filter == nil, call.arguments.count == 1,
                call.name == "MAX" || call.name == "MIN", let place = inverter.column(call.arguments[0], select)
            else { return nil }
            return (place, call.name == "MAX")
        }
        var found = select.items.enumerated().compactMap { item, shown in
            extreme(shown.expression, select).map {
                Extreme(item: item, place: $0.place, isGreatest: $0.isGreatest, isOfRows: false)
            }
        }
        // WHERE amount = (SELECT MAX(amount) …)
        for part in select.condition?.conjuncts ?? [] {
            guard case .compare("=", let left, .subquery(let inner)) = part, case .select(let own) = inner.body,
                own.items.count == 1, own.groups.isEmpty, let outer = extreme(own.items[0].expression, own),
                let place = inverter.column(left, select), place == outer.place,
                let item = select.items.firstIndex(where: { inverter.column($0.expression, select) == place })
            else { continue }
            found.append(Extreme(item: item, place: place, isGreatest: outer.isGreatest, isOfRows: true))
        }
        return found
    }

    func clamped(_ index: Int, _ wrong: [SQLValue], _ right: [SQLValue]) -> [RowEdit]? {
        guard let extreme = dice.one(of: extremes[index]), extreme.item < right.count,
            let bound = right[extreme.item].double, let step = steps(extreme.place)
        else { return nil }
        let place = extreme.place
        let sign = extreme.isGreatest ? 1.0 : -1.0
        func number(_ slot: Int) -> Double? { rows[slot]?.values[place.column]?.double }
        var slots = byTable[place.table]
        if !extreme.isOfRows {
            let members = plans[index]?.behind(wrong, &dice, all: true).filter { $0.table == place.table } ?? []
            if !members.isEmpty { slots = members.map(\.slot) }
        }
        var beyond = slots.filter { slot in number(slot).map { ($0 - bound) * sign > 0 } ?? false }
        if extreme.isOfRows {
            let wanted = (statements[index].recorded.rows ?? []).count { $0[extreme.item].double == bound }
            var at = slots.filter { number($0) == bound }
            for _ in 0..<max(0, min(wanted, at.count)) { at.remove(at: dice.below(at.count)) }
            // One that lies beyond may be the one that stays.
            if at.isEmpty, beyond.count > 1 || dice.share() < 0.5 {
                return beyond.first.flatMap { slot in
                    self.number(bound, at: place).flatMap { changed(slot, place.column, $0) }.map { [$0] }
                }
            }
            beyond += at
        }
        guard !beyond.isEmpty, beyond.count <= 120 else { return nil }
        let beside = companions(place)
        let isBeyond = Set(beyond)
        var edits: Edits = [:]
        func now(_ slot: Int) -> Double? {
            if let edit = edits[slot] { return edit.new?.values[place.column]?.double }
            return number(slot)
        }
        func set(_ slot: Int, _ value: Double) -> Bool {
            guard let made = self.number(value, at: place), var new = edits[slot] == nil ? rows[slot] : edits[slot]?.new
            else { return false }
            new.values[place.column] = made
            if isTaken(schema.tables[place.table], place.table, new, but: slot) { return false }
            return follow(slot, new, &edits)
        }
        let spread = dice.share() < 0.5 ? 3 : 400
        for slot in beyond {
            guard let old = number(slot) else { continue }
            var lost: Double?
            for _ in 0..<6 where lost == nil {
                let value = bound - sign * step * Double(dice.below(spread) + (extreme.isOfRows ? 1 : 0))
                if set(slot, value) { lost = old - value }
            }
            guard var left = lost else { return nil }
            // Those of its group that are farthest from the bound take it.
            let others = (beside[slot].map { beside.members[$0] } ?? [])
                .filter { !isBeyond.contains($0) && now($0) != nil }
                .sorted { ((now($0) ?? 0) * sign, $0) < ((now($1) ?? 0) * sign, $1) }
            for other in others.prefix(6) where abs(left) > 1e-9 {
                guard let own = now(other) else { continue }
                let room = (bound - sign * step - own) * sign
                if room <= 0 { break }
                let takes = sign * min(room, left * sign)
                if set(other, own + takes) { left -= takes }
            }
        }
        guard isSound(edits) else { return nil }
        return edits.values.sorted { $0.slot < $1.slot }
    }

    /// Rows whose numbers are added up together by some statement.
    private struct Beside {
        var groups: [Int: Int] = [:]
        var members: [[Int]] = []

        subscript(_ slot: Int) -> Int? { groups[slot] }
    }

    private func companions(_ place: Place) -> Beside {
        var found = Beside()
        let those = statements.indices.filter { index in plainTotals[index].contains { $0.place == place } }
        guard let index = dice.one(of: those), let plan = plans[index] else { return found }
        let answers = (statements[index].recorded.rows ?? []) + (mismatch(index)?.extra ?? [])
        for answer in answers.prefix(60) {
            let slots = plan.behind(answer, &dice, all: true).filter { $0.table == place.table }.map(\.slot)
            for slot in slots where found.groups[slot] == nil { found.groups[slot] = found.members.count }
            found.members.append(slots)
        }
        return found
    }
}

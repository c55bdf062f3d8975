/// From the totals of a group to the programme that says how many rows of each kind it has.
struct MixtureBuild {
    /// What one row of a kind adds to a sum: nothing, or a number, of which a part may be open.
    enum Share {
        case null
        case number(Double, opens: [(place: Int, factor: Double)])
    }

    struct Kind {
        /// By atom.
        var cells: [Inverter.Cell]
        /// By atom: the open number, where there is one.
        var opens: [Int?]
    }

    let inverter: Inverter
    let select: SQLSelect
    let atoms: [GroupAtoms.Atom]
    let looking: Evaluator
    let members: [Scope]
    let outer: [Scope]
    private(set) var kinds: [Kind] = []
    private(set) var opens: [GroupMixture.Open] = []
    var bounds: [GroupMixture.Bound] = []
    private(set) var shares: [SQLExpr: [Share]] = [:]
    private let evaluator: Evaluator

    init(
        _ inverter: Inverter, _ select: SQLSelect, _ atoms: [GroupAtoms.Atom], looking: Evaluator, members: [Scope],
        outer: [Scope]
    ) {
        (self.inverter, self.select, self.atoms, self.looking) = (inverter, select, atoms, looking)
        (self.members, self.outer) = (members, outer)
        evaluator = inverter.evaluator
    }

    // MARK: kinds

    /// All combinations of what the atoms can hold that belong to the group and differ in some total. False where there are too many,
    /// or a total is none of numbers.
    mutating func makeKinds(_ totals: [MixedTotal], _ keys: [(SQLExpr, Term)], wide: Double) -> Bool {
        let cells = atoms.map { inverter.cells($0, select, wide: wide) }
        var combinations: [[Inverter.Cell]] = [[]]
        for list in cells {
            combinations = combinations.flatMap { start in list.map { start + [$0] } }
            if combinations.count > 1500 { return false }
        }
        let conditions = [select.condition] + select.from.filter { $0.join == .inner || $0.join == .cross }.map(\.on)
        let stated = conditions.compactMap { $0.map { inverter.canonical($0, select) } }
        combinations = combinations.filter { cells in
            stated.allSatisfy { condition in
                condition.conjuncts.allSatisfy { evaluator.truth(held($0, cells), []) != false }
            }
                && keys.allSatisfy { key, output in
                    guard let wanted = inverter.tableau.value(output),
                        let mine = evaluator.value(evaluator.term(held(key, cells), []))
                    else { return true }
                    return mine.matches(wanted)
                } && !failsCheck(cells)
        }
        let arguments = Set(totals.flatMap { $0.calls.compactMap(GroupGoals.argument) })
        // To a sum alone NULL is nothing; that it is not all there is does no harm.
        let counted = totals.flatMap { total in
            total.calls.filter { total.value.isNull || $0.filter == nil && !["SUM", "TOTAL"].contains($0.name) }
        }
        let summed = arguments.subtracting(counted.compactMap(GroupGoals.argument))
        for combination in combinations {
            var kind = Kind(cells: combination, opens: combination.map { _ in nil })
            var mine: [SQLExpr: Share] = [:]
            for argument in arguments {
                guard let share = share(argument, &kind, kinds.count) else { return false }
                if case .null = share, summed.contains(argument) {
                    mine[argument] = .number(0, opens: [])
                } else {
                    mine[argument] = share
                }
            }
            guard edgesHold(totals, mine), !isKnown(mine) else {
                opens.removeAll { $0.kind == kinds.count }
                continue
            }
            for (argument, share) in mine { shares[argument, default: []].append(share) }
            kinds.append(kind)
            if kinds.count > 60 { return false }
        }
        if !totals.contains(where: { $0.calls.contains { $0.name == "MIN" || $0.name == "MAX" } }) { joinNeighbours() }
        return !kinds.isEmpty
    }

    /// A number at an edge that no total tells from those beside it is one of them.
    private mutating func joinNeighbours() {
        var gone: Set<Int> = []
        for (point, kind) in kinds.enumerated() where kind.opens.allSatisfy({ $0 == nil }) {
            for (place, other) in kinds.enumerated() {
                let differing = atoms.indices.filter { kind.cells[$0].value != other.cells[$0].value }
                guard differing.count == 1, let atom = differing.first, let open = other.opens[atom],
                    other.opens.compactMap({ $0 }).count == 1, let number = kind.cells[atom].value.looseDouble
                else { continue }
                let range = opens[open]
                let isBelow = abs(range.low - range.unit - number) < range.unit / 2
                guard isBelow || abs(range.high + range.unit - number) < range.unit / 2 else { continue }
                let isSame = shares.values.allSatisfy { list in
                    switch (list[point], list[place]) {
                    case (.null, .null): true
                    case (.number(let fixed, _), .number(let rest, let parts)):
                        abs(parts.reduce(rest) { $0 + $1.factor * number } - fixed) < 1e-9 * max(1, abs(fixed))
                    default: false
                    }
                }
                guard isSame else { continue }
                if isBelow { opens[open].low = number } else { opens[open].high = number }
                gone.insert(point)
                break
            }
        }
        if gone.isEmpty { return }
        let left = kinds.indices.filter { !gone.contains($0) }
        for place in opens.indices { opens[place].kind = left.firstIndex(of: opens[place].kind) ?? 0 }
        kinds = left.map { kinds[$0] }
        shares = shares.mapValues { list in left.map { list[$0] } }
    }

    /// The expression with what the cells stand for in the atoms' places.
    private func held(
        _ expression: SQLExpr, _ cells: [Inverter.Cell], _ place: Int? = nil, _ number: Double = 0
    ) -> SQLExpr {
        expression.mapped { part in
            guard let atom = atoms.firstIndex(where: { $0.expression == part }) else {
                guard let atom = atoms.firstIndex(where: { $0.leaning == part }) else { return nil }
                return .value(cells[atom].value.isNull ? .null : .text("there"))
            }
            if atom == place, let range = cells[atom].range { return .value(inverter.number(number, range.unit)) }
            return .value(cells[atom].value)
        }
    }

    func isTrue(_ condition: SQLExpr, _ kind: Kind) -> Bool {
        evaluator.truth(held(condition, kind.cells), []) == true
    }

    private func number(_ expression: SQLExpr) -> SQLValue? { evaluator.value(evaluator.term(expression, [])) }

    private mutating func share(_ argument: SQLExpr, _ kind: inout Kind, _ place: Int) -> Share? {
        guard let value = number(held(argument, kind.cells)) else { return nil }
        if value.isNull { return .null }
        guard let middle = value.looseDouble else {
            // Of texts only how many there are is asked for.
            return .number(1, opens: [])
        }
        var rest = middle
        var found: [(Int, Double)] = []
        for (atom, cell) in kind.cells.enumerated() {
            guard let range = cell.range, let at = cell.value.looseDouble else { continue }
            guard let low = number(held(argument, kind.cells, atom, range.low))?.looseDouble,
                let high = number(held(argument, kind.cells, atom, range.high))?.looseDouble
            else { return nil }
            if low == high, low == middle { continue }
            let factor = (high - low) / (range.high - range.low)
            // A straight line, or none at all.
            guard abs(low + factor * (at - range.low) - middle) < 1e-6 * max(1, abs(middle)), found.isEmpty else {
                return nil
            }
            let open = kind.opens[atom] ?? opens.count
            if kind.opens[atom] == nil {
                opens.append(.init(kind: place, low: range.low, high: range.high, unit: range.unit))
                kind.opens[atom] = open
            }
            found.append((open, factor))
            rest -= factor * at
        }
        return .number(rest, opens: found)
    }

    /// MIN and MAX leave nothing outside of them.
    private func edgesHold(_ totals: [MixedTotal], _ shares: [SQLExpr: Share]) -> Bool {
        totals.allSatisfy { total in
            guard case .call(let call) = total.expression, call.name == "MIN" || call.name == "MAX", total.sign == "=",
                let edge = total.value.looseDouble, let argument = GroupGoals.argument(call),
                case .number(let fixed, let parts)? = shares[argument]
            else { return true }
            var (low, high) = (fixed, fixed)
            for part in parts {
                let open = opens[part.place]
                low += min(part.factor * open.low, part.factor * open.high)
                high += max(part.factor * open.low, part.factor * open.high)
            }
            return call.name == "MIN" ? low >= edge - 1e-9 : high <= edge + 1e-9
        }
    }

    /// Two kinds that no total tells apart are one.
    private func isKnown(_ mine: [SQLExpr: Share]) -> Bool {
        kinds.indices.contains { place in
            mine.allSatisfy { argument, share in
                guard let other = shares[argument]?[place] else { return false }
                switch (share, other) {
                case (.null, .null): return true
                case (.number(let a, let x), .number(let b, let y)): return a == b && x.isEmpty && y.isEmpty
                default: return false
                }
            }
        }
    }

    private func failsCheck(_ cells: [Inverter.Cell]) -> Bool {
        for source in select.from {
            guard case .table(let name) = source.what, let place = inverter.schema.place(name) else { continue }
            let table = inverter.schema.tables[place]
            if table.checks.isEmpty { continue }
            var values: [SQLValue?] = table.columns.map { _ in nil }
            for (atom, cell) in zip(atoms, cells) where cell.range == nil {
                guard case .column(let alias?, let name, _) = atom.expression, Evaluator.same(alias, source.alias),
                    let column = table.place(name)
                else { continue }
                values[column] = cell.value
            }
            if !table.failing(values, inverter.dialect).isEmpty { return true }
        }
        return false
    }

    // MARK: rows

    /// What is asked of each row.
    func needs(_ answer: GroupMixture.Answer) -> [[Inverter.Need]] {
        var needs: [[Inverter.Need]] = []
        for (place, kind) in kinds.enumerated() where answer.rows[place] > 0 {
            let rows = answer.rows[place]
            let shared = kind.opens.map { open in
                open.map { GroupMixture.shares(of: answer.sums[$0], opens[$0], rows) }
            }
            for row in 0..<rows {
                needs.append(
                    zip(atoms, zip(kind.cells, shared)).map { atom, holds in
                        let (cell, numbers) = holds
                        if let numbers, let unit = cell.range?.unit {
                            return .init(
                                argument: atom.expression, place: .init(value: inverter.number(numbers[row], unit)))
                        }
                        return .init(
                            argument: cell.value.isNull ? atom.leaning ?? atom.expression : atom.expression,
                            place: cell.isAny ? .init(isPresent: true) : .init(value: cell.value))
                    })
            }
        }
        return needs
    }
}

extension SQLValue {
    var isInteger: Bool { if case .int = self { true } else { false } }
}

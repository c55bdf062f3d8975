/// How large a group is, and what its values can be.
extension Inverter {
    /// How many rows the group has in the end.
    func size(_ goals: GroupGoals, _ members: [Scope], _ outer: [Scope]) -> Int {
        if let count = goals.count { return count }
        var least = max(members.count, goals.least)
        var ones = 0
        var divisors: [Int] = []
        for goal in goals.columns {
            var present = 0
            var values: Set<SQLValue> = []
            for member in members {
                let value = tableau.value(evaluator.term(goal.argument, [member] + outer))
                if value?.isNull != true { present += 1 }
                if let value, !value.isNull { values.insert(value) }
            }
            if let count = goal.count { least = max(least, members.count - present + count) }
            if goals.columns.count == 1 || goal.count == nil { least = max(least, parcels(goal, members, outer)) }
            let free = members.count { locked(goal.argument, [$0] + outer) == nil }
            var needed = 0
            for edge in [goal.low, goal.high] {
                if let edge, !values.contains(where: { $0.matches(edge) }) {
                    needed += 1
                    values.insert(edge)
                }
            }
            if let distinct = goal.distinct { needed = max(needed, distinct - values.count + needed) }
            if goal.sum != nil || goal.average != nil { needed = max(needed, Self.least(goal, members.isEmpty)) }
            if case .when = goal.argument, let sum = goal.sum.flatMap(GroupGoals.integer), sum >= 0,
                isCounter(goal.argument)
            {
                ones += sum
                needed = 0
            }
            if members.isEmpty, goal.average == nil, let sum = goal.sum, dialect == .sqlite,
                kind(goal.argument) == .decimal, case .column = goal.argument, case .real(let whole) = sum,
                whole == whole.rounded()
            {
                needed = max(needed, 2 + Set([goal.low, goal.high].compactMap { $0 }).count)
            }
            if let average = goal.average, goal.count == nil {
                // A mean of whole numbers tells of how many: that, or a multiple.
                let divisor = divisor(average, goal)
                if members.isEmpty {
                    needed = max(needed, divisor)
                } else {
                    divisors.append(divisor)
                    let locked = members.compactMap { self.locked(goal.argument, [$0] + outer)?.looseDouble }
                    if let size = Self.size(goal, locked, atLeast: least, divisor) { least = max(least, size) }
                }
            }
            if isSingle(goal.argument), members.isEmpty, needed > 0, goal.average == nil || goal.sum != nil,
                let whole = (goal.sum ?? goal.average)?.looseDouble, Double(Float(whole)) != whole
            {
                // Three short fractions make a long one.
                needed = max(needed, 3)
            }
            if needed > free { least = max(least, members.count + needed - free) }
        }
        for divisor in divisors where divisor > 1 { least = (least + divisor - 1) / divisor * divisor }
        let mixed = goals.columns.contains { if case .when = $0.argument { !isCounter($0.argument) } else { false } }
        if mixed, members.isEmpty { least = max(least, goals.columns.count) }
        return min(max(least, ones, members.isEmpty ? 1 : 0), max(goals.most, 1))
    }

    /// How many rows a sum takes where CHECKs say how large a value can be.
    private func parcels(_ goal: GroupGoals.Column, _ members: [Scope], _ outer: [Scope]) -> Int {
        guard let sum = goal.sum?.looseDouble, case .column(let alias, let name, _) = goal.argument else { return 0 }
        var found: ColumnDomain?
        if let first = members.first, case .variable(let cell)? = evaluator.lookup(alias, name, [first] + outer) {
            let known = tableau.variables[tableau.root(cell)]
            if known.table >= 0 { found = schema.tables[known.table].columns[known.column].domain }
        } else {
            found =
                schema.tables.lazy.compactMap { table in table.place(name).flatMap { table.columns[$0].domain } }.first
        }
        guard let most = found?.most, most > 0, sum > most else { return 0 }
        let locked = members.compactMap { self.locked(goal.argument, [$0] + outer)?.looseDouble }
        let rest = sum - locked.reduce(0, +)
        return rest > 0 ? locked.count + Int(min((rest / most).rounded(.up), 5000)) : 0
    }

    /// The fewest values between the edges that have that sum or mean.
    private static func least(_ goal: GroupGoals.Column, _ isNew: Bool) -> Int {
        guard isNew, goal.low != nil || goal.high != nil else { return goal.low == nil && goal.high == nil ? 1 : 0 }
        let low = goal.low?.looseDouble
        let high = goal.high?.looseDouble
        var edges = 0.0
        var count = 0
        for edge in Set([low, high].compactMap { $0 }) {
            edges += edge
            count += 1
        }
        for total in count..<400 {
            guard let sum = goal.sum?.looseDouble ?? goal.average?.looseDouble.map({ $0 * Double(total) }) else {
                return count
            }
            let rest = sum - edges
            if total == count {
                if abs(rest) < 1e-9 * max(1, abs(sum)) { return total }
                continue
            }
            let share = rest / Double(total - count)
            if share >= (low ?? -.infinity) - 1e-9, share <= (high ?? .infinity) + 1e-9 { return total }
        }
        return count
    }

    /// The fewest values with that mean, those among them that are settled, the others between the edges.
    private static func size(
        _ goal: GroupGoals.Column, _ locked: [Double], atLeast least: Int, _ divisor: Int
    ) -> Int? {
        guard let mean = goal.average?.looseDouble else { return nil }
        let edges = Set([goal.low, goal.high].compactMap { $0?.looseDouble }).subtracting(locked)
        let (low, high) = (goal.low?.looseDouble ?? -.infinity, goal.high?.looseDouble ?? .infinity)
        let settled = (locked + edges).reduce(0, +)
        let count = locked.count + edges.count
        let first = (max(least, count, 1) + divisor - 1) / divisor * divisor
        return stride(from: first, through: first + 400 * divisor, by: divisor).first { total in
            let (rest, free) = (mean * Double(total) - settled, Double(total - count))
            if free == 0 { return abs(rest) < 1e-6 * max(1, abs(settled)) }
            return rest >= low * free - 1e-9 && rest <= high * free + 1e-9
        }
    }

    /// `CASE WHEN … THEN 1 ELSE 0 END`.
    private func isCounter(_ argument: SQLExpr) -> Bool {
        guard case .when(_, let branches, let otherwise) = argument else { return false }
        return branches.count == 1 && branches[0].result == .value(.int(1))
            && (otherwise == nil || otherwise == .value(.int(0)))
    }

    /// The least number of whole values that have this mean.
    private func divisor(_ average: SQLValue, _ goal: GroupGoals.Column) -> Int {
        guard let mean = average.looseDouble else { return 1 }
        if isSingle(goal.argument) {
            // As many as make the sum lie on a grid of short fractions.
            for count in 1...400 {
                for power in [0, 4, 8, 12, 16, 18, 20, 22] {
                    let grid = Double(1 << power)
                    let near = (mean * Double(count) * grid).rounded() / grid
                    if near / Double(count) == mean { return count }
                }
            }
            return 3
        }
        let kind = Self.isWholeNumber(goal.argument) ? .integer : kind(goal.argument)
        let scale: Double
        switch kind {
        case .integer, .boolean: scale = 1
        case .decimal: scale = 100
        case .text where dialect == .sqlite: return textMean(mean)
        default: return 1
        }
        for count in 1...400 {
            let sum = mean * Double(count) * scale
            if abs(sum - sum.rounded()) < 1e-7 * max(1, abs(sum) * 1e-3) { return count }
        }
        // Of so many the sum is told to the last digit.
        for count in 401...5000 where (mean * Double(count) * scale).rounded() / scale / Double(count) == mean {
            return count
        }
        return 1
    }

    /// Of numbers kept as texts: a fraction of many digits, which a text does not hold, comes of several.
    private func textMean(_ mean: Double) -> Int {
        if (mean * 1000).rounded() / 1000 == mean { return 1 }
        for scale in [1.0, 10, 100] {
            for count in 1...400 {
                let sum = mean * Double(count) * scale
                if abs(sum - sum.rounded()) < 1e-7 * max(1, abs(sum) * 1e-3) { return count }
            }
        }
        return 1
    }

    func kind(_ expression: SQLExpr) -> ColumnKind? {
        var found: ColumnKind?
        expression.walk { part in
            guard case .column(_, let name, _) = part else { return }
            for table in schema.tables {
                if let place = table.place(name) { found = found ?? table.columns[place].kind }
            }
            found = found ?? derivedKinds[name.lowercased()]
        }
        return found
    }

    func values(_ goal: GroupGoals.Column, _ select: SQLSelect) -> GroupValues {
        var choices: [SQLValue] = []
        if case .when(_, let branches, let otherwise) = goal.argument {
            for result in branches.map(\.result) + [otherwise ?? .value(.null)] {
                if case .value(let value) = result { choices.append(value) } else { choices = [] }
            }
            if branches.count + 1 != choices.count { choices = [] }
        }
        let domain = column(goal.argument, select).flatMap { schema.tables[$0.table].columns[$0.column].domain }
        if choices.isEmpty, let list = domain?.values, list.count == 2, list.allSatisfy({ $0.double != nil }) {
            choices = list
        }
        let kind =
            column(goal.argument, select).map { schema.tables[$0.table].columns[$0.column].kind } ?? kind(goal.argument)
        var isWhole = false
        var scale: Int?
        if case .column = goal.argument {
            switch kind {
            case .integer, .boolean: isWhole = true
            case .decimal:
                scale = column(goal.argument, select).flatMap { schema.tables[$0.table].columns[$0.column].scale } ?? 2
            default: break
            }
        } else if Self.isWholeNumber(goal.argument) {
            isWhole = true
        } else if case .int? = goal.sum {
            isWhole = true
        } else if kind == .decimal {
            scale = dialect == .postgres ? 6 : nil
        }
        if case .number(let text)? = goal.sum, let dot = text.firstIndex(of: ".") {
            scale = max(scale ?? 0, text.distance(from: dot, to: text.endIndex) - 1)
            isWhole = false
        }
        return GroupValues(
            goal: goal, isWhole: isWhole, scale: scale, isEven: options.isEven, nudge: options.nudge,
            isPlain: options.isPlain, choices: choices,
            isKey: isCounted(goal.argument, select), isApart: isApart(goal.argument, select),
            isSingle: isSingle(goal.argument),
            isNullable: column(goal.argument, select).map { !schema.tables[$0.table].columns[$0.column].isNotNull }
                ?? false,
            domain: domain,
            dialect: dialect)
    }

    /// A column of short binary fractions takes part.
    private func isSingle(_ expression: SQLExpr) -> Bool {
        var found = false
        expression.walk { part in
            guard case .column(_, let name, _) = part else { return }
            let first = schema.tables.lazy.compactMap { table in table.place(name).map { table.columns[$0] } }.first
            found = found || first?.isSingle ?? false
        }
        return found
    }

    /// A key of the very rows that are counted: as many values as rows.
    private func isCounted(_ expression: SQLExpr, _ select: SQLSelect) -> Bool {
        guard let place = column(expression, select), schema.tables[place.table].keys.contains([place.column]) else {
            return false
        }
        let facts = facts(select)
        return select.from.contains { source in
            guard case .table(let name) = source.what, schema.place(name) == place.table, facts.contains(source.alias)
            else { return false }
            if case .column(let alias?, _, _) = expression { return Evaluator.same(alias, source.alias) }
            return true
        }
    }

    /// A column of a key whose other columns the group has in common.
    private func isApart(_ expression: SQLExpr, _ select: SQLSelect) -> Bool {
        if isCounted(expression, select) { return true }
        guard let place = column(expression, select) else { return false }
        var common = Set(
            select.groups.compactMap { group -> Int? in
                let named = evaluator.resolved(group, select, [Scope(sources: evaluator.openSources(select, 0))])
                guard let other = column(named, select), other.table == place.table else { return nil }
                return other.column
            })
        for case .compare("=", let left, .value) in select.condition?.conjuncts ?? [] {
            if let other = column(left, select), other.table == place.table { common.insert(other.column) }
        }
        return schema.tables[place.table].keys.contains { key in
            key.count > 1 && key.contains(place.column)
                && key.allSatisfy { $0 == place.column || common.contains($0) }
        }
    }

    /// The column behind an expression of that select.
    func column(_ expression: SQLExpr, _ select: SQLSelect) -> Place? {
        guard case .column(let alias, let name, _) = expression else { return nil }
        for source in select.from {
            guard case .table(let table) = source.what, let place = schema.place(table) else { continue }
            if let alias, !Evaluator.same(alias, source.alias) { continue }
            if let column = schema.tables[place].place(name) { return Place(table: place, column: column) }
        }
        return nil
    }

    func freshValue(_ place: Place?) -> SQLValue? {
        guard let place else {
            serial += 1
            return .int(Int64(serial))
        }
        let column = schema.tables[place.table].columns[place.column]
        if column.kind == .boolean { return nil }
        let counted = column.kind == .integer ? place : nil
        if let counted, let last = ceiling(counted) {
            // Ids that the recording saw given out came after all that were there.
            let taken = Set(
                tableau.byTable[place.table].compactMap { row -> SQLValue? in
                    let root = tableau.root(tableau.rows[row].cells[place.column])
                    return tableau.variables[root].value ?? tableau.assumed[root]
                })
            for number in stride(from: Int64(1), through: min(last, 100_000), by: 1) {
                if !isSpokenOf(.int(number)), !taken.contains(.int(number)) { return .int(number) }
            }
            for number in stride(from: Int64(1), through: min(last, 100_000), by: 1) {
                if !taken.contains(.int(number)), !isNamedKey(place, .int(number)) { return .int(number) }
            }
            return nil
        }
        for _ in 0..<(column.domain == nil ? 1000 : 3) {
            serial += 1
            let value = Values.numbered(column, Int64(serial), dialect)
            if isSpokenOf(value) || column.domain?.takes(value) == false { continue }
            return value
        }
        guard let list = column.domain?.candidates(), !list.isEmpty else { return nil }
        let open = list.filter { !isSpokenOf($0) }
        return (open.isEmpty ? list : open)[serial % (open.isEmpty ? list : open).count]
    }

    /// The sources that are counted: nothing else in the select points at them by a key of theirs.
    func facts(_ select: SQLSelect) -> Set<String> {
        var parents: Set<String> = []
        var parts = select.condition?.conjuncts ?? []
        for source in select.from { parts += source.on?.conjuncts ?? [] }
        func isKey(_ expression: SQLExpr) -> String? {
            guard case .column(let alias, let name, _) = expression else { return nil }
            for source in select.from {
                guard case .table(let table) = source.what, let place = schema.place(table) else { continue }
                if let alias, !Evaluator.same(alias, source.alias) { continue }
                if let column = schema.tables[place].place(name) {
                    return schema.tables[place].keys.contains([column]) ? source.alias : nil
                }
            }
            return nil
        }
        for case .compare("=", let left, let right) in parts {
            guard case .column = left, case .column = right else { continue }
            if let parent = isKey(right), isKey(left) == nil { parents.insert(parent) }
            if let parent = isKey(left), isKey(right) == nil { parents.insert(parent) }
        }
        for (index, source) in select.from.enumerated() where !source.using.isEmpty && index > 0 {
            for (mine, other) in [(source, select.from[index - 1]), (select.from[index - 1], source)] {
                if case .table(let name) = mine.what, let table = schema.place(name),
                    schema.tables[table].keys.contains(source.using.compactMap { schema.tables[table].place($0) })
                {
                    parents.insert(mine.alias)
                }
                _ = other
            }
        }
        let facts = select.from.map(\.alias).filter { !parents.contains($0) }
        return Set(facts.isEmpty ? select.from.prefix(1).map(\.alias) : facts)
    }
}

/// Rows of groups: how many rows lie behind one, and what is in them.
extension Inverter {
    /// Makes the grouped select return a row with those outputs, counting what is there already.
    @discardableResult
    func produceGroup(
        _ select: SQLSelect, _ outputs: [Term]?, _ outer: [Scope], apart: [[Term]] = [], mustChange: Bool = false
    ) throws(Conflict) -> [Term] {
        var looking = evaluator
        looking.isLenient = true
        looking.assumes = true
        looking.lookup = RowLookup()
        looking.steps = StepCounter()
        var keys: [(SQLExpr, Term)] = []
        var goals = GroupGoals()
        var later: [(SQLExpr, Term)] = []
        for (item, output) in zip(select.items, outputs ?? []) {
            guard item.expression.hasAggregate else {
                keys.append((item.expression, output))
                continue
            }
            if let value = tableau.value(output) {
                if case .call = item.expression { goals.add(item.expression, value) } else { later.append((item.expression, output)) }
            } else {
                later.append((item.expression, output))
            }
        }
        let members = existing(select, keys, outer, looking)
        for (expression, output) in later {
            if let value = tableau.value(output) {
                goals.add(expression, value)
            } else if case .variable(let variable) = output {
                try open(expression, variable, members, outer, looking, &goals)
            }
        }
        having(select, members, outer, looking, &goals)
        for total in options.totals { goals.add(total.expression, total.value) }
        for bound in options.bounds { goals.bound(bound.expression, bound.sign, bound.value, current: nil) }
        return try fill(select, keys, goals, members, outer, apart, looking, mustChange)
    }

    /// A total that another query looks at, and that is not known: what its bounds allow.
    private func open(
        _ expression: SQLExpr, _ variable: Int, _ members: [Scope], _ outer: [Scope], _ looking: Evaluator,
        _ goals: inout GroupGoals
    ) throws(Conflict) {
        let known = tableau.variables[tableau.root(variable)]
        let now = looking.value(looking.term(looking.totalled(expression, members, outer), [members.first ?? Scope()] + outer))
        if let low = known.low { goals.bound(expression, low.isStrict ? ">" : ">=", low.value, current: now) }
        if let high = known.high { goals.bound(expression, high.isStrict ? "<" : "<=", high.value, current: now) }
    }

    /// The combinations that are in that group already.
    private func existing(
        _ select: SQLSelect, _ keys: [(SQLExpr, Term)], _ outer: [Scope], _ looking: Evaluator
    ) -> [Scope] {
        guard let groups = looking.groups(select, outer) else { return [] }
        for group in groups where !options.claimed.contains(group.key) {
            guard let first = group.members.first else { continue }
            let fits = keys.allSatisfy { expression, output in
                let mine = looking.term(looking.resolved(expression, select, [first] + outer), [first] + outer)
                if case .variable(let a) = mine, case .variable(let b) = output, tableau.root(a) == tableau.root(b) { return true }
                guard let wanted = tableau.value(output) else { return true }
                return looking.value(mine)?.matches(wanted) ?? false
            }
            if fits { return group.members }
        }
        return []
    }

    private func having(
        _ select: SQLSelect, _ members: [Scope], _ outer: [Scope], _ looking: Evaluator, _ goals: inout GroupGoals
    ) {
        let scopes = [members.first ?? Scope(sources: looking.openSources(select, 0))] + outer
        for part in select.having?.conjuncts ?? [] {
            var sides: [(String, SQLExpr, SQLExpr)] = []
            switch part {
            case .compare(let sign, let left, let right):
                sides = left.hasAggregate ? [(sign, left, right)] : [(Evaluator.mirrored[sign] ?? sign, right, left)]
            case .between(let inner, let low, let high, false): sides = [(">=", inner, low), ("<=", inner, high)]
            default: continue
            }
            for (sign, total, other) in sides {
                let total = looking.resolved(total, select, nil)
                guard total.hasAggregate, let value = looking.value(looking.term(other, scopes)) else { continue }
                let now = members.isEmpty ? nil : looking.value(looking.term(looking.totalled(total, members, outer), scopes))
                goals.bound(total, sign, value, current: now)
            }
        }
    }

    // MARK: filling

    private struct Need {
        var argument: SQLExpr
        var place: GroupValues.Place
    }

    private func fill(
        _ select: SQLSelect, _ keys: [(SQLExpr, Term)], _ goals: GroupGoals, _ members: [Scope], _ outer: [Scope],
        _ apart: [[Term]], _ looking: Evaluator, _ mustChange: Bool
    ) throws(Conflict) -> [Term] {
        let total = size(goals, members, outer)
        guard total - members.count <= 6000 else { throw Conflict(what: "more rows than are tried") }
        if let count = goals.count, count < members.count { throw Conflict(what: "the group has too many rows") }
        let more = max(0, total - members.count)
        var needs: [[Need]] = Array(repeating: [], count: members.count + more)
        for goal in goals.columns {
            var locked: [SQLValue] = []
            var free: [Int] = []
            for (place, member) in members.enumerated() {
                if let value = self.locked(goal.argument, [member] + outer) { locked.append(value) } else { free.append(place) }
            }
            // New rows first: they were made for this.
            free = Array(members.count..<(members.count + more)) + free
            let values = try self.values(goal, select).spread(locked: locked, free: free.count)
            for (place, value) in zip(free, values) where value.value != nil || value.isPresent || value.isDifferent {
                needs[place].append(Need(argument: goal.argument, place: value))
            }
        }
        guard !mustChange || more > 0 || needs.contains(where: { !$0.isEmpty }) else { throw Conflict(what: "nothing is missing") }
        tableau.isSoft = true
        defer { tableau.isSoft = false }
        for (member, needs) in zip(members, needs) {
            for need in needs { try meet(need, [member] + outer) }
        }
        var single = SQLSelect(from: select.from, condition: select.condition)
        var terms: [Term] = []
        for (expression, term) in keys {
            single.items.append(SQLItem(expression: resolvedKey(expression, select)))
            terms.append(term)
        }
        let fixed = single.items.count
        if let first = members.first {
            for group in select.groups {
                single.items.append(SQLItem(expression: resolvedKey(group, select)))
                terms.append(settled(evaluator.term(resolvedKey(group, select), [first] + outer)))
            }
        }
        let all = options
        defer { options = all }
        options.fresh = all.reuse == .partners ? facts(single) : []
        for member in members { options.excluded.insert(Self.rows(member)) }
        var made = members.map { [$0] + outer }
        let groupKeys = select.groups.map { resolvedKey($0, select) }
        if !apart.isEmpty, !groupKeys.isEmpty {
            options.accepts = { [evaluator, tableau] scopes in
                let mine = groupKeys.map { evaluator.term($0, scopes) }
                return !apart.contains { other in
                    zip(mine, other).allSatisfy { Self.isSame($0, $1, tableau, looking) }
                }
            }
        }
        var used = Set(members.flatMap { member in goals.columns.compactMap { self.locked($0.argument, [member] + outer) } })
        var alone = 0
        for place in 0..<more {
            let mine = needs[members.count + place]
            var scopes: [Scope] = []
            do throws(Conflict) {
                scopes = try row(single, terms, mine, outer, &used, select)
            } catch {
                // Totals that can't all be carried by one row: one after the other.
                alone += 1
                guard goals.columns.count > 1, alone <= 12 else { throw error }
                scopes = try rowForOne(single, terms, goals, made, more - place, outer, &used, select)
                made.append(scopes)
                for (index, later) in rest(goals, made, more - place - 1, outer, select).enumerated() {
                    needs[members.count + place + 1 + index] = later
                }
                made.removeLast()
            }
            made.append(scopes)
            options.excluded.insert(Self.rows(scopes[0]))
            if single.items.count == fixed {
                for group in select.groups {
                    single.items.append(SQLItem(expression: resolvedKey(group, select)))
                    terms.append(evaluator.term(resolvedKey(group, select), scopes))
                }
            }
            if isOverdue() { throw Conflict(what: "the time was over") }
        }
        return Array(terms.dropFirst(fixed))
    }

    /// One more row of the group.
    private func row(
        _ single: SQLSelect, _ terms: [Term], _ needs: [Need], _ outer: [Scope], _ used: inout Set<SQLValue>,
        _ select: SQLSelect
    ) throws(Conflict) -> [Scope] {
        steps = 0
        var one = single
        var wanted = terms
        var different: SQLExpr?
        for need in needs {
            if let value = need.place.value {
                one.items.append(SQLItem(expression: need.argument))
                wanted.append(.value(value))
            }
            if need.place.isDifferent { different = need.argument }
            if need.place.isPresent || need.place.isDifferent || need.place.value?.isNull == false {
                let present = SQLExpr.isNull(need.argument, negated: true)
                one.condition = one.condition.map { .and($0, present) } ?? present
            }
        }
        guard let different else { return try instance(one, wanted, outer) }
        one.items.append(SQLItem(expression: different))
        var failure = Conflict(what: "no further value is known")
        for value in candidates(different, select) where !used.contains(value) {
            let mark = tableau.mark
            do throws(Conflict) {
                let scopes = try instance(one, wanted + [.value(value)], outer)
                used.insert(value)
                return scopes
            } catch {
                failure = error
                tableau.undo(to: mark)
            }
        }
        throw failure
    }

    /// Values that a counted column may have: such as nobody speaks of, then those that conditions name.
    private func candidates(_ expression: SQLExpr, _ select: SQLSelect) -> [SQLValue] {
        let place = column(expression, select)
        var list = [freshValue(place), freshValue(place)].compactMap { $0 }
        if let place {
            let kind = schema.tables[place.table].columns[place.column].kind
            let named = constants(place)
            list += named
            for value in named.prefix(6) {
                var (up, down) = (value, value)
                for _ in 0..<40 {
                    up = Values.stepped(up, kind, up: true)
                    down = Values.stepped(down, kind, up: false)
                    list += [up, down]
                }
            }
        }
        return list
    }

    /// What is left for each of the rows to come, once those made are counted.
    private func rest(
        _ goals: GroupGoals, _ made: [[Scope]], _ more: Int, _ outer: [Scope], _ select: SQLSelect
    ) -> [[Need]] {
        var needs: [[Need]] = Array(repeating: [], count: more)
        for goal in goals.columns {
            let locked = made.compactMap { self.locked(goal.argument, $0) }
            guard let values = try? values(goal, select).spread(locked: locked, free: more) else { continue }
            for (place, value) in values.enumerated() where value.value != nil || value.isPresent || value.isDifferent {
                needs[place].append(Need(argument: goal.argument, place: value))
            }
        }
        return needs
    }

    private func rowForOne(
        _ single: SQLSelect, _ terms: [Term], _ goals: GroupGoals, _ made: [[Scope]], _ more: Int, _ outer: [Scope],
        _ used: inout Set<SQLValue>, _ select: SQLSelect
    ) throws(Conflict) -> [Scope] {
        var failure = Conflict(what: "no total can be carried by a row of its own")
        for goal in goals.columns {
            let locked = made.compactMap { self.locked(goal.argument, $0) }
            let mark = tableau.mark
            do throws(Conflict) {
                guard let first = try values(goal, select).spread(locked: locked, free: more).first, first.value != nil else { continue }
                return try row(single, terms, [Need(argument: goal.argument, place: first)], outer, &used, select)
            } catch {
                failure = error
                tableau.undo(to: mark)
            }
        }
        throw failure
    }

    /// A value that can't be changed any more.
    private func locked(_ argument: SQLExpr, _ scopes: [Scope]) -> SQLValue? {
        let term = evaluator.term(argument, scopes)
        if tableau.overrides {
            if case .variable(let place) = term, tableau.variables[tableau.root(place)].isSoft { return nil }
        }
        return tableau.value(term)
    }

    private static func isSame(_ left: Term, _ right: Term, _ tableau: Tableau, _ looking: Evaluator) -> Bool {
        if case .variable(let a) = left, case .variable(let b) = right, tableau.root(a) == tableau.root(b) { return true }
        guard let a = looking.value(left), let b = looking.value(right) else { return false }
        return a.matches(b)
    }

    /// A key of a group that is there: what it was loaded with, so that others stay apart from it.
    private func settled(_ term: Term) -> Term {
        guard case .variable(let variable) = term, tableau.value(variable) == nil else { return term }
        return .variable(variable)
    }

    private func resolvedKey(_ expression: SQLExpr, _ select: SQLSelect) -> SQLExpr {
        evaluator.resolved(expression, select, [Scope(sources: evaluator.openSources(select, 0))])
    }

    private func meet(_ need: Need, _ scopes: [Scope]) throws(Conflict) {
        if let value = need.place.value {
            try assign(need.argument, .value(value), scopes)
        } else if case .variable(let place) = evaluator.term(need.argument, scopes) {
            try tableau.requireNotNull(place)
        }
    }

    static func rows(_ scope: Scope) -> [Int] {
        scope.sources.map { if case .row(let row) = $0.binding { row } else { -1 } }
    }

    /// How many rows the group has in the end.
    private func size(_ goals: GroupGoals, _ members: [Scope], _ outer: [Scope]) -> Int {
        if let count = goals.count { return count }
        var least = max(members.count, goals.least)
        var ones = 0
        for goal in goals.columns {
            var present = 0
            var values: Set<SQLValue> = []
            for member in members {
                let value = tableau.value(evaluator.term(goal.argument, [member] + outer))
                if value?.isNull != true { present += 1 }
                if let value, !value.isNull { values.insert(value) }
            }
            if let count = goal.count { least = max(least, members.count - present + count) }
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
            if case .when = goal.argument, let sum = goal.sum.flatMap(GroupGoals.integer), sum >= 0, isCounter(goal.argument) {
                ones += sum
                needed = 0
            }
            if let average = goal.average, goal.count == nil, members.isEmpty { needed = max(needed, divisor(average, goal)) }
            if needed > free { least = max(least, members.count + needed - free) }
        }
        let mixed = goals.columns.contains { if case .when = $0.argument { !isCounter($0.argument) } else { false } }
        if mixed, members.isEmpty { least = max(least, goals.columns.count) }
        return min(max(least, ones, members.isEmpty ? 1 : 0), max(goals.most, 1))
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
            guard let sum = goal.sum?.looseDouble ?? goal.average?.looseDouble.map({ $0 * Double(total) }) else { return count }
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

    /// `CASE WHEN … THEN 1 ELSE 0 END`.
    private func isCounter(_ argument: SQLExpr) -> Bool {
        guard case .when(_, let branches, let otherwise) = argument else { return false }
        return branches.count == 1 && branches[0].result == .value(.int(1)) && (otherwise == nil || otherwise == .value(.int(0)))
    }

    /// The least number of whole values that have this mean.
    private func divisor(_ average: SQLValue, _ goal: GroupGoals.Column) -> Int {
        guard let mean = average.looseDouble else { return 1 }
        let kind = kind(goal.argument)
        let scale: Double
        switch kind {
        case .integer, .boolean: scale = 1
        case .decimal: scale = 100
        default: return 1
        }
        for count in 1...400 {
            let sum = mean * Double(count) * scale
            if abs(sum - sum.rounded()) < 1e-7 * max(1, abs(sum) * 1e-3) { return count }
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
        }
        return found
    }

    private func values(_ goal: GroupGoals.Column, _ select: SQLSelect) -> GroupValues {
        var choices: [SQLValue] = []
        if case .when(_, let branches, let otherwise) = goal.argument {
            for result in branches.map(\.result) + [otherwise ?? .value(.null)] {
                if case .value(let value) = result { choices.append(value) } else { choices = [] }
            }
            if branches.count + 1 != choices.count { choices = [] }
        }
        let kind = column(goal.argument, select).map { schema.tables[$0.table].columns[$0.column].kind } ?? kind(goal.argument)
        var isWhole = false
        var scale: Int?
        if case .column = goal.argument {
            switch kind {
            case .integer, .boolean: isWhole = true
            case .decimal: scale = 2
            default: break
            }
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
            goal: goal, isWhole: isWhole, scale: scale, isEven: options.isEven, nudge: options.nudge, choices: choices,
            isKey: isCounted(goal.argument, select), dialect: dialect)
    }

    /// A key of the very rows that are counted: as many values as rows.
    private func isCounted(_ expression: SQLExpr, _ select: SQLSelect) -> Bool {
        guard let place = column(expression, select), schema.tables[place.table].keys.contains([place.column]) else { return false }
        let facts = facts(select)
        return select.from.contains { source in
            guard case .table(let name) = source.what, schema.place(name) == place.table, facts.contains(source.alias) else { return false }
            if case .column(let alias?, _, _) = expression { return Evaluator.same(alias, source.alias) }
            return true
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
        for _ in 0..<1000 {
            serial += 1
            let value = Values.numbered(column, Int64(serial), dialect)
            if isSpokenOf(value) { continue }
            return value
        }
        return nil
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

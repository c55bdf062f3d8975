/// Rows of groups: how many rows lie behind one, and what is in them.
extension Inverter {
    /// Makes the grouped select return a row with those outputs, counting what is there already.
    @discardableResult
    func produceGroup(
        _ select: SQLSelect, _ outputs: [Term]?, _ outer: [Scope], apart: [[Term]] = [], mustChange: Bool = false,
        isNew: Bool = false
    ) throws(Conflict) -> [Term] {
        var looking = evaluator
        looking.isLenient = true
        looking.assumes = true
        looking.lookup = RowLookup()
        looking.steps = StepCounter()
        var keys: [(SQLExpr, Term)] = []
        var goals = GroupGoals()
        goals.kindOf = { self.kind($0) }
        var later: [(SQLExpr, Term)] = []
        for (item, output) in zip(select.items, outputs ?? []) {
            guard item.expression.hasAggregate else {
                keys.append((item.expression, output))
                continue
            }
            if let value = tableau.value(output), case .call(let call) = item.expression, call.isAggregate {
                goals.add(item.expression, value)
            } else {
                later.append((item.expression, output))
            }
        }
        later.removeAll { expression, output in
            tableau.value(output).map { settle(expression, $0, select, &keys, &goals) } ?? false
        }
        let members = isNew ? [] : existing(select, keys, outer, looking)
        // What is made of two totals rests on those that stand alone.
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
        goals.countMeans()
        let made = try fill(select, keys, outputs, goals, members, outer, apart, looking, mustChange)
        guard members.isEmpty else { return made }
        // What a group of its own is named by is nobody else's.
        for case .variable(let key) in made where tableau.value(key) == nil {
            if isNew { try tableau.requireNotNull(key) }
            tableau.change(tableau.root(key)) { $0.isShared = true }
        }
        return made
    }

    /// A total that another query looks at, and that is not known: what its bounds allow.
    private func open(
        _ expression: SQLExpr, _ variable: Int, _ members: [Scope], _ outer: [Scope], _ looking: Evaluator,
        _ goals: inout GroupGoals
    ) throws(Conflict) {
        let known = tableau.variables[tableau.root(variable)]
        let now = looking.value(
            looking.term(looking.totalled(expression, members, outer), [members.first ?? Scope()] + outer))
        if let low = known.low { goals.bound(expression, low.isStrict ? ">" : ">=", low.value, current: now) }
        if let high = known.high { goals.bound(expression, high.isStrict ? "<" : "<=", high.value, current: now) }
    }

    /// The combinations that are in that group already.
    func existing(
        _ select: SQLSelect, _ keys: [(SQLExpr, Term)], _ outer: [Scope], _ looking: Evaluator
    ) -> [Scope] {
        var found = outer.isEmpty && knownGroups?.select == select ? knownGroups?.groups : nil
        if found == nil {
            found = looking.groups(select, outer)
            if keepsGroups, outer.isEmpty, let found { knownGroups = (select, found) }
        }
        guard let groups = found else { return [] }
        for group in groups where !options.claimed.contains(group.key) {
            guard let first = group.members.first else { continue }
            let fits = keys.allSatisfy { expression, output in
                let mine = looking.term(looking.resolved(expression, select, [first] + outer), [first] + outer)
                if case .variable(let a) = mine, case .variable(let b) = output, tableau.root(a) == tableau.root(b) {
                    return true
                }
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
                // What the same rows make up moves with them.
                if case .subquery(let query) = other, reads(query, select) { continue }
                guard total.hasAggregate, let value = looking.value(looking.term(other, scopes)) else { continue }
                let now =
                    members.isEmpty ? nil : looking.value(looking.term(looking.totalled(total, members, outer), scopes))
                goals.bound(total, sign, value, current: now)
            }
        }
    }

    private func reads(_ query: SQLQuery, _ select: SQLSelect) -> Bool {
        guard let inner = query.first, inner.isAggregate else { return false }
        return inner.from.contains { source in select.from.contains { $0.what == source.what } }
    }

    // MARK: filling

    struct Need {
        var argument: SQLExpr
        var place: GroupValues.Place
        /// The argument is a condition, and this is what comes of it.
        var isTrue: Bool?
    }

    private func fill(
        _ select: SQLSelect, _ keys: [(SQLExpr, Term)], _ outputs: [Term]?, _ goals: GroupGoals, _ members: [Scope],
        _ outer: [Scope], _ apart: [[Term]], _ looking: Evaluator, _ mustChange: Bool
    ) throws(Conflict) -> [Term] {
        // Where rows are there already, their factors are what they are.
        let (keys, goals) =
            members.isEmpty && !options.isEven ? weighted(keys, goals, select) : (keys, goals)
        var parts: Parts?
        if !options.isEven, options.nudge == 0, !options.isPlain {
            parts =
                mixture(select, keys, outputs, goals, members, outer, looking)
                ?? self.parts(goals, members, outer, looking)
        }
        var total = parts.map { members.count + $0.needs.count } ?? size(goals, members, outer)
        // A row of a recursion may bring others with it: where nothing says how deep it lies, one at a time.
        if parts == nil, select.groups.isEmpty, readsRecursion(select) { total = min(total, members.count + 1) }
        guard total - members.count <= 6000 else { throw Conflict(what: "more rows than are tried") }
        if let count = goals.count, count < members.count { throw Conflict(what: "the group has too many rows") }
        let more = max(0, total - members.count)
        var needs: [[Need]] = Array(repeating: [], count: members.count + more)
        var busy: Set<Int> = []
        for goal in goals.columns where parts?.arguments.contains(goal.argument) != true {
            var locked: [SQLValue] = []
            var free: [Int] = []
            for (place, member) in members.enumerated() {
                if let value = self.locked(goal.argument, [member] + outer) {
                    locked.append(value)
                } else {
                    free.append(place)
                }
            }
            // New rows first: they were made for this.
            free = Array(members.count..<(members.count + more)) + free
            // Conditions that are counted may exclude each other: a row of one is not taken for the other.
            if options.isEven { free = free.filter { !busy.contains($0) } + free.filter(busy.contains) }
            let values = try self.values(goal, select).spread(locked: locked, free: free.count)
            if case .when(_, let branches, _) = goal.argument, case .value(let one)? = branches.first?.result {
                for (place, value) in zip(free, values) where value.value == one { busy.insert(place) }
            }
            for (place, value) in zip(free, values)
            where value.value != nil || value.isPresent || value.isDifferent || value.isRepeated {
                needs[place].append(Need(argument: goal.argument, place: value))
            }
        }
        for (place, mine) in (parts?.needs ?? []).enumerated() { needs[members.count + place] += mine }
        guard !mustChange || more > 0 || needs.contains(where: { !$0.isEmpty }) else {
            throw Conflict(what: "nothing is missing")
        }
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
        var used: [SQLExpr: [SQLValue]] = [:]
        for goal in goals.columns {
            used[goal.argument] = members.compactMap { locked(goal.argument, [$0] + outer) }.filter { !$0.isNull }
        }
        var alone = 0
        var barring = Barred(depth: depth, select: single, outputs: terms)
        var repetition = Repetition()
        for place in 0..<more {
            let mine = needs[members.count + place]
            // What has no place in the group for what it is has none beside other values either.
            let outerBarred = barred
            (barring.select, barring.outputs) = (single, terms)
            barred = barring
            defer { barred = outerBarred }
            var scopes: [Scope] = []
            let firstNew = tableau.rows.count
            options.pattern = repetition.pattern(mine)
            do throws(Conflict) {
                scopes = try row(single, terms, mine, outer, &used, select)
            } catch {
                // Totals that can't all be carried by one row: one after the other.
                alone += 1
                guard parts == nil, goals.columns.count > 1, alone <= 12 else { throw error }
                scopes = try rowForOne(single, terms, goals, made, more - place, outer, &used, select)
                made.append(scopes)
                for (index, later) in rest(goals, made, more - place - 1, outer, select).enumerated() {
                    needs[members.count + place + 1 + index] = later
                }
                made.removeLast()
            }
            barring.rows = barred?.rows ?? []
            if let first = Self.rows(scopes[0]).first { barring.members.insert(first) }
            made.append(scopes)
            options.excluded.insert(Self.rows(scopes[0]))
            repetition.note(scopes[0], mine, firstNew)
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
        _ single: SQLSelect, _ terms: [Term], _ needs: [Need], _ outer: [Scope], _ used: inout [SQLExpr: [SQLValue]],
        _ select: SQLSelect
    ) throws(Conflict) -> [Scope] {
        steps = 0
        var one = single
        var wanted = terms
        var (different, repeated): ([SQLExpr], Int) = ([], 0)
        for need in needs {
            if let isTrue = need.isTrue {
                let asked = isTrue ? need.argument : .not(need.argument)
                one.condition = one.condition.map { .and($0, asked) } ?? asked
                continue
            }
            if let value = need.place.value {
                one.items.append(SQLItem(expression: need.argument))
                wanted.append(.value(value))
            }
            if need.place.isDifferent { different.append(need.argument) }
            // Of several columns not all repeat the values of one row: these may be a key.
            repeated += need.place.isRepeated ? 1 : 0
            if need.place.isRepeated, let known = used[need.argument],
                let value = repeated > 1 ? known.last : known.first
            {
                one.items.append(SQLItem(expression: need.argument))
                wanted.append(.value(value))
            }
            if need.place.isPresent || need.place.isDifferent || need.place.value?.isNull == false {
                let present = SQLExpr.isNull(need.argument, negated: true)
                one.condition = one.condition.map { .and($0, present) } ?? present
            }
        }
        guard let last = different.popLast() else { return try instance(one, wanted, outer) }
        // Of several columns the others get values of which nobody speaks.
        for expression in different {
            let known = used[expression] ?? []
            guard let value = candidates(expression, select).first(where: { !known.contains($0) }) else { continue }
            one.items.append(SQLItem(expression: expression))
            wanted.append(.value(value))
            used[expression, default: []].append(value)
        }
        var failure = Conflict(what: "no further value is known")
        let known = used[last] ?? []
        // A row that is there may have such a value; of the first any will do, of patterns each gives another.
        let mark = tableau.mark
        if let scopes = try? instance(one, wanted, outer) {
            if let value = shown(evaluator.term(last, scopes), known) {
                used[last, default: []].append(value)
                return scopes
            }
            tableau.undo(to: mark)
        }
        one.items.append(SQLItem(expression: last))
        for value in candidates(last, select) where !known.contains(value) {
            let mark = tableau.mark
            do throws(Conflict) {
                let scopes = try instance(one, wanted + [.value(value)], outer)
                used[last, default: []].append(value)
                return scopes
            } catch {
                failure = error
                tableau.undo(to: mark)
            }
        }
        throw failure
    }

    /// What is left for each of the rows to come, once those made are counted.
    private func rest(
        _ goals: GroupGoals, _ made: [[Scope]], _ more: Int, _ outer: [Scope], _ select: SQLSelect
    ) -> [[Need]] {
        var needs: [[Need]] = Array(repeating: [], count: more)
        for goal in goals.columns {
            let locked = made.compactMap { self.locked(goal.argument, $0) }
            guard let values = try? values(goal, select).spread(locked: locked, free: more) else { continue }
            for (place, value) in values.enumerated()
            where value.value != nil || value.isPresent || value.isDifferent || value.isRepeated {
                needs[place].append(Need(argument: goal.argument, place: value))
            }
        }
        return needs
    }

    private func rowForOne(
        _ single: SQLSelect, _ terms: [Term], _ goals: GroupGoals, _ made: [[Scope]], _ more: Int, _ outer: [Scope],
        _ used: inout [SQLExpr: [SQLValue]], _ select: SQLSelect
    ) throws(Conflict) -> [Scope] {
        var failure = Conflict(what: "no total can be carried by a row of its own")
        for goal in goals.columns {
            let locked = made.compactMap { self.locked(goal.argument, $0) }
            let mark = tableau.mark
            do throws(Conflict) {
                guard let first = try values(goal, select).spread(locked: locked, free: more).first, first.value != nil
                else { continue }
                return try row(single, terms, [Need(argument: goal.argument, place: first)], outer, &used, select)
            } catch {
                failure = error
                tableau.undo(to: mark)
            }
        }
        throw failure
    }

    /// A value that can't be changed any more.
    func locked(_ argument: SQLExpr, _ scopes: [Scope]) -> SQLValue? {
        let term = evaluator.term(argument, scopes)
        if tableau.overrides {
            if case .variable(let place) = term, tableau.variables[tableau.root(place)].isSoft { return nil }
        }
        return tableau.value(term)
    }

    private static func isSame(_ left: Term, _ right: Term, _ tableau: Tableau, _ looking: Evaluator) -> Bool {
        if case .variable(let a) = left, case .variable(let b) = right, tableau.root(a) == tableau.root(b) {
            return true
        }
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
}

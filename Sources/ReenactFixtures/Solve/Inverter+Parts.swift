/// Totals of parts of a group beside those of the whole: `SUM(CASE WHEN c THEN e END)` or `SUM(e) FILTER (WHERE c)` beside
/// `SUM(e)` and `COUNT(*)`.
extension Inverter {
    struct Parts {
        /// What is asked of each new row.
        var needs: [[Need]]
        /// The expressions that are seen to.
        var arguments: Set<SQLExpr>
    }

    private struct Part {
        var condition: SQLExpr
        /// Rows of the part, where counted.
        var count: Int?
        var sums: [(argument: SQLExpr, value: SQLValue)] = []
    }

    /// Each part in rows of its own, what is left of the whole in others; nil where no condition is told apart, or a part is
    /// larger than what it is part of.
    func parts(_ goals: GroupGoals, _ members: [Scope], _ outer: [Scope], _ looking: Evaluator) -> Parts? {
        var parts: [Part] = []
        var arguments: Set<SQLExpr> = []
        for goal in goals.columns {
            guard case .when(let operand, let branches, let otherwise) = goal.argument, let first = branches.first,
                branches.allSatisfy({ $0.result == first.result })
            else { continue }
            // Several branches with one result are one condition.
            let conditions = branches.map { branch in
                operand.map { SQLExpr.compare("=", $0, branch.condition) } ?? branch.condition
            }
            let condition = conditions.dropFirst().reduce(conditions[0]) { .or($0, $1) }
            guard let sum = goal.sum, goal.low == nil, goal.high == nil, goal.distinct == nil else { return nil }
            switch otherwise {
            case nil, .value(.null)?: break
            case .value(let value)? where value.looseDouble == 0: break
            default: return nil
            }
            var place = parts.firstIndex { $0.condition == condition }
            if place == nil {
                place = parts.count
                parts.append(Part(condition: condition))
            }
            guard let place,
                let left = left(sum, members.map { looking.value(looking.term(goal.argument, [$0] + outer)) })
            else { return nil }
            if case .value(let one) = first.result, one.looseDouble == 1 {
                parts[place].count = GroupGoals.integer(left)
            } else if case .value = first.result {
                return nil
            } else {
                parts[place].sums.append((first.result, left))
            }
            arguments.insert(goal.argument)
        }
        guard !parts.isEmpty else { return nil }
        var whole: [(argument: SQLExpr, value: SQLValue)] = []
        for goal in goals.columns where !arguments.contains(goal.argument) {
            guard parts.contains(where: { $0.sums.contains { $0.argument == goal.argument } }) else { continue }
            guard let sum = goal.sum, goal.low == nil, goal.high == nil, goal.distinct == nil,
                let left = left(sum, members.map { looking.value(looking.term(goal.argument, [$0] + outer)) })
            else { return nil }
            whole.append((goal.argument, left))
            arguments.insert(goal.argument)
        }
        var needs: [[Need]] = []
        for part in parts {
            let isAny = part.sums.contains { $0.value.looseDouble != 0 }
            let count = part.count ?? (isAny ? 1 : 0)
            guard count >= 0, count <= 2000, count > 0 || !isAny else { return nil }
            for row in 0..<count {
                var mine = [Need(argument: part.condition, place: .init(), isTrue: true)]
                // Parts may be told apart by more than their conditions say: others are left as they fall.
                for sum in part.sums {
                    mine.append(Need(argument: sum.argument, place: .init(value: row == 0 ? sum.value : .int(0))))
                }
                for other in whole where !part.sums.contains(where: { $0.argument == other.argument }) {
                    mine.append(Need(argument: other.argument, place: .init(value: .int(0))))
                }
                needs.append(mine)
            }
        }
        var rest: [(argument: SQLExpr, value: SQLValue)] = []
        for sum in whole {
            var left = sum.value
            for part in parts {
                for mine in part.sums where mine.argument == sum.argument {
                    guard let less = Arithmetic.apply("-", left, mine.value) else { return nil }
                    left = less
                }
            }
            rest.append((sum.argument, left))
        }
        let isAny = rest.contains { $0.value.looseDouble != 0 }
        let others = goals.count.map { $0 - members.count - needs.count } ?? (isAny ? 1 : 0)
        guard others >= 0, others <= 4000, others > 0 || !isAny else { return nil }
        for row in 0..<others {
            needs.append(
                parts.map { Need(argument: $0.condition, place: .init(), isTrue: false) }
                    + rest.map { Need(argument: $0.argument, place: .init(value: row == 0 ? $0.value : .int(0))) })
        }
        return needs.isEmpty ? nil : Parts(needs: needs, arguments: arguments)
    }

    /// What a sum lacks beside those values; nil where one of them is not known.
    private func left(_ sum: SQLValue, _ values: [SQLValue?]) -> SQLValue? {
        var left = sum
        for value in values {
            guard let value else { return nil }
            if value.isNull { continue }
            guard let less = Arithmetic.apply("-", left, value) else { return nil }
            left = less
        }
        return left
    }
}

extension PlanCompiler {
    func node(_ expression: SQLExpr) throws(PlanGap) -> PlanNode {
        switch expression {
        case .value(let value):
            guard let cell = machine.pool.cell(value) else { throw PlanGap(what: "a constant") }
            return ConstantNode(cell)
        case .column(let table, let name, let quoted): return try column(table, name, quoted)
        case .star, .row: throw PlanGap(what: "rows as values")
        case .and(let left, let right): return AndNode(try node(left), try node(right))
        case .or(let left, let right): return OrNode(try node(left), try node(right))
        case .not(let inner): return NotNode(try node(inner))
        case .isNull(let inner, let negated): return NullTestNode(try node(inner), negated)
        case .compare(let sign, let left, let right): return try compare(sign, node(left), node(right))
        case .between(let inner, let low, let high, let negated):
            let value = try node(inner)
            let both = AndNode(CompareNode(.atLeast, value, try node(low)), CompareNode(.atMost, value, try node(high)))
            return negated ? NotNode(both) : both
        case .inList(let inner, let list, let negated):
            var nodes: [PlanNode] = []
            for item in list { nodes.append(try node(item)) }
            return InListNode(try node(inner), nodes, negated)
        case .inQuery(let inner, let query, let negated):
            if case .row = inner { throw PlanGap(what: "rows as values") }
            return InQueryNode(try node(inner), try sub(query), negated)
        case .exists(let query): return ExistsNode(try sub(query))
        case .subquery(let query): return ScalarNode(try sub(query))
        case .like(let word, let inner, let pattern, let escape, let negated):
            return try like(word, inner, pattern, escape, negated)
        case .binary(let sign, let left, let right): return try binary(sign, left, right)
        case .unary("-", let inner): return ArithmeticNode(.minus, ConstantNode(.no), try node(inner))
        case .unary("+", let inner): return try node(inner)
        case .unary: throw PlanGap(what: "an operator")
        case .cast(let inner, let type):
            let dialect = dialect
            return FunctionNode([try node(inner)]) { Functions.cast($0[0], type, dialect) }
        case .when(let operand, let branches, let otherwise):
            let value = try operand.map { (operand) throws(PlanGap) in try node(operand) }
            var nodes: [(condition: PlanNode, result: PlanNode)] = []
            for branch in branches {
                let condition = try node(branch.condition)
                nodes.append((value.map { CompareNode(.same, $0, condition) } ?? condition, try node(branch.result)))
            }
            return WhenNode(
                nodes, try otherwise.map { (last) throws(PlanGap) in try node(last) } ?? ConstantNode(.null))
        case .call(let call): return try self.call(call)
        }
    }

    private func sub(_ query: SQLQuery) throws(PlanGap) -> QueryPlan {
        let first = links.sources.count
        let (plan, _) = try self.query(query)
        links.note(plan, from: first, isValue: true)
        return plan
    }

    /// From the innermost level outwards; queries between the two are run again for every row.
    private func column(_ table: String?, _ name: String, _ quoted: Bool) throws(PlanGap) -> PlanNode {
        for (depth, level) in levels.enumerated().reversed() {
            var found: PlanNode?
            for named in level.sources where table.map({ Evaluator.same($0, named.alias) }) ?? true {
                if let column = named.columns.first(where: { Evaluator.same($0.name, name) }) {
                    found = column.node
                    break
                }
            }
            if found == nil, table == nil, level.resolving.insert(name).inserted {
                defer { level.resolving.remove(name) }
                if let alias = level.aliases.first(where: { Evaluator.same($0.name, name) }) {
                    var outer = self
                    outer.levels = Array(levels[...depth])
                    found = try outer.node(alias.expression)
                }
            }
            if let found {
                links.use(found)
                for inner in levels[(depth + 1)...] { inner.isCorrelated = true }
                return found
            }
        }
        if quoted, table == nil, dialect == .sqlite { return ConstantNode(machine.pool.cell(name)) }
        throw PlanGap(what: "an unknown column")
    }

    private func compare(_ sign: String, _ left: PlanNode, _ right: PlanNode) throws(PlanGap) -> PlanNode {
        let signs: [String: CompareNode.Sign] = [
            "=": .same, "==": .same, "<>": .other, "!=": .other, "<": .less, ">": .more, "<=": .atMost, ">=": .atLeast,
            "IS": .is, "IS NOT": .isNot,
        ]
        guard let known = signs[sign] else { throw PlanGap(what: "a comparison") }
        guard dialect == .postgres, ![.same, .other, .is, .isNot].contains(known),
            let labels = (left as? ColumnNode)?.column.labels ?? (right as? ColumnNode)?.column.labels
        else { return CompareNode(known, left, right) }
        return CompareNode(
            known, LabelNode(left, labels, machine.pool), LabelNode(right, labels, machine.pool))
    }

    /// What it sorts by: labels of an enum by their places.
    func ranked(_ expression: SQLExpr) throws(PlanGap) -> PlanNode {
        let node = try node(expression)
        guard dialect == .postgres, let labels = (node as? ColumnNode)?.column.labels else { return node }
        return LabelNode(node, labels, machine.pool)
    }

    private func like(
        _ word: String, _ inner: SQLExpr, _ pattern: SQLExpr, _ escape: SQLExpr?, _ negated: Bool
    ) throws(PlanGap) -> PlanNode {
        guard word == "LIKE" || word == "ILIKE" else { throw PlanGap(what: "a pattern") }
        var sign: UInt8? = dialect == .postgres ? UInt8(ascii: "\\") : nil
        if let escape {
            guard case .value(.text(let text)) = escape else { throw PlanGap(what: "an escape") }
            sign = text.utf8.first
        }
        let folds = word == "ILIKE" || dialect == .sqlite
        return FunctionNode([try node(inner), try node(pattern)]) { values in
            if values[0].isNull || values[1].isNull { return .null }
            guard let text = Self.text(values[0]), let pattern = Self.text(values[1]) else { return .null }
            return .int(Arithmetic.like(text, pattern, escape: sign, folds: folds) != negated ? 1 : 0)
        }
    }

    private static func text(_ value: SQLValue) -> String? {
        if case .real(let number) = value { return "\(number)" }
        return Functions.text(value)
    }

    private func binary(_ sign: String, _ left: SQLExpr, _ right: SQLExpr) throws(PlanGap) -> PlanNode {
        let signs: [String: ArithmeticNode.Sign] = ["+": .plus, "-": .minus, "*": .times, "/": .by, "%": .rest]
        if let known = signs[sign] { return ArithmeticNode(known, try node(left), try node(right)) }
        if dialect == .postgres, PostgresOperators.tests.contains(sign) || PostgresOperators.paths.contains(sign) {
            return FunctionNode([try node(left), try node(right)]) { values in
                values[0].isNull || values[1].isNull ? .null : PostgresOperators.apply(sign, values[0], values[1])
            }
        }
        guard sign == "||" else { throw PlanGap(what: "an operator") }
        return FunctionNode([try node(left), try node(right)]) { values in
            guard let a = Self.text(values[0]), let b = Self.text(values[1]) else { return .null }
            return .text(a + b)
        }
    }

    private func call(_ call: SQLCall) throws(PlanGap) -> PlanNode {
        if call.isWindow { return try window(call) }
        if call.isAggregate { return try total(call) }
        var nodes: [PlanNode] = []
        for argument in call.arguments { nodes.append(try node(argument)) }
        if call.name == "COALESCE" || call.name == "IFNULL" { return CoalesceNode(nodes) }
        if call.name == "IIF" || call.name == "IF", nodes.count == 2 || nodes.count == 3 {
            return WhenNode([(nodes[0], nodes[1])], nodes.count == 3 ? nodes[2] : ConstantNode(.null))
        }
        if call.name == "MIN" || call.name == "MAX", dialect == .sqlite {
            return ExtremeNode(nodes, isLeast: call.name == "MIN")
        }
        let known: Set<String> = [
            "NULLIF", "UPPER", "LOWER", "LENGTH", "CHAR_LENGTH", "TRIM", "ABS", "ROUND", "SUBSTR", "SUBSTRING", "DATE",
            "STRFTIME", "EXTRACT", "DATE_PART", "DATE_TRUNC", "JULIANDAY", "CONCAT",
            "TIME", "DATETIME", "UNIXEPOCH", "INSTR", "REPLACE",
        ]
        guard known.contains(call.name) || (dialect == .postgres && PostgresFunctions.names.contains(call.name)),
            !nodes.isEmpty
        else { throw PlanGap(what: call.name) }
        let dialect = dialect
        return FunctionNode(nodes) { Functions.apply(call.name, $0, dialect) }
    }

    func kind(_ name: String) throws(PlanGap) -> PlanTotal.Kind {
        switch name {
        case "COUNT": return .count
        case "SUM": return .sum
        case "TOTAL": return .total
        case "AVG": return .average
        case "MIN": return .least
        case "MAX": return .most
        case "BOOL_OR": return .most
        case "BOOL_AND", "EVERY": return .least
        default: throw PlanGap(what: name)
        }
    }

    private func strung(_ call: SQLCall) throws(PlanGap) -> PlanTotal.Kind? {
        guard call.name == "GROUP_CONCAT" || call.name == "STRING_AGG" else { return nil }
        links.strung += 1
        if call.arguments.count < 2 { return .strung(",") }
        guard case .value(.text(let separator)) = call.arguments[1] else { throw PlanGap(what: call.name) }
        return .strung(separator)
    }

    private func total(_ call: SQLCall) throws(PlanGap) -> PlanNode {
        guard let level = levels.last else { throw PlanGap(what: "level") }
        let inner = try call.hasStar ? nil : call.arguments.first.map { (first) throws(PlanGap) in try node(first) }
        let filter = try call.filter.map { (filter) throws(PlanGap) in try node(filter) }
        if ["MIN", "MAX"].contains(call.name), (inner as? ColumnNode)?.column.labels != nil, dialect == .postgres {
            throw PlanGap(what: "the least of an enum")
        }
        let known = if let strung = try strung(call) { strung } else { try kind(call.name) }
        let total = PlanTotal(
            known, try newTotal(), inner, filter: filter, isDistinct: call.isDistinct,
            machine.pool)
        level.totals.append(total)
        return TotalNode(total.number)
    }
}

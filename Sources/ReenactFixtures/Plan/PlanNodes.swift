/// The expressions that plans are made of.

final class ConstantNode: PlanNode {
    let cell: Cell
    init(_ cell: Cell) { self.cell = cell }
    override func value(_ m: PlanMachine) -> Cell { cell }
}

final class ColumnNode: PlanNode {
    let column: PlanColumn
    let source: Int
    init(_ column: PlanColumn, _ source: Int) { (self.column, self.source) = (column, source) }
    override func value(_ m: PlanMachine) -> Cell {
        let at = m.frame[source]
        return at < 0 ? .null : column.cells[Int(at)]
    }
}

/// Rows that a source has at the moment.
final class RowsHolder {
    var rows = CellRows(width: 0)
    /// They are those of the rows that are being looked at.
    var isLive = false
}

final class DerivedNode: PlanNode {
    let holder: RowsHolder
    let column: Int
    let source: Int
    init(_ holder: RowsHolder, _ column: Int, _ source: Int) {
        (self.holder, self.column, self.source) = (holder, column, source)
    }
    override func value(_ m: PlanMachine) -> Cell {
        let at = m.frame[source]
        return at < 0 ? .null : holder.rows.cells[Int(at) * holder.rows.width + column]
    }
}

/// A column of rows that depend on those beside them.
final class LateralNode: PlanNode {
    let holder: RowsHolder
    let query: QueryPlan
    let column: Int
    let source: Int
    init(_ holder: RowsHolder, _ query: QueryPlan, _ column: Int, _ source: Int) {
        (self.holder, self.query, self.column, self.source) = (holder, query, column, source)
    }
    override func value(_ m: PlanMachine) -> Cell {
        let at = Int(m.frame[source])
        if at < 0 { return .null }
        let rows = holder.isLive ? holder.rows : query.rows(m)
        return at < rows.count ? rows.cells[at * rows.width + column] : .null
    }
}

/// Where a label of an enum stands in its order.
final class LabelNode: PlanNode {
    let inner: PlanNode
    private let ranks: [Cell: Cell]
    init(_ inner: PlanNode, _ labels: [String], _ pool: TextPool) {
        self.inner = inner
        ranks = Dictionary(
            labels.enumerated().map { (pool.cell($0.element), .int(Int64($0.offset))) }, uniquingKeysWith: { a, _ in a }
        )
    }
    override func value(_ m: PlanMachine) -> Cell {
        let cell = inner.value(m)
        return ranks[cell] ?? cell
    }
}

final class TotalNode: PlanNode {
    let number: Int
    init(_ number: Int) { self.number = number }
    override func value(_ m: PlanMachine) -> Cell { m.totals[number] }
}

final class AndNode: PlanNode {
    let left: PlanNode
    let right: PlanNode
    init(_ left: PlanNode, _ right: PlanNode) { (self.left, self.right) = (left, right) }
    override func truth(_ m: PlanMachine) -> PlanTruth {
        let a = left.truth(m)
        if a == .no { return .no }
        let b = right.truth(m)
        return b == .no ? .no : a == .yes && b == .yes ? .yes : .unknown
    }
}

final class OrNode: PlanNode {
    let left: PlanNode
    let right: PlanNode
    init(_ left: PlanNode, _ right: PlanNode) { (self.left, self.right) = (left, right) }
    override func truth(_ m: PlanMachine) -> PlanTruth {
        let a = left.truth(m)
        if a == .yes { return .yes }
        let b = right.truth(m)
        return b == .yes ? .yes : a == .no && b == .no ? .no : .unknown
    }
}

final class NotNode: PlanNode {
    let inner: PlanNode
    init(_ inner: PlanNode) { self.inner = inner }
    override func truth(_ m: PlanMachine) -> PlanTruth { inner.truth(m).negated }
}

final class NullTestNode: PlanNode {
    let inner: PlanNode
    let negated: Bool
    init(_ inner: PlanNode, _ negated: Bool) { (self.inner, self.negated) = (inner, negated) }
    override func truth(_ m: PlanMachine) -> PlanTruth { PlanTruth(inner.value(m).isNull != negated) }
}

final class CompareNode: PlanNode {
    enum Sign { case same, other, less, more, atMost, atLeast, `is`, isNot }
    let sign: Sign
    let left: PlanNode
    let right: PlanNode
    init(_ sign: Sign, _ left: PlanNode, _ right: PlanNode) { (self.sign, self.left, self.right) = (sign, left, right) }

    override func truth(_ m: PlanMachine) -> PlanTruth {
        let (a, b) = (left.value(m), right.value(m))
        if a.isNull || b.isNull {
            switch sign {
            case .is: return PlanTruth(a.isNull && b.isNull)
            case .isNot: return PlanTruth(a.isNull != b.isNull)
            default: return .unknown
            }
        }
        switch sign {
        case .same, .is: return PlanTruth(a.equals(b))
        case .other, .isNot: return PlanTruth(!a.equals(b))
        case .less: return PlanTruth(m.pool.order(a, b) < 0)
        case .more: return PlanTruth(m.pool.order(a, b) > 0)
        case .atMost: return PlanTruth(m.pool.order(a, b) <= 0)
        case .atLeast: return PlanTruth(m.pool.order(a, b) >= 0)
        }
    }
}

final class InListNode: PlanNode {
    let inner: PlanNode
    let list: [PlanNode]
    let negated: Bool
    init(_ inner: PlanNode, _ list: [PlanNode], _ negated: Bool) {
        (self.inner, self.list, self.negated) = (inner, list, negated)
    }
    override func truth(_ m: PlanMachine) -> PlanTruth {
        let value = inner.value(m)
        if value.isNull { return list.isEmpty ? PlanTruth(negated) : .unknown }
        var found = PlanTruth.no
        for item in list {
            let other = item.value(m)
            if other.isNull {
                found = .unknown
            } else if other.equals(value) {
                found = .yes
                break
            }
        }
        return negated ? found.negated : found
    }
}

/// A function of the values of some nodes, remembered by these.
final class FunctionNode: PlanNode {
    let inner: [PlanNode]
    let body: ([SQLValue]) -> SQLValue?
    private var known: [[Cell]: Cell] = [:]
    init(_ inner: [PlanNode], _ body: @escaping ([SQLValue]) -> SQLValue?) { (self.inner, self.body) = (inner, body) }
    override func value(_ m: PlanMachine) -> Cell {
        let key = inner.map { $0.value(m) }
        if let cell = known[key] { return cell }
        let made = body(key.map(m.pool.value)).flatMap(m.pool.cell) ?? .null
        if known.count > 20_000 { known = [:] }
        known[key] = made
        return made
    }
}

final class CoalesceNode: PlanNode {
    let inner: [PlanNode]
    init(_ inner: [PlanNode]) { self.inner = inner }
    override func value(_ m: PlanMachine) -> Cell {
        for node in inner {
            let cell = node.value(m)
            if !cell.isNull { return cell }
        }
        return .null
    }
}

/// The least or the greatest of several values in one row.
final class ExtremeNode: PlanNode {
    let inner: [PlanNode]
    let isLeast: Bool
    init(_ inner: [PlanNode], isLeast: Bool) { (self.inner, self.isLeast) = (inner, isLeast) }
    override func value(_ m: PlanMachine) -> Cell {
        var best = Cell.null
        for (place, node) in inner.enumerated() {
            let cell = node.value(m)
            if cell.isNull { return .null }
            let sign = place == 0 ? -1 : m.pool.order(cell, best)
            if place == 0 || (isLeast ? sign < 0 : sign > 0) { best = cell }
        }
        return best
    }
}

final class WhenNode: PlanNode {
    let branches: [(condition: PlanNode, result: PlanNode)]
    let otherwise: PlanNode
    init(_ branches: [(condition: PlanNode, result: PlanNode)], _ otherwise: PlanNode) {
        (self.branches, self.otherwise) = (branches, otherwise)
    }
    override func value(_ m: PlanMachine) -> Cell {
        for branch in branches where branch.condition.truth(m) == .yes { return branch.result.value(m) }
        return otherwise.value(m)
    }
}

/// Arithmetic of SQLite; what it makes of texts is left out.
final class ArithmeticNode: PlanNode {
    enum Sign { case plus, minus, times, by, rest }
    let sign: Sign
    let left: PlanNode
    let right: PlanNode
    init(_ sign: Sign, _ left: PlanNode, _ right: PlanNode) { (self.sign, self.left, self.right) = (sign, left, right) }

    override func value(_ m: PlanMachine) -> Cell {
        let (a, b) = (left.value(m), right.value(m))
        guard a.isNumber, b.isNumber else { return .null }
        if a.tag == .int, b.tag == .int {
            switch sign {
            case .plus: return .int(a.bits &+ b.bits)
            case .minus: return .int(a.bits &- b.bits)
            case .times: return .int(a.bits &* b.bits)
            case .by: return b.bits == 0 ? .null : .int(a.bits.dividedReportingOverflow(by: b.bits).partialValue)
            case .rest:
                return b.bits == 0 ? .null : .int(a.bits.remainderReportingOverflow(dividingBy: b.bits).partialValue)
            }
        }
        let (x, y) = (a.double, b.double)
        switch sign {
        case .plus: return .real(x + y)
        case .minus: return .real(x - y)
        case .times: return .real(x * y)
        case .by: return y == 0 ? .null : .real(x / y)
        case .rest: return .null
        }
    }
}

/// `(SELECT …)` as a value.
final class ScalarNode: PlanNode {
    let query: QueryPlan
    init(_ query: QueryPlan) { self.query = query }
    override func value(_ m: PlanMachine) -> Cell {
        let rows = query.rows(m)
        return rows.count > 0 ? rows.cells[0] : .null
    }
}

final class ExistsNode: PlanNode {
    let query: QueryPlan
    init(_ query: QueryPlan) { self.query = query }
    override func truth(_ m: PlanMachine) -> PlanTruth { PlanTruth(query.isAny(m)) }
}

final class InQueryNode: PlanNode {
    let inner: PlanNode
    let query: QueryPlan
    let negated: Bool
    private var known = RowTable(width: 1)
    private var hasNull = false
    private var epoch = -1

    init(_ inner: PlanNode, _ query: QueryPlan, _ negated: Bool) {
        (self.inner, self.query, self.negated) = (inner, query, negated)
    }

    override func truth(_ m: PlanMachine) -> PlanTruth {
        let value = inner.value(m)
        let rows = query.rows(m)
        if rows.count == 0 { return PlanTruth(negated) }
        if value.isNull { return .unknown }
        var found = PlanTruth.no
        if query.isCorrelated {
            for place in 0..<rows.count {
                let other = rows.cells[place * rows.width]
                if other.isNull {
                    found = .unknown
                } else if other.equals(value) {
                    found = .yes
                    break
                }
            }
        } else {
            if epoch != m.epoch {
                epoch = m.epoch
                known.removeAll()
                hasNull = false
                for place in 0..<rows.count {
                    var cell = rows.cells[place * rows.width].normal
                    if cell.isNull { hasNull = true } else { _ = known.place(&cell) }
                }
            }
            var cell = value.normal
            found = known.find(&cell) != nil ? .yes : hasNull ? .unknown : .no
        }
        return negated ? found.negated : found
    }
}

/// Where a plan stands while it runs: a row for each source, and the totals of the group at hand.
final class PlanMachine {
    let pool: TextPool
    let dialect: SQLDialect
    /// By the number of the source: a slot or a place; -1 where an outer join found none.
    ///
    /// Safety: freed with the machine; the compiler gives out no number beyond the capacity.
    let frame: UnsafeMutablePointer<Int32>
    /// Totals and windows, by number.
    let totals: UnsafeMutablePointer<Cell>
    static let capacity = 96
    /// Another number for every state that a statement is run on: what it remembers of one is not taken for another's.
    @exclusivity(unchecked) var epoch = 0
    private var epochs = 0
    /// Rows looked at in this run; far too many end it.
    @exclusivity(unchecked) var steps = 0
    static let mostSteps = 2_000_000

    init(_ pool: TextPool, _ dialect: SQLDialect) {
        (self.pool, self.dialect) = (pool, dialect)
        frame = .allocate(capacity: Self.capacity)
        frame.initialize(repeating: -1, count: Self.capacity)
        totals = .allocate(capacity: Self.capacity)
        totals.initialize(repeating: .null, count: Self.capacity)
    }

    func newEpoch() -> Int {
        epochs += 1
        return epochs
    }

    deinit {
        frame.deallocate()
        totals.deallocate()
    }
}

enum PlanTruth {
    case no, yes, unknown

    init(_ flag: Bool) { self = flag ? .yes : .no }

    var negated: PlanTruth { self == .yes ? .no : self == .no ? .yes : .unknown }
    var cell: Cell { self == .yes ? .yes : self == .no ? .no : .null }
}

/// An expression of a plan.
class PlanNode {
    func value(_ m: PlanMachine) -> Cell { truth(m).cell }

    func truth(_ m: PlanMachine) -> PlanTruth {
        let cell = value(m)
        switch cell.tag {
        case .null: return .unknown
        case .int: return PlanTruth(cell.bits != 0)
        case .real: return PlanTruth(cell.fraction != 0)
        case .text, .blob: return .no
        }
    }
}

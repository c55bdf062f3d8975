/// What a statement looks at, source by source; gathered while its plan is made.
final class PlanLinks {
    struct Source {
        /// Nil: rows of a subquery.
        var table: PlanTable?
        /// The columns that are looked at.
        var uses: Set<Int> = []
        /// It is part of a query that looks at nothing outside itself.
        var isApart = false
    }

    /// A row of one source is only looked at where its column equals that of a row of another source.
    struct Link {
        var from: Int
        var column: PlanColumn
        var to: Int
        var other: PlanColumn
    }

    /// A query that looks at nothing outside itself.
    struct Apart {
        var plan: QueryPlan
        /// Its own sources.
        var sources: Range<Int>
        /// The sources whose rows it makes.
        var uses: [Int] = []
        /// It stands for a value, or for a list of values.
        var isValue = false
    }

    /// A row of a subquery is only looked at where its item equals the column of a row of another source.
    struct Join {
        var from: Int
        var item: Int
        var to: Int
        var other: PlanColumn
    }

    var sources: [Source] = []
    /// Totals that string values together.
    var strung = 0
    private(set) var links: [Link] = []
    private(set) var joins: [Join] = []
    private(set) var apart: [Apart] = []

    func use(_ node: PlanNode) {
        if let node = node as? ColumnNode { sources[node.source].uses.insert(node.column.number) }
    }

    /// Such an equation must hold for rows of those sources.
    func link(_ node: PlanNode, _ binds: (Int) -> Bool) {
        guard let node = node as? CompareNode, node.sign == .same else { return }
        if let left = node.left as? ColumnNode, let right = node.right as? ColumnNode {
            link(left, right, binds)
            link(right, left, binds)
        }
        for (one, two) in [(node.left, node.right), (node.right, node.left)] {
            guard let one = one as? DerivedNode, let two = two as? ColumnNode, binds(one.source) else { continue }
            joins.append(.init(from: one.source, item: one.column, to: two.source, other: two.column))
        }
    }

    func link(_ from: ColumnNode, _ to: ColumnNode, _ binds: (Int) -> Bool) {
        if from.source != to.source, binds(from.source) {
            links.append(.init(from: from.source, column: from.column, to: to.source, other: to.column))
        }
    }

    /// A subquery with the sources from that number on was made.
    func note(_ plan: QueryPlan, from first: Int, isValue: Bool = false) {
        if plan.isCorrelated { return }
        apart.append(.init(plan: plan, sources: first..<sources.count, isValue: isValue))
        for source in first..<sources.count { sources[source].isApart = true }
    }

    /// That query makes the rows of a source.
    func use(_ plan: QueryPlan?, by source: Int) {
        guard let plan, let place = apart.firstIndex(where: { $0.plan === plan }) else { return }
        apart[place].uses.append(source)
    }

    /// Whether what such a query gives is only looked at by other such queries.
    func isWithin(_ query: Apart) -> Bool {
        if query.isValue {
            return apart.contains {
                $0.plan !== query.plan && $0.sources.lowerBound <= query.sources.lowerBound
                    && $0.sources.upperBound >= query.sources.upperBound && !$0.sources.isEmpty
            }
        }
        return query.uses.allSatisfy { sources[$0].isApart }
    }

    /// The way from a row of one source to the rows of another that may stand beside it.
    func path(_ from: Int, to root: Int) -> [Link]? {
        var reached: [Int: [Link]] = [from: []]
        var open = [from]
        while !open.isEmpty {
            let at = open.removeFirst()
            if at == root { return reached[at] }
            for link in links where link.from == at && reached[link.to] == nil {
                reached[link.to] = (reached[at] ?? []) + [link]
                open.append(link.to)
            }
        }
        return nil
    }
}

/// Where changes of one source's rows are felt.
struct PlanReach {
    enum Way {
        /// In those rows of the source that the statement begins with.
        case rows(part: Int, [PlanLinks.Link])
        /// In a query that looks at nothing outside itself.
        case apart
        /// Anywhere.
        case all
    }

    let table: Int
    let uses: [Int]
    let way: Way

    /// Whether a change is one that the statement can see.
    func sees(_ change: CellChange) -> Bool {
        guard change.table == table else { return false }
        guard let old = change.old, let new = change.new else { return true }
        for column in uses where old[column] != new[column] { return true }
        return false
    }
}

/// What a row that should not be there costs for what lies behind it: a group that many rows were heaped on is farther off than
/// one of a few, so that rows leave it one by one.
struct HeapCost {
    /// The items that are counts.
    let counts: [Int]

    init(_ query: SQLQuery) {
        guard case .select(let select) = query.body else {
            counts = []
            return
        }
        counts = select.items.indices.filter { Self.isCount(select.items[$0].expression, select, query.commons) }
    }

    var isEmpty: Bool { counts.isEmpty }

    func cost(_ cell: (Int) -> Cell) -> Int {
        counts.reduce(0) { sum, item in
            let count = cell(item)
            return count.tag == .int ? sum + 4 * Int(max(0, min(250, count.bits))) : sum
        }
    }

    private static func isCount(_ expression: SQLExpr, _ select: SQLSelect, _ commons: [SQLCommon]) -> Bool {
        switch expression {
        case .call(let call): return call.name == "COUNT" && !call.isWindow
        case .subquery(let inner):
            guard case .select(let own) = inner.body, own.items.count == 1 else { return false }
            return isCount(own.items[0].expression, own, inner.commons)
        case .column(let alias, let name, _):
            for source in select.from where alias.map({ $0.lowercased() == source.alias.lowercased() }) ?? true {
                var inner: SQLQuery?
                var names = source.columns
                switch source.what {
                case .query(let query): inner = query
                case .table(let table):
                    let common = commons.first { $0.name.lowercased() == table.lowercased() }
                    (inner, names) = (common?.query, common?.columns ?? [])
                case .function: break
                }
                guard let inner, case .select(let own) = inner.body else { continue }
                let item =
                    names.firstIndex { $0.lowercased() == name.lowercased() }
                    ?? own.items.firstIndex { $0.alias?.lowercased() == name.lowercased() }
                if let item, item < own.items.count { return isCount(own.items[item].expression, own, inner.commons) }
            }
            return false
        default: return false
        }
    }
}

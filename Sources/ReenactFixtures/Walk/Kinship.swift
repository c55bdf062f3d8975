/// Columns that statements equate though the schema says nothing of a reference: what stands in one is the name of what stands
/// in the others.
struct Kinship {
    /// Columns of one kin, in order.
    private(set) var groups: [[Place]] = []
    private var kin: [Place: Int] = [:]

    init(_ statements: [ReadyStatement], _ inverter: Inverter, _ schema: Schema) {
        var pairs: [(Place, Place)] = []
        for statement in statements {
            if case .select(let query)? = statement.parsed { Self.see(query, [], inverter, &pairs) }
        }
        for (one, other) in pairs where one != other {
            switch (kin[one], kin[other]) {
            case (nil, nil):
                (kin[one], kin[other]) = (groups.count, groups.count)
                groups.append([one, other])
            case (let known?, nil): add(other, to: known)
            case (nil, let known?): add(one, to: known)
            case (let left?, let right?) where left != right:
                for place in groups[right] { add(place, to: left) }
                groups[right] = []
            default: break
            }
        }
        for number in groups.indices {
            groups[number].sort { ($0.table, $0.column) < ($1.table, $1.column) }
            // References that the schema names have steps of their own.
            if groups[number].contains(where: { Self.isDeclared($0, schema) }) { groups[number] = [] }
        }
    }

    /// The columns that are named together with that one; none where it stands alone.
    func of(_ place: Place) -> [Place] { kin[place].map { groups[$0] } ?? [] }

    private mutating func add(_ place: Place, to number: Int) {
        kin[place] = number
        groups[number].append(place)
    }

    private static func isDeclared(_ place: Place, _ schema: Schema) -> Bool {
        let table = schema.tables[place.table]
        return table.columns[place.column].isGenerated || StateWalk.isReferred(place, schema)
            || table.foreign.contains { $0.columns.contains(place.column) }
    }

    private static func see(
        _ query: SQLQuery, _ outer: [SQLSelect], _ inverter: Inverter, _ pairs: inout [(Place, Place)]
    ) {
        for common in query.commons { see(common.query, outer, inverter, &pairs) }
        switch query.body {
        case .values: break
        case .combine(_, _, let left, let right):
            see(left, outer, inverter, &pairs)
            see(right, outer, inverter, &pairs)
        case .select(let select):
            let levels = [select] + outer
            func column(_ expression: SQLExpr) -> Place? {
                levels.lazy.compactMap { inverter.column(expression, $0) }.first
            }
            var inner: [SQLQuery] = []
            var found: [(Place, Place)] = []
            for source in select.from { if case .query(let query) = source.what { inner.append(query) } }
            let conditions = select.from.compactMap(\.on) + [select.condition, select.having].compactMap { $0 }
            for part in conditions + select.items.map(\.expression) {
                part.walk { expression in
                    switch expression {
                    case .compare("=", let left, let right):
                        if let one = column(left), let other = column(right) { found.append((one, other)) }
                    case .inQuery(let left, let query, _):
                        inner.append(query)
                        if let one = column(left), let select = query.first, let item = select.items.first,
                            let other = inverter.column(item.expression, select)
                        {
                            found.append((one, other))
                        }
                    case .exists(let query), .subquery(let query): inner.append(query)
                    default: break
                    }
                }
            }
            pairs += found
            for query in inner { see(query, levels, inverter, &pairs) }
        }
    }
}

/// Where a page of rows ended: rows that were not seen lie behind this value.
struct Fence {
    var isDescending: Bool
    var last: Int
}

/// A column of a table.
struct Place: Hashable {
    var table: Int
    var column: Int
}

/// What the statements as a whole say about columns: which are compared and sorted, and with what.
struct ColumnFacts {
    /// Columns in conditions of order and in ORDER BY, with the constants they meet.
    var compared: [Place: [SQLValue]] = [:]
    /// Constants that columns meet in any condition, but patterns.
    var constants: [Place: [SQLValue]] = [:]
    /// The same for keys and references, without an end.
    var named: [Place: Set<SQLValue>] = [:]
    /// Columns in any condition.
    var conditions: Set<Place> = []
    var fences: [Place: [Fence]] = [:]
    /// Every whole number in the recording: invented keys keep away from them.
    var numbers: Set<Int64> = []
    /// The same for short texts.
    var texts: Set<String> = []
    /// Tables of which some statement asks who has no row there.
    var sparing: Set<Int> = []

    /// With values as walks hold them.
    var loosened: ColumnFacts {
        var facts = self
        facts.compared = compared.mapValues { $0.map(\.loosened) }
        facts.constants = constants.mapValues { $0.map(\.loosened) }
        return facts
    }

    func speaks(of value: SQLValue) -> Bool {
        switch value {
        case .int(let number): numbers.contains(number)
        case .text(let text): texts.contains(text)
        default: false
        }
    }

    /// True where a condition names that value for the key, or for a reference to it.
    func isNamed(_ value: SQLValue, asKeyOf place: Place, _ schema: Schema) -> Bool {
        if named[place]?.contains(value) == true { return true }
        return schema.tables.enumerated().contains { child, table in
            table.foreign.contains { key in
                guard key.columns.count == 1, let (parent, columns) = schema.target(key), parent == place.table,
                    columns == [place.column]
                else { return false }
                return named[Place(table: child, column: key.columns[0])]?.contains(value) == true
            }
        }
    }

    mutating func see(_ statement: SQLStatement, _ schema: Schema) {
        switch statement {
        case .select(let query): see(query, schema, [:])
        case .update(let update): seeOne(update.table, update.alias, update.condition, schema)
        case .delete(let delete): seeOne(delete.table, delete.alias, delete.condition, schema)
        case .insert(let insert): if case .query(let query) = insert.source { see(query, schema, [:]) }
        case .control: break
        }
    }

    private mutating func seeOne(_ name: String, _ alias: String, _ condition: SQLExpr?, _ schema: Schema) {
        guard let table = schema.place(name), let condition else { return }
        see(condition, schema, [alias.lowercased(): table])
    }

    private mutating func see(_ query: SQLQuery, _ schema: Schema, _ outer: [String: Int]) {
        for common in query.commons { see(common.query, schema, outer) }
        switch query.body {
        case .combine(let word, _, let left, let right):
            if word == "EXCEPT" { spare(right, schema) }
            see(left, schema, outer)
            see(right, schema, outer)
        case .values: break
        case .select(let select):
            var names = outer
            for source in select.from {
                switch source.what {
                case .table(let name): names[source.alias.lowercased()] = schema.place(name)
                case .query(let inner): see(inner, schema, outer)
                case .function: break
                }
            }
            for source in select.from { if let on = source.on { see(on, schema, names) } }
            if let condition = select.condition {
                see(condition, schema, names)
                spare(select, condition, schema)
            }
            for item in select.items { see(item.expression, schema, names, onlyQueries: true) }
            for order in query.order {
                if let place = Self.place(order.expression, schema, names) { compared[place, default: []] += [] }
            }
        }
    }

    private mutating func see(
        _ expression: SQLExpr, _ schema: Schema, _ names: [String: Int], onlyQueries: Bool = false
    ) {
        var inner: [SQLQuery] = []
        var places: [Place] = []
        var ordered: [(SQLExpr, SQLExpr)] = []
        var met: [(SQLExpr, SQLExpr)] = []
        expression.walk { part in
            switch part {
            case .exists(let query), .subquery(let query), .inQuery(_, let query, _): inner.append(query)
            case .column: if let place = Self.place(part, schema, names) { places.append(place) }
            case .compare(let sign, let left, let right):
                met += [(left, right), (right, left)]
                if sign != "=", sign != "IS" { ordered += [(left, right), (right, left)] }
            case .inList(let value, let list, _): met += list.map { (value, $0) }
            case .between(let value, let low, let high, _):
                met += [(value, low), (value, high)]
                ordered += [(value, low), (value, high)]
            default: break
            }
        }
        for query in inner { see(query, schema, names) }
        guard !onlyQueries else { return }
        conditions.formUnion(places)
        for (column, other) in met {
            guard case .value(let value) = other, let place = Self.place(column, schema, names) else { continue }
            if schema.tables[place.table].isInKey(place.column)
                || schema.tables[place.table].foreign.contains(where: { $0.columns == [place.column] })
            {
                named[place, default: []].insert(value)
            }
            if constants[place, default: []].count < 60 { constants[place, default: []].append(value) }
        }
        for (column, other) in ordered {
            guard let place = Self.place(column, schema, names) else { continue }
            if case .value(let value) = other { compared[place, default: []].append(value) }
        }
    }

    static func place(_ expression: SQLExpr, _ schema: Schema, _ names: [String: Int]) -> Place? {
        switch expression {
        case .cast(let inner, _): return place(inner, schema, names)
        case .call(let call) where call.arguments.count == 1: return place(call.arguments[0], schema, names)
        case .column(let alias?, let name, _):
            guard let table = names[alias.lowercased()], let column = schema.tables[table].place(name) else {
                return nil
            }
            return Place(table: table, column: column)
        case .column(nil, let name, _):
            for table in names.values.sorted() {
                if let column = schema.tables[table].place(name) { return Place(table: table, column: column) }
            }
            return nil
        default: return nil
        }
    }
}

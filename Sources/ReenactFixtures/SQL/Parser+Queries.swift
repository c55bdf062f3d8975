extension SQLParser {
    mutating func commonTables() throws(FixtureError) -> [SQLCommon] {
        try need("WITH")
        _ = take("RECURSIVE")
        var list: [SQLCommon] = []
        repeat {
            let name = try name()
            var columns: [String] = []
            if take("(") {
                columns = try names()
                try need(")")
            }
            try need("AS")
            _ = take("NOT")
            _ = take("MATERIALIZED")
            try need("(")
            list.append(SQLCommon(name: name, columns: columns, query: try query()))
            try need(")")
        } while take(",")
        return list
    }

    mutating func query() throws(FixtureError) -> SQLQuery {
        try nested { (parser) throws(FixtureError) -> SQLQuery in
            let outer = parser.windows
            defer { parser.windows = outer }
            let commons = parser.isNext("WITH") ? try parser.commonTables() : []
            var result = try parser.combined(level: 0)
            if !commons.isEmpty { result.commons = commons }
            if parser.take("ORDER", "BY") { result.order = try parser.orders() }
            try parser.bounds(&result)
            return result
        }
    }

    private mutating func bounds(_ result: inout SQLQuery) throws(FixtureError) {
        while true {
            if take("LIMIT") {
                if take("ALL") { continue }
                result.limit = try expression()
                if take(",") {
                    result.offset = result.limit
                    result.limit = try expression()
                }
            } else if take("OFFSET") {
                result.offset = try expression()
                if !take("ROWS") { _ = take("ROW") }
            } else if take("FETCH") {
                at += 1
                result.limit = isNext("ROW") || isNext("ROWS") ? .value(.int(1)) : try expression()
                at += 1
                if take("WITH") { try need("TIES") } else { try need("ONLY") }
            } else if take("FOR") {
                // Locks change nothing for one connection.
                while here.kind == .word { at += 1 }
            } else {
                return
            }
        }
    }

    /// INTERSECT binds more tightly than UNION and EXCEPT in PostgreSQL; SQLite reads from the left.
    private mutating func combined(level: Int) throws(FixtureError) -> SQLQuery {
        let tighter = dialect == .postgres && level == 0
        var left = tighter ? try combined(level: 1) : try simple()
        while true {
            let word = here.upper
            let fits =
                dialect == .sqlite
                ? ["UNION", "EXCEPT", "INTERSECT"].contains(word)
                : level == 0 ? word == "UNION" || word == "EXCEPT" : word == "INTERSECT"
            guard here.kind == .word, fits else { return left }
            at += 1
            let all = take("ALL")
            _ = take("DISTINCT")
            let right = tighter ? try combined(level: 1) : try simple()
            left = SQLQuery(body: .combine(word, all: all, left, right))
        }
    }

    private mutating func simple() throws(FixtureError) -> SQLQuery {
        if take("(") {
            let inner = try query()
            try need(")")
            return inner
        }
        if take("VALUES") {
            let rows = try valueRows()
            guard rows.count == 1 else { return SQLQuery(body: .values(rows)) }
            // One row of values is a SELECT without a table.
            return SQLQuery(
                body: .select(
                    SQLSelect(
                        items: rows[0].enumerated().map {
                            SQLItem(expression: $0.element, alias: "column\($0.offset + 1)")
                        })))
        }
        try need("SELECT")
        var select = SQLSelect()
        try windowsAhead()
        if take("DISTINCT") {
            select.isDistinct = true
            if take("ON") {
                try need("(")
                select.distinctOn = try list()
                try need(")")
            }
        } else {
            _ = take("ALL")
        }
        select.items = try items()
        if take("FROM") { select.from = try sources() }
        if take("WHERE") { select.condition = try expression() }
        if take("GROUP", "BY") { select.groups = try list() }
        if take("HAVING") { select.having = try expression() }
        if isNext("WINDOW") { _ = try namedWindows() }
        return SQLQuery(body: .select(select))
    }

    mutating func orders() throws(FixtureError) -> [SQLOrder] {
        var list: [SQLOrder] = []
        repeat {
            var order = SQLOrder(expression: try expression())
            if take("DESC") { order.isDescending = true } else { _ = take("ASC") }
            if take("NULLS") {
                order.nullsFirst = isNext("FIRST")
                at += 1
            }
            list.append(order)
        } while take(",")
        return list
    }

    mutating func items() throws(FixtureError) -> [SQLItem] {
        var list: [SQLItem] = []
        repeat {
            if take("*") {
                list.append(SQLItem(expression: .star(table: nil)))
                continue
            }
            if here.kind == .word || here.kind == .quotedWord, ahead(1).text == ".", ahead(2).text == "*" {
                let table = try name()
                at += 2
                list.append(SQLItem(expression: .star(table: table)))
                continue
            }
            var item = SQLItem(expression: try expression())
            if take("AS") {
                item.alias = try name()
            } else if here.kind == .quotedWord || (here.kind == .word && !Self.reserved.contains(here.upper)) {
                item.alias = try name()
            }
            list.append(item)
        } while take(",")
        return list
    }

    static let reserved: Set<String> = [
        "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "UNION", "EXCEPT", "INTERSECT", "ON", "USING",
        "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "SET", "RETURNING", "AS", "FOR", "FETCH",
        "WINDOW",
        "AND", "OR", "WHEN", "THEN", "ELSE", "END", "ASC", "DESC", "NULLS", "COLLATE", "IS", "IN", "NOT", "BETWEEN",
        "LIKE", "VALUES",
    ]

    mutating func sources() throws(FixtureError) -> [SQLSource] {
        var list = [try source()]
        while true {
            var kind = SQLJoinKind.inner
            let natural = take("NATURAL")
            if take(",") {
                kind = .cross
            } else if take("LEFT") {
                kind = .left
            } else if take("RIGHT") {
                kind = .right
            } else if take("FULL") {
                kind = .full
            } else if take("CROSS") {
                kind = .cross
            } else if !take("INNER"), !isNext("JOIN") {
                return list
            }
            _ = take("OUTER")
            let comma = kind == .cross && tokens[at - 1].text == ","
            if !comma { try need("JOIN") }
            var next = try source()
            next.join = kind
            next.isNatural = natural
            if take("ON") {
                next.on = try expression()
            } else if take("USING") {
                try need("(")
                next.using = try names()
                try need(")")
            }
            list.append(next)
        }
    }

    /// Whether the parenthesis here holds a query, not joins.
    private var isQueryAhead: Bool {
        var count = 0
        while ahead(count).kind == .symbol, ahead(count).text == "(" { count += 1 }
        guard ahead(count).kind == .word, ["SELECT", "WITH", "VALUES"].contains(ahead(count).upper) else {
            return false
        }
        guard count > 1 else { return true }
        // What follows the inner parenthesis tells.
        var (place, depth) = (1, 0)
        repeat {
            if ahead(place).kind == .end { return true }
            if ahead(place).kind == .symbol, ahead(place).text == "(" { depth += 1 }
            if ahead(place).kind == .symbol, ahead(place).text == ")" { depth -= 1 }
            place += 1
        } while depth > 0
        return [")", "UNION", "EXCEPT", "INTERSECT", "ORDER", "LIMIT", "OFFSET", "FETCH"].contains(ahead(place).upper)
    }

    private mutating func source() throws(FixtureError) -> SQLSource {
        let isLateral = take("LATERAL")
        var what: SQLSource.What
        var alias = ""
        var isNested = false
        if isNext("("), !isQueryAhead {
            at += 1
            let inner = try nested { (parser) throws(FixtureError) -> [SQLSource] in try parser.sources() }
            try need(")")
            if inner.count == 1, !inner[0].isNested { return inner[0] }
            isNested = true
            what = .query(
                SQLQuery(body: .select(SQLSelect(items: [SQLItem(expression: .star(table: nil))], from: inner))))
        } else if take("(") {
            what = .query(try query())
            try need(")")
        } else {
            _ = take("ONLY")
            alias = try tableName()
            what = .table(alias)
            if isNext("(") {
                at += 1
                let arguments = isNext(")") ? [] : try list()
                try need(")")
                what = .function(.call(SQLCall(name: alias.uppercased(), arguments: arguments)))
                if take("WITH") { try need("ORDINALITY") }
            }
        }
        if take("AS") {
            alias = try name()
        } else if here.kind == .quotedWord || (here.kind == .word && !Self.reserved.contains(here.upper)) {
            alias = try name()
        }
        var source = SQLSource(what: what, alias: alias)
        source.isLateral = isLateral
        // With a name of their own they are a query like any other.
        source.isNested = isNested && alias.isEmpty
        if !alias.isEmpty, isNext("(") {
            at += 1
            source.columns = try columnNames()
            try need(")")
        }
        if dialect == .postgres, case .function(let function) = what { setReturned(function, &source) }
        return source
    }
}

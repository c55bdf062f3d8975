extension SQLParser {
    mutating func list() throws(FixtureError) -> [SQLExpr] {
        var list: [SQLExpr] = []
        repeat { list.append(try expression()) } while take(",")
        return list
    }

    mutating func expression() throws(FixtureError) -> SQLExpr {
        try nested { (parser) throws(FixtureError) -> SQLExpr in
            var left = try parser.conjunction()
            while parser.take("OR") { left = .or(left, try parser.conjunction()) }
            return left
        }
    }

    private mutating func conjunction() throws(FixtureError) -> SQLExpr {
        var left = try negation()
        while take("AND") { left = .and(left, try negation()) }
        return left
    }

    private mutating func negation() throws(FixtureError) -> SQLExpr {
        guard take("NOT") else { return try comparison() }
        return try nested { (parser) throws(FixtureError) -> SQLExpr in .not(try parser.negation()) }
    }

    private mutating func comparison() throws(FixtureError) -> SQLExpr {
        var left = try sum(level: 0)
        while true {
            let negated =
                isNext("NOT")
                && ["IN", "LIKE", "ILIKE", "GLOB", "BETWEEN", "REGEXP", "SIMILAR"].contains(ahead(1).upper)
            if negated { at += 1 }
            if take("IS") {
                let not = take("NOT")
                if take("NULL") {
                    left = .isNull(left, negated: not)
                } else if take("DISTINCT", "FROM") {
                    left = .compare(not ? "IS" : "IS NOT", left, try sum(level: 0))
                } else {
                    left = .compare(not ? "IS NOT" : "IS", left, try sum(level: 0))
                }
            } else if take("ISNULL") {
                left = .isNull(left, negated: false)
            } else if take("NOTNULL") {
                left = .isNull(left, negated: true)
            } else if take("BETWEEN") {
                let low = try sum(level: 0)
                try need("AND")
                left = .between(left, low, try sum(level: 0), negated: negated)
            } else if take("IN") {
                left = try inside(left, negated)
            } else if let word = ["LIKE", "ILIKE", "GLOB", "REGEXP"].first(where: isNext) {
                at += 1
                let inner = left
                if let each = try quantified(nil, inner, { .like(word, inner, $0, escape: nil, negated: negated) }) {
                    left = each
                    continue
                }
                let pattern = try sum(level: 0)
                let escape = take("ESCAPE") ? try sum(level: 0) : nil
                left = .like(word, left, pattern, escape: escape, negated: negated)
            } else if let sign = ["=", "==", "<>", "!=", "<", "<=", ">", ">="].first(where: isNext) {
                at += 1
                let plain = ["==": "=", "!=": "<>"][sign] ?? sign
                let inner = left
                if let each = try quantified(plain, inner, { .compare(plain, inner, $0) }) {
                    left = each
                } else {
                    left = .compare(plain, inner, try sum(level: 0))
                }
            } else if take("SIMILAR", "TO") {
                left = .binary("SIMILAR TO", left, try sum(level: 0))
                if negated { left = .not(left) }
            } else {
                return left
            }
        }
    }

    private mutating func inside(_ left: SQLExpr, _ negated: Bool) throws(FixtureError) -> SQLExpr {
        try need("(")
        if isNext("SELECT") || isNext("WITH") || isNext("VALUES") {
            let inner = try query()
            try need(")")
            return .inQuery(left, inner, negated: negated)
        }
        let items = isNext(")") ? [] : try list()
        try need(")")
        return .inList(left, items, negated: negated)
    }

    private static let levels: [Set<String>] = [
        [
            "||", "->", "->>", "#>", "#>>", "@>", "<@", "~", "~*", "!~", "!~*", "&", "|", "<<", ">>", "?", "#",
            "@@", "&&", "?|", "?&", "@?", "#-",
        ],
        ["+", "-"],
        ["*", "/", "%"],
    ]

    private mutating func sum(level: Int) throws(FixtureError) -> SQLExpr {
        guard level < Self.levels.count else { return try prefixed() }
        var left = try sum(level: level + 1)
        while here.kind == .symbol, Self.levels[level].contains(here.text) {
            let sign = here.text
            at += 1
            left = .binary(sign, left, try sum(level: level + 1))
        }
        return left
    }

    private mutating func prefixed() throws(FixtureError) -> SQLExpr {
        if here.kind == .symbol, ["-", "+", "~"].contains(here.text) {
            let sign = here.text
            at += 1
            let inner = try nested { (parser) throws(FixtureError) -> SQLExpr in try parser.prefixed() }
            if sign == "-", case .value(.int(let number)) = inner { return .value(.int(0 &- number)) }
            if sign == "-", case .value(.real(let number)) = inner { return .value(.real(-number)) }
            return sign == "+" ? inner : .unary(sign, inner)
        }
        var result = try primary()
        while true {
            if take("::") {
                result = .cast(result, try typeName())
            } else if take("COLLATE") {
                _ = try tableName()
            } else if dialect == .postgres, take("[") {
                result = try element(result)
            } else if take("AT") {
                try need("TIME")
                try need("ZONE")
                result = .call(SQLCall(name: "TIMEZONE", arguments: [try primary(), result]))
            } else {
                return result
            }
        }
    }

    private mutating func typeName() throws(FixtureError) -> String {
        var words = [try tableName()]
        while ["VARYING", "PRECISION", "WITH", "WITHOUT", "TIME", "ZONE"].contains(here.upper), here.kind == .word {
            words.append(here.text)
            at += 1
        }
        if take("(") {
            while here.kind != .end, !take(")") { at += 1 }
        }
        var brackets = ""
        while take("[") {
            if here.kind == .number { at += 1 }
            try need("]")
            brackets = "[]"
        }
        return words.joined(separator: " ").uppercased() + brackets
    }

    private mutating func primary() throws(FixtureError) -> SQLExpr {
        let token = here
        switch token.kind {
        case .string:
            at += 1
            return .value(.text(token.text))
        case .number:
            at += 1
            if let number = Int64(token.text) { return .value(.int(number)) }
            if dialect == .postgres { return .value(.number(token.text)) }
            return .value(Double(token.text).map(SQLValue.real) ?? .text(token.text))
        case .parameter:
            at += 1
            return .value(try parameter(token))
        case .symbol where token.text == "(": return try parenthesised()
        case .quotedWord: return try column()
        case .word: return try word()
        case .symbol, .end: throw expected("an expression")
        }
    }

    private mutating func parenthesised() throws(FixtureError) -> SQLExpr {
        try need("(")
        if isNext("SELECT") || isNext("WITH") || isNext("VALUES") {
            let inner = try query()
            try need(")")
            return .subquery(inner)
        }
        let items = try list()
        try need(")")
        return items.count == 1 ? items[0] : .row(items)
    }

    private mutating func word() throws(FixtureError) -> SQLExpr {
        switch here.upper {
        case "NULL":
            at += 1
            return .value(.null)
        case "TRUE", "FALSE":
            defer { at += 1 }
            return .value(dialect == .sqlite ? .int(here.upper == "TRUE" ? 1 : 0) : .bool(here.upper == "TRUE"))
        case "EXISTS" where ahead(1).text == "(":
            at += 2
            let inner = try query()
            try need(")")
            return .exists(inner)
        case "CAST" where ahead(1).text == "(":
            at += 2
            let inner = try expression()
            try need("AS")
            let type = try typeName()
            try need(")")
            return .cast(inner, type)
        case "CASE": return try cases()
        case "X" where dialect == .sqlite && ahead(1).kind == .string && ahead(1).offset == here.offset + 1:
            at += 2
            return .value(.blob(RecordedTimeline.bytes(hex: tokens[at - 1].text)))
        case "ARRAY" where dialect == .postgres && ahead(1).text == "[":
            at += 2
            let items = isNext("]") ? [] : try list()
            try need("]")
            return .call(SQLCall(name: "ARRAY", arguments: items))
        case "CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME", "LOCALTIMESTAMP":
            defer { at += 1 }
            return .call(SQLCall(name: here.upper))
        case "INTERVAL" where ahead(1).kind == .string, "DATE" where ahead(1).kind == .string,
            "TIMESTAMP" where ahead(1).kind == .string, "TIMESTAMPTZ" where ahead(1).kind == .string:
            at += 2
            return .cast(.value(.text(tokens[at - 1].text)), tokens[at - 2].upper)
        case let upper
        where dialect == .postgres && ahead(1).kind == .string && Self.typesBeforeText.contains(upper):
            at += 2
            return .cast(.value(.text(tokens[at - 1].text)), upper)
        case let upper where Self.reserved.contains(upper): throw expected("an expression")
        default: return ahead(1).text == "(" && ahead(1).kind == .symbol ? try call() : try column()
        }
    }

    private mutating func cases() throws(FixtureError) -> SQLExpr {
        try need("CASE")
        let operand = isNext("WHEN") ? nil : try expression()
        var branches: [SQLBranch] = []
        while take("WHEN") {
            let condition = try expression()
            try need("THEN")
            branches.append(SQLBranch(condition: condition, result: try expression()))
        }
        let otherwise = take("ELSE") ? try expression() : nil
        try need("END")
        return .when(operand: operand, branches, otherwise: otherwise)
    }

    private mutating func column() throws(FixtureError) -> SQLExpr {
        let quoted = here.kind == .quotedWord
        var table: String?
        var last = try name()
        while take(".") {
            table = last
            last = try name()
        }
        return .column(table: table, name: last, quoted: quoted)
    }

    private mutating func call() throws(FixtureError) -> SQLExpr {
        var call = SQLCall(name: here.upper)
        at += 2
        if call.name == "EXTRACT", ahead(1).upper == "FROM" {
            call.arguments.append(.value(.text(here.text)))
            at += 2
        }
        if take("*") {
            call.hasStar = true
        } else if isNext("SELECT") || isNext("WITH") {
            call.arguments = [.subquery(try query())]
        } else if !isNext(")") {
            call.isDistinct = take("DISTINCT")
            let name = call.name
            if name == "TRIM", dialect == .postgres { trimmed(&call) }
            repeat {
                if call.name == "POSITION" {
                    let part = try sum(level: 0)
                    try need("IN")
                    // As `strpos` has them.
                    (call.name, call.arguments) = ("STRPOS", [try sum(level: 0), part])
                    break
                }
                call.arguments.append(try expression())
                if name == "SUBSTRING" || name == "TRIM" {
                    if take("FROM") || take("FOR") { call.arguments.append(try expression()) }
                    if take("FOR") { call.arguments.append(try expression()) }
                }
            } while take(",")
            // `LEADING '0' FROM x` names what is trimmed first.
            if name == "TRIM", call.name != name, call.arguments.count == 2 { call.arguments.swapAt(0, 1) }
            if take("ORDER", "BY") { _ = try orders() }
        }
        try need(")")
        if take("WITHIN", "GROUP") {
            try need("(")
            try need("ORDER")
            try need("BY")
            // What is looked at comes first, as with other totals.
            call.arguments = try orders().map(\.expression) + call.arguments
            try need(")")
        }
        if take("FILTER") {
            try need("(")
            try need("WHERE")
            call.filter = try expression()
            try need(")")
        }
        if take("OVER") {
            call.window = try window()
        }
        if ["IIF", "IF"].contains(call.name), dialect == .sqlite, (2...3).contains(call.arguments.count) {
            let branch = SQLBranch(condition: call.arguments[0], result: call.arguments[1])
            return .when(operand: nil, [branch], otherwise: call.arguments.count == 3 ? call.arguments[2] : nil)
        }
        return .call(call)
    }
}

/// Reads one statement. Bounded: nesting deeper than 200 is refused, so that no input overflows the stack.
struct SQLParser {
    var tokens: [SQLToken]
    var at = 0
    let dialect: SQLDialect
    let parameters: [SQLValue]
    /// Parameters by name, for `:name`.
    let named: [String: SQLValue]
    var nextParameter = 0
    var depth = 0
    /// Those of the WINDOW clause of the query that is being read.
    var windows: [String: SQLWindow] = [:]

    /// - Throws: `FixtureError.unparsable`.
    static func parse(
        _ sql: String, _ parameters: [SQLValue], _ dialect: SQLDialect, named: [String: SQLValue] = [:]
    ) throws(FixtureError) -> SQLStatement {
        var parser = SQLParser(
            tokens: SQLLexer.tokens(sql, dialect), dialect: dialect, parameters: parameters, named: named)
        let statement = try parser.statement()
        _ = parser.take(";")
        guard parser.here.kind == .end else { throw parser.expected("the end") }
        return statement
    }

    /// The conditions of the CHECKs in a table's definition and their text; those that can't be read are left out.
    static func checks(_ definition: String, _ dialect: SQLDialect) -> [(condition: SQLExpr, text: String)] {
        let tokens = SQLLexer.tokens(definition, dialect)
        return tokens.indices.dropLast().compactMap { place in
            guard tokens[place].kind == .word, tokens[place].upper == "CHECK", tokens[place + 1].text == "(" else {
                return nil
            }
            var parser = SQLParser(tokens: tokens, dialect: dialect, parameters: [], named: [:])
            parser.at = place + 2
            guard let condition = try? parser.expression(), parser.isNext(")") else { return nil }
            let bytes = Array(definition.utf8)[tokens[place + 2].offset..<parser.here.offset]
            return (condition, String(decoding: bytes, as: UTF8.self))
        }
    }

    /// An expression alone; nil where that can't be read.
    static func expression(_ text: String, _ dialect: SQLDialect) -> SQLExpr? {
        var parser = SQLParser(
            tokens: SQLLexer.tokens(text, dialect), dialect: dialect, parameters: [], named: [:])
        guard let expression = try? parser.expression(), parser.here.kind == .end else { return nil }
        return expression
    }

    /// What an index is over, columns or expressions, and which rows it holds, by its `CREATE INDEX`.
    static func index(
        _ definition: String, _ dialect: SQLDialect
    ) -> (name: String, parts: [SQLExpr], condition: SQLExpr?)? {
        let tokens = SQLLexer.tokens(definition, dialect)
        guard let on = tokens.firstIndex(where: { $0.kind == .word && $0.upper == "ON" }), on > 0,
            let open = tokens[on...].firstIndex(where: { $0.kind == .symbol && $0.text == "(" })
        else { return nil }
        var parser = SQLParser(tokens: tokens, dialect: dialect, parameters: [], named: [:])
        parser.at = open
        var parts: [SQLExpr] = []
        repeat {
            parser.at += 1
            guard let part = try? parser.expression() else { return nil }
            parts.append(part)
            // An operator class, a direction.
            while parser.here.kind == .word { parser.at += 1 }
        } while parser.isNext(",")
        guard parser.isNext(")") else { return nil }
        while parser.here.kind != .end, parser.here.upper != "WHERE" { parser.at += 1 }
        guard parser.here.kind != .end else { return (tokens[on - 1].text, parts, nil) }
        parser.at += 1
        guard let condition = try? parser.expression(), parser.here.kind == .end else { return nil }
        return (tokens[on - 1].text, parts, condition)
    }

    /// What a column is computed from, by the definition of its table: `name … AS (expression)`.
    static func formula(_ definition: String, _ column: String, _ dialect: SQLDialect) -> SQLExpr? {
        let tokens = SQLLexer.tokens(definition, dialect)
        var depth = 0
        var isMine = false
        for (place, token) in tokens.enumerated().dropLast() {
            let starts = depth == 1 && place > 0 && ["(", ","].contains(tokens[place - 1].text)
            if starts { isMine = token.kind != .symbol && Evaluator.same(token.text, column) }
            if isMine, depth == 1, token.kind == .word, token.upper == "AS", tokens[place + 1].text == "(" {
                var parser = SQLParser(tokens: tokens, dialect: dialect, parameters: [], named: [:])
                parser.at = place + 2
                guard let formula = try? parser.expression(), parser.isNext(")") else { return nil }
                return formula
            }
            if token.kind == .symbol, token.text == "(" { depth += 1 }
            if token.kind == .symbol, token.text == ")" { depth -= 1 }
        }
        return nil
    }

    private init(tokens: [SQLToken], dialect: SQLDialect, parameters: [SQLValue], named: [String: SQLValue]) {
        self.tokens = tokens
        self.dialect = dialect
        self.parameters = parameters
        self.named = named
    }

    // MARK: words

    var here: SQLToken { tokens[min(at, tokens.count - 1)] }
    func ahead(_ count: Int) -> SQLToken { tokens[min(at + count, tokens.count - 1)] }
    func expected(_ what: String) -> FixtureError { .unparsable(offset: here.offset, expected: what) }

    func isNext(_ word: String) -> Bool {
        (here.kind == .word || here.kind == .symbol) && here.upper == word
    }

    mutating func take(_ words: String...) -> Bool {
        for (index, word) in words.enumerated() {
            let token = ahead(index)
            guard token.kind == .word || token.kind == .symbol, token.upper == word else { return false }
        }
        at += words.count
        return true
    }

    mutating func need(_ word: String) throws(FixtureError) {
        guard take(word) else { throw expected(word) }
    }

    mutating func name() throws(FixtureError) -> String {
        guard here.kind == .word || here.kind == .quotedWord || (here.kind == .string && dialect == .sqlite) else {
            throw expected("a name")
        }
        defer { at += 1 }
        return here.kind == .word && dialect == .postgres ? here.text.lowercased() : here.text
    }

    /// `schema.table` is the table: one schema is captured.
    mutating func tableName() throws(FixtureError) -> String {
        var result = try name()
        while take(".") { result = try name() }
        return result
    }

    mutating func parameter(_ token: SQLToken) throws(FixtureError) -> SQLValue {
        let rest = token.text.dropFirst()
        if let number = Int(rest) {
            guard number >= 1, number <= parameters.count else { throw expected("parameter \(number)") }
            return parameters[number - 1]
        }
        if !rest.isEmpty, let value = named[String(rest)] { return value }
        guard nextParameter < parameters.count else { throw expected("another bind value") }
        defer { nextParameter += 1 }
        return parameters[nextParameter]
    }

    mutating func nested<Result>(
        _ body: (inout SQLParser) throws(FixtureError) -> Result
    ) throws(FixtureError) -> Result {
        depth += 1
        defer { depth -= 1 }
        guard depth < 200 else { throw expected("less nesting") }
        return try body(&self)
    }

    mutating func names() throws(FixtureError) -> [String] {
        var list: [String] = []
        repeat { list.append(try name()) } while take(",")
        return list
    }

    // MARK: statements

    private mutating func statement() throws(FixtureError) -> SQLStatement {
        guard here.kind == .word || isNext("(") else { throw expected("a statement") }
        switch here.upper {
        case "SELECT", "VALUES", "(": return .select(try query())
        case "WITH":
            let commons = try commonTables()
            switch here.upper {
            case "INSERT", "REPLACE", "UPDATE", "DELETE": throw expected("SELECT")
            default:
                var result = try query()
                result.commons = commons
                return .select(result)
            }
        case "INSERT", "REPLACE": return .insert(try insert())
        case "UPDATE": return .update(try update())
        case "DELETE": return .delete(try delete())
        default: return try control()
        }
    }

    private mutating func control() throws(FixtureError) -> SQLStatement {
        let kind: SQLControl
        switch here.upper {
        case "BEGIN", "START": kind = .begin
        case "COMMIT", "END": kind = .commit
        case "SAVEPOINT": kind = .savepoint
        case "RELEASE": kind = .release
        case "ROLLBACK": kind = tokens.contains { $0.upper == "TO" } ? .rollbackTo : .rollback
        case "PRAGMA", "SET", "SHOW", "RESET", "ANALYZE", "EXPLAIN", "LOCK", "DISCARD", "DEALLOCATE": kind = .other
        default: throw expected("SELECT, INSERT, UPDATE, DELETE or transaction control")
        }
        at = tokens.count - 1
        return .control(kind)
    }

    private mutating func insert() throws(FixtureError) -> SQLInsert {
        var ignores = false
        var replaces = take("REPLACE")
        if !replaces {
            try need("INSERT")
            if take("OR") {
                ignores = isNext("IGNORE")
                replaces = isNext("REPLACE")
                at += 1
            }
        }
        try need("INTO")
        let table = try tableName()
        let alias = take("AS") ? try name() : table
        var columns: [String] = []
        if isNext("("), ahead(1).upper != "SELECT" {
            at += 1
            columns = try names()
            try need(")")
        }
        if take("OVERRIDING") {
            at += 1
            try need("VALUE")
        }
        let source: SQLInsertSource
        if take("DEFAULT", "VALUES") {
            source = .defaults
        } else if isNext("VALUES") {
            at += 1
            source = .values(try valueRows())
        } else {
            source = .query(try query())
        }
        var result = SQLInsert(table: table, columns: columns, source: source, ignores: ignores, updates: replaces)
        result.alias = alias
        while take("ON") { try conflict(&result) }
        if take("RETURNING") { result.returning = try items() }
        return result
    }

    /// `ON CONFLICT …`
    private mutating func conflict(_ insert: inout SQLInsert) throws(FixtureError) {
        try need("CONFLICT")
        var target: [String] = []
        var ahead = self
        if ahead.take("("), let names = try? ahead.names(), ahead.take(")") { target = names }
        skip { $0.isNext("DO") }
        try need("DO")
        if take("NOTHING") {
            insert.ignores = true
            return
        }
        try need("UPDATE")
        insert.updates = true
        ahead = self
        if let upsert = try? ahead.upsert(target) {
            self = ahead
            insert.upsert = upsert
        } else {
            skip { $0.isNext("RETURNING") || $0.isNext(";") }
        }
    }

    private mutating func upsert(_ target: [String]) throws(FixtureError) -> SQLUpsert {
        try need("SET")
        var result = SQLUpsert(target: target, assignments: try assignments())
        if take("WHERE") { result.condition = try expression() }
        return result
    }

    private mutating func skip(to isThere: (SQLParser) -> Bool) {
        while here.kind != .end, !isThere(self) {
            if here.kind == .parameter, here.text == "?" { nextParameter += 1 }
            at += 1
        }
    }

    mutating func valueRows() throws(FixtureError) -> [[SQLExpr]] {
        var rows: [[SQLExpr]] = []
        repeat {
            try need("(")
            rows.append(isNext(")") ? [] : try list())
            try need(")")
        } while take(",")
        return rows
    }

    private mutating func update() throws(FixtureError) -> SQLUpdate {
        try need("UPDATE")
        if take("OR") { at += 1 }
        _ = take("ONLY")
        let table = try tableName()
        var alias = table
        if take("AS") { alias = try name() } else if !isNext("SET") { alias = try name() }
        try need("SET")
        var result = SQLUpdate(table: table, alias: alias, assignments: try assignments(), from: [])
        if take("FROM") { result.from = try sources() }
        if take("WHERE") { result.condition = try expression() }
        if take("RETURNING") { result.returning = try items() }
        return result
    }

    private mutating func assignments() throws(FixtureError) -> [SQLAssignment] {
        var assignments: [SQLAssignment] = []
        repeat {
            if take("(") {
                let columns = try names()
                try need(")")
                try need("=")
                let value = try expression()
                if case .row(let list) = value, list.count == columns.count {
                    for (column, item) in zip(columns, list) {
                        assignments.append(SQLAssignment(column: column, value: item))
                    }
                } else {
                    throw expected("a value for each column")
                }
            } else {
                let column = try tableName()
                try need("=")
                assignments.append(SQLAssignment(column: column, value: try expression()))
            }
        } while take(",")
        return assignments
    }

    private mutating func delete() throws(FixtureError) -> SQLDelete {
        try need("DELETE")
        try need("FROM")
        _ = take("ONLY")
        let table = try tableName()
        var alias = table
        if take("AS") {
            alias = try name()
        } else if here.kind == .word, !isNext("WHERE"), !isNext("RETURNING") {
            alias = try name()
        }
        var result = SQLDelete(table: table, alias: alias)
        if take("WHERE") { result.condition = try expression() }
        if take("RETURNING") { result.returning = try items() }
        return result
    }
}

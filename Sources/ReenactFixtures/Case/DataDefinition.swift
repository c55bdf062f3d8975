/// A statement that makes, changes or drops something, as far as the schema's history needs to know.
struct DataDefinition {
    enum Kind { case table, column, other }

    var kind = Kind.other
    var name = ""
    /// Of `ADD COLUMN`.
    var column = ""
    var unlessThere = false
    var isTemporary = false

    /// Nil for statements that read or write rows.
    init?(_ sql: String, _ dialect: SQLDialect) {
        let tokens = SQLLexer.tokens(sql, dialect)
        guard let verb = tokens.first?.upper,
            ["CREATE", "ALTER", "DROP", "TRUNCATE", "COMMENT", "GRANT", "REVOKE", "REINDEX"].contains(verb)
        else { return nil }
        var at = 1
        func word(_ ahead: Int = 0) -> String { at + ahead < tokens.count ? tokens[at + ahead].upper : "" }
        while ["TEMP", "TEMPORARY", "UNLOGGED", "LOCAL", "GLOBAL"].contains(word()) {
            isTemporary = isTemporary || word().hasPrefix("TEMP")
            at += 1
        }
        guard verb == "CREATE" || verb == "ALTER", word() == "TABLE" else { return }
        at += 1
        while ["IF", "NOT", "EXISTS", "ONLY"].contains(word()) {
            unlessThere = unlessThere || word() == "NOT"
            at += 1
        }
        func name(_ at: inout Int) -> String {
            func one() -> String {
                guard at < tokens.count else { return "" }
                let token = tokens[at]
                return token.kind == .word && dialect == .postgres ? token.text.lowercased() : token.text
            }
            var name = one()
            at += 1
            while at + 1 < tokens.count, tokens[at].text == "." {
                at += 1
                name = one()
                at += 1
            }
            return name
        }
        self.name = name(&at)
        if verb == "CREATE" {
            kind = .table
            return
        }
        guard word() == "ADD", word(1) != "CONSTRAINT" else { return }
        at += 1
        if ["PRIMARY", "FOREIGN", "UNIQUE", "CHECK", "EXCLUDE"].contains(word()) { return }
        if word() == "COLUMN" { at += 1 }
        while ["IF", "NOT", "EXISTS"].contains(word()) { at += 1 }
        column = name(&at)
        kind = .column
    }
}

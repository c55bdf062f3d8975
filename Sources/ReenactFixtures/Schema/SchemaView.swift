/// A view: a common table of every statement that names it.
struct SchemaView: Sendable {
    let name: String
    let text: String
    /// Nil where its text can't be read.
    let common: SQLCommon?

    init(_ name: String, _ columns: [String], _ text: String, _ dialect: SQLDialect) {
        (self.name, self.text) = (name, text)
        if case .select(let query)? = try? SQLParser.parse(text, [], dialect) {
            common = SQLCommon(name: name, columns: columns, query: query)
        } else {
            common = nil
        }
    }
}

extension Schema {
    /// The views behind a text, those that others are made of first.
    func views(in text: String, _ dialect: SQLDialect) -> [SchemaView] {
        if views.isEmpty { return [] }
        var waiting = [text]
        var found: Set<Int> = []
        while let text = waiting.popLast() {
            for token in SQLLexer.tokens(text, dialect) where token.kind == .word || token.kind == .quotedWord {
                for (place, view) in views.enumerated()
                where Evaluator.same(view.name, token.text) && found.insert(place).inserted {
                    waiting.append(view.text)
                }
            }
        }
        return found.sorted().map { views[$0] }
    }

    /// The statement with the views it names as common tables.
    func expanded(_ statement: SQLStatement, _ sql: String, _ dialect: SQLDialect) -> SQLStatement {
        guard case .select(var query) = statement else { return statement }
        let own = query.commons.map { $0.name.lowercased() }
        let views = views(in: sql, dialect).compactMap(\.common).filter { !own.contains($0.name.lowercased()) }
        query.commons = views + query.commons
        return .select(query)
    }
}

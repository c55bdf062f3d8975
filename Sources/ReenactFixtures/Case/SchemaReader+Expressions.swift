/// Columns that expressions name, with types that stand beside them; and what is assumed in the end.
extension SchemaReader {
    mutating func visit(
        _ expression: SQLExpr, _ scopes: [SchemaScope], _ commons: Set<String>, isLoose: Bool = false
    ) {
        switch expression {
        case .column(let qualifier, let name, _):
            // An alias of the select list is no column.
            if isLoose, scopes.first?.aliases.contains(name.lowercased()) ?? false { return }
            if let table = Self.table(qualifier, scopes) { draft.see(table, name) }
        case .compare(_, let left, let right):
            guess(left, right, scopes)
            guess(right, left, scopes)
        case .between(let value, let low, _, _): guess(value, low, scopes)
        case .inList(let value, let list, _): if let first = list.first { guess(value, first, scopes) }
        case .inQuery(_, let query, _), .exists(let query), .subquery(let query):
            take(query, scopes, commons: commons, nil)
        case .cast(_, let type):
            let base = type.split(separator: "(").first.map(String.init) ?? type
            let name = base.split(separator: "[").first.map { String($0).trimmingBlanks } ?? base
            if dialect == .postgres, !SchemaTypes.isBuiltIn(name), !draft.types.contains(name), !name.isEmpty {
                draft.types.append(name)
            }
        default: break
        }
        expect(expression, scopes)
        for child in expression.children { visit(child, scopes, commons, isLoose: isLoose) }
    }

    private mutating func guess(_ column: SQLExpr, _ value: SQLExpr, _ scopes: [SchemaScope]) {
        guard case .column(let qualifier, let name, _) = column, let table = Self.table(qualifier, scopes),
            let type = type(of: value)
        else { return }
        draft.see(table, name, type: type)
    }

    static func table(_ qualifier: String?, _ scopes: [SchemaScope]) -> String? {
        guard qualifier != nil else { return scopes.first?.table(nil) }
        for scope in scopes { if let table = scope.table(qualifier) { return table } }
        return nil
    }

    func type(of expression: SQLExpr) -> String? {
        switch expression {
        case .value(let value): SchemaTypes.name(value, dialect)
        case .cast(_, let type) where dialect == .postgres && SchemaTypes.isBuiltIn(type): type
        default: nil
        }
    }

    // MARK: names in the text

    mutating func takeNames(in sql: String) {
        guard dialect == .postgres else { return }
        let tokens = SQLLexer.tokens(sql, dialect)
        for (index, token) in tokens.enumerated() where token.upper == "NEXTVAL" && index + 2 < tokens.count {
            guard tokens[index + 2].kind == .string else { continue }
            let name = tokens[index + 2].text.split(separator: ".").last.map(String.init) ?? ""
            if !name.isEmpty, !draft.sequences.contains(name) {
                draft.sequences.append(name.replacing("\"", with: ""))
            }
        }
    }

    mutating func finish() {
        var inferred: [String] = []
        for table in draft.tables where table.definition == nil && !table.isMade {
            if table.columns.isEmpty {
                draft.assume("nothing tells a column of \(table.name): it is left out")
                continue
            }
            if !table.isWhole { inferred.append(table.name) }
            draft.change(table.name) { known in
                if known.primary.isEmpty, let key = known.columns.first(where: { $0.name.lowercased() == "id" }) {
                    known.primary = [key.name]
                }
                for column in known.columns where column.type == nil && dialect == .postgres {
                    if let place = known.place(column.name) { known.columns[place].type = "text" }
                }
                if dialect == .sqlite, known.primary.count == 1, let place = known.place(known.primary[0]),
                    known.columns[place].type == nil
                {
                    known.columns[place].type = "INTEGER"
                }
            }
            for column in table.columns where column.type == nil && dialect == .postgres {
                draft.assume("the type of \(table.name).\(column.name) is not known: taken for text")
            }
        }
        if !inferred.isEmpty {
            draft.assume(
                "inferred from statements and their answers, with `id` as the key and no other constraints, defaults or "
                    + "triggers than errors tell of: \(inferred.joined(separator: ", "))")
        }
        if !draft.types.isEmpty { draft.assume("taken for text: the types \(draft.types.joined(separator: ", "))") }
    }
}

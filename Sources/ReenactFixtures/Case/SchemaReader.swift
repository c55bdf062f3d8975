/// Reads a draft of the schema out of statements and their answers.
struct SchemaReader {
    /// A column of a table.
    struct Place {
        var table: String
        var column: String
    }

    var draft: SchemaDraft
    /// PostgreSQL's numbers of tables.
    var names: [Int32: String] = [:]
    /// Columns that statements compare with each other.
    var related: [(Place, Place)] = []
    let dialect: SQLDialect

    static func draft(of statements: [CaseStatement], _ dialect: SQLDialect, file: [String]? = nil) -> SchemaDraft {
        var reader = SchemaReader(dialect)
        reader.takeDefinitions(statements)
        if let file { reader.takeFile(file) } else { reader.takeCatalog(statements) }
        let parsed = statements.map { statement in
            statement.gap == nil || statement.refusal != nil
                ? try? SQLParser.parse(statement.sql, statement.recorded.parameters, dialect) : nil
        }
        for (statement, tree) in zip(statements, parsed) {
            if let tree, statement.succeeded { reader.nameTables(statement, tree) }
        }
        for (statement, tree) in zip(statements, parsed) {
            guard !CaseTimeline.asksCatalog(statement.sql, dialect) else { continue }
            if let tree, statement.refusal.map({ !Self.isAboutNames($0) }) ?? true { reader.take(statement, tree) }
            reader.takeRefusal(statement)
            reader.takeNames(in: statement.sql)
        }
        reader.spreadTypes()
        reader.finish()
        return reader.draft
    }

    private init(_ dialect: SQLDialect) {
        self.dialect = dialect
        draft = SchemaDraft(dialect)
    }

    /// Errors that say that a name is not known tell what is not there.
    private static func isAboutNames(_ refusal: CaseStatement.Refusal) -> Bool {
        ["42P01", "42703", "42883", "42601"].contains(refusal.code) || refusal.message.hasPrefix("no such")
            || refusal.message.contains("syntax error")
    }

    // MARK: statements that define

    private mutating func takeDefinitions(_ statements: [CaseStatement]) {
        for statement in statements where statement.succeeded {
            guard let definition = DataDefinition(statement.sql, dialect) else { continue }
            if definition.isTemporary { continue }
            switch definition.kind {
            case .table where statement.wasThere || (dialect == .sqlite && definition.unlessThere):
                // Nearly its definition, and it may have held rows.
                if !draft.has(definition.name) {
                    draft.change(definition.name) { $0.definition = statement.sql }
                }
            case .table:
                // What was dropped and made anew was there all the same.
                if !draft.has(definition.name) { draft.change(definition.name) { $0.isMade = true } }
                draft.definitions.append(statement.sql)
            case .column:
                draft.change(definition.name) { $0.added.insert(definition.column.lowercased()) }
                draft.definitions.append(statement.sql)
            case .other: draft.definitions.append(statement.sql)
            }
        }
    }

    /// The schema of a file that the case holds, from before the failing trigger.
    private mutating func takeFile(_ statements: [String]) {
        for sql in statements {
            guard let definition = DataDefinition(sql, dialect), case .table = definition.kind else {
                if !draft.definitions.contains(sql) { draft.extras.append(sql) }
                continue
            }
            let isMade = draft[definition.name]?.isMade ?? false
            if !isMade { draft.change(definition.name) { $0.definition = sql } }
        }
    }

    // MARK: names

    private mutating func nameTables(_ statement: CaseStatement, _ tree: SQLStatement) {
        guard dialect == .postgres, case .select(let query) = tree, let select = query.first else { return }
        let scope = SchemaScope(select)
        let hasStar = select.items.contains { if case .star = $0.expression { true } else { false } }
        if !hasStar, select.items.count == statement.columns.count {
            for (column, item) in zip(statement.columns, select.items) where column.table != 0 {
                if case .column(let qualifier, _, _) = item.expression, let table = scope.table(qualifier) {
                    names[column.table] = table
                }
            }
            return
        }
        // `*` gives the tables in order of their standing.
        var unknown: [Int32] = []
        for column in statement.columns where column.table != 0 && names[column.table] == nil {
            if !unknown.contains(column.table) { unknown.append(column.table) }
        }
        let unnamed = scope.tables.map(\.table).filter { table in !names.values.contains(table) }
        if unknown.count == unnamed.count { for (number, table) in zip(unknown, unnamed) { names[number] = table } }
    }

    // MARK: statements that use

    private mutating func take(_ statement: CaseStatement, _ tree: SQLStatement) {
        switch tree {
        case .select(let query): take(query, [], commons: [], statement)
        case .insert(let insert): take(insert, statement)
        case .update(let update):
            draft.change(update.table) { _ in }
            let scope = SchemaScope([(update.alias, update.table)])
            for assignment in update.assignments {
                draft.see(update.table, assignment.column, type: type(of: assignment.value))
                visit(assignment.value, [scope], [])
            }
            if let condition = update.condition { visit(condition, [scope], []) }
            takeReturned(update.returning, update.table, statement)
        case .delete(let delete):
            draft.change(delete.table) { _ in }
            if let condition = delete.condition { visit(condition, [SchemaScope([(delete.alias, delete.table)])], []) }
        case .control: break
        }
    }

    private mutating func take(_ insert: SQLInsert, _ statement: CaseStatement) {
        draft.change(insert.table) { _ in }
        if case .values(let rows) = insert.source, let first = rows.first {
            for (index, column) in insert.columns.enumerated() {
                let given = rows.prefix(50).compactMap { index < $0.count ? type(of: $0[index]) : nil }.first
                draft.see(insert.table, column, type: given)
            }
            if insert.columns.isEmpty, draft[insert.table]?.definition == nil, draft[insert.table]?.isMade == false {
                draft.assume("the names of \(insert.table)'s \(first.count) columns are not known")
            }
        } else if case .query(let query) = insert.source {
            for column in insert.columns { draft.see(insert.table, column) }
            take(query, [], commons: [], nil)
        }
        takeReturned(insert.returning, insert.table, statement)
        takeNumber(insert, statement)
        if insert.returning.count == 1, case .column(_, let name, _) = insert.returning[0].expression {
            draft.change(insert.table) { if $0.primary.isEmpty { $0.primary = [name] } }
        }
    }

    /// `nextval('s')` for a column that came back: the first number of the sequence.
    private mutating func takeNumber(_ insert: SQLInsert, _ statement: CaseStatement) {
        guard case .values(let rows) = insert.source, rows.count == 1, let answer = statement.recorded.rows?.first
        else {
            return
        }
        for (column, expression) in zip(insert.columns, rows[0]) {
            guard case .call(let call) = expression, call.name == "NEXTVAL", call.arguments.count == 1,
                case .value(.text(let name)) = call.arguments[0]
            else { continue }
            for (index, item) in insert.returning.enumerated() where index < answer.count {
                if case .column(_, column, _) = item.expression, case .int(let number) = answer[index],
                    draft.firsts[name] == nil
                {
                    draft.firsts[name] = number
                }
            }
        }
    }

    private mutating func takeReturned(_ items: [SQLItem], _ table: String, _ statement: CaseStatement) {
        guard items.count == statement.columns.count else { return takeStar(table, items, statement) }
        for (index, item) in items.enumerated() {
            guard case .column(_, let name, _) = item.expression else { continue }
            takeResult(table, name, index, statement)
        }
    }

    private mutating func takeStar(_ table: String, _ items: [SQLItem], _ statement: CaseStatement) {
        guard items.count == 1, case .star = items[0].expression else { return }
        for index in statement.columns.indices { takeResult(table, statement.columns[index].name, index, statement) }
    }

    /// A column that came back as such.
    mutating func takeResult(_ table: String, _ name: String, _ index: Int, _ statement: CaseStatement) {
        let column = statement.columns[index]
        if dialect == .postgres {
            let type = SchemaTypes.name(column.type)
            let isKnown = draft[table].map { $0.isMade || $0.definition != nil } ?? false
            if type == nil, !isKnown { draft.assume("the type of \(table).\(name) is not built in: taken for text") }
            draft.see(table, name, type: type ?? "text", ground: .told, attribute: column.attribute)
        } else {
            let values = (statement.recorded.rows ?? []).lazy.compactMap { index < $0.count ? $0[index] : nil }
            let type = values.compactMap { SchemaTypes.name($0, .sqlite) }.first
            draft.see(table, name, type: type, attribute: column.attribute)
        }
    }

    mutating func take(
        _ query: SQLQuery, _ outer: [SchemaScope], commons: Set<String>, _ statement: CaseStatement?
    ) {
        var commons = commons
        for common in query.commons {
            commons.insert(common.name.lowercased())
            take(common.query, outer, commons: commons, nil)
        }
        switch query.body {
        case .select(let select): take(select, outer, commons, statement)
        case .combine(_, _, let left, let right):
            take(left, outer, commons: commons, statement)
            take(right, outer, commons: commons, nil)
        case .values: break
        }
        let scopes = query.first.map { [SchemaScope($0)] } ?? []
        for order in query.order { visit(order.expression, scopes, commons, isLoose: true) }
    }

    private mutating func take(
        _ select: SQLSelect, _ outer: [SchemaScope], _ commons: Set<String>, _ statement: CaseStatement?
    ) {
        let scope = SchemaScope(select, without: commons)
        for (_, table) in scope.tables { draft.change(table) { _ in } }
        let scopes = [scope] + outer
        // The server's word of a result goes before what a function may be asked of.
        if let statement { settleResults(select, scopes, statement) }
        for source in select.from {
            if case .query(let query) = source.what { take(query, scopes, commons: commons, nil) }
            if let on = source.on { visit(on, scopes, commons) }
        }
        for item in select.items { visit(item.expression, scopes, commons) }
        if let condition = select.condition {
            assumeTruth(condition, scopes)
            visit(condition, scopes, commons)
        }
        for group in select.groups { visit(group, scopes, commons, isLoose: true) }
        if let having = select.having { visit(having, scopes, commons, isLoose: true) }
        if let statement { takeResults(select, scope, statement) }
    }

    /// What an expression's type in the answer says of the columns in it.
    private mutating func settleResults(_ select: SQLSelect, _ scopes: [SchemaScope], _ statement: CaseStatement) {
        let hasStar = select.items.contains { if case .star = $0.expression { true } else { false } }
        guard !hasStar, select.items.count == statement.columns.count else { return }
        for (item, column) in zip(select.items, statement.columns) {
            if case .column = item.expression { continue }
            if let type = SchemaTypes.name(column.type) { settle(item.expression, type, scopes) }
        }
    }

    private mutating func takeResults(_ select: SQLSelect, _ scope: SchemaScope, _ statement: CaseStatement) {
        let hasStar = select.items.contains { if case .star = $0.expression { true } else { false } }
        if !hasStar {
            guard select.items.count == statement.columns.count else { return }
            for (index, item) in select.items.enumerated() {
                guard case .column(let qualifier, let name, _) = item.expression, let table = scope.table(qualifier)
                else {
                    continue
                }
                takeResult(table, name, index, statement)
            }
            return
        }
        if dialect == .postgres {
            for (index, column) in statement.columns.enumerated() {
                if let table = names[column.table] { takeResult(table, column.name, index, statement) }
            }
        } else if select.items.count == 1, scope.tables.count == 1, scope.isPlain {
            let table = scope.tables[0].table
            for index in statement.columns.indices {
                takeResult(table, statement.columns[index].name, index, statement)
                draft.see(table, statement.columns[index].name, attribute: index + 1)
            }
        }
    }
}

extension String {
    /// Without blanks at its ends.
    var trimmingBlanks: String {
        var view = unicodeScalars[...]
        while let first = view.first, first.value <= 0x20 { view.removeFirst() }
        while let last = view.last, last.value <= 0x20 { view.removeLast() }
        return String(view)
    }
}

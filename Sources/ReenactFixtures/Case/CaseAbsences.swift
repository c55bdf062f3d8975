/// What a case shows not to be there: queries of one table that returned nothing, before anything wrote to it.
enum CaseAbsences {
    private static let factsMax = 100

    static func of(
        _ work: CaseWork, _ timeline: CaseTimeline, _ report: FixtureReport, _ engine: any FixtureEngine,
        _ state: FixtureState, isLate: Bool = false
    ) throws(FixtureError) -> [FixtureDocument.Absence] {
        let failed = Set(report.failures.map(\.index))
        var written: Set<String> = []
        var facts: [FixtureDocument.Absence] = []
        for (index, recorded) in timeline.statements.enumerated() where !failed.contains(index) {
            guard let parsed = try? SQLParser.parse(recorded.sql, recorded.parameters, work.dialect) else { continue }
            switch parsed {
            case .insert(let insert): written.insert(insert.table.lowercased())
            case .update(let update): written.insert(update.table.lowercased())
            case .delete(let delete): written.insert(delete.table.lowercased())
            case .control: break
            case .select(let query):
                guard facts.count < factsMax, recorded.rows?.isEmpty == true,
                    let fact = fact(query, recorded, work.dialect), !written.contains(fact.table.lowercased()),
                    engine.schema.place(fact.table) != nil, !facts.contains(fact),
                    isLate || work.draft?[fact.table]?.isMade != true
                else { continue }
                facts.append(fact)
            }
        }
        // Each must hold of what is there: nothing is claimed that the engine does not say.
        let binding = FixtureBinding(schema: engine.schema, dialect: work.dialect)
        let answers = try binding.counts(facts, in: state, engine)
        return zip(facts, answers).filter { $0.1 == .some(0) }.map(\.0)
    }

    private static func fact(
        _ query: SQLQuery, _ recorded: RecordedStatement, _ dialect: SQLDialect
    ) -> FixtureDocument.Absence? {
        guard query.commons.isEmpty, case .select(let select) = query.body, select.from.count == 1,
            case .table(let table) = select.from[0].what, !select.isAggregate, select.having == nil,
            query.offset == nil
        else { return nil }
        // LIMIT 0 gives nothing, whatever is there.
        switch query.limit {
        case nil: break
        case .value(.int(let limit))? where limit > 0: break
        default: return nil
        }
        let alias = select.from[0].alias == table ? nil : select.from[0].alias
        guard select.condition != nil else { return .init(table: table, alias: nil) }
        guard let text = condition(recorded, dialect), let line = FixtureDocument.oneLine(text) else { return nil }
        return .init(table: table, alias: alias, condition: line)
    }

    /// What stands behind the outermost WHERE, with the bind values written in.
    private static func condition(_ recorded: RecordedStatement, _ dialect: SQLDialect) -> String? {
        let bytes = Array(recorded.sql.utf8)
        let tokens = SQLLexer.tokens(recorded.sql, dialect)
        var depth = 0
        var out: [UInt8] = []
        var at: Int?
        var next = 0
        for token in tokens {
            if token.text == "(", token.kind == .symbol { depth += 1 }
            if token.text == ")", token.kind == .symbol { depth -= 1 }
            let isEnd =
                token.kind == .end || token.text == ";" && token.kind == .symbol
                || depth == 0 && token.kind == .word
                    && ["GROUP", "ORDER", "LIMIT", "HAVING", "FOR", "WINDOW", "OFFSET", "FETCH"].contains(token.upper)
            if let start = at, isEnd { return String(decoding: out + bytes[start..<token.offset], as: UTF8.self) }
            if token.kind == .parameter {
                var place = next
                if let number = Int(token.text.dropFirst()) { place = number - 1 } else { next += 1 }
                guard recorded.parameters.indices.contains(place) else { return nil }
                if let start = at {
                    out += bytes[start..<token.offset] + Array(recorded.parameters[place].literal(dialect).utf8)
                    at = token.offset + token.text.utf8.count
                }
            }
            if at == nil, depth == 0, token.kind == .word, token.upper == "WHERE" { at = token.offset + 5 }
        }
        return nil
    }
}

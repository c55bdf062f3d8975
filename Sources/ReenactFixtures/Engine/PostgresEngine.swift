/// PostgreSQL, one connection; every run is one transaction that is rolled back.
final class PostgresEngine: FixtureEngine {
    let dialect = SQLDialect.postgres
    private(set) var schema = Schema([])
    private let connection: PostgresConnection
    /// Brings back sequences that no table owns: what they give out is not rolled back.
    private var resets = ""

    init(_ server: FixtureServer) throws(FixtureError) {
        connection = try PostgresConnection(
            directory: server.directory, database: server.template, user: FixtureServer.guest)
        try connection.must("SET search_path=public; SET timezone='UTC'; SET statement_timeout='10s'")
        schema = try PostgresCatalog.read(self)
        let free = """
            SELECT c.oid::regclass::text, s.seqstart FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
            WHERE NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i')
              AND d.refclassid = 'pg_class'::regclass)
            """
        for row in try ask(free) {
            guard case .text(let name) = row[0], case .int(let first) = row[1] else { continue }
            resets += "; SELECT setval(\(SQLValue.quoted(name)), \(first), false)"
        }
    }

    func ask(_ sql: String) throws(FixtureError) -> [[SQLValue]] {
        let answer = try connection.run([sql])[0]
        if let error = answer.error { throw .schema(error) }
        return answer.rows.map { Self.values($0, answer.columns) }
    }

    func run(_ state: FixtureState, _ statements: [ReadyStatement]) throws(FixtureError) -> EngineRun {
        try play(FixtureScript.text(state, schema, dialect), statements)
    }

    func prove(_ script: String, _ statements: [ReadyStatement]) throws(FixtureError) -> EngineRun {
        try play(script, statements)
    }

    private func play(_ script: String, _ statements: [ReadyStatement]) throws(FixtureError) -> EngineRun {
        // References are looked at when all rows are there, then left to the recording's own order.
        var queries = [
            "BEGIN; SET CONSTRAINTS ALL DEFERRED" + resets, script, "SET CONSTRAINTS ALL IMMEDIATE",
            "SET CONSTRAINTS ALL DEFERRED",
        ]
        var places: [Int] = []
        for statement in statements {
            if let control = statement.control {
                switch control {
                case .savepoint, .release, .rollbackTo: queries.append(statement.recorded.sql)
                default: break
                }
                places.append(-1)
                continue
            }
            let isRead = if case .select? = statement.parsed { true } else { false }
            // A refused statement must not take those behind it along.
            let isGuarded = !isRead || statement.recorded.error != nil
            if isGuarded { queries.append("SAVEPOINT reenact") }
            places.append(queries.count)
            queries.append(Self.bound(statement.recorded))
            if isGuarded { queries.append(statement.recorded.error != nil ? "ROLLBACK TO reenact" : "RELEASE reenact") }
        }
        queries.append("SET CONSTRAINTS ALL IMMEDIATE")
        queries.append("ROLLBACK")
        let answers = try connection.run(queries)
        var refused: [String] = []
        for place in 0...2 { if let error = answers[place].error { refused.append(error) } }
        let outcomes = places.map { place -> Outcome in
            guard place >= 0 else { return .skipped }
            let answer = answers[place]
            if let error = answer.error { return .refused(error) }
            let count = answer.tag.split(separator: " ").last.flatMap { Int($0) } ?? 0
            return .rows(answer.rows.map { Self.values($0, answer.columns) }, count: count, lastRow: nil)
        }
        return EngineRun(
            outcomes: outcomes, refusedRows: Array(refused.prefix(1)),
            foreignKeysHold: answers[answers.count - 2].error == nil)
    }

    /// The statement with its bind values written in, as the recorded driver sent it.
    static func bound(_ recorded: RecordedStatement) -> String {
        guard !recorded.parameters.isEmpty else { return recorded.sql }
        let bytes = Array(recorded.sql.utf8)
        var out: [UInt8] = []
        var at = 0
        for token in SQLLexer.tokens(recorded.sql, .postgres) where token.kind == .parameter {
            guard let number = Int(token.text.dropFirst()), number >= 1, number <= recorded.parameters.count else {
                continue
            }
            out += bytes[at..<token.offset]
            out += literal(recorded.parameters[number - 1]).utf8
            at = token.offset + token.text.utf8.count
        }
        return String(decoding: out + bytes[at...], as: UTF8.self)
    }

    private static func literal(_ value: SQLValue) -> String {
        // A sign would bind to what stands before it.
        let text = value.literal(.postgres)
        return text.hasPrefix("-") ? "(\(text))" : text
    }

    static func values(_ row: [[UInt8]?], _ types: [Int32]) -> [SQLValue] {
        zip(row, types).map { cell, type in
            guard let cell else { return .null }
            let text = String(decoding: cell, as: UTF8.self)
            switch type {
            case 16: return .bool(text == "t")
            case 20, 21, 23, 26: return Int64(text).map(SQLValue.int) ?? .text(text)
            case 700, 701: return Double(text).map(SQLValue.real) ?? .text(text)
            case 1700: return .number(text)
            case 1114, 1184: return .text(Timestamps.canonical(text))
            case 17: return .blob(bytes(cell))
            default: return .text(text)
            }
        }
    }

    private static func bytes(_ hex: [UInt8]) -> [UInt8] {
        func digit(_ byte: UInt8) -> UInt8 { byte < 0x3A ? byte & 15 : (byte & 15) + 9 }
        guard hex.count >= 2, hex.count % 2 == 0 else { return [] }
        return stride(from: 2, to: hex.count, by: 2).map { digit(hex[$0]) << 4 | digit(hex[$0 + 1]) }
    }
}

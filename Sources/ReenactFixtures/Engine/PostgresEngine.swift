/// PostgreSQL, one connection; every run is one transaction that is rolled back.
final class PostgresEngine: FixtureEngine {
    let dialect = SQLDialect.postgres
    private(set) var schema = Schema([])
    private let connection: PostgresConnection
    private let server: FixtureServer
    private let database: String
    /// Brings back sequences that no table owns: what they give out is not rolled back.
    private var resets = ""
    /// The same for those that number a table: a whole run begins with a blank schema.
    private var ownResets = ""

    init(_ server: FixtureServer) throws(FixtureError) {
        self.server = server
        database = try server.takeDatabase()
        connection = try PostgresConnection(
            directory: server.directory, database: database, user: FixtureServer.guest)
        try connection.must("SET search_path=public; SET timezone='UTC'; SET statement_timeout='10s'")
        schema = try PostgresCatalog.read(self)
        let all = """
            SELECT c.oid::regclass::text, s.seqstart, s.seqincrement, EXISTS (SELECT 1 FROM pg_depend d
              WHERE d.objid = c.oid AND d.deptype IN ('a', 'i') AND d.refclassid = 'pg_class'::regclass)
            FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
            """
        for row in try ask(all) {
            guard case .text(let name) = row[0], case .int(let first) = row[1], case .int(let step) = row[2] else {
                continue
            }
            let reset = "; SELECT setval(\(SQLValue.quoted(name)), \(first), false)"
            if row[3] == .bool(true) {
                ownResets += reset
            } else {
                resets += reset
                let isTaken = schema.tables.contains {
                    $0.sequence.map(SchemaSequence.plain) == SchemaSequence.plain(name)
                }
                if !isTaken { schema.sequences.append(SchemaSequence(name: name, first: first, step: step)) }
            }
        }
    }

    deinit {
        connection.close()
        server.giveBack(database)
    }

    // MARK: the search

    private lazy var scratch: PostgresScratch? = try? PostgresScratch(self, connection, resets: resets)

    func search(
        _ state: FixtureState, _ statements: [ReadyStatement], tables: [Set<Int>], session: Int
    ) throws(FixtureError) -> EngineRun {
        guard let scratch else { return try run(state, statements) }
        return try scratch.run(state, statements, tables: tables, session: session)
    }

    func editor(_ statements: [ReadyStatement]) throws(FixtureError) -> (any StateEditor)? {
        guard let scratch, scratch.isPlain else { return nil }
        try scratch.leave()
        return PostgresEditor(connection, schema, statements)
    }

    static func outcome(_ answer: PostgresConnection.Answer?) -> Outcome {
        guard let answer else { return .skipped }
        if let error = answer.error { return .refused(error) }
        let count = answer.tag.split(separator: " ").last.flatMap { Int($0) } ?? 0
        return .rows(answer.rows.map { values($0, answer.columns) }, count: count, lastRow: nil)
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
        try scratch?.leave()
        let draws = statements.contains { !Self.isRead($0) || Solver.draws($0.recorded) }
        // References are looked at when all rows are there, then left to the recording's own order.
        let begin = [
            "BEGIN; SET CONSTRAINTS ALL DEFERRED" + resets + (draws ? ownResets : ""), script,
            // What the script set is nothing that this session drew.
            "SET CONSTRAINTS ALL IMMEDIATE" + (draws ? "; DISCARD SEQUENCES" : ""),
            "SET CONSTRAINTS ALL DEFERRED",
        ]
        var (queries, places) = Self.queries(statements)
        var answers = try connection.run(begin + queries + ["SET CONSTRAINTS ALL IMMEDIATE", "ROLLBACK"])
        if Self.spoiled(statements, places, answers, begin.count) {
            (queries, places) = Self.queries(statements, guarded: true)
            answers = try connection.run(begin + queries + ["SET CONSTRAINTS ALL IMMEDIATE", "ROLLBACK"])
        }
        let refused = answers[0...2].compactMap(\.error)
        return EngineRun(
            outcomes: places.map { Self.outcome($0 < 0 ? nil : answers[$0 + begin.count]) },
            refusedRows: Array(refused.prefix(1)),
            foreignKeysHold: answers[answers.count - 2].error == nil)
    }

    /// What is sent for the statements, and where the answer to each is.
    static func queries(
        _ statements: [ReadyStatement], only: Set<Int>? = nil, guarded: Bool = false, prepared: Set<Int> = []
    ) -> (queries: [String], places: [Int]) {
        var queries: [String] = []
        var places: [Int] = []
        for (index, statement) in statements.enumerated() {
            if let only, !only.contains(index) {
                places.append(-1)
                continue
            }
            if let control = statement.control {
                switch control {
                case .savepoint, .release, .rollbackTo: queries.append(statement.recorded.sql)
                default: break
                }
                places.append(-1)
                continue
            }
            // A refused statement must not take those behind it along.
            let isGuarded = guarded || !isRead(statement) || statement.recorded.error != nil
            if isGuarded { queries.append("SAVEPOINT reenact") }
            places.append(queries.count)
            queries.append(prepared.contains(index) ? "EXECUTE reenact_\(index)" : bound(statement.recorded))
            if isGuarded {
                queries.append(
                    isRead(statement) || statement.recorded.error != nil
                        ? "ROLLBACK TO reenact" : "RELEASE reenact")
            }
        }
        return (queries, places)
    }

    /// A statement that is only read was refused, and those behind it with it.
    static func spoiled(
        _ statements: [ReadyStatement], _ places: [Int], _ answers: [PostgresConnection.Answer], _ first: Int
    ) -> Bool {
        zip(statements, places).contains { statement, place in
            place >= 0 && isRead(statement) && statement.recorded.error == nil
                && answers[place + first].error != nil
        }
    }

    private static func isRead(_ statement: ReadyStatement) -> Bool {
        if case .select? = statement.parsed { return true }
        return false
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

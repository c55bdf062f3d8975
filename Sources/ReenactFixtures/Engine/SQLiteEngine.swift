import GRDBSQLite

/// SQLite in this process and in memory. Every run happens inside one transaction that is rolled back.
final class SQLiteEngine: FixtureEngine {
    let dialect = SQLDialect.sqlite
    private(set) var schema = Schema([])
    private let handle: OpaquePointer
    private var cache: [String: OpaquePointer] = [:]
    private var wholeRows: [Int: String] = [:]
    private let deadline = RunDeadline()

    private let text: String
    private let enforcesKeys: Bool
    /// A recording's PRAGMA was carried out since the last run began.
    private var isUnusual = false
    private lazy var scratch: SQLiteScratch? = try? SQLiteScratch(schema: text)

    /// - Parameter enforcesKeys: whether foreign keys are looked at.
    init(schema sql: String, enforcesKeys: Bool = true) throws(FixtureError) {
        text = sql
        self.enforcesKeys = enforcesKeys
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX
        guard sqlite3_open_v2(":memory:", &opened, flags, nil) == SQLITE_OK, let opened else {
            throw .engine("SQLite can't open a database in memory")
        }
        handle = opened
        // Recorded programs ran with SQLite's defaults, where "text" may be a string.
        _enableDoubleQuotedStringLiterals(opened)
        DriverFunctions.register(opened)
        SQLiteGuard.confine(opened)
        // Safety: the context is this object's own; `deinit` closes the connection before it goes.
        sqlite3_progress_handler(
            opened, 20_000,
            { context in
                guard let context else { return 0 }
                return Unmanaged<RunDeadline>.fromOpaque(context).takeUnretainedValue().hasPassed ? 1 : 0
            }, Unmanaged.passUnretained(deadline).toOpaque())
        guard sqlite3_exec(opened, sql, nil, nil, nil) == SQLITE_OK else { throw .schema(message) }
        _ = sqlite3_exec(opened, enforcesKeys ? "PRAGMA foreign_keys=ON" : "PRAGMA foreign_keys=OFF", nil, nil, nil)
        schema = try SQLiteCatalog.read(self)
    }

    deinit {
        for statement in cache.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    private var message: String { String(cString: sqlite3_errmsg(handle)) }

    private func prepared(_ sql: String) -> OpaquePointer? {
        if let known = cache[sql] {
            sqlite3_reset(known)
            return known
        }
        var made: OpaquePointer?
        guard sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &made, nil) == SQLITE_OK, let made
        else { return nil }
        if cache.count > 2000 {
            for statement in cache.values { sqlite3_finalize(statement) }
            cache = [:]
        }
        cache[sql] = made
        return made
    }

    /// Runs one statement and reads all it returns.
    func execute(_ sql: String, _ values: [SQLValue]) -> Outcome {
        guard let statement = prepared(sql) else { return .refused(message) }
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (place, value) in values.enumerated() { bind(value, Int32(place + 1), statement) }
        var rows: [[SQLValue]] = []
        let columns = sqlite3_column_count(statement)
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: rows.append((0..<columns).map { Self.value(statement, $0) })
            case SQLITE_DONE:
                return .rows(
                    rows, count: Int(sqlite3_changes(handle)), lastRow: sqlite3_last_insert_rowid(handle))
            default: return .refused(message)
            }
        }
    }

    /// The names of the columns that a statement gives; empty where it gives none or is refused.
    func columnNames(_ sql: String) -> [String] {
        guard let statement = prepared(sql) else { return [] }
        return (0..<sqlite3_column_count(statement)).map { String(cString: sqlite3_column_name(statement, $0)) }
    }

    private func bind(_ value: SQLValue, _ place: Int32, _ statement: OpaquePointer) {
        switch value {
        case .null: sqlite3_bind_null(statement, place)
        case .bool(let flag): sqlite3_bind_int64(statement, place, flag ? 1 : 0)
        case .int(let number): sqlite3_bind_int64(statement, place, number)
        case .real(let number): sqlite3_bind_double(statement, place, number)
        case .number(let text), .text(let text):
            var text = text
            text.withUTF8 { bytes in
                _ = bytes.withMemoryRebound(to: CChar.self) {
                    // Safety: the length goes with the pointer, and SQLITE_TRANSIENT (-1) makes SQLite copy at once.
                    sqlite3_bind_text64(
                        statement, place, $0.baseAddress ?? UnsafePointer(bitPattern: 1), UInt64($0.count),
                        unsafeBitCast(-1, to: sqlite3_destructor_type.self), UInt8(SQLITE_UTF8))
                }
            }
        case .blob(let bytes):
            bytes.withUnsafeBytes {
                _ =
                    $0.isEmpty
                    ? sqlite3_bind_zeroblob(statement, place, 0)
                    // Safety: as for text.
                    : sqlite3_bind_blob64(
                        statement, place, $0.baseAddress, UInt64($0.count),
                        unsafeBitCast(-1, to: sqlite3_destructor_type.self))
            }
        }
    }

    private static func value(_ statement: OpaquePointer, _ column: Int32) -> SQLValue {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: return .int(sqlite3_column_int64(statement, column))
        case SQLITE_FLOAT: return .real(sqlite3_column_double(statement, column))
        case SQLITE_TEXT:
            let count = Int(sqlite3_column_bytes(statement, column))
            guard let start = sqlite3_column_text(statement, column) else { return .text("") }
            // Safety: the pointer holds until the next step; the bytes are copied here.
            return .text(String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            let count = Int(sqlite3_column_bytes(statement, column))
            guard let start = sqlite3_column_blob(statement, column) else { return .blob([]) }
            // Safety: as for text.
            return .blob(Array(UnsafeRawBufferPointer(start: start, count: count)))
        default: return .null
        }
    }

    // MARK: runs

    func script(_ sql: String) { sqlite3_exec(handle, sql, nil, nil, nil) }

    func search(
        _ state: FixtureState, _ statements: [ReadyStatement], tables: [Set<Int>], session: Int
    ) throws(FixtureError) -> EngineRun {
        guard let scratch, !setsOff(statements, tables) else { return try run(state, statements) }
        return try scratch.run(state, statements, tables: tables, session: session)
    }

    /// Some statement writes where a trigger waits, or may.
    private func setsOff(_ statements: [ReadyStatement], _ tables: [Set<Int>]) -> Bool {
        guard !schema.triggers.isEmpty else { return false }
        return zip(statements, tables).contains { statement, tables in
            switch statement.parsed {
            case .select, .control: false
            default: schema.triggers.contains { $0.table.map(tables.contains) ?? true }
            }
        }
    }

    func dropTriggers() {
        for trigger in schema.triggers { script("DROP TRIGGER \(quotedName(trigger.name))") }
        schema.triggers = []
    }

    func editor(_ statements: [ReadyStatement]) throws(FixtureError) -> (any StateEditor)? {
        try SQLiteEditor(schema: text, statements)
    }

    /// A bound on what runs in `body`.
    func limited<Result>(seconds: Double, _ body: () -> Result) -> Result {
        deadline.set(seconds: seconds)
        defer { deadline.clear() }
        return body()
    }

    /// Runs these statements on what is loaded, and leaves nothing behind.
    func played(_ statements: [ReadyStatement], only: Set<Int>) throws(FixtureError) -> [Outcome] {
        // A recursion that a trial has led into a circle is not waited for.
        deadline.set(seconds: 2)
        guard sqlite3_exec(handle, "BEGIN", nil, nil, nil) == SQLITE_OK else { throw .engine(message) }
        defer {
            for statement in cache.values where sqlite3_stmt_busy(statement) != 0 { sqlite3_reset(statement) }
            deadline.clear()
            if sqlite3_get_autocommit(handle) == 0 { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
            becomeUsual()
        }
        return play(statements, only: only)
    }

    func run(_ state: FixtureState, _ statements: [ReadyStatement]) throws(FixtureError) -> EngineRun {
        let keys = SQLiteSettings(statements).keys
        return try inside(keys) { () throws(FixtureError) -> EngineRun in
            var refused: [String] = []
            for row in state.rows {
                if case .refused(let why) = load(row) { refused.append(why) }
            }
            for (table, last) in state.counters where schema.tables[table].hasSequenceRow {
                let name = SQLValue.text(schema.tables[table].name)
                _ = execute("DELETE FROM sqlite_sequence WHERE name=?", [name])
                _ = execute("INSERT INTO sqlite_sequence(name,seq) VALUES(?,?)", [name, .int(last)])
            }
            if refused.isEmpty, keys != .never, !foreignKeysHold { refused.append("a foreign key points nowhere") }
            if keys == .atOnce { script("PRAGMA defer_foreign_keys=OFF") }
            return EngineRun(outcomes: play(statements), refusedRows: refused, foreignKeysHold: true)
        }
    }

    func prove(_ script: String, _ statements: [ReadyStatement]) throws(FixtureError) -> EngineRun {
        let keys = SQLiteSettings(statements).keys
        return try inside(keys) { () throws(FixtureError) -> EngineRun in
            var refused: [String] = []
            if sqlite3_exec(handle, script, nil, nil, nil) != SQLITE_OK { refused.append(message) }
            let before = keys == .never || foreignKeysHold
            if keys == .atOnce { self.script("PRAGMA defer_foreign_keys=OFF") }
            let outcomes = play(statements)
            return EngineRun(
                outcomes: outcomes, refusedRows: refused, foreignKeysHold: before && (keys == .never || foreignKeysHold)
            )
        }
    }

    private var foreignKeysHold: Bool {
        if case .rows(let rows, _, _) = execute("PRAGMA foreign_key_check", []) { return rows.isEmpty }
        return false
    }

    private func becomeUsual() {
        if isUnusual { script(SQLiteSettings.usual) }
        isUnusual = false
    }

    private func inside(
        _ keys: SQLiteSettings.Keys, _ body: () throws(FixtureError) -> EngineRun
    ) throws(FixtureError) -> EngineRun {
        // Inside a transaction this one can't be set.
        let isOff = keys == .never && enforcesKeys
        if isOff { script("PRAGMA foreign_keys=OFF") }
        defer { if isOff { script("PRAGMA foreign_keys=ON") } }
        deadline.set(seconds: 10)
        defer { deadline.clear() }
        guard sqlite3_exec(handle, "BEGIN; PRAGMA defer_foreign_keys=ON", nil, nil, nil) == SQLITE_OK else {
            throw .engine(message)
        }
        defer {
            for statement in cache.values where sqlite3_stmt_busy(statement) != 0 { sqlite3_reset(statement) }
            deadline.clear()
            if sqlite3_get_autocommit(handle) == 0 { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
            becomeUsual()
        }
        return try body()
    }

    /// - Parameter id: the rowid, where the table has no column for it.
    func load(_ row: FixtureRow, id: Int64? = nil) -> Outcome {
        let table = schema.tables[row.table]
        if id == nil, !row.values.contains(nil) {
            let sql = wholeRows[row.table] ?? Self.insertion(table)
            wholeRows[row.table] = sql
            return execute(sql, row.values.compactMap { $0 })
        }
        var names: [String] = []
        var values: [SQLValue] = []
        if let id {
            names.append("rowid")
            values.append(.int(id))
        }
        for (column, value) in zip(table.columns, row.values) {
            guard let value else { continue }
            names.append(quotedName(column.name))
            values.append(value)
        }
        if names.isEmpty { return execute("INSERT INTO \(quotedName(table.name)) DEFAULT VALUES", []) }
        let places = repeatElement("?", count: names.count).joined(separator: ",")
        return execute(
            "INSERT INTO \(quotedName(table.name))(\(names.joined(separator: ","))) VALUES(\(places))", values)
    }

    private static func insertion(_ table: SchemaTable) -> String {
        let names = table.columns.map { quotedName($0.name) }.joined(separator: ",")
        let places = repeatElement("?", count: table.columns.count).joined(separator: ",")
        return "INSERT INTO \(quotedName(table.name))(\(names)) VALUES(\(places))"
    }

    /// The recording's own transactions become savepoints inside ours.
    private func play(_ statements: [ReadyStatement], only: Set<Int>? = nil) -> [Outcome] {
        var open = false
        func leave(_ sql: String) {
            if open { sqlite3_exec(handle, sql, nil, nil, nil) }
            open = false
        }
        return statements.enumerated().map { index, statement in
            if let only, !only.contains(index) { return .skipped }
            guard let control = statement.control else {
                return execute(statement.recorded.sql, statement.recorded.parameters)
            }
            switch control {
            case .begin:
                leave("RELEASE reenact_transaction")
                sqlite3_exec(handle, "SAVEPOINT reenact_transaction", nil, nil, nil)
                open = true
            case .commit: leave("RELEASE reenact_transaction")
            case .rollback: leave("ROLLBACK TO reenact_transaction; RELEASE reenact_transaction")
            case .savepoint, .release, .rollbackTo: sqlite3_exec(handle, statement.recorded.sql, nil, nil, nil)
            case .other:
                if SQLiteSettings.isLasting(statement.recorded.sql) {
                    isUnusual = true
                    script(statement.recorded.sql)
                }
            }
            return .skipped
        }
    }
}

/// The moment after which statements are interrupted.
private final class RunDeadline {
    private var instant: ContinuousClock.Instant?

    func set(seconds: Double) { instant = .now.advanced(by: .seconds(seconds)) }
    func clear() { instant = nil }
    var hasPassed: Bool { instant.map { ContinuousClock.now > $0 } ?? false }
}

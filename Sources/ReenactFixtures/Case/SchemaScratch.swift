import GRDBSQLite

/// A database in memory that is thrown away, or becomes a file's bytes. Reaches no file of this machine.
final class SchemaScratch {
    private let handle: OpaquePointer

    init() throws(FixtureError) {
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX
        guard sqlite3_open_v2(":memory:", &opened, flags, nil) == SQLITE_OK, let opened else {
            throw .engine("SQLite can't open a database in memory")
        }
        handle = opened
        SQLiteGuard.confine(opened)
        _enableDoubleQuotedStringLiterals(opened)
        DriverFunctions.register(opened)
    }

    deinit { sqlite3_close_v2(handle) }

    /// Why it was refused; nil where it was not.
    @discardableResult
    func run(_ sql: String) -> String? {
        sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK ? nil : String(cString: sqlite3_errmsg(handle))
    }

    /// The first column of each row, as text.
    func texts(_ sql: String) -> [String] {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else { return [] }
        defer { sqlite3_finalize(statement) }
        var out: [String] = []
        while sqlite3_step(statement) == SQLITE_ROW {
            if let text = sqlite3_column_text(statement, 0) { out.append(String(cString: text)) }
        }
        return out
    }

    /// The database as a file has it.
    var bytes: [UInt8] {
        var size: sqlite3_int64 = 0
        guard let start = sqlite3_serialize(handle, "main", &size, 0) else { return [] }
        defer { sqlite3_free(start) }
        return Array(UnsafeBufferPointer(start: start, count: Int(size)))
    }

    /// The statements that made a file's tables, indexes, views and triggers; empty where it is no database.
    static func definitions(_ file: [UInt8]) -> [String] {
        guard !file.isEmpty, let scratch = try? SchemaScratch() else { return [] }
        guard let copy = sqlite3_malloc64(UInt64(file.count)) else { return [] }
        file.withUnsafeBytes { copy.copyMemory(from: $0.baseAddress!, byteCount: file.count) }
        // The copy belongs to the connection from here on, also where it is refused.
        let code = sqlite3_deserialize(
            scratch.handle, "main", copy.assumingMemoryBound(to: UInt8.self), Int64(file.count), Int64(file.count),
            UInt32(SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY))
        guard code == SQLITE_OK else { return [] }
        return scratch.texts(
            """
            SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
            ORDER BY type = 'trigger', type = 'view', type = 'index', rowid
            """)
    }

    /// Those of the statements that can be run one after the other, as one text; the first ones are run and not told.
    static func accepted(_ statements: [String], behind count: Int = 0) -> String {
        guard let scratch = try? SchemaScratch() else { return "" }
        let good = statements.enumerated().filter { scratch.run($0.element) == nil && $0.offset >= count }
        return good.map { $0.element + ";\n" }.joined()
    }
}

/// What SQL of a case must not do.
enum SQLiteGuard {
    /// No other file is opened or written: ATTACH and VACUUM INTO need a second database.
    static func confine(_ handle: OpaquePointer) {
        sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0)
    }
}

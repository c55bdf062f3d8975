import GRDBSQLite
import ReenactTimeline

/// A case on its way out of a file that may be anything.
final class CaseFileReader {
    let path: String
    private let database: SQLiteConnection
    private let limits: CaseFileLimits
    /// The format of the file.
    private(set) var version = CaseFileFormat.version
    private var rows = 0
    private var contentBytes = 0
    private var blobs: [String: [UInt8]] = [:]

    static func open<Result>(
        _ path: String, limits: CaseFileLimits, _ body: (CaseFileReader) throws -> Result
    ) throws(CaseFileError) -> Result {
        try CaseFileHeader.check(path, limits: limits)
        do {
            let reader = try CaseFileReader(path, limits: limits)
            do {
                return try body(reader)
            } catch let error as SQLiteError where error.primary == SQLITE_INTERRUPT {
                throw CaseFileError(
                    .tookTooLong, path: path, reason: "reading it took more than \(Int(limits.secondsMax)) s",
                    remedy: "the file is damaged or made to be slow: record the failure again")
            }
        } catch let error as CaseFileError {
            throw error
        } catch let error as SQLiteError where error.primary == SQLITE_TOOBIG {
            throw CaseFileError(
                .tooLarge, path: path, reason: "a value in it is larger than \(limits.valueBytesMax) bytes",
                remedy: "record the failure again with smaller limits")
        } catch {
            throw Self.damaged(path, "\(error)")
        }
    }

    private init(_ path: String, limits: CaseFileLimits) throws {
        self.path = path
        self.limits = limits
        database = try SQLiteConnection(path: path, mode: .immutable, seconds: limits.secondsMax)
        database.limit(SQLITE_LIMIT_LENGTH, to: limits.valueBytesMax)
        database.limit(SQLITE_LIMIT_SQL_LENGTH, to: 16_384)
        database.limit(SQLITE_LIMIT_COLUMN, to: 64)
        database.limit(SQLITE_LIMIT_EXPR_DEPTH, to: 20)
        database.limit(SQLITE_LIMIT_COMPOUND_SELECT, to: 2)
        database.limit(SQLITE_LIMIT_VDBE_OP, to: 25_000)
        database.limit(SQLITE_LIMIT_FUNCTION_ARG, to: 8)
        database.limit(SQLITE_LIMIT_ATTACHED, to: 0)
        database.limit(SQLITE_LIMIT_TRIGGER_DEPTH, to: 1)
        database.limit(SQLITE_LIMIT_WORKER_THREADS, to: 0)
        try database.execute(
            """
            PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA query_only = ON;
            PRAGMA temp_store = MEMORY; PRAGMA recursive_triggers = OFF
            """)
        try checkSchema()
    }

    /// Refuses whatever is not letter for letter what this build would have written.
    private func checkSchema() throws {
        let query = "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name LIMIT 100"
        func objects(_ database: SQLiteConnection) throws -> [[String]] {
            var list: [[String]] = []
            try database.query(query) { row in list.append((0..<4).map { row.text($0) ?? "" }) }
            return list
        }
        let ours = try SQLiteConnection(path: "", mode: .memory)
        try database.query("PRAGMA user_version") { version = Int32(clamping: $0.integer(0) ?? 0) }
        try ours.execute(CaseFileFormat.schema(of: version))
        let expected = try objects(ours)
        let found = try objects(database)
        guard found != expected else { return }
        let foreign = found.first { !expected.contains($0) }
        let reason =
            foreign.map { "it holds the \(Self.shown($0[0])) \"\(Self.shown($0[1]))\", which no case has" }
            ?? "tables are missing"
        throw CaseFileError(
            foreign == nil ? .damaged : .refused, path: path, reason: reason,
            remedy: "do not trust this file: record the failure again")
    }

    /// Runs one of our queries; every row counts against the limits.
    func each(_ sql: String, _ body: (SQLiteStatement) throws -> Void) throws {
        try database.query(sql) { row in
            rows += 1
            if rows > limits.rowsMax { throw tooLarge("more than \(limits.rowsMax) rows") }
            if rows & 0x3FF == 0, database.isOverdue {
                throw SQLiteError(code: SQLITE_INTERRUPT, message: "interrupted")
            }
            try body(row)
        }
    }

    /// The number of rows that a query counts.
    func count(_ table: String) throws -> Int {
        var result = 0
        try each("SELECT count(*) FROM \(table)") { result = try int($0, 0) }
        return result
    }

    /// The bytes with that hash, checked against it.
    func bytes(_ hash: String) throws -> [UInt8] {
        let found: [UInt8]
        if let known = blobs[hash] {
            found = known
        } else {
            var stored: [UInt8]?
            try database.query("SELECT bytes FROM blob WHERE sha256 = ?", .init(hash)) { stored = $0.blob(0) }
            guard let stored else { throw damaged("the bytes \(Self.shown(hash)) are missing") }
            guard SHA256.hex(stored) == hash else { throw damaged("the bytes \(Self.shown(hash)) have been altered") }
            blobs[hash] = stored
            found = stored
        }
        try account(found.count)
        return found
    }

    /// Counts bytes that the case will hold.
    func account(_ count: Int) throws {
        contentBytes += count
        if contentBytes > limits.contentBytesMax { throw tooLarge("more than \(limits.contentBytesMax) bytes") }
    }
}

// What may stand in a column.
extension CaseFileReader {
    func text(_ row: SQLiteStatement, _ column: Int) throws -> String {
        guard let value = row.text(column) else { throw damaged("a text is missing") }
        try account(value.utf8.count)
        return value
    }

    func int(_ row: SQLiteStatement, _ column: Int) throws -> Int {
        guard let value = row.integer(column) else { throw damaged("a number is missing") }
        return Int(value)
    }

    /// A count, an offset or a line: never negative, and small enough to be added to another.
    func size(_ row: SQLiteStatement, _ column: Int) throws -> Int {
        let value = try int(row, column)
        guard value >= 0, value < 1 << 56 else { throw damaged("the number \(value) can't be a size") }
        return value
    }

    /// An instant: within 36 years of the recording's start, so that differences never overflow.
    func instant(_ row: SQLiteStatement, _ column: Int) throws -> Instant {
        let value = Int64(try int(row, column))
        guard value.magnitude < 1 << 60 else { throw damaged("the number \(value) can't be a time") }
        return value
    }

    func optional<Value>(
        _ row: SQLiteStatement, _ column: Int, _ read: (SQLiteStatement, Int) throws -> Value
    ) throws
        -> Value?
    {
        row.isNull(column) ? nil : try read(row, column)
    }

    func int32(_ row: SQLiteStatement, _ column: Int) throws -> Int32 {
        guard let value = Int32(exactly: try int(row, column)) else { throw damaged("a number is too large") }
        return value
    }

    func flag(_ row: SQLiteStatement, _ column: Int) throws -> Bool { try int(row, column) != 0 }

    func word<Word: RawRepresentable<String>>(_ row: SQLiteStatement, _ column: Int) throws -> Word {
        try word(try text(row, column))
    }

    func word<Word: RawRepresentable<String>>(_ text: String) throws -> Word {
        guard let word = Word(rawValue: text) else {
            throw damaged("\"\(Self.shown(text))\" is not a word for \(Word.self)")
        }
        return word
    }

    func damaged(_ reason: String) -> CaseFileError { Self.damaged(path, reason) }

    static func damaged(_ path: String, _ reason: String) -> CaseFileError {
        CaseFileError(
            .damaged, path: path, reason: "the file is damaged: \(reason)",
            remedy: "copy it again from where it came, or record the failure again")
    }

    private func tooLarge(_ what: String) -> CaseFileError {
        CaseFileError(
            .tooLarge, path: path, reason: "it holds \(what)", remedy: "record the failure again with smaller limits")
    }

    /// Foreign text, short and harmless enough for a message.
    static func shown(_ text: String) -> String {
        String(
            text.unicodeScalars.prefix(64).map {
                $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) ? "?" : Character($0)
            })
    }
}

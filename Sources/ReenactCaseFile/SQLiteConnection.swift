import GRDBSQLite

/// A thin, bounded hold on one SQLite database: exactly what a case file and the store's index need.
///
/// GRDB itself can't open a file as immutable, can't set limits before the first page is read and has no deadline, so
/// the C interface is used as it is. Not `Sendable`: one connection, one thread.
package final class SQLiteConnection {
    package enum Mode: Sendable {
        /// Never written, no lock taken, no journal or write-ahead log looked at.
        case immutable
        /// Made where it does not exist.
        case readWrite
        case memory
    }

    let handle: OpaquePointer
    private let deadline: Deadline

    /// - Parameter seconds: after so long every statement is interrupted.
    package init(path: String, mode: Mode, seconds: Double? = nil) throws(SQLiteError) {
        let name: String
        let flags: Int32
        switch mode {
        case .immutable:
            name = Self.uri(path) + "?mode=ro&immutable=1"
            flags = SQLITE_OPEN_READONLY
        case .readWrite:
            name = Self.uri(path)
            flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        case .memory:
            name = ":memory:"
            flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY
        }
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(name, &opened, flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | Self.extended, nil)
        guard let opened else { throw SQLiteError(code: code, message: "out of memory") }
        guard code == SQLITE_OK else {
            let error = SQLiteError(code: code, message: String(cString: sqlite3_errmsg(opened)))
            sqlite3_close_v2(opened)
            throw error
        }
        handle = opened
        deadline = Deadline(seconds: seconds)
        _disableDoubleQuotedStringLiterals(opened)
        // Safety: the context is this object's own `deadline`; `deinit` closes the connection before it goes.
        sqlite3_progress_handler(
            opened, 10_000,
            { context in
                guard let context else { return 0 }
                return Unmanaged<Deadline>.fromOpaque(context).takeUnretainedValue().hasPassed ? 1 : 0
            }, Unmanaged.passUnretained(deadline).toOpaque())
    }

    deinit { sqlite3_close_v2(handle) }

    /// `SQLITE_OPEN_EXRESCODE`, which older headers lack.
    private static let extended: Int32 = 0x0200_0000

    /// True once the time given at opening is over.
    package var isOverdue: Bool { deadline.hasPassed }

    /// Lowers one of SQLite's own limits.
    func limit(_ identifier: Int32, to value: Int) {
        sqlite3_limit(handle, identifier, Int32(clamping: value))
    }

    /// Waits so long for other processes' locks.
    package func wait(milliseconds: Int32) { sqlite3_busy_timeout(handle, milliseconds) }

    /// Runs statements that return nothing of interest.
    package func execute(_ sql: String) throws(SQLiteError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code) }
    }

    /// Does the work as one transaction: all of it or nothing.
    package func transaction<Result>(_ body: () throws -> Result) throws -> Result {
        try execute("BEGIN IMMEDIATE")
        do {
            let result = try body()
            try execute("COMMIT")
            return result
        } catch {
            try? execute("ROLLBACK")
            throw error
        }
    }

    /// A statement, ready to be bound and run.
    package func prepare(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
        try SQLiteStatement(self, sql)
    }

    /// Runs one statement with its parameters and hands each row to `body`.
    package func query(
        _ sql: String, _ parameters: SQLiteValue..., row body: (SQLiteStatement) throws -> Void = { _ in }
    ) throws {
        let statement = try prepare(sql)
        try statement.bind(parameters)
        while try statement.step() { try body(statement) }
    }

    func error(_ code: Int32) -> SQLiteError {
        SQLiteError(code: code, message: String(cString: sqlite3_errmsg(handle)))
    }

    /// A path as a `file:` URI: what SQLite would read as syntax is escaped.
    private static func uri(_ path: String) -> String {
        var text = path.hasPrefix("/") ? "file:" : "file:./"
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "%"), UInt8(ascii: "?"), UInt8(ascii: "#"), ..<0x21, 0x7F...:
                let hex = String(byte, radix: 16, uppercase: true)
                text += hex.count == 1 ? "%0\(hex)" : "%\(hex)"
            default: text.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        return text
    }
}

/// The moment after which statements are interrupted.
private final class Deadline {
    private let instant: ContinuousClock.Instant?

    init(seconds: Double?) { instant = seconds.map { ContinuousClock.now.advanced(by: .seconds($0)) } }

    var hasPassed: Bool { instant.map { ContinuousClock.now > $0 } ?? false }
}

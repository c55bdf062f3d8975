import GRDBSQLite

/// A value on its way into a statement.
package enum SQLiteValue: Sendable, ExpressibleByNilLiteral, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    package init(nilLiteral: ()) { self = .null }
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(_ value: String?) { self = value.map(SQLiteValue.text) ?? .null }
    package init<Number: BinaryInteger>(_ value: Number?) {
        self = value.map { .integer(Int64(clamping: $0)) } ?? .null
    }
    package init(_ value: Bool) { self = .integer(value ? 1 : 0) }
}

/// One compiled statement of a connection, used again and again.
package final class SQLiteStatement {
    private let connection: SQLiteConnection
    private let handle: OpaquePointer

    init(_ connection: SQLiteConnection, _ sql: String) throws(SQLiteError) {
        var compiled: OpaquePointer?
        let code = sqlite3_prepare_v2(connection.handle, sql, -1, &compiled, nil)
        guard code == SQLITE_OK, let compiled else { throw connection.error(code) }
        self.connection = connection
        handle = compiled
    }

    deinit { sqlite3_finalize(handle) }

    /// Runs the statement once for its effect.
    package func run(_ values: SQLiteValue...) throws(SQLiteError) {
        try bind(values)
        while try step() {}
        sqlite3_reset(handle)
    }

    package func bind(_ values: [SQLiteValue]) throws(SQLiteError) {
        sqlite3_reset(handle)
        for (index, value) in values.enumerated() {
            let place = Int32(index + 1)
            let code =
                switch value {
                case .null: sqlite3_bind_null(handle, place)
                case .integer(let number): sqlite3_bind_int64(handle, place, number)
                case .real(let number): sqlite3_bind_double(handle, place, number)
                case .text(let text): bind(text, at: place)
                case .blob(let bytes): bind(bytes, at: place)
                }
            guard code == SQLITE_OK else { throw connection.error(code) }
        }
    }

    /// With its length, so that a NUL inside does not cut it.
    private func bind(_ text: String, at place: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { bytes in
            // Safety: SQLITE_TRANSIENT makes SQLite copy the bytes before the call returns.
            bytes.withMemoryRebound(to: CChar.self) {
                sqlite3_bind_text64(
                    handle, place, $0.baseAddress ?? Self.empty, UInt64($0.count), Self.transient, UInt8(SQLITE_UTF8))
            }
        }
    }

    private func bind(_ bytes: [UInt8], at place: Int32) -> Int32 {
        bytes.withUnsafeBytes {
            $0.isEmpty
                ? sqlite3_bind_zeroblob(handle, place, 0)
                : sqlite3_bind_blob64(handle, place, $0.baseAddress, UInt64($0.count), Self.transient)
        }
    }

    /// True where there is a row.
    package func step() throws(SQLiteError) -> Bool {
        let code = sqlite3_step(handle)
        if code == SQLITE_ROW { return true }
        guard code == SQLITE_DONE else { throw connection.error(code) }
        return false
    }

    package func isNull(_ column: Int) -> Bool { sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL }

    /// The number in that column; nil where there is none or something else.
    package func integer(_ column: Int) -> Int64? {
        guard sqlite3_column_type(handle, Int32(column)) == SQLITE_INTEGER else { return nil }
        return sqlite3_column_int64(handle, Int32(column))
    }

    package func real(_ column: Int) -> Double? {
        let type = sqlite3_column_type(handle, Int32(column))
        guard type == SQLITE_FLOAT || type == SQLITE_INTEGER else { return nil }
        return sqlite3_column_double(handle, Int32(column))
    }

    /// The text in that column; nil where there is none or something else. What is not UTF-8 is repaired.
    package func text(_ column: Int) -> String? {
        guard sqlite3_column_type(handle, Int32(column)) == SQLITE_TEXT else { return nil }
        guard let start = sqlite3_column_text(handle, Int32(column)) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, Int32(column)))
        // Safety: the pointer and the count belong together and hold until the next step; the bytes are copied here.
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    package func blob(_ column: Int) -> [UInt8]? {
        guard sqlite3_column_type(handle, Int32(column)) == SQLITE_BLOB else { return nil }
        guard let start = sqlite3_column_blob(handle, Int32(column)) else { return [] }
        let count = Int(sqlite3_column_bytes(handle, Int32(column)))
        // Safety: as for `text`.
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    // Safety: SQLITE_TRANSIENT is defined as -1 cast to a destructor; it is compared, never called.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    // Safety: a pointer that SQLite wants to be there for a text of length 0; nothing is read from it or written.
    nonisolated(unsafe) private static let empty = UnsafePointer(UnsafeMutablePointer<CChar>.allocate(capacity: 1))
}

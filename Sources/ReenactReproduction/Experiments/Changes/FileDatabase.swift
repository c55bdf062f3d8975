import FoundationEssentials
import Glibc
import ReenactCaseFile
import ReenactTimeline

/// A database file's bytes opened for a moment, in a file of its own that is gone afterwards.
enum FileDatabase {
    /// Does the work on a copy.
    ///
    /// - Returns: what the work gave, and the bytes as they are then.
    /// - Throws: `SQLiteError` where the bytes are no database, or the work cannot be done on it.
    static func with<Result>(
        _ bytes: [UInt8], _ body: (SQLiteConnection) throws -> Result
    ) throws -> (result: Result, bytes: [UInt8]) {
        var template = Array("/tmp/reenact-database-XXXXXX".utf8CString)
        let directory = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap(mkdtemp).map { String(cString: $0) }
        }
        guard let directory else { throw ReproductionError(.plan, "No directory can be made below /tmp.") }
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = directory + "/database"
        try Data(withoutJournal(bytes)).write(to: URL(filePath: path))
        let result: Result
        do {
            let connection = try SQLiteConnection(path: path, mode: .readWrite, seconds: 5)
            result = try body(connection)
        }
        return (result, FileManager.default.contents(atPath: path).map(Array.init) ?? bytes)
    }

    /// The copy has no write-ahead log beside it, so its header must not ask for one.
    /// Source: https://www.sqlite.org/fileformat2.html, 1.3.3
    private static func withoutJournal(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count > 20, bytes[18] == 2 || bytes[19] == 2 else { return bytes }
        var bytes = bytes
        bytes[18] = 1
        bytes[19] = 1
        return bytes
    }

    /// Tables with their columns; names of tables in lower case.
    static func tables(_ connection: SQLiteConnection) throws -> [String: [FileSchema.Column]] {
        var names: [String] = []
        try connection.query("SELECT name FROM sqlite_master WHERE type = 'table'") { row in
            if let name = row.text(0) { names.append(name) }
        }
        var tables: [String: [FileSchema.Column]] = [:]
        for name in names.prefix(500) {
            var columns: [FileSchema.Column] = []
            try connection.query(
                "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info(?)", .text(name)
            ) {
                columns.append(
                    .init(
                        name: $0.text(0) ?? "", type: $0.text(1) ?? "", isNotNull: $0.integer(2) != 0,
                        hasDefault: !$0.isNull(3), isKey: $0.integer(4) != 0))
            }
            tables[name.lowercased()] = columns
        }
        return tables
    }

    /// The bytes after the statement; nil where it changed nothing.
    static func changed(_ bytes: [UInt8], _ sql: String, _ values: [JSONValue]) -> [UInt8]? {
        let done = try? with(bytes) { connection -> Int in
            try connection.execute(
                "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; PRAGMA writable_schema = ON")
            let statement = try connection.prepare(sql)
            try statement.bind(values.map(Self.value))
            while try statement.step() {}
            var changes = 0
            try connection.query("SELECT total_changes()") { changes = Int(clamping: $0.integer(0) ?? 0) }
            return changes
        }
        // A definition changes no rows.
        let isDefinition = sql.hasPrefix("CREATE ") || sql.hasPrefix("ALTER ")
        guard let done, done.result > 0 || isDefinition else { return nil }
        return done.bytes
    }

    private static func value(_ value: JSONValue) -> SQLiteValue {
        switch value {
        case .null: .null
        case .bool(let flag): .integer(flag ? 1 : 0)
        case .integer(let number): .integer(number)
        case .number(let number): .real(number)
        case .string(let text): .text(text)
        case .array, .object: .text((try? JSONText.encode(value)) ?? "")
        }
    }
}

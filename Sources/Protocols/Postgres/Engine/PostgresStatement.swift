import ReenactTimeline
import ReenactWire

/// A statement that a recorded PostgreSQL server ran, with what came of it; values in PostgreSQL's text form.
public struct PostgresStatement: Sendable, Equatable {
    /// A result column as RowDescription has it; `table` and `attribute` are 0 where it is no table's column.
    public struct ResultColumn: Sendable, Equatable {
        public var name: String
        public var table: Int32
        public var attribute: Int16
        public var type: Int32
    }

    public struct Refusal: Sendable, Equatable {
        /// SQLSTATE.
        public var code: String
        public var message: String
        public var detail: String
        public var constraint: String
        public var table: String
        public var column: String
    }

    public var event: Int
    public var phase: Event.Phase
    public var connection: Int
    /// The database that the connection had chosen; empty where its opening is not recorded.
    public var database: String
    public var sql: String
    public var parameters: [String?]
    /// As far as the client or the server told them; 0 is unknown.
    public var types: [Int32]
    public var columns: [ResultColumn]
    public var rows: [[String?]]
    /// `SELECT 2`, `INSERT 0 1`; empty where no answer came.
    public var tag: String
    public var refusal: Refusal?
    /// A table that `IF NOT EXISTS` was to make was there.
    public var wasThere: Bool
    /// All of it is known: nothing was cut, every value has a text form.
    public var isWhole: Bool

    /// The statements of one server's connections, in order of time.
    public static func of(_ recorded: [Recorded]) -> [PostgresStatement] {
        var tape = PostgresTape()
        var databases: [Int: String] = [:]
        return recorded.flatMap { entry in
            if entry.exchange.isPreamble, let database = entry.exchange.detail["database"]?.string {
                databases[entry.connection] = database
            }
            return tape.take(entry).map {
                PostgresStatement($0, entry, database: databases[entry.connection] ?? "")
            }
        }
    }

    private init(_ run: PostgresTape.Run, _ entry: Recorded, database: String) {
        var isWhole = !run.tag.isEmpty || run.error != nil
        event = entry.event
        phase = entry.phase
        connection = entry.connection
        self.database = database
        sql = run.sql.exact
        types = run.types
        parameters = run.parameters.enumerated().map { index, parameter in
            guard let bytes = parameter.bytes else { return nil }
            guard parameter.isBinary else { return text(bytes) }
            let known = run.types.indices.contains(index) ? BinaryValue.text(bytes, type: run.types[index]) : nil
            if known == nil { isWhole = false }
            return known ?? "\\x" + hex(bytes)
        }
        columns = run.columns.map {
            ResultColumn(name: $0.name, table: $0.table, attribute: $0.attribute, type: $0.type)
        }
        rows = run.rows.map { row in
            if row.count != run.columns.count { isWhole = false }
            return row.enumerated().map { index, cell in
                guard let cell else { return nil }
                guard index < run.columns.count, run.columns[index].isBinary else { return text(cell) }
                let known = BinaryValue.text(cell, type: run.columns[index].type)
                if known == nil { isWhole = false }
                return known ?? "\\x" + hex(cell)
            }
        }
        tag = run.tag
        refusal = run.error.map {
            Refusal(
                code: $0.code, message: $0.message, detail: $0["D"] ?? "", constraint: $0["n"] ?? "",
                table: $0["t"] ?? "", column: $0["c"] ?? "")
        }
        wasThere = run.wasThere
        // `SELECT n` tells how many rows there were.
        if let count = Int(run.tag.split(separator: " ").last ?? ""), run.tag.hasPrefix("SELECT "), count != rows.count
        {
            isWhole = false
        }
        self.isWhole = isWhole
    }
}

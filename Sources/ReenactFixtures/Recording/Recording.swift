import ReenactTimeline

/// A statement and what came of it.
public struct RecordedStatement: Sendable {
    /// As the engine takes it: `?` (SQLite) or `$1` (PostgreSQL) for bind values.
    public var sql: String
    public var parameters: [SQLValue]
    /// Nil where the statement returns no rows.
    public var rows: [[SQLValue]]?
    /// How many rows a write touched; nil where not recorded.
    public var rowCount: Int?
    /// The id that SQLite gave the last row inserted.
    public var lastRow: Int64?
    /// What the engine refused it with.
    public var error: String?
    /// Columns whose values the driver had taken apart, documents and intervals: these are compared by what they hold.
    var takenApart: Set<Int> = []

    public init(
        sql: String, parameters: [SQLValue], rows: [[SQLValue]]?, rowCount: Int?, lastRow: Int64?, error: String?
    ) {
        self.sql = sql
        self.parameters = parameters
        self.rows = rows
        self.rowCount = rowCount
        self.lastRow = lastRow
        self.error = error
    }
}

/// The statements of one request or job, in order.
public struct RecordedTimeline: Sendable {
    public var id: String
    public var statements: [RecordedStatement]

    public init(id: String, statements: [RecordedStatement]) {
        self.id = id
        self.statements = statements
    }

    /// Reads one line of the format in docs/fixtures.md.
    public init(line: String, _ dialect: SQLDialect) throws(FixtureError) {
        guard case .object(let object)? = JSONParser.parse(line) else {
            throw .badInput("a line is no JSON object")
        }
        guard case .array(let list)? = object["statements"] else { throw .badInput("a line without statements") }
        switch object["id"] {
        case .integer(let number): id = String(number)
        case .string(let text): id = text
        default: throw .badInput("a line without id")
        }
        statements = []
        for item in list {
            guard case .object(let members) = item, case .string(let sql)? = members["sql"] else {
                throw .badInput("timeline \(id): a statement without sql")
            }
            statements.append(try Self.statement(sql, members, dialect))
        }
    }

    private static func statement(
        _ sql: String, _ members: [String: JSONValue], _ dialect: SQLDialect
    ) throws(FixtureError) -> RecordedStatement {
        var parameters: [SQLValue] = []
        var text = sql
        if case .array(let list)? = members["params"] {
            for item in list { parameters.append(try value(item, dialect)) }
            text = placeholders(sql, dialect)
        }
        var rows: [[SQLValue]]?
        var takenApart: Set<Int> = []
        if case .array(let list)? = members["rows"] {
            var read: [[SQLValue]] = []
            for row in list {
                guard case .array(let cells) = row else { throw .badInput("a row that is no array") }
                var values: [SQLValue] = []
                values.reserveCapacity(cells.count)
                for (column, cell) in cells.enumerated() {
                    values.append(try value(cell, dialect))
                    if dialect == .postgres, case .object(let tagged) = cell, tagged["j"] != nil || tagged["iv"] != nil
                    {
                        takenApart.insert(column)
                    }
                }
                read.append(values)
            }
            rows = read
        }
        var result = RecordedStatement(
            sql: text, parameters: parameters, rows: rows, rowCount: nil, lastRow: nil, error: nil)
        result.takenApart = takenApart
        if case .integer(let count)? = members["rowcount"], count >= 0 { result.rowCount = Int(count) }
        if case .integer(let last)? = members["lastrowid"] { result.lastRow = last }
        switch members["error"] {
        case nil, .null: break
        case .string(let message): result.error = message
        default: result.error = "error"
        }
        return result
    }

    /// `%s` of Python's drivers to the engine's own placeholder, `%%` to `%`.
    static func placeholders(_ sql: String, _ dialect: SQLDialect) -> String {
        guard sql.utf8.contains(UInt8(ascii: "%")) else { return sql }
        var out: [UInt8] = []
        var count = 0
        var percent = false
        for byte in sql.utf8 {
            if percent {
                percent = false
                if byte == UInt8(ascii: "s") {
                    count += 1
                    out += dialect == .sqlite ? [UInt8(ascii: "?")] : Array("$\(count)".utf8)
                } else if byte == UInt8(ascii: "%") {
                    out.append(byte)
                } else {
                    out += [UInt8(ascii: "%"), byte]
                }
            } else if byte == UInt8(ascii: "%") {
                percent = true
            } else {
                out.append(byte)
            }
        }
        if percent { out.append(UInt8(ascii: "%")) }
        return String(decoding: out, as: UTF8.self)
    }

    static func value(_ json: JSONValue, _ dialect: SQLDialect) throws(FixtureError) -> SQLValue {
        switch json {
        case .null: return .null
        case .bool(let flag): return dialect == .sqlite ? .int(flag ? 1 : 0) : .bool(flag)
        case .integer(let number): return .int(number)
        case .number(let number): return .real(number)
        case .string(let text): return .text(text)
        case .object(let members):
            guard members.count == 1, let (tag, inner) = members.first else { throw .badInput("a value with two tags") }
            if tag == "a", dialect == .postgres, case .array(let list) = inner {
                return .text(try TaggedForms.array(list))
            }
            if tag == "j", dialect == .postgres { return .text(PostgresDocument.text(inner)) }
            if tag == "j" || tag == "a" { return .text(Self.json(inner)) }
            if tag == "iv", let seconds = SQLValue(inner).double { return .text(TaggedForms.span(seconds)) }
            guard case .string(let text) = inner else { throw .badInput("a tagged value that is no text") }
            switch tag {
            case "f": return Double(text).map(SQLValue.real) ?? .text(text)
            case "n": return dialect == .sqlite ? .text(text) : .number(Decimals.plain(text))
            case "ts": return .text(dialect == .sqlite ? text.replacing("T", with: " ") : Timestamps.canonical(text))
            case "b": return .blob(Self.bytes(hex: text))
            default: return .text(text)
            }
        case .array: return .text(Self.json(json))
        }
    }

    private static func json(_ value: JSONValue) -> String { (try? JSONText.encode(value)) ?? "null" }

    static func bytes(hex: String) -> [UInt8] {
        var out: [UInt8] = []
        var high: UInt8?
        for byte in hex.utf8 {
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else { continue }
            if let first = high {
                out.append(first << 4 | UInt8(digit))
                high = nil
            } else {
                high = UInt8(digit)
            }
        }
        return out
    }
}

extension SQLValue {
    fileprivate init(_ json: JSONValue) {
        switch json {
        case .integer(let number): self = .int(number)
        case .number(let number): self = .real(number)
        default: self = .null
        }
    }
}

/// Instants in the one form in which they are compared: `2026-11-21T06:19:11.307301+00:00`.
enum Timestamps {
    static func canonical(_ text: String) -> String {
        var bytes = Array(text.utf8)
        guard bytes.count >= 19, bytes[4] == UInt8(ascii: "-") else { return text }
        bytes[10] = UInt8(ascii: "T")
        var zone = bytes.count
        var at = 19
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") || bytes[at] == UInt8(ascii: "Z") {
                zone = at
                break
            }
            at += 1
        }
        var fraction = Array(bytes[19..<zone])
        if !fraction.isEmpty {
            while fraction.count < 7 { fraction.append(UInt8(ascii: "0")) }
            if fraction.allSatisfy({ $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "0") }) { fraction = [] }
        }
        var offset = Array(bytes[zone...])
        if offset == [UInt8(ascii: "Z")] { offset = Array("+00:00".utf8) }
        if offset.count == 3 { offset += Array(":00".utf8) }
        return String(decoding: bytes[..<19] + fraction + offset, as: UTF8.self)
    }
}

import ReenactTimeline

/// An SQLite statement in the program's own process, as a hook told it.
public struct HookStatement: Sendable, Equatable {
    /// Values: null, number, string, `{"b": hex}` for blobs, `{"f": number}` for reals without a fraction.
    public var id: Int64
    /// The database file.
    public var database: String
    public var sql: String
    public var parameters: [JSONValue]
    public var columns: [String]
    public var rows: [JSONValue]
    public var rowCount: Int
    /// True where `rows` are not all.
    public var truncated: Bool
    public var changes: Int
    public var lastRowID: Int64?
    /// SQLite's result code: 0, 100 and 101 are good.
    public var code: Int
    public var error: String
    public var readOnly: Bool
    public var start: Int64
    public var end: Int64

    init?(_ json: JSONValue) {
        guard let sql = json["sql"]?.string else { return nil }
        id = json["id"]?.integer ?? 0
        database = json.text("db")
        self.sql = sql
        parameters = json["params"]?.array ?? []
        columns = json.texts("columns")
        rows = json["rows"]?.array ?? []
        rowCount = json.int("rowCount") ?? rows.count
        truncated = json["truncated"]?.bool ?? false
        changes = json.int("changes") ?? 0
        lastRowID = json["lastRowID"]?.integer
        code = json.int("code") ?? 0
        error = json.text("error")
        readOnly = json["readonly"]?.bool ?? true
        start = json["start"]?.integer ?? json["time"]?.integer ?? 0
        end = json["end"]?.integer ?? start
    }

    /// True where SQLite did what it was asked: OK, ROW, DONE.
    public var succeeded: Bool { code == 0 || code == 100 || code == 101 }

    /// What sort of answer it was.
    public var outcome: OutcomeClass {
        // The extended code's low byte is the code that the documentation calls primary.
        if !succeeded { return .init(rawValue: "sqlite:\(code & 0xFF)") }
        if !columns.isEmpty { return .rows(rowCount) }
        if readOnly { return .ok }
        return .init(rawValue: changes == 0 ? "affected:0" : changes == 1 ? "affected:1" : "affected:n")
    }

    /// `S|sql|params`: equal keys ask the same thing.
    public var key: String {
        "S|\(sql)|\((try? JSONText.encode(JSONValue.array(parameters))) ?? "")"
    }

    /// The statement in the words of the timeline.
    ///
    /// - Parameters:
    ///   - message: the message that brought it, for process and thread.
    ///   - id: the event's ordinal.
    ///   - origin: `CLOCK_MONOTONIC` at instant zero.
    public func event(in message: HookMessage, id: Int, phase: Event.Phase, origin: Int64) -> Event {
        Event(
            id: id, kind: .statement, phase: phase, protocolName: "sqlite", peer: database, process: message.process,
            thread: message.thread, start: start - origin, end: end - origin, summary: summary, result: result,
            outcome: outcome, key: key, detail: detail)
    }

    private var summary: String {
        let line = sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count > 200 ? String(line.prefix(199)) + "…" : line
    }

    private var result: String {
        if !succeeded { return error.isEmpty ? "error \(code)" : error }
        if !columns.isEmpty { return rowCount == 1 ? "1 row" : "\(rowCount) rows" }
        if readOnly { return "ok" }
        return changes == 1 ? "1 row changed" : "\(changes) rows changed"
    }

    private var detail: JSONValue {
        var members: [String: JSONValue] = [
            "sql": .string(sql), "params": .array(parameters), "columns": .array(columns.map(JSONValue.string)),
            "rows": .array(rows), "rowCount": .integer(Int64(rowCount)), "truncated": .bool(truncated),
            "changes": .integer(Int64(changes)), "readonly": .bool(readOnly), "code": .integer(Int64(code)),
            "error": error.isEmpty ? .null : .string(error),
        ]
        if let lastRowID { members["lastRowID"] = .integer(lastRowID) }
        return .object(members)
    }
}

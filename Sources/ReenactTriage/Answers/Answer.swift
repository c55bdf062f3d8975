import ReenactTimeline

/// One exchange as a rule looks at it: what was asked and what came, whatever the protocol.
public struct Answer: Sendable {
    /// The protocol's view, read from `Event.detail` and nothing else.
    public enum Content: Sendable {
        case http(HTTPAnswer)
        case sql(SQLAnswer)
        case redis(RedisAnswer)
        case message(MessageAnswer)
        case other
    }

    public let event: Event
    public let content: Content

    public init(_ event: Event) {
        self.event = event
        let detail = event.detail
        if event.protocolName == "http", detail["method"] != nil {
            content = .http(HTTPAnswer(detail))
        } else if detail["sql"] != nil {
            content = .sql(SQLAnswer(detail))
        } else if detail["command"] != nil {
            content = .redis(event.protocolName == "memcached" ? RedisAnswer(memcached: detail) : RedisAnswer(detail))
        } else if event.protocolName == "raw" || detail["websocket"] != nil, detail["response"] != nil {
            content = .message(MessageAnswer(detail))
        } else {
            content = .other
        }
    }

    var http: HTTPAnswer? { if case .http(let value) = content { value } else { nil } }
    var sql: SQLAnswer? { if case .sql(let value) = content { value } else { nil } }
    var message: MessageAnswer? { if case .message(let value) = content { value } else { nil } }
    public var redis: RedisAnswer? { if case .redis(let value) = content { value } else { nil } }

    /// True for a question that is meant to wait: for a job, a message, a change.
    var waits: Bool {
        guard let redis else { return message != nil }
        return redis.command.hasPrefix("B") && redis.command != "BITCOUNT"
            || ["SUBSCRIBE", "PSUBSCRIBE", "XREAD", "XREADGROUP", "WAIT"].contains(redis.command)
    }

    /// True for what clients do by themselves: keep-alive, transactions, session settings, tunnels, names that were
    /// found. Such an exchange never explains anything by being the last one.
    var isHousekeeping: Bool {
        // Handshakes and good-byes that went well.
        if event.detail["preamble"]?.bool == true, event.outcome == .ok || event.outcome == .none { return true }
        switch content {
        case .http(let http): return http.method == "CONNECT" && (http.status ?? 500) < 300
        case .sql(let sql):
            guard sql.error == nil else { return false }
            let words = [
                "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET", "START", "DISCARD", "DEALLOCATE", "CLOSE",
                "RESET",
                "UNLISTEN",
            ]
            // What pools do with a connection that comes back.
            return words.contains(sql.verb) || sql.sql.contains("pg_advisory_unlock_all")
        case .redis(let redis):
            guard !event.outcome.rawValue.hasPrefix("redis:error") else { return false }
            return ["PING", "HELLO", "CLIENT", "AUTH", "SELECT", "UNWATCH", "QUIT", "INFO", "COMMAND"].contains(
                redis.command)
        case .message: return false
        case .other: return event.protocolName == "dns" && (event.outcome == .ok || event.outcome == .none)
        }
    }
}

/// A call over HTTP.
public struct HTTPAnswer: Sendable {
    public let method: String
    public let host: String
    public let target: String
    public let status: Int?
    public let contentType: String
    /// The answer's body as text, as far as it was kept.
    public let body: String
    /// The body as JSON, where it is one and whole.
    public let json: JSONValue?
    public let isTruncated: Bool
    public let isBinary: Bool
    public let bodyLength: Int
    public let requestBody: String
    public let requestJSON: JSONValue?
    /// A report told of the call and not of its body: nothing is concluded from what is not there.
    public let bodyIsUnknown: Bool
    /// How a call ended in its own protocol's words, where HTTP only carried it: `NOT_FOUND`.
    let said: String

    /// Bodies larger than this are not read as JSON.
    private static let jsonBytesMax = 2 << 20

    init(_ detail: JSONValue) {
        method = detail["method"]?.string ?? ""
        host = detail["host"]?.string ?? ""
        target = detail["target"]?.string ?? ""
        status = detail["status"]?.integer.flatMap { Int(exactly: $0) }
        let answer = detail["responseBody"] ?? .null
        body = BodyText.read(answer) ?? ""
        isBinary = answer["base64"] != nil
        isTruncated = answer["truncated"]?.bool ?? false
        bodyLength = answer["length"]?.integer.flatMap { Int(exactly: $0) } ?? body.utf8.count
        contentType = answer["contentType"]?.string ?? ""
        json = isTruncated ? nil : Self.json(body)
        requestBody = BodyText.read(detail["requestBody"]) ?? ""
        requestJSON = Self.json(requestBody)
        bodyIsUnknown = detail["bodyUnknown"]?.bool ?? false
        said = detail["said"]?.string ?? ""
    }

    private static func json(_ text: String) -> JSONValue? {
        guard !text.isEmpty, text.utf8.count <= jsonBytesMax else { return nil }
        return JSONParser.parse(text)
    }

    /// The path without query and without values: what makes two calls ask for the same kind of thing.
    var endpoint: String {
        let path = target.prefix { $0 != "?" && $0 != "#" }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map { part in
            part.contains(where: \.isNumber) ? "*" : String(part)
        }
        return "\(method) \(host)\(parts.joined(separator: "/"))"
    }

    /// True where the body starts like a page for people.
    var looksLikeHTML: Bool {
        let start = body.drop(while: \.isWhitespace).prefix(15).lowercased()
        return start.hasPrefix("<!doctype") || start.hasPrefix("<html") || start.hasPrefix("<head")
            || contentType.lowercased().hasPrefix("text/html")
    }

    /// The body as JSON, or as JSON would hold its XML.
    var document: JSONValue? {
        json ?? (looksLikeXML && !isTruncated && body.utf8.count <= Self.jsonBytesMax ? XMLText.document(body) : nil)
    }

    var looksLikeXML: Bool { body.drop(while: \.isWhitespace).hasPrefix("<?xml") || contentType.contains("xml") }

    /// True where the peer says, or the body shows, that this is meant to be JSON.
    var claimsJSON: Bool {
        let first = body.first { !$0.isWhitespace }
        return contentType.lowercased().contains("json") || first == "{" || first == "["
    }
}

/// An SQL statement with its rows.
public struct SQLAnswer: Sendable {
    public struct Failure: Sendable, Equatable {
        public let code: String
        public let message: String
        public let detail: String
        public let constraint: String
        public let table: String
        public let column: String
    }

    public let sql: String
    public let params: [JSONValue]
    public let columns: [String]
    public let rows: [[JSONValue]]
    public let rowCount: Int
    /// True where rows came, or would have come: SELECT, RETURNING, PRAGMA.
    public let returnsRows: Bool
    public let error: Failure?
    /// The first word, in capitals.
    public let verb: String

    init(_ detail: JSONValue) {
        sql = detail["sql"]?.string ?? ""
        params = (detail["params"]?.array ?? []).map(Self.plain)
        columns = (detail["columns"]?.array ?? []).map { $0.string ?? $0["name"]?.string ?? "" }
        rows = (detail["rows"]?.array ?? []).map { ($0.array ?? []).map(Self.plain) }
        rowCount = detail["rowCount"]?.integer.flatMap { Int(exactly: $0) } ?? rows.count
        verb = sql.drop { $0.isWhitespace || $0 == "(" }.prefix { $0.isLetter }.uppercased()
        let upper = sql.uppercased()
        // A statement that was only prepared has not been asked yet.
        let isPrepared = ["prepare", "parse"].contains(detail["kind"]?.string ?? "")
        returnsRows =
            !isPrepared
            && (!columns.isEmpty
                || ["SELECT", "WITH", "SHOW", "PRAGMA", "VALUES", "EXPLAIN", "DESCRIBE"].contains(verb)
                || upper.contains(" RETURNING "))
        if let failure = detail["error"], failure != .null {
            let code = failure["code"]
            error = Failure(
                code: code?.string ?? code?.integer.map { "\($0)" } ?? "",
                message: failure["message"]?.string ?? failure.string ?? "", detail: failure["detail"]?.string ?? "",
                constraint: failure["constraint"]?.string ?? "", table: failure["table"]?.string ?? "",
                column: failure["column"]?.string ?? "")
        } else {
            error = nil
        }
    }

    /// The database was asked about itself: which tables, columns and types it has. What it says names everything, and so
    /// nothing in particular.
    var isAboutSchema: Bool {
        let text = sql.prefix(20_000).lowercased()
        if verb == "PRAGMA" || text.hasPrefix("show ") || text.hasPrefix("describe ") { return true }
        return [
            "pg_catalog.", "information_schema.", "sqlite_master", "sqlite_schema", "from pg_type", "from pg_class",
        ]
        .contains(where: text.contains)
    }

    /// Names that follow FROM, JOIN, INTO, UPDATE and TABLE, without schema and quotes; arguments of a PRAGMA too.
    public var tables: [String] {
        let separators: Set<Character> = [" ", "\n", "\t", "\r", ",", "(", ")", ";", "="]
        let words = sql.prefix(20_000).split { separators.contains($0) }
        var tables: [String] = []
        for (word, next) in zip(words, words.dropFirst())
        where ["FROM", "JOIN", "INTO", "UPDATE", "TABLE"].contains(word.uppercased()) {
            let name = Self.unquoted(String(next))
            if !name.isEmpty, name.uppercased() != "SELECT", !tables.contains(name) { tables.append(name) }
        }
        if verb == "PRAGMA", words.count > 2 { tables.append(Self.unquoted(String(words[2]))) }
        return tables
    }

    /// A real number without a fraction, which the hooks write `{"f": 7}`, is a number like any other here.
    private static func plain(_ value: JSONValue) -> JSONValue {
        guard case .object(let members) = value, members.count == 1, let number = members["f"] else { return value }
        return number
    }

    static func unquoted(_ name: String) -> String {
        let last = name.split(separator: ".").last.map(String.init) ?? name
        return last.filter { !"\"`[]'".contains($0) }
    }
}

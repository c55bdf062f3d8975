import ReenactTimeline

/// Words for a tired person: short, concrete, the same everywhere.
enum Phrase {
    /// `GET https://api.exchangerate.host/latest`, `SELECT … FROM person`, `EXISTS rq:group:g-two`.
    static func call(_ answer: Answer, _ failure: Case) -> String {
        switch answer.content {
        case .http(let http) where answer.event.detail["scheme"] == "grpc":
            return short("\(http.host)\(http.target)", 120)
        case .http(let http):
            let target = http.target.hasPrefix("/") ? http.target : http.target.isEmpty ? "/" : ""
            let path = target.prefix { $0 != "?" }
            let query = path.count < target.count ? "?…" : ""
            let address =
                target.isEmpty
                ? String(http.target.prefix { $0 != "?" })
                : http.host.isEmpty ? "" : "\(scheme(answer, failure))://\(http.host)"
            return short("\(http.method) \(address)\(path)\(query)", 120)
        case .sql(let sql): return short(statement(sql), 120)
        case .redis(let redis) where ["BLPOP", "BRPOP", "BZPOPMIN", "BZPOPMAX"].contains(redis.command):
            // Of all that were waited for, the one that something came from.
            return short("\(redis.command) \(redis.reply[0]?.string ?? redis.key)", 100)
        case .redis where answer.event.protocolName == "memcached": return short(answer.event.summary, 100)
        case .redis(let redis): return short(([redis.command] + redis.arguments.prefix(4)).joined(separator: " "), 100)
        case .message, .other:
            return short(answer.event.summary.isEmpty ? peer(answer.event, failure) : answer.event.summary, 120)
        }
    }

    /// What set the failing code off: `POST http://shop/orders`, `The job (BLPOP queue 0)`, `The command line`.
    static func input(_ look: Look) -> String {
        switch look.failure.trigger.kind {
        case .command:
            let isFed = look.inputs.parts.contains { $0.kind == "standard input" }
            return isFed ? "What the command was given" : "The command line"
        case .job:
            let objects = look.inputs.parts.lazy.flatMap(\.objects)
            let names = ["task", "func", "function", "job", "id"].compactMap { key in
                objects.compactMap { $0[key]?.string }.first { !$0.isEmpty && $0.count <= 60 }
            }
            let name = names.isEmpty ? "" : " " + clean(names.prefix(2).joined(separator: " "))
            return "The job\(name)" + (look.trigger.map { " (\(call($0, look.failure)))" } ?? "")
        default: return look.trigger.map { call($0, look.failure) } ?? "The request"
        }
    }

    private static func scheme(_ answer: Answer, _ failure: Case) -> String {
        if let scheme = answer.event.detail["scheme"]?.string { return scheme }
        let connection = answer.event.connection.flatMap { failure.connection($0) }
        return connection?.tls != nil || answer.event.peer.hasSuffix(":443") ? "https" : "http"
    }

    /// A statement on one line, its select list folded.
    private static func statement(_ sql: SQLAnswer) -> String {
        let line = oneLine(sql.sql)
        guard sql.verb == "SELECT", line.count > 70,
            let from = line.range(of: " FROM ") ?? line.range(of: " from ")
        else { return line }
        return "SELECT …" + line[from.lowerBound...]
    }

    /// `521 with an HTML page`, `200 with JSON`.
    static func httpResult(_ http: HTTPAnswer) -> String {
        guard let status = http.status else { return "nothing" }
        if !http.said.isEmpty { return http.said }
        return http.bodyIsUnknown ? "\(status)" : "\(status) with \(body(http))"
    }

    static func body(_ http: HTTPAnswer) -> String {
        if http.bodyLength == 0, http.body.isEmpty { return "an empty body" }
        if http.isBinary { return "a binary body" }
        if http.json?.object != nil { return "a JSON object" }
        if http.json?.array != nil { return "a JSON list" }
        if http.looksLikeHTML { return "an HTML page" }
        if http.looksLikeXML { return "XML" }
        if http.claimsJSON { return http.isTruncated ? "JSON" : "broken JSON" }
        return "plain text (\(quote(http.body, 40)))"
    }

    /// `get_rates (currency_convertor.py:24)`.
    static func place(_ frame: ExceptionRecord.Frame?) -> String {
        guard let frame else { return "the program" }
        let name = frame.function.isEmpty || frame.function == "<module>" ? "the program" : clean(frame.function)
        let parts = frame.file.split(separator: "/")
        var file = parts.last.map(String.init) ?? frame.file
        // There are many of these: the directory says which.
        if parts.count > 1, ["__init__.py", "index.js", "index.ts", "main.go", "mod.rs"].contains(file) {
            file = parts.suffix(2).joined(separator: "/")
        }
        return file.isEmpty ? name : "\(name) (\(clean(file)):\(frame.line))"
    }

    /// What the throw site did on behalf of the program's own site: `requests json() in get_rates (…:24)`.
    static func doing(_ look: Look) -> String {
        guard let site = look.site else { return "the program" }
        guard let thrown = look.throwSite, thrown != site, !thrown.function.isEmpty, thrown.function != "<module>"
        else {
            return place(site)
        }
        let package = Frames.package(of: thrown)
        return "\(package.isEmpty ? "" : package + ".")\(clean(thrown.function))() in \(place(site))"
    }

    /// The exception in a few words: `TypeError: expected string …`.
    static func exception(_ look: Look, _ length: Int = 100) -> String {
        let type = look.exception?.type ?? look.failure.signature.exceptionType
        let message = oneLine(look.exception?.message ?? look.failure.signature.message)
        let name = type.split(separator: ".").last.map(String.init) ?? type
        if !name.isEmpty, message.hasPrefix("\(name): ") { return short(message, length) }
        return short(message.isEmpty ? name : name.isEmpty ? message : "\(name): \(message)", length)
    }

    static func peer(_ event: Event, _ failure: Case) -> String {
        if let connection = event.connection.flatMap({ failure.connection($0) }) {
            return named(connection.server, failure)
        }
        return event.peer.isEmpty ? clean(event.summary) : named(event.peer, failure)
    }

    /// An address with the name that it was looked up by, where there is one.
    static func named(_ address: String, _ failure: Case) -> String {
        guard let colon = address.lastIndex(of: ":") else { return clean(address) }
        let host = address[..<colon].filter { $0 != "[" && $0 != "]" }
        let name = failure.environment.names.sorted { $0.key < $1.key }.first { $0.value.contains(host) }?.key
        return clean(name.map { $0 == host ? address : "\($0) (\(address))" } ?? address)
    }

    static func rows(_ count: Int) -> String { count == 0 ? "no row" : count == 1 ? "1 row" : "\(count) rows" }

    static func quote(_ text: String, _ length: Int = 60) -> String {
        let line = short(oneLine(text), length)
        // White space at an end is often all that is wrong, and nobody sees it.
        guard let first = text.first, let last = text.last, text.count <= 200 else { return "\"\(line)\"" }
        let note =
            (first.isWhitespace ? " with white space before it" : "")
            + (last.isWhitespace ? " with white space behind it" : "")
        return text.allSatisfy(\.isWhitespace) ? "\"\(line)\"" : "\"\(line)\"\(note)"
    }

    static func oneLine(_ text: String) -> String {
        if isPlainLine(text) { return text }
        return text.prefix(2000).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// True for short ASCII without control characters and without two spaces in a row or at an end: nearly everything.
    private static func isPlainLine(_ text: String) -> Bool {
        guard text.utf8.count <= 2000, text.utf8.first != 0x20 else { return false }
        var before: UInt8 = 0
        for byte in text.utf8 {
            if byte < 0x20 || byte >= 0x7F || (byte == 0x20 && before == 0x20) { return false }
            before = byte
        }
        return before != 0x20
    }

    static func short(_ text: String, _ length: Int) -> String {
        let text = clean(text)
        return text.utf8.count <= length || text.count <= length ? text : text.prefix(length - 1) + "…"
    }

    /// Recorded data must not move a terminal's cursor.
    static func clean(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) ? " " : $0 }))
    }
}

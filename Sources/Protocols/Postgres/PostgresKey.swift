import ReenactWire

/// Canonical keys: equal keys ask the same thing. No statement names, no portal names, no passwords.
struct PostgresKey {
    static let volatileLiterals = "literals"
    static let volatileValues = "volatile bind values"
    static let whitespace = "whitespace and comments"
    static let whitespaceAndVolatile = "whitespace, comments and volatile values"
    static let resultFormat = "result format"
    static let copyData = "copy data differs"
    static let applicationName = "application name"
    static let catalogSpelling = "spelling of a catalog function"

    var key: String
    var relaxed: [RelaxedKey]

    /// A simple query; for a COPY from the client, with the data that it sent.
    static func query(_ sql: SQLText, copied: ContentHash? = nil) -> PostgresKey {
        let exact = "Q|" + sql.exact
        if let copied {
            return PostgresKey(key: "\(exact)|copy \(copied.text)", relaxed: [RelaxedKey(copyData, key: exact)])
        }
        var relaxed: [RelaxedKey] = []
        if let literals = sql.withoutVolatileLiterals {
            relaxed.append(RelaxedKey(volatileLiterals, key: "Q|" + literals))
        }
        relaxed.append(RelaxedKey(whitespace, key: "Q|" + sql.condensed))
        if let both = sql.condensedWithoutVolatileLiterals {
            relaxed.append(RelaxedKey(whitespaceAndVolatile, key: "Q|" + both))
        }
        if let call = catalogCall(sql) { relaxed.append(RelaxedKey(catalogSpelling, key: "Q|" + call)) }
        if let text = Savepoint.nameless(sql.condensed) {
            relaxed.append(RelaxedKey(Savepoint.relaxation, key: "Q|" + text))
        }
        if let text = MadeName.nameless(sql.condensed) {
            relaxed.append(RelaxedKey(MadeName.relaxation, key: "Q|" + text))
        }
        if isOwnName(sql) { relaxed.append(RelaxedKey(applicationName, key: "Q|SET application_name")) }
        return PostgresKey(key: exact, relaxed: relaxed)
    }

    /// What an Execute asks: the text, the values, the form of the result, and the place in a portal read in steps.
    struct Execution: Sendable {
        var sql: SQLText
        var parameters: [Parameter] = []
        /// Types of the parameters, as far as known; they only decide what is volatile.
        var types: [Int32] = []
        var resultFormats: [Int16] = []
        var maxRows: Int32 = 0
        /// How often the portal was executed before.
        var fetch = 0
        var copied: ContentHash?
    }

    static func execute(_ execution: Execution) -> PostgresKey {
        let sql = execution.sql
        let values = execution.parameters.map { value($0) }.joined(separator: ",")
        let form = formats(execution.resultFormats)
        let place = execution.fetch == 0 ? "\(execution.maxRows)" : "\(execution.maxRows)|fetch \(execution.fetch)"
        func whole(_ text: String, _ values: String, _ form: String) -> String {
            "E|\(text)|\(values)|\(form)|\(place)"
        }
        let exact = whole(sql.exact, values, form)
        if let copied = execution.copied {
            return PostgresKey(key: "\(exact)|copy \(copied.text)", relaxed: [RelaxedKey(copyData, key: exact)])
        }
        var relaxed = [RelaxedKey(resultFormat, key: whole(sql.exact, values, "*"))]
        var hasVolatile = false
        let marked = execution.parameters.enumerated().map { index, parameter in
            let type = index < execution.types.count ? execution.types[index] : 0
            if let marker = marker(parameter, type: type) {
                hasVolatile = true
                return marker
            }
            return value(parameter)
        }.joined(separator: ",")
        if hasVolatile { relaxed.append(RelaxedKey(volatileValues, key: whole(sql.exact, marked, form))) }
        relaxed.append(RelaxedKey(whitespace, key: whole(sql.condensed, values, form)))
        if hasVolatile { relaxed.append(RelaxedKey(whitespaceAndVolatile, key: whole(sql.condensed, marked, form))) }
        if let call = catalogCall(sql) { relaxed.append(RelaxedKey(catalogSpelling, key: whole(call, values, form))) }
        if let text = Savepoint.nameless(sql.condensed) {
            relaxed.append(RelaxedKey(Savepoint.relaxation, key: whole(text, values, form)))
        }
        if let text = MadeName.nameless(sql.condensed) {
            relaxed.append(RelaxedKey(MadeName.relaxation, key: whole(text, values, form)))
        }
        return PostgresKey(key: exact, relaxed: relaxed)
    }

    /// `SET application_name TO 'worker-4711'`: what a process calls itself often holds its number.
    private static func isOwnName(_ sql: SQLText) -> Bool {
        guard sql.condensed.utf8.count < 200 else { return false }
        let words = sql.condensed.lowercased().split { $0 == " " || $0 == "=" }
        return words.count > 2 && words[0] == "set"
            && (words[1] == "application_name" || words[2] == "application_name")
    }

    /// `select pg_catalog.version()` asks what `SELECT version()` asks: drivers differ from version to version.
    private static func catalogCall(_ sql: SQLText) -> String? {
        guard sql.condensed.utf8.count < 80 else { return nil }
        var call = sql.condensed.lowercased()
        guard call.hasPrefix("select "), call.hasSuffix("()") else { return nil }
        call.removeFirst(7)
        if call.hasPrefix("pg_catalog.") { call.removeFirst(11) }
        let name = call.dropLast(2)
        let isName = !name.isEmpty && name.utf8.allSatisfy { $0 &- 97 < 26 || $0 == UInt8(ascii: "_") }
        return isName ? "select \(call)" : nil
    }

    /// A batch that runs nothing: its steps, each with the text that it concerns.
    static func prepare(_ steps: [String]) -> PostgresKey {
        PostgresKey(key: "P|" + steps.joined(separator: "|"), relaxed: [])
    }

    /// A value's own form: length-prefixed text, or hexadecimal digits; of a long one its length and hash.
    static func value(_ parameter: Parameter) -> String {
        guard let bytes = parameter.bytes else { return "null" }
        let format = parameter.isBinary ? "b" : "t"
        if bytes.count > 512 { return "\(format)#\(ContentHash(bytes).text)" }
        if !parameter.isBinary, let text = String(validating: bytes, as: UTF8.self) { return "t\(bytes.count):\(text)" }
        return "\(format)x\(hex(bytes))"
    }

    private static func marker(_ parameter: Parameter, type: Int32) -> String? {
        guard let bytes = parameter.bytes else { return nil }
        if parameter.isBinary {
            switch type {
            case TypeOID.timestamp, TypeOID.timestamptz: return bytes.count == 8 ? "<time>" : nil
            case TypeOID.uuid: return bytes.count == 16 ? "<uuid>" : nil
            default: return TypeOID.isText(type) ? Volatile.marker(for: bytes) : nil
            }
        }
        if let marker = Volatile.marker(for: bytes) { return marker }
        return bytes.contains(UInt8(ascii: ".")) ? Volatile.epochMarker(for: bytes) : nil
    }

    /// `t` all text, `b` all binary, or one by one.
    static func formats(_ formats: [Int16]) -> String {
        if formats.allSatisfy({ $0 == 0 }) { return "t" }
        if formats.allSatisfy({ $0 == 1 }) { return "b" }
        return formats.map { "\($0)" }.joined(separator: ",")
    }
}

import ReenactWire

/// What is asked, in canonical form: equal keys ask the same thing. No statement numbers, no passwords.
struct MySQLKey: Sendable {
    static let volatileLiterals = "volatile literals"
    static let volatileValues = "volatile bind values"
    static let whitespace = "whitespace and comments"
    static let whitespaceAndVolatile = "whitespace, comments and volatile values"

    var key: String
    var relaxed: [RelaxedKey] = []

    /// COM_QUERY.
    static func query(_ sql: SQLText) -> MySQLKey { texts("Q|", sql, "") }

    /// COM_STMT_PREPARE.
    static func prepare(_ sql: SQLText) -> MySQLKey { texts("P|", sql, "") }

    private static func texts(_ before: String, _ sql: SQLText, _ after: String) -> MySQLKey {
        var relaxed: [RelaxedKey] = []
        if let literals = sql.withoutVolatileLiterals {
            relaxed.append(RelaxedKey(volatileLiterals, key: before + literals + after))
        }
        relaxed.append(RelaxedKey(whitespace, key: before + sql.condensed + after))
        if let both = sql.condensedWithoutVolatileLiterals {
            relaxed.append(RelaxedKey(whitespaceAndVolatile, key: before + both + after))
        }
        if let text = Savepoint.nameless(sql.condensed) {
            relaxed.append(RelaxedKey(Savepoint.relaxation, key: before + text + after))
        }
        if let text = MadeName.nameless(sql.condensed) {
            relaxed.append(RelaxedKey(MadeName.relaxation, key: before + text + after))
        }
        return MySQLKey(key: before + sql.exact + after, relaxed: relaxed)
    }

    /// COM_STMT_EXECUTE: the statement by its text.
    static func execute(_ sql: SQLText, _ values: [Value], opensCursor: Bool) -> MySQLKey {
        let end = opensCursor ? "|cursor" : ""
        let exact = "|" + values.map(\.key).joined(separator: ",") + end
        var result = texts("E|", sql, exact)
        guard values.contains(where: { $0.volatileMarker != nil }) else { return result }
        let marked = "|" + values.map { $0.volatileMarker ?? $0.key }.joined(separator: ",") + end
        result.relaxed.insert(RelaxedKey(volatileValues, key: "E|\(sql.exact)\(marked)"), at: 0)
        result.relaxed.append(
            RelaxedKey(
                whitespaceAndVolatile,
                key: "E|\(sql.condensedWithoutVolatileLiterals ?? sql.condensed)\(marked)"))
        return result
    }

    /// MariaDB's COM_STMT_BULK_EXECUTE: the values count as one block.
    static func bulk(_ sql: SQLText, _ block: ArraySlice<UInt8>) -> MySQLKey {
        texts("B|", sql, "|#\(ContentHash(block).text)")
    }

    /// COM_STMT_FETCH: the n-th step of an execution.
    static func fetch(_ execution: String, step: Int, rows: UInt32) -> MySQLKey {
        MySQLKey(key: "F|\(step)|\(rows)|\(execution)")
    }

    /// Anything else: the command with its bytes.
    static func plain(_ command: Command, _ payload: ArraySlice<UInt8>) -> MySQLKey {
        let rest = payload.dropFirst()
        let isText = rest.count <= 512 && rest.allSatisfy { $0 >= 32 }
        let text = isText ? String(validating: rest, as: UTF8.self) : nil
        let body = text ?? (rest.count > 512 ? "#\(ContentHash(rest).text)" : "0x" + hex(rest))
        return MySQLKey(key: "\(command.name)|\(body)")
    }
}

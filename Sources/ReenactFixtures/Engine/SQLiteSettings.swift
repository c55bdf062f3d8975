/// What a recording's PRAGMAs say of the connection that its statements ran on.
struct SQLiteSettings: Equatable {
    /// When a foreign key that points nowhere is an error.
    enum Keys { case unknown, atOnce, never }

    var keys = Keys.unknown
    /// `LIKE` tells capital letters from small ones.
    var isLikeExact = false

    /// Those that change what later statements give, and can be set inside a transaction.
    private static let lasting: Set<String> = [
        "CASE_SENSITIVE_LIKE", "RECURSIVE_TRIGGERS", "REVERSE_UNORDERED_SELECTS", "IGNORE_CHECK_CONSTRAINTS",
        "DEFER_FOREIGN_KEYS",
    ]
    /// As they are where nothing was set.
    static let usual = """
        PRAGMA case_sensitive_like=OFF; PRAGMA recursive_triggers=OFF; PRAGMA reverse_unordered_selects=OFF; \
        PRAGMA ignore_check_constraints=OFF
        """

    /// SQLite looks at foreign keys as each statement ends, unless they are declared otherwise or not looked at, which is its
    /// default: without a word of it only a recorded error tells.
    init(_ statements: [ReadyStatement]) {
        for statement in statements {
            if statement.control == .other, let (name, value) = Self.setting(statement.recorded.sql) {
                if name == "FOREIGN_KEYS" { keys = Self.isOn(value) ? .atOnce : .never }
                if name == "CASE_SENSITIVE_LIKE" { isLikeExact = Self.isOn(value) }
            }
            if let error = statement.recorded.error, error.lowercased().contains("foreign key") { keys = .atOnce }
        }
    }

    /// True where the statement is to be carried out in a run.
    static func isLasting(_ sql: String) -> Bool { setting(sql).map { lasting.contains($0.name) } ?? false }

    /// `PRAGMA name = value`, `PRAGMA schema.name(value)`: the name in capitals.
    private static func setting(_ sql: String) -> (name: String, value: String)? {
        var tokens = SQLLexer.tokens(sql, .sqlite)[...]
        guard tokens.popFirst()?.upper == "PRAGMA" else { return nil }
        if tokens.dropFirst().first?.text == "." { tokens = tokens.dropFirst(2) }
        guard let name = tokens.popFirst(), let sign = tokens.popFirst(), sign.text == "=" || sign.text == "(",
            let value = tokens.popFirst(), value.kind != .end
        else { return nil }
        return (name.text.uppercased(), value.text.uppercased())
    }

    private static func isOn(_ value: String) -> Bool {
        ["ON", "TRUE", "YES"].contains(value) || (Int(value) ?? 0) != 0
    }
}

/// What a statement does to the session, as far as the protocol shows it.
enum SessionEffect: Sendable, Equatable {
    case none
    /// BEGIN, START TRANSACTION.
    case begins
    /// COMMIT, ROLLBACK.
    case ends
    /// Commits by itself what is open.
    case commits
    case autocommit(Bool)
    /// Another setting: SET NAMES, SET SESSION.
    case setting
    case savepoint
    /// USE.
    case database
    /// SELECT of nothing but system variables.
    case variables

    /// Statements that commit what is open. Source: https://mariadb.com/kb/en/sql-statements-that-cause-an-implicit-commit/
    private static let implicitCommits: Set<String> = [
        "ALTER", "CREATE", "DROP", "RENAME", "TRUNCATE", "GRANT", "REVOKE", "LOCK",
    ]

    init(_ sql: SQLText) {
        let words = sql.words
        let second = words.count > 1 ? words[1] : ""
        switch words.first {
        case "BEGIN": self = second == "NOT" ? .none : .begins
        case "START": self = second == "TRANSACTION" ? .begins : .none
        case "COMMIT": self = .ends
        case "ROLLBACK":
            self = words.contains("TO") ? .savepoint : .ends
        case "SAVEPOINT", "RELEASE": self = .savepoint
        case "USE": self = .database
        case "SET": self = Self.set(words)
        case "SELECT": self = SystemVariables.isOnly(words) ? .variables : .none
        case let word?:
            self = Self.implicitCommits.contains(word) && second != "TEMPORARY" ? .commits : .none
        case nil: self = .none
        }
    }

    private static func set(_ words: [String]) -> SessionEffect {
        // `SET STATEMENT … FOR` runs the statement that follows.
        guard words.count > 1, words[1] != "STATEMENT", words[1] != "DEFAULT" else { return .none }
        // Settings of the server, and values of the user, are no business of the connection.
        if words.contains("GLOBAL") || words.contains("@@GLOBAL") || words.contains("PASSWORD")
            || words.contains("PERSIST")
        {
            return .none
        }
        if let place = words.firstIndex(where: { $0 == "AUTOCOMMIT" || $0.hasSuffix("@AUTOCOMMIT") }) {
            let value = words[place...].dropFirst().first { $0 != "=" && $0 != ":" }
            return .autocommit(value == "1" || value == "ON" || value == "TRUE")
        }
        if words[1].hasPrefix("@"), !words[1].hasPrefix("@@") { return .none }
        return words.contains("SELECT") ? .none : .setting
    }

    /// It belongs to the connection rather than to what the program is doing.
    var isSetting: Bool {
        switch self {
        case .autocommit, .setting, .database, .variables: true
        default: false
        }
    }

    /// The specification alone says what comes back: an empty OK.
    var hasFixedAnswer: Bool {
        switch self {
        case .begins, .ends, .autocommit, .setting, .savepoint, .database: true
        default: false
        }
    }
}

/// `SELECT @@autocommit, @@session.tx_isolation AS level`: questions about the session's own settings.
enum SystemVariables {
    /// Whether the words select system variables and nothing else.
    static func isOnly(_ words: [String]) -> Bool { names(words) != nil }

    /// The variables asked for with the names that their columns get; nil where something else is asked for too.
    static func names(_ words: [String]) -> [(variable: String, column: String)]? {
        guard words.first == "SELECT", words.count < SQLText.wordsMax else { return nil }
        var result: [(variable: String, column: String)] = []
        var rest = words.dropFirst()
        while let word = rest.popFirst() {
            guard word.hasPrefix("@@"), word.count > 2 else { return nil }
            var variable = String(word.dropFirst(2))
            if rest.first == "." {
                guard ["SESSION", "LOCAL", "GLOBAL"].contains(variable) else { return nil }
                rest.removeFirst()
                guard let name = rest.popFirst() else { return nil }
                variable = name
            }
            var column = ""
            if rest.first == "AS" {
                rest.removeFirst()
                guard let alias = rest.popFirst() else { return nil }
                column = alias
            } else if let alias = rest.first, alias != ",", alias != "LIMIT", alias != ";" {
                column = alias
                rest.removeFirst()
            }
            result.append((variable, column))
            if rest.isEmpty { break }
            if rest.first == "," {
                rest.removeFirst()
                continue
            }
            let end = Array(rest)
            guard end == [";"] || (end.first == "LIMIT" && end.count <= 3) else { return nil }
            break
        }
        return result.isEmpty ? nil : result
    }

    /// Values that the documentation gives as the default, or that the session itself determines.
    ///
    /// Sources: https://mariadb.com/kb/en/server-system-variables/, https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html
    static func value(_ variable: String, version: String, autocommit: Bool) -> String? {
        switch variable {
        case "VERSION": version
        case "AUTOCOMMIT": autocommit ? "1" : "0"
        case "TX_ISOLATION", "TRANSACTION_ISOLATION": "REPEATABLE-READ"
        case "TX_READ_ONLY", "TRANSACTION_READ_ONLY": "0"
        case "AUTO_INCREMENT_INCREMENT", "AUTO_INCREMENT_OFFSET": "1"
        case "INIT_CONNECT": ""
        default: nil
        }
    }
}

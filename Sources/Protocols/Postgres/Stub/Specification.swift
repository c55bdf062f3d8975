/// Answers that the protocol and the language fix, whatever the data: transaction control and session settings.
///
/// Source: https://www.postgresql.org/docs/current/sql-commands.html
struct Specification {
    var columns: [UInt8]?
    var rows: [[[UInt8]]] = []
    var types: [Int32] = []
    /// Nil for an empty query.
    var tag: String?
    /// ParameterStatus messages that go with it.
    var settings: [(name: String, value: String)] = []

    private init(_ tag: String?) { self.tag = tag }

    /// The answer to the one statement in the text; nil where data decides.
    init?(_ statements: [SQLStatement], status: UInt8, settings known: [String: String]) {
        guard let statement = statements.first else {
            self.init(nil)
            return
        }
        guard statements.count == 1 else { return nil }
        let words = statement.words
        let second = words.count > 1 ? words[1] : ""
        switch statement.first {
        case "BEGIN": self.init("BEGIN")
        case "START" where second == "TRANSACTION": self.init("START TRANSACTION")
        case "COMMIT", "END": self.init(status == UInt8(ascii: "E") ? "ROLLBACK" : "COMMIT")
        case "ROLLBACK", "ABORT": self.init("ROLLBACK")
        case "SAVEPOINT": self.init("SAVEPOINT")
        case "RELEASE": self.init("RELEASE")
        case "SET":
            self.init("SET")
            if let setting = Self.setting(words, known) { settings = [setting] }
        case "RESET": self.init("RESET")
        case "DISCARD": self.init(second.isEmpty ? "DISCARD" : "DISCARD \(second)")
        case "DEALLOCATE": self.init(words.last == "ALL" ? "DEALLOCATE ALL" : "DEALLOCATE")
        case "CLOSE" where second == "ALL": self.init("CLOSE CURSOR ALL")
        case "UNLISTEN": self.init("UNLISTEN")
        case "SHOW" where words.count == 2:
            guard let found = known.first(where: { $0.key.uppercased() == second.uppercased() }) else { return nil }
            self.init("SHOW")
            columns = Outgoing.rowDescription(column: found.key.lowercased(), type: TypeOID.text, size: -1)
            types = [TypeOID.text]
            rows = [[Array(found.value.utf8)]]
        case "SELECT" where words.suffix(3) == ["VERSION", "(", ")"] && (words.count == 4 || words[1] == "PG_CATALOG"):
            // The server that was recorded, not one that stands in for it.
            guard let version = known["server_version"] else { return nil }
            self.init("SELECT 1")
            columns = Outgoing.rowDescription(column: "version", type: TypeOID.text, size: -1)
            types = [TypeOID.text]
            rows = [[Array("PostgreSQL \(version) on x86_64-pc-linux-gnu".utf8)]]
        case "SELECT" where words == ["SELECT", "1"]:
            self.init("SELECT 1")
            columns = Outgoing.rowDescription(column: "?column?", type: TypeOID.int4, size: 4)
            types = [TypeOID.int4]
            rows = [[Array("1".utf8)]]
        default: return nil
        }
    }

    /// The reported setting that `SET name = value` or `SET name TO value` changes.
    private static func setting(_ words: [String], _ known: [String: String]) -> (name: String, value: String)? {
        var words = words.dropFirst()
        if words.first == "SESSION" { words = words.dropFirst() }
        guard words.count == 3, let name = words.first, ["TO", "="].contains(words[words.startIndex + 1]),
            let value = words.last, let reported = known.keys.first(where: { $0.uppercased() == name.uppercased() })
        else { return nil }
        return (reported, value)
    }

    /// Settings that a server of that generation reports, where no opening was recorded.
    static let settings: [(name: String, value: String)] = [
        ("client_encoding", "UTF8"), ("DateStyle", "ISO, MDY"), ("integer_datetimes", "on"),
        ("IntervalStyle", "postgres"), ("is_superuser", "off"), ("server_encoding", "UTF8"),
        ("server_version", "15.0"), ("session_authorization", "postgres"), ("standard_conforming_strings", "on"),
        ("TimeZone", "Etc/UTC"),
    ]
}

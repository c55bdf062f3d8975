import ReenactTimeline

/// The exception itself says what a database or a peer did, and the exchange was not seen: bare traces and reports of
/// other programs hold no answers.
public struct SpokenFault: Rule {
    public static let name = "spoken-fault"
    public static let precondition =
        "no exchange that was seen explains the failure, and one of a library's own phrases"
    public static let evidence = "the phrase, in the words of databases' drivers and of clients' libraries"
    public static let counterEvidence =
        "an exchange with an error was seen: then the rules that read it decide; the program's own throwing line holds the words"

    public init() {}

    private static let phrases:
        [(causeClass: String, responsibility: Verdict.Responsibility, what: String, words: [String])] = [
            (
                "unique-violation", .interaction, "The row was there already",
                [
                    "unique constraint", "duplicate entry", "duplicate key value", "uniqueviolation",
                    "duplicate key error", "cannot insert duplicate key", "ora-00001",
                ]
            ),
            (
                "foreign-key-violation", .interaction, "A row that another refers to is not there",
                ["foreign key constraint", "foreignkeyviolation"]
            ),
            (
                "not-null-violation", .interaction, "A column that must not be NULL got no value",
                ["not null constraint", "violates not-null", "notnullviolation", "' cannot be null"]
            ),
            (
                "check-violation", .interaction, "A value breaks a rule of its table",
                ["check constraint", "checkviolation"]
            ),
            (
                "deadlock", .interaction, "Two transactions waited for each other",
                ["deadlock detected", "deadlock found", "deadlockdetected", "was deadlocked on", "ora-00060"]
            ),
            (
                "lock-timeout", .interaction, "The database stayed locked by another transaction",
                ["database is locked", "database table is locked", "lock wait timeout", "lock timeout"]
            ),
            (
                "serialization-failure", .interaction, "Two transactions could not be put in an order",
                ["could not serialize access", "serializationfailure"]
            ),
            (
                "credentials-rejected", .configuration, "The database turned the credentials down",
                [
                    "password authentication failed", "access denied for user", "authentication required",
                    "wrongpass", "noauth", "no pg_hba.conf entry", "invalid username-password pair", "ora-01017",
                    "login failed for user",
                ]
            ),
            (
                "missing-database", .configuration, "The server has no such database",
                ["invalidcatalogname", "unknown database", "fatal:  database \"", "fatal: database \""]
            ),
            (
                "statement-timeout", .resource, "The database gave up on a statement that took too long",
                ["canceling statement due to statement timeout", "maximum statement execution time exceeded"]
            ),
            (
                "lock-timeout", .interaction, "Another transaction held the lock for too long",
                ["canceling statement due to lock timeout", "could not obtain lock on"]
            ),
            (
                "serialization-failure", .interaction, "Two transactions could not both be done",
                ["could not serialize access"]
            ),
            (
                "database-read-only", .configuration, "The database takes no writes",
                [
                    "in a read-only transaction", "attempt to write a readonly database",
                    "can't write against a read only replica", "readonlyerror",
                ]
            ),
            (
                "sql-syntax", .defect, "The database can't read a statement",
                ["syntax error at or near", "you have an error in your sql syntax", "\": syntax error"]
            ),
            (
                "missing-table", .configuration, "The database lacks a table",
                [
                    "no such table", "undefinedtable", "relation \"", "base table or view not found",
                    "invalid object name", "ora-00942",
                ]
            ),
            (
                "missing-column", .configuration, "The database lacks a column",
                ["no such column", "undefinedcolumn", "unknown column", "has no column named", "invalid column name"]
            ),
            (
                "missing-row", .interaction, "A row that was asked for is not there",
                [
                    "sql: no rows in result set", "activerecord::recordnotfound", "emptyresultdataaccessexception",
                    "modelnotfoundexception",
                ]
            ),
            (
                "duplicate-rows", .interaction, "There is more than one row where one was expected",
                ["incorrectresultsizedataaccessexception"]
            ),
            (
                "dependency-timeout", .dependency, "An answer did not come in time",
                [
                    "readtimeout", "read timed out", "connecttimeout", "sockettimeoutexception",
                    "timeout awaiting response", "deadline_exceeded", "context deadline exceeded",
                    "net::opentimeout", "curl error 28:", "connecttimeouterror", "headerstimeouterror", "etimedout",
                    "i/o timeout", "httpclient.timeout of", "serverselectiontimeouterror", "in metadata after",
                    "execution timeout expired", "connection timed out", "operation timed out",
                ]
            ),
            (
                "connection-closed", .dependency, "The peer closed the connection without an answer",
                [
                    "remotedisconnected", "remote end closed connection", "socket hang up", "server disconnected",
                    "\": eof", "curl error 52:", "this connection has been closed", "mysql server has gone away",
                    "communications link failure", "server closed the connection unexpectedly",
                    "lost connection to mysql server", "terminating connection due to administrator command",
                    "the connection was closed unexpectedly", "connection unexpectedly closed",
                ]
            ),
            (
                "connection-reset", .dependency, "The peer broke the connection",
                [
                    "connectionreseterror", "connection reset by peer", "econnreset",
                    "forcibly closed by the remote host",
                ]
            ),
        ]

    /// The case is a recording, and holds no conversation that could not be read. Reports of others hold none at all.
    private static func heardAll(_ failure: Case) -> Bool {
        !failure.environment.command.isEmpty
            && !failure.connections.contains { connection in
                connection.direction == .outbound && (connection.tls?.opaque != nil || connection.protocolName == "raw")
            }
    }

    public func judge(_ look: Look) -> [Finding] {
        let isSeen = look.answers.contains { answer in
            answer.sql?.error != nil || answer.event.outcome.rawValue.hasPrefix("sqlstate:")
                || ["refused", "reset", "timeout", "closed"].contains(answer.event.outcome.rawValue)
        }
        guard !isSeen else { return [] }
        if let status = SpokenStatus.finding(look) { return [status] }
        guard let found = Self.phrases.first(where: { look.isTold($0.words) }) else { return [] }
        // These stand before other complaints as well.
        if found.causeClass == "missing-table" && look.message.contains("relation \"")
            || found.causeClass == "missing-database" && look.message.contains("database \""),
            !look.message.contains("not exist")
        {
            return []
        }
        // Where rows were counted, that is read from them.
        if ["missing-row", "duplicate-rows"].contains(found.causeClass), look.answers.contains(where: { $0.sql != nil })
        {
            return []
        }
        // Whoever listened to all that the program said to its peers would have seen a peer fail: words alone may as well be
        // about a limit of the program's own (`lifetime expired`), with answers that came and were of no use.
        let isTransport = ["dependency-timeout", "connection-closed", "connection-reset"].contains(found.causeClass)
        if isTransport, Self.heardAll(look.failure), !look.answers.contains(where: { $0.event.outcome == .none }) {
            return []
        }
        // The call that went unanswered stands in the report, with nothing behind its arrow.
        let call = found.responsibility == .dependency ? look.answers.first { $0.event.outcome == .none } : nil
        let named = call.map { " (\(Phrase.call($0, look.failure)))" } ?? ""
        return [
            Finding(
                found.causeClass, found.responsibility, evidence: call.map { [$0.event.id] } ?? [], confidence: 0.85,
                "\(found.what)\(named): \(Phrase.doing(look)) raised \(Phrase.exception(look)).")
        ]
    }
}

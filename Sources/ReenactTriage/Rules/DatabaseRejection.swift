import ReenactTimeline

/// A database or Redis refused a command for a reason that has no rule of its own.
public struct DatabaseRejection: Rule {
    public static let name = "database-rejection"
    public static let precondition = "a statement or command before the throw was answered with an error"
    public static let evidence = "its message or code stands in the exception, or it was the last exchange"
    public static let counterEvidence = "the program went on with other exchanges and the exception does not name it"

    public init() {}

    /// What a code of PostgreSQL or MySQL stands for.
    static func kind(of code: String) -> (causeClass: String, responsibility: Verdict.Responsibility)? {
        classes.first { $0.prefixes.contains { code.hasPrefix($0) } && !$0.causeClass.isEmpty }
            .map { ($0.causeClass, $0.responsibility) }
    }

    private static let classes: [(prefixes: [String], causeClass: String, responsibility: Verdict.Responsibility)] = [
        (["28", "42501", "1045", "1044", "1142", "1227"], "credentials-rejected", .configuration),
        (["57014", "3024", "1317"], "statement-timeout", .resource),
        (["57P", "08", "1053", "2006", "2013"], "database-unavailable", .dependency),
        (["22P02", "22007", "22008", "22001", "22003", "1406", "1264", "1292", "1366"], "malformed-input", .input),
        (["22012", "1365"], "division-by-zero", .defect),
        (["22"], "malformed-input", .input),
        (["42601", "1064"], "sql-syntax", .defect),
        (["25006", "1290", "1792"], "database-read-only", .configuration),
        (["54", "53", "1040", "1203", "1226"], "", .resource),
    ]

    /// SQLite's codes say less than its words.
    private static let ofSQLite: [(words: String, causeClass: String, responsibility: Verdict.Responsibility)] = [
        (": syntax error", "sql-syntax", .defect), ("incomplete input", "sql-syntax", .defect),
        ("readonly database", "database-read-only", .configuration),
        ("file is not a database", "malformed-input", .input),
        ("disk image is malformed", "malformed-input", .input),
        ("too many sql variables", "sql-syntax", .defect),
    ]

    public func judge(_ look: Look) -> [Finding] {
        for error in SQLError.all(look) {
            if error.dialect == "sqlite" {
                guard let kind = Self.ofSQLite.first(where: { SourceText.mentions(error.failure.message, [$0.words]) })
                else { continue }
                return [error.finding(kind.causeClass, kind.responsibility, look)]
            }
            guard let kind = Self.classes.first(where: { $0.prefixes.contains { error.code.hasPrefix($0) } }) else {
                continue
            }
            guard !kind.causeClass.isEmpty else { continue }
            if let overflow = overflow(error, look) { return [overflow] }
            // Other rules know these better; this one steps back a little.
            var finding = error.finding(kind.causeClass, kind.responsibility, look)
            finding.confidence -= 0.02
            return [finding]
        }
        return redis(look)
    }

    /// A number left its column's range, although what the statement was given is well within: what was stored is at
    /// the limit.
    private func overflow(_ error: SQLError, _ look: Look) -> Finding? {
        guard ["22003", "1264", "1690"].contains(error.code), error.sql.verb == "UPDATE" else { return nil }
        let given = error.sql.params.compactMap { $0.integer ?? $0.string.flatMap(Int64.init) }
        guard !given.isEmpty, given.allSatisfy({ $0.magnitude < 1 << 30 }) else { return nil }
        let tables = Set(error.sql.tables)
        let stored = look.answers.first { answer in
            guard let sql = answer.sql, sql.error == nil, !tables.isDisjoint(with: sql.tables) else { return false }
            return answer.leaves.contains {
                ($0.value.integer ?? Int64($0.text) ?? 0).magnitude >= 1 << 30
            }
        }
        return error.finding("numeric-overflow", .interaction, look, also: stored.map { [$0.event.id] } ?? [])
    }

    private func redis(_ look: Look) -> [Finding] {
        let prefix = "redis:error:"
        let refused = look.answers.prefix(20).filter { $0.event.outcome.rawValue.hasPrefix(prefix) }
        // A transaction that was given up names no reason: the command that was refused in it does.
        let telling = refused.filter { $0.event.outcome.rawValue != prefix + "EXECABORT" }
        for answer in telling.isEmpty ? refused : telling {
            let word = String(answer.event.outcome.rawValue.dropFirst(prefix.count))
            let isNamed = look.message.contains(word) || look.complaint.mentions(["redis", "responseerror"])
            guard isNamed || look.distance(answer.event) == 0 else { continue }
            let (causeClass, responsibility): (String, Verdict.Responsibility) =
                switch word {
                case "NOAUTH", "WRONGPASS", "NOPERM": ("credentials-rejected", .configuration)
                case "WRONGTYPE": ("redis-wrong-type", .interaction)
                case "OOM": ("out-of-memory", .resource)
                case "READONLY": ("database-read-only", .configuration)
                case "LOADING", "MISCONF", "CLUSTERDOWN", "MASTERDOWN", "BUSY", "TRYAGAIN":
                    ("database-unavailable", .dependency)
                default: ("redis-error", .dependency)
                }
            return [
                Finding(
                    causeClass, responsibility, evidence: [answer.event.id], confidence: isNamed ? 0.94 : 0.7,
                    "\(Phrase.call(answer, look.failure)) was refused with \(Phrase.quote(answer.event.result.isEmpty ? word : answer.event.result, 100)); \(Phrase.doing(look)) did not expect that."
                )
            ]
        }
        return []
    }
}

import ReenactTimeline

/// An error that a database answered with, ready for the rules that know codes.
struct SQLError {
    let answer: Answer
    let sql: SQLAnswer
    let failure: SQLAnswer.Failure
    /// `postgres`, `mysql`, `sqlite`.
    let dialect: String
    let confidence: Double

    var code: String { failure.code }

    /// Errors before the throw, the surest first. Without a link only the last exchange counts: programs try things
    /// and go on.
    static func all(_ look: Look) -> [SQLError] {
        let page = Phrase.oneLine(look.page)
        let codes = Set(look.answers.compactMap { $0.sql?.error?.code })
        // A program that shows a page of its own asks for much else to do so.
        let isOnly = look.exception == nil && look.trigger != nil && codes.count == 1
        return look.answers.prefix(200).compactMap { answer in
            // A session that was refused has no statement yet; what the server said of it counts as well.
            let isDatabase = ["postgres", "mysql"].contains(answer.event.protocolName)
            guard let sql = answer.sql ?? (isDatabase ? SQLAnswer(answer.event.detail) : nil), let failure = sql.error
            else { return nil }
            let texts = [failure.message, failure.constraint].filter { $0.count >= 6 }
            let message = Phrase.oneLine(look.message)
            let isNamed =
                texts.contains { message.contains(Phrase.oneLine($0).prefix(60)) }
                || (code5(failure.code) && message.contains(failure.code))
                || texts.contains { !page.isEmpty && page.contains(Phrase.oneLine($0).prefix(60)) }
            let isTyped = look.complaint.mentions([
                "integrityerror", "operationalerror", "programmingerror", "databaseerror", "sqlstate", "pdoexception",
                "queryexception", "uniqueviolation", "sqlexception", "dataerror", "queryfailederror", "sqliteerror",
            ])
            let distance = look.distance(answer.event)
            // An error of the code's own kind behind it: the program may have dealt with the statement's.
            let isApart = look.isOwnMistake || look.complaint.isAboutType || look.complaint.isAboutNothing
            let near = isApart ? 0.55 : 0.75
            let confidence = isNamed ? 0.97 : isTyped && distance <= 1 ? 0.92 : distance == 0 ? near : isOnly ? 0.7 : 0
            guard confidence > 0 else { return nil }
            return SQLError(
                answer: answer, sql: sql, failure: failure, dialect: answer.event.protocolName, confidence: confidence)
        }.sorted { ($1.confidence, $1.answer.event.id) < ($0.confidence, $0.answer.event.id) }
    }

    private static func code5(_ code: String) -> Bool { code.count == 5 }

    func isOne(
        postgres: Set<String> = [], mysql: Set<String> = [], sqlite: Set<String> = [], words: [String] = []
    ) -> Bool {
        switch dialect {
        case "mysql": return mysql.contains(code) || SourceText.mentions(failure.message, words)
        case "sqlite": return sqlite.contains(code) || SourceText.mentions(failure.message, words)
        default: return postgres.contains(code)
        }
    }

    /// A parser's words are always the same but for the place that it names.
    private static func told(_ message: String) -> String {
        guard message.count > 120, let near = message.range(of: " near '") ?? message.range(of: " near \"") else {
            return Phrase.quote(message, 120)
        }
        return "\(Phrase.quote(String(message[..<near.lowerBound].prefix { $0 != ";" }), 60)) near "
            + Phrase.quote(String(message[near.upperBound...].prefix { $0 != "\n" }), 70)
    }

    func finding(
        _ causeClass: String, _ responsibility: Verdict.Responsibility, _ look: Look, also: [Int] = [],
        origin: String = ""
    ) -> Finding {
        let name = dialect == "postgres" ? "SQLSTATE" : dialect == "mysql" ? "MySQL" : "SQLite"
        let label = code.isEmpty ? name : "\(name) \(code)"
        return Finding(
            causeClass, responsibility, evidence: [answer.event.id] + also, confidence: confidence,
            "\(Phrase.call(answer, look.failure)) failed with \(Self.told(failure.message)) (\(Phrase.clean(label)))\(origin); \(Phrase.doing(look)) did not expect that."
        )
    }
}

import ReenactWire

/// Recorded queries by their normal form, for programs that spell the same question otherwise: built when a question
/// comes that nothing recorded asks in these words.
final class MySQLSpellings {
    static let relaxation = "spelling of the statement"
    private static let prefix = "Q|"

    init(_ shelf: Shelf) {
        for (place, entry) in shelf.recorded.enumerated() where entry.exchange.key.hasPrefix(Self.prefix) {
            guard let key = Self.key(String(entry.exchange.key.dropFirst(Self.prefix.count))) else { continue }
            shelf.relate(place, .init(Self.relaxation, key: key))
        }
    }

    private static func key(_ sql: String) -> String? {
        guard sql.utf8.count < 100_000 else { return nil }
        return SQLNormalForm.text(SQLWord.list(sql), values: []).map { "NQ|" + $0 }
    }

    /// The question with another spelling's key, where nothing recorded was asked in these words.
    static func spelled(_ question: Question, _ shelf: Shelf) -> Question {
        guard question.command == .query, let sql = question.sql,
            !shelf.holds(key: question.key.key, relaxed: question.key.relaxed)
        else { return question }
        _ = shelf.cached { MySQLSpellings($0) }
        guard let key = key(sql.exact) else { return question }
        var question = question
        question.key.relaxed.append(RelaxedKey(relaxation, key: key))
        return question
    }
}

import ReenactWire

/// Which errors of the real server are the statement's own, and which tell of what the recording does not hold.
extension PostgresShadow {
    /// Why an error tells of the recording's gaps rather than of the statement; nil where it is the statement's own.
    ///
    /// - Parameter status: of the program's transaction before it: `I`, `T` or `E`.
    ///
    /// Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
    func ignorance(_ error: ServerReport, _ survey: SQLSurvey, status: UInt8) -> String? {
        let gap = "the recording does not tell enough for a real server to answer: \(error.message)"
        switch error.code {
        case "42P01":
            // A table whose making is recorded and still to come is truly not there yet.
            let named = survey.tables.filter { error.message.contains("\($0)\"") }
            return !named.isEmpty && named.isSubset(of: made) ? nil : gap
        case "42703", "42883", "42804", "42P10":
            return !survey.tables.isEmpty && survey.tables.isSubset(of: made) ? nil : gap
        case "42704", "3F000", "3D000": return gap
        // Nothing that the program saw has failed in this transaction.
        case "25P02" where status != UInt8(ascii: "E"): return gap
        case "55P03", "57014": return "\(error.message), in a real server beside the recording"
        default: return nil
        }
    }

    /// Makes the table or column that an answer misses, where nothing recorded speaks of it.
    ///
    /// - Returns: true where the statement may be put once more.
    func invent(after answer: [RecordedAnswer.Piece], _ question: Question, _ session: Int, isGuarded: Bool) -> Bool {
        guard let error = answer.first(where: { $0.type == Backend.error }).map({ ServerReport($0.body) }),
            PostgresInventions.codes.contains(error.code)
        else { return false }
        let known = inventions.tables
        let back = "ROLLBACK TO SAVEPOINT reenact"
        if isGuarded { sessions.run(back, session) }
        let remedy = inventions.remedy(for: error, question.sql, made: made) { table in
            let rows = sessions.ask(EngineMessages.query("SELECT 1 FROM \"\(table)\" LIMIT 1"), session) ?? []
            if isGuarded { sessions.run(back, session) }
            return !rows.contains { $0.type == Backend.dataRow || $0.type == Backend.error }
        }
        guard let remedy else {
            // The statement's own failure is to stand, with what it does to a transaction.
            if isGuarded { _ = sessions.ask(question.request, session) }
            return false
        }
        for statement in remedy {
            let answer = sessions.ask(EngineMessages.query(statement), session) ?? []
            guard let error = answer.first(where: { $0.type == Backend.error }) else { continue }
            // The statement's own complaint stands; what the remedy began must not take the transaction with it.
            shelf.onEngineNews?("\(statement): \(ServerReport(error.body).message)")
            if isGuarded { sessions.run(back, session) }
            return false
        }
        if isGuarded { sessions.run("RELEASE SAVEPOINT reenact; SAVEPOINT reenact", session) }
        for table in inventions.tables.subtracting(known).sorted() {
            shelf.onEngineNews?("nothing recorded speaks of the table \(table): taken to be empty")
        }
        return true
    }
}

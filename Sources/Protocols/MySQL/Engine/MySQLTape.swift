import ReenactTimeline
import ReenactWire

/// Recorded exchanges as statements with their values and results.
struct MySQLTape {
    /// Rows of one result, with what the server said of their columns.
    struct Rows {
        var columns: [Column]
        var values: [[Value]]
    }

    /// One statement that the recorded server ran.
    struct Run {
        var sql: SQLText
        var values: [Value] = []
        var results: [Rows] = []
        var ok: OKPacket?
        var error: ErrorPacket?
        /// The database that names without one belong to.
        var database: String
        /// What it takes to ask it again.
        var request: EngineRequest
        var effect: SessionEffect
        var connection: Int
        var phase: Event.Phase
    }

    private struct Talk {
        var statements = Statements()
        var database = ""
    }

    private static let rowsMax = 5000

    private var talks: [Int: Talk] = [:]

    /// What the exchange ran; nil where that was no statement.
    mutating func take(_ entry: Recorded) -> Run? {
        var talk = talks[entry.connection] ?? Talk()
        defer { talks[entry.connection] = talk }
        // "connect|user|database"
        let key = entry.exchange.key.split(separator: "|", omittingEmptySubsequences: false)
        if entry.exchange.isPreamble, key.first == "connect" {
            talk.database = key.count > 2 ? String(key[2]) : ""
            return nil
        }
        let capabilities = Playback.capabilities(of: entry) ?? []
        var cutter = PacketCutter()
        cutter.append(entry.requestBytes[...], at: 0)
        guard let packet = try? cutter.next(),
            let question = try? talk.statements.question(packet.payload, capabilities)
        else { return nil }
        if question.command == .initDB { talk.database = text(packet.payload.dropFirst()) }
        let known = talk.statements.statement(question.statement)
        var answer = Answer(
            to: question.command, capabilities: capabilities, knownColumns: known?.columns ?? [], keepsRows: false)
        let results = Self.results(entry, &answer, isBinary: question.isBinary)
        if question.command == .prepare, let index = question.statement, answer.error == nil {
            talk.statements.prepared(
                index, number: answer.number, parameters: answer.parameterCount, columns: answer.columns)
        }
        guard question.command == .query || question.command == .execute, let sql = question.sql,
            let request = EngineRequest(question, packet.payload, known, capabilities)
        else { return nil }
        if question.effect == .database, answer.error == nil, let name = SQLWord.list(sql.exact).dropFirst().first?.name
        {
            talk.database = name
        }
        return Run(
            sql: sql, values: question.values, results: results, ok: answer.ok, error: answer.error,
            database: talk.database, request: request, effect: question.effect, connection: entry.connection,
            phase: entry.phase)
    }

    private static func results(_ entry: Recorded, _ answer: inout Answer, isBinary: Bool) -> [Rows] {
        var results: [Rows] = []
        var cutter = PacketCutter()
        cutter.append(entry.answerBytes[...], at: 0)
        while !answer.isDone, let packet = try? cutter.next(), let role = try? answer.take(packet.payload) {
            switch role {
            case .columnCount: results.append(Rows(columns: [], values: []))
            case .row:
                guard !results.isEmpty else { continue }
                let last = results.count - 1
                if results[last].values.isEmpty { results[last].columns = answer.columns }
                let row =
                    isBinary
                    ? Row.binary(packet.payload, answer.columns) : Row.text(packet.payload, answer.columns)
                if let row, results[last].values.count < rowsMax { results[last].values.append(row) }
            case .rowsEnd:
                if let last = results.indices.last, results[last].columns.isEmpty {
                    results[last].columns = answer.columns
                }
            default: continue
            }
        }
        return results
    }
}

import ReenactTimeline
import ReenactWire

/// Recorded exchanges as statements with their values and results.
struct PostgresTape {
    /// One statement that the recorded server ran.
    struct Run {
        var sql: SQLText
        var parameters: [Parameter] = []
        var types: [Int32] = []
        var columns: [Column] = []
        var rows: [[ArraySlice<UInt8>?]] = []
        var tag = ""
        var error: ServerReport?
        /// A table that was to be made was there.
        var wasThere = false
        /// What it takes to ask it again, up to the end of its answer.
        var request: [UInt8] = []
        var connection: Int
        var phase: Event.Phase
    }

    private struct Talk {
        var statements: [String: (sql: SQLText, types: [Int32], columns: [Column])] = [:]
        var portals: [String: (statement: String, bind: BindMessage)] = [:]
    }

    private var talks: [Int: Talk] = [:]

    /// What the exchange ran.
    mutating func take(_ entry: Recorded) -> [Run] {
        guard !entry.exchange.isPreamble else { return [] }
        var talk = talks[entry.connection] ?? Talk()
        defer { talks[entry.connection] = talk }
        var framer = Framer()
        framer.append(entry.requestBytes[...], at: 0)
        var messages: [Message] = []
        while let message = framer.next(.typed) {
            guard message.skipped.count == 0 else { return [] }
            messages.append(message)
        }
        var answer = RecordedAnswer(entry.answer).messages[...]
        if messages.first?.type == Frontend.query {
            return [simple(messages, answer, entry)]
        }
        var runs: [Run] = []
        var copied: [UInt8] = []
        for message in messages where [Frontend.copyData, Frontend.copyDone, Frontend.copyFail].contains(message.type) {
            copied += Outgoing.message(message.type, Array(message.body))
        }
        for message in messages {
            switch message.type {
            case Frontend.parse:
                guard let parse = ParseMessage(message.body) else { continue }
                talk.statements[parse.name] = (SQLText(parse.sql), parse.types, [])
            case Frontend.bind:
                guard let bind = BindMessage(message.body) else { continue }
                talk.portals[bind.portal] = (bind.statement, bind)
            case Frontend.describe:
                guard let target = TargetMessage(message.body) else { continue }
                let statement = target.isPortal ? talk.portals[target.name]?.statement : target.name
                describe(statement ?? "", isPortal: target.isPortal, &answer, &talk)
            case Frontend.execute:
                guard let execute = ExecuteMessage(message.body), let portal = talk.portals[execute.portal],
                    let statement = talk.statements[portal.statement]
                else { continue }
                var run = Run(sql: statement.sql, connection: entry.connection, phase: entry.phase)
                run.parameters = portal.bind.parameters
                run.types = statement.types
                run.columns = Column.formatted(statement.columns, portal.bind.resultFormats)
                Self.result(&answer, &run)
                run.request =
                    EngineMessages.batch(sql: run.sql.exact, types: run.types, parameters: run.parameters, formats: [])
                    + (copied.isEmpty ? [] : copied + EngineMessages.sync)
                runs.append(run)
            default: break
            }
        }
        return runs
    }

    private func simple(_ messages: [Message], _ answer: ArraySlice<RecordedAnswer.Piece>, _ entry: Recorded) -> Run {
        var reader = ByteReader(messages[0].body)
        var run = Run(
            sql: SQLText(reader.cString() ?? reader.rest), connection: entry.connection, phase: entry.phase)
        run.request = messages.flatMap { Outgoing.message($0.type, Array($0.body)) }
        var answer = answer
        // Of several statements in one text the last one's rows.
        while !answer.isEmpty { Self.result(&answer, &run) }
        return run
    }

    private func describe(
        _ name: String, isPortal: Bool, _ answer: inout ArraySlice<RecordedAnswer.Piece>, _ talk: inout Talk
    ) {
        while let piece = answer.first, piece.type != Backend.error {
            answer = answer.dropFirst()
            switch piece.type {
            case Backend.parameterDescription:
                var reader = ByteReader(piece.body)
                let count = Int(reader.int16() ?? 0)
                var types: [Int32] = []
                while types.count < count, let type = reader.int32() { types.append(type) }
                talk.statements[name]?.types = types
            case Backend.rowDescription:
                talk.statements[name]?.columns = Column.list(piece.body)
                return
            case Backend.noData: return
            default: continue
            }
        }
    }

    /// Takes the messages of one result.
    private static func result(_ answer: inout ArraySlice<RecordedAnswer.Piece>, _ run: inout Run) {
        while let piece = answer.popFirst() {
            switch piece.type {
            case Backend.rowDescription:
                run.columns = Column.list(piece.body)
                run.rows = []
            case Backend.dataRow: run.rows.append(DataRow.cells(piece.body))
            case Backend.notice: if ServerReport(piece.body).code == "42P07" { run.wasThere = true }
            case Backend.commandComplete:
                var reader = ByteReader(piece.body)
                run.tag = text(reader.cString() ?? [])
                return
            case Backend.error:
                run.error = ServerReport(piece.body)
                return
            case Backend.emptyQuery, Backend.portalSuspended: return
            default: continue
            }
        }
    }
}

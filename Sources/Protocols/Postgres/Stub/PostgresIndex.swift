import ReenactTimeline
import ReenactWire

/// What a shelf knows beside its keys: how statements were described, which of them copy from the client, and how
/// connections open. Built once per shelf.
final class PostgresIndex {
    struct Description {
        var types: [Int32]?
        /// The RowDescription's body; empty for NoData.
        var columns: [UInt8]?
    }

    /// By text without comments and superfluous whitespace: its spelling does not change what a statement returns.
    private(set) var descriptions: [String: Description] = [:]
    /// The answer up to CopyInResponse, by the key without the data.
    private(set) var copyStarts: [String: [UInt8]] = [:]
    /// Columns by the key that leaves the result's format out.
    private(set) var formless: [String: [(type: Int32, isBinary: Bool)]] = [:]
    /// Openings that ended well, in order.
    private(set) var openings: [RecordedAnswer] = []
    /// Whether some opening did not.
    private(set) var hasFailedOpening = false

    private struct Names {
        var statements: [String: (text: String, types: [Int32])] = [:]
        var portals: [String: String] = [:]
    }

    init(_ shelf: Shelf) {
        var names: [Int: Names] = [:]
        for entry in shelf.recorded {
            if entry.exchange.isPreamble {
                noteOpening(entry)
            } else {
                note(entry, &names[entry.connection, default: Names()])
            }
        }
    }

    private func noteOpening(_ entry: Recorded) {
        let answer = RecordedAnswer(opening: entry.answer)
        if answer.error == nil, answer.messages.contains(where: { $0.type == Backend.ready }) {
            openings.append(answer)
        } else if entry.exchange.key.hasPrefix("startup") {
            hasFailedOpening = true
        }
    }

    private func note(_ entry: Recorded, _ names: inout Names) {
        for relaxed in entry.exchange.relaxedKeys {
            switch relaxed.relaxation {
            case PostgresKey.copyData: noteCopy(entry, key: relaxed.key)
            case PostgresKey.resultFormat where formless[relaxed.key] == nil:
                formless[relaxed.key] = entry.exchange.detail["columns"]?.array?.map {
                    (Int32(truncatingIfNeeded: $0["type"]?.integer ?? 0), $0["format"]?.string == "binary")
                }
            default: break
            }
        }
        var framer = Framer()
        framer.append(entry.requestBytes[...], at: 0)
        var answers = RecordedAnswer(entry.answer).messages[...]
        var isAnswered = true
        while let message = framer.next(.typed) {
            note(message, &names, &answers, &isAnswered)
        }
    }

    /// Walks request and answer together, as far as there was no error.
    private func note(
        _ message: Message, _ names: inout Names, _ answers: inout ArraySlice<RecordedAnswer.Piece>,
        _ isAnswered: inout Bool
    ) {
        /// The next message of one of these types, in front of any error.
        func answer(_ types: [UInt8]) -> RecordedAnswer.Piece? {
            while isAnswered, let piece = answers.popFirst() {
                if types.contains(piece.type) { return piece }
                if piece.type == Backend.error { isAnswered = false }
            }
            return nil
        }
        switch message.type {
        case Frontend.parse:
            guard let parse = ParseMessage(message.body) else { return }
            let sql = SQLText(parse.sql, skipped: message.skipped).condensed
            names.statements[parse.name] = (sql, parse.types)
            _ = answer([Backend.parseComplete])
        case Frontend.bind:
            guard let bind = BindMessage(message.body) else { return }
            names.portals[bind.portal] = names.statements[bind.statement]?.text
            _ = answer([Backend.bindComplete])
        case Frontend.describe:
            guard let target = TargetMessage(message.body) else { return }
            let sql = target.isPortal ? names.portals[target.name] : names.statements[target.name]?.text
            if !target.isPortal, let types = answer([Backend.parameterDescription]), let sql {
                descriptions[sql, default: Description()].types = Self.types(types.body)
            }
            if let columns = answer([Backend.rowDescription, Backend.noData]), let sql {
                descriptions[sql, default: Description()].columns =
                    columns.type == Backend.noData ? [] : Array(columns.body)
            }
        case Frontend.execute:
            guard let execute = ExecuteMessage(message.body), let sql = names.portals[execute.portal] else { return }
            var hasRows = false
            while isAnswered, let piece = answers.first {
                if piece.type == Backend.dataRow { hasRows = true }
                answers = answers.dropFirst()
                if piece.type == Backend.error { isAnswered = false }
                if [Backend.commandComplete, Backend.emptyQuery, Backend.portalSuspended].contains(piece.type) {
                    if !hasRows, descriptions[sql]?.columns == nil, Self.isRowless(piece) {
                        descriptions[sql, default: Description()].columns = []
                    }
                    break
                }
            }
        case Frontend.close: _ = answer([Backend.closeComplete])
        default: break
        }
    }

    /// Whether the command's tag says that there are no rows to describe.
    private static func isRowless(_ piece: RecordedAnswer.Piece) -> Bool {
        var reader = ByteReader(piece.body)
        let tag = text(reader.cString() ?? [])
        return piece.type == Backend.emptyQuery
            || !["SELECT", "FETCH", "SHOW", "EXPLAIN", "INSERT", "UPDATE", "DELETE", "MERGE", "CALL"]
                .contains { tag.hasPrefix($0) }
    }

    private func noteCopy(_ entry: Recorded, key: String) {
        guard copyStarts[key] == nil else { return }
        var start: [UInt8] = []
        for piece in RecordedAnswer(entry.answer).messages {
            switch piece.type {
            case Backend.parseComplete, Backend.bindComplete, Backend.noData, Backend.rowDescription: continue
            default: start.append(contentsOf: piece.bytes)
            }
            if piece.type == Backend.copyInResponse || piece.type == Backend.copyBothResponse {
                copyStarts[key] = start
                return
            }
        }
    }

    /// What a real server told of a statement.
    func learn(_ sql: String, types body: ArraySlice<UInt8>?, columns: [UInt8]) {
        if let body, descriptions[sql]?.types == nil {
            descriptions[sql, default: Description()].types = Self.types(body)
        }
        if descriptions[sql]?.columns == nil { descriptions[sql, default: Description()].columns = columns }
    }

    /// What is known of the same statement in other words.
    func learn(_ sql: String, _ description: Description) {
        if descriptions[sql]?.columns == nil { descriptions[sql] = description }
    }

    private static func types(_ body: ArraySlice<UInt8>) -> [Int32] {
        var reader = ByteReader(body)
        var types: [Int32] = []
        let count = Int(UInt16(bitPattern: reader.int16() ?? 0))
        while types.count < count, let type = reader.int32() { types.append(type) }
        return types
    }
}

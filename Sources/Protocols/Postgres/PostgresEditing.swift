import ReenactTimeline
import ReenactWire

extension Postgres {
    /// Changes rows and errors of an answer, message by message.
    ///
    /// - Returns: nil where a value has no form in its column's type, or there is no such row.
    public static func edited(_ answer: [UInt8], detail: JSONValue, by edits: [AnswerEdit]) -> [UInt8]? {
        var answer = answer
        var edits = edits
        while let last = edits.lastIndex(where: { if case .whole = $0 { true } else { false } }) {
            if case .whole(let bytes) = edits[last] { answer = bytes }
            edits.removeFirst(last + 1)
        }
        guard !edits.isEmpty else { return answer }
        let recorded = RecordedAnswer([.init(delay: 0, bytes: answer)])
        guard recorded.rest == nil else { return nil }
        var messages = recorded.messages.map { (type: $0.type, bytes: Array($0.bytes)) }
        let described = messages.last { $0.type == Backend.rowDescription }.map { Column.list($0.bytes[5...]) }
        let columns = described ?? known(detail)
        for edit in edits {
            let rows = messages.indices.filter { messages[$0].type == Backend.dataRow }
            switch edit {
            case .cell(let row, let column, let text):
                guard rows.indices.contains(row), columns.indices.contains(column), messages[rows[row]].bytes.count > 5
                else { return nil }
                var cells = DataRow.cells(messages[rows[row]].bytes[5...]).map { $0.map(Array.init) }
                guard cells.indices.contains(column) else { return nil }
                if let text {
                    guard let bytes = encoded(text, columns[column]) else { return nil }
                    cells[column] = bytes
                } else {
                    cells[column] = nil
                }
                messages[rows[row]].bytes = Outgoing.dataRow(cells)
            case .insertRow(let values):
                guard !columns.isEmpty, values.count == columns.count,
                    let end = messages.lastIndex(where: { $0.type == Backend.commandComplete })
                else { return nil }
                var cells: [[UInt8]?] = []
                for (value, column) in zip(values, columns) {
                    guard let value else {
                        cells.append(nil)
                        continue
                    }
                    guard let bytes = encoded(value, column) else { return nil }
                    cells.append(bytes)
                }
                messages.insert((Backend.dataRow, Outgoing.dataRow(cells)), at: end)
            case .removeRow(let row):
                guard rows.indices.contains(row) else { return nil }
                // Rows keep their numbers until all edits are done.
                messages[rows[row]].bytes = []
            case .success(let affected):
                guard let place = messages.firstIndex(where: { $0.type == Backend.error }) else { return nil }
                messages[place] = (
                    Backend.commandComplete, Outgoing.commandComplete(tag(detail["sql"]?.string ?? "", affected))
                )
            case .whole, .status, .header, .member, .splice, .bytes: return nil
            }
        }
        messages.removeAll { $0.bytes.isEmpty }
        let hasError = messages.contains { $0.type == Backend.error }
        let count = messages.count { $0.type == Backend.dataRow }
        for place in messages.indices {
            if messages[place].type == Backend.commandComplete, count > 0 || described != nil {
                messages[place].bytes = counted(messages[place].bytes, count)
            }
            // A transaction that did not fail is not failed.
            if messages[place].type == Backend.ready, !hasError, messages[place].bytes.last == UInt8(ascii: "E") {
                messages[place].bytes = Outgoing.ready(UInt8(ascii: "T"))
            }
        }
        return messages.flatMap(\.bytes)
    }

    private static func encoded(_ text: String, _ column: Column) -> [UInt8]? {
        column.isBinary ? TextValue.binary(Array(text.utf8)[...], type: column.type) : Array(text.utf8)
    }

    /// Columns that were described before the statement ran, as the event shows them.
    private static func known(_ detail: JSONValue) -> [Column] {
        (detail["columns"]?.array ?? []).map { column in
            Column(
                name: column["name"]?.string ?? "", table: 0, attribute: 0,
                type: Int32(clamping: column["type"]?.integer ?? 0), isBinary: column["format"]?.string == "binary")
        }
    }

    private static func tag(_ sql: String, _ affected: Int) -> String {
        let verb = sql.drop { $0.isWhitespace || $0 == "(" }.prefix { $0.isLetter }.uppercased()
        switch verb {
        case "INSERT": return "INSERT 0 \(affected)"
        case "UPDATE", "DELETE", "SELECT", "MERGE": return "\(verb) \(affected)"
        default: return verb.isEmpty ? "SELECT 0" : verb
        }
    }

    /// `SELECT 3` with the number of rows that there are now.
    private static func counted(_ message: [UInt8], _ count: Int) -> [UInt8] {
        let tag = text(message.dropFirst(5).prefix { $0 != 0 })
        guard tag.hasPrefix("SELECT ") else { return message }
        return Outgoing.commandComplete("SELECT \(count)")
    }
}

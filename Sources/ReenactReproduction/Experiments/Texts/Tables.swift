import ReenactTimeline
import ReenactWire

/// Tables in texts: values between commas, semicolons or tabs below a line of names, and columns without names.
enum Tables {
    private static let separators: [UInt8] = [UInt8(ascii: ","), UInt8(ascii: ";"), 9, UInt8(ascii: "|")]

    /// A value's place, with its quotes.
    private struct Cell {
        var range: Range<Int>
        var text: String
    }

    /// Rows below a line of names; nil where that is none, or no other line has as many values.
    static func document(_ text: [UInt8]) -> TextDocument? {
        let lines = TextLines.ranges(in: text).filter { !$0.isEmpty }.prefix(TextDocument.linesMax)
        guard lines.count > 1, let separator = Self.separator(text, Array(lines)) else { return nil }
        let rows: [[Cell]] = lines.map { Self.cells(text, $0, separator) }
        let names = rows[0].map(\.text)
        guard Set(names).count == names.count, names.allSatisfy(isName) else { return nil }
        let body = Array(rows.dropFirst())
        let json = JSONValue.array(
            body.map { row in
                .object(
                    Dictionary(
                        zip(names, row).map { ($0, .string($1.text)) }, uniquingKeysWith: { first, _ in first }))
            })
        return TextDocument(json: json) { path, value in
            guard path.count == 2, case .index(let row) = path[0], case .key(let name) = path[1],
                body.indices.contains(row), let column = names.firstIndex(of: name),
                let plain = TextDocument.plain(value), let end = body[row].last?.range.upperBound
            else { return nil }
            let written = quoted(plain, separator)
            if body[row].indices.contains(column) {
                return TextEdit(range: body[row][column].range, form: .bytes(written))
            }
            let gap = [UInt8](repeating: separator, count: column - body[row].count + 1)
            return TextEdit(range: end..<end, form: .bytes(gap + written))
        }
    }

    /// Lines of words, all of about as many; else each line as it is.
    static func plain(_ text: [UInt8]) -> TextDocument? {
        let lines = Array(TextLines.ranges(in: text).filter { !$0.isEmpty }.prefix(TextDocument.linesMax))
        guard !lines.isEmpty else { return nil }
        let separator = Self.separator(text, lines)
        let rows: [[Cell]] = lines.map { line in
            separator.map { Self.cells(text, line, $0) } ?? words(text, line)
        }
        let counts = Set(rows.map(\.count))
        let isTable = rows.count > 1 && counts.count <= 2 && (rows.map(\.count).max() ?? 0) > 1
        let cells =
            isTable ? rows : lines.map { [Cell(range: $0, text: String(decoding: text[$0], as: UTF8.self))] }
        let json = JSONValue.array(
            cells.map { row in isTable ? .array(row.map { .string($0.text) }) : .string(row[0].text) })
        return TextDocument(json: json) { path, value in
            guard case .index(let row)? = path.first, cells.indices.contains(row), let plain = TextDocument.plain(value)
            else { return nil }
            var column = 0
            if case .index(let number)? = path.dropFirst().first { column = number }
            guard path.count == (isTable ? 2 : 1), cells[row].indices.contains(column) else { return nil }
            return TextEdit(
                range: cells[row][column].range,
                form: .bytes(isTable ? separator.map { quoted(plain, $0) } ?? Array(plain.utf8) : Array(plain.utf8)))
        }
    }

    /// The character that parts the first line into several, and another line into as many.
    private static func separator(_ text: [UInt8], _ lines: [Range<Int>]) -> UInt8? {
        separators.first { separator in
            let count = cells(text, lines[0], separator).count
            return count > 1 && lines.dropFirst().contains { cells(text, $0, separator).count == count }
        }
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.first, text.count <= 40 else { return false }
        return (first.isLetter || first == "_") && !text.contains("=") && !text.contains(": ")
    }

    private static func cells(_ text: [UInt8], _ line: Range<Int>, _ separator: UInt8) -> [Cell] {
        var cells: [Cell] = []
        var start = line.lowerBound
        var at = start
        var isQuoted = false
        func close(_ end: Int) {
            var words = String(decoding: text[start..<end], as: UTF8.self)
            if words.count >= 2, words.first == "\"", words.last == "\"" {
                words = String(words.dropFirst().dropLast()).replacing("\"\"", with: "\"")
            }
            cells.append(Cell(range: start..<end, text: words))
        }
        while at < line.upperBound {
            if text[at] == UInt8(ascii: "\"") { isQuoted.toggle() }
            if text[at] == separator, !isQuoted {
                close(at)
                start = at + 1
            }
            at += 1
        }
        close(line.upperBound)
        return cells
    }

    private static func words(_ text: [UInt8], _ line: Range<Int>) -> [Cell] {
        var cells: [Cell] = []
        var at = line.lowerBound
        while at < line.upperBound {
            guard text[at] > 32 else {
                at += 1
                continue
            }
            let end = text[at..<line.upperBound].firstIndex { $0 <= 32 } ?? line.upperBound
            cells.append(Cell(range: at..<end, text: String(decoding: text[at..<end], as: UTF8.self)))
            at = end
        }
        return cells
    }

    private static func quoted(_ text: String, _ separator: UInt8) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard bytes.contains(where: { $0 == separator || $0 == UInt8(ascii: "\"") || $0 == 10 }) else { return bytes }
        return Array("\"\(text.replacing("\"", with: "\"\""))\"".utf8)
    }
}

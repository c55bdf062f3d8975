import ReenactTimeline
import ReenactWire

/// A text read as a document, so that single values of it can be exchanged: JSON, lines of JSON, XML, tables, settings.
struct TextDocument: Sendable {
    /// The document; of formats without types all values are texts.
    var json: JSONValue
    /// What writes another value at a place; nil where that cannot be written.
    var edit: @Sendable (_ path: [AnswerEdit.Step], _ value: JSONValue?) -> TextEdit?

    /// Longer texts are not read.
    static let bytesMax = 256 << 10
    /// So many lines, at most, are told apart.
    static let linesMax = 500

    /// What the text reads as; nil where it is binary, empty or too long.
    ///
    /// - Parameter name: of the file, where it has one.
    init?(_ text: [UInt8], name: String = "") {
        guard (1...Self.bytesMax).contains(text.count), !text.contains(0),
            String(validating: text, as: UTF8.self) != nil,
            let found = Self.json(text) ?? Self.lines(text) ?? Markup.document(text) ?? Self.other(text, name)
        else { return nil }
        self = found
    }

    init(json: JSONValue, edit: @escaping @Sendable ([AnswerEdit.Step], JSONValue?) -> TextEdit?) {
        self.json = json
        self.edit = edit
    }

    private static func other(_ text: [UInt8], _ name: String) -> TextDocument? {
        let isTable = [".csv", ".tsv"].contains(where: name.hasSuffix)
        let isSettings = [".ini", ".cfg", ".conf", ".yaml", ".yml", ".env", ".properties", ".toml"].contains(
            where: name.hasSuffix)
        if isTable { return Tables.document(text) }
        if isSettings { return Settings.document(text) }
        return FrontMatter.document(text) ?? Tables.document(text) ?? Settings.document(text) ?? Tables.plain(text)
    }

    private static func json(_ text: [UInt8]) -> TextDocument? {
        guard let first = text.first(where: { $0 > 32 }), first == 0x7B || first == 0x5B,
            let json = JSONParser.parse(text)
        else { return nil }
        return TextDocument(json: json) { TextEdit(range: 0..<text.count, form: .member($0, $1)) }
    }

    /// A document in each line.
    private static func lines(_ text: [UInt8]) -> TextDocument? {
        let ranges = TextLines.ranges(in: text).filter { !text[$0].allSatisfy { $0 <= 32 } }.prefix(linesMax)
        guard ranges.count > 1 else { return nil }
        var documents: [JSONValue] = []
        for range in ranges {
            guard [0x7B, 0x5B].contains(text[range].first(where: { $0 > 32 })),
                let document = JSONParser.parse(Array(text[range]))
            else { return nil }
            documents.append(document)
        }
        let places = Array(ranges)
        return TextDocument(json: .array(documents)) { path, value in
            guard case .index(let line)? = path.first, places.indices.contains(line), path.count > 1 else { return nil }
            return TextEdit(range: places[line], form: .member(Array(path.dropFirst()), value))
        }
    }

    /// A value as it stands in a text without types.
    static func plain(_ value: JSONValue?) -> String? {
        switch value {
        case nil, .null: ""
        case .string(let text): text
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .bool(let flag): flag ? "true" : "false"
        case .array, .object: nil
        }
    }
}

/// Lines of a text, without their ends.
enum TextLines {
    static func ranges(in text: [UInt8]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = 0
        while start < text.count {
            let end = text[start...].firstIndex(of: 10) ?? text.count
            let isDouble = end > start && text[end - 1] == 13
            ranges.append(start..<(isDouble ? end - 1 : end))
            start = end + 1
        }
        return ranges
    }
}

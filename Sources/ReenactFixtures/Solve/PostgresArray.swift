import ReenactTimeline

/// PostgreSQL's arrays of one dimension, as texts.
enum PostgresArray {
    /// The elements of `{a,"b c",NULL}`, or of a JSON array as it is bound; nil of anything else.
    static func elements(_ value: SQLValue) -> [SQLValue]? {
        guard case .text(let text) = value else { return nil }
        if text.hasPrefix("["), case .array(let list)? = JSONParser.parse(text) {
            return list.map { DocumentPath.plain($0) }
        }
        return literal(text)?.map { $0.map(SQLValue.text) ?? .null }
    }

    /// The elements of an array's literal of one dimension (PostgreSQL, 8.15.6, "Array Input and Output Syntax"); nil where
    /// it is none.
    private static func literal(_ literal: String) -> [String?]? {
        let bytes = Array(literal.utf8)
        guard bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}"), bytes.count >= 2 else { return nil }
        if bytes.count == 2 { return [] }
        var list: [String?] = []
        var element: [UInt8] = []
        var (isQuoted, wasQuoted) = (false, false)
        var at = 1
        while at < bytes.count {
            let byte = bytes[at]
            if isQuoted || byte == UInt8(ascii: "\\") {
                if byte == UInt8(ascii: "\\"), at + 2 < bytes.count {
                    at += 1
                    element.append(bytes[at])
                } else if byte == UInt8(ascii: "\"") {
                    isQuoted = false
                } else {
                    element.append(byte)
                }
            } else if byte == UInt8(ascii: "\"") {
                (isQuoted, wasQuoted) = (true, true)
            } else if byte == UInt8(ascii: ",") || at == bytes.count - 1 {
                if !wasQuoted { while element.last.map(isSpace) == true { element.removeLast() } }
                let text = String(decoding: element, as: UTF8.self)
                list.append(!wasQuoted && text.uppercased() == "NULL" ? nil : text)
                (element, wasQuoted) = ([], false)
            } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") {
                return nil
            } else if !isSpace(byte) || !(element.isEmpty || wasQuoted) {
                element.append(byte)
            }
            at += 1
        }
        return isQuoted ? nil : list
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

    static func text(_ elements: [SQLValue]) -> String {
        "{" + elements.map(text).joined(separator: ",") + "}"
    }

    private static func text(_ element: SQLValue) -> String {
        guard let text = Functions.text(element) else {
            switch element {
            case .null: return "NULL"
            case .bool(let flag): return flag ? "t" : "f"
            case .real(let number): return "\(number)"
            default: return "\"\""
            }
        }
        return quoted(text)
    }

    /// An element as it stands in a literal.
    static func quoted(_ text: String) -> String {
        let isPlain =
            !text.isEmpty && text.uppercased() != "NULL"
            && !text.utf8.contains { isSpace($0) || ",{}\"\\".utf8.contains($0) }
        if isPlain { return text }
        return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    static func contains(_ list: [SQLValue], _ element: SQLValue) -> Bool {
        list.contains { !$0.isNull && $0.matches(element) }
    }
}

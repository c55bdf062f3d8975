import ReenactTimeline

/// One line for a person.
enum Summary {
    static let textMax = 200
    private static let valueMax = 40

    /// The text in one line, cut.
    static func line(_ sql: String) -> String {
        var line = ""
        var count = 0
        var pendingSpace = false
        for scalar in sql.unicodeScalars {
            if scalar == " " || (9...13).contains(scalar.value) {
                pendingSpace = count > 0
                continue
            }
            if count >= textMax { return line + "…" }
            if pendingSpace {
                line.unicodeScalars.append(" ")
                count += 1
                pendingSpace = false
            }
            line.unicodeScalars.append(scalar.value < 32 || scalar.value == 127 ? "·" : scalar)
            count += 1
        }
        return line
    }

    /// ` [47, 'x']`, cut; empty where there are none.
    static func values(_ parameters: [Parameter], types: [Int32]) -> String {
        guard !parameters.isEmpty else { return "" }
        var shown: [String] = []
        for (index, parameter) in parameters.prefix(20).enumerated() {
            shown.append(value(parameter, type: index < types.count ? types[index] : 0))
        }
        if parameters.count > 20 { shown.append("…") }
        return " [\(shown.joined(separator: ", "))]"
    }

    private static func value(_ parameter: Parameter, type: Int32) -> String {
        guard let bytes = parameter.bytes else { return "NULL" }
        let whole = decoded(bytes.prefix(1024), isBinary: parameter.isBinary, type: type)
        if Double(whole) != nil { return whole }
        let line = line(whole)
        return "'\(line.count > valueMax ? line.prefix(valueMax) + "…" : line[...])'"
    }

    static func json(_ parameter: Parameter, type: Int32) -> JSONValue {
        guard let bytes = parameter.bytes else { return .null }
        return .string(decoded(bytes.prefix(4096), isBinary: parameter.isBinary, type: type))
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>, isBinary: Bool, type: Int32) -> String {
        guard isBinary else { return text(bytes) }
        if let text = BinaryValue.text(bytes, type: type) { return text }
        // Without a type, whole numbers are the likeliest of what is 2, 4 or 8 bytes long.
        var reader = ByteReader(bytes)
        switch (type, bytes.count) {
        case (0, 2): return reader.int16().map { "\($0)" } ?? ""
        case (0, 4): return reader.int32().map { "\($0)" } ?? ""
        case (0, 8): return reader.int64().map { "\($0)" } ?? ""
        default: return "\\x" + hex(bytes)
        }
    }
}

import ReenactTimeline

/// Whether PostgreSQL's types take what a walk makes up: one value that they refuse, and nothing of what was found since is kept.
extension SQLValue {
    /// Whether a column of that kind takes the value, as a walk holds it.
    func isTaken(by column: SchemaColumn) -> Bool {
        switch (column.kind, self) {
        case (_, .null), (.any, _), (.integer, .int), (.decimal, .int), (.decimal, .real), (.real, .int),
            (.real, .real),
            (.bytes, .blob), (.interval, .text), (.network, .text):
            return true
        case (.boolean, .int(let number)): return number == 0 || number == 1
        case (.text, .text(let text)): return column.length.map { text.unicodeScalars.count <= $0 } ?? true
        case (.label(let labels), .text(let text)): return labels.contains(text)
        case (.date, .text(let text)): return text.utf8.count == 10 && Self.isDay(text)
        case (.timestamp, .text(let text)), (.timestampZone, .text(let text)):
            guard text.utf8.count >= 19, Self.isDay(String(text.prefix(10))) else { return false }
            return Self.isClock(text.dropFirst(11))
        case (.time, .text(let text)): return text.utf8.count >= 8 && Self.isClock(text[...])
        case (.uuid, .text(let text)): return Self.isUUID(text)
        case (.json, .text(let text)): return JSONParser.parse(text) != nil
        case (.array, .text): return PostgresArray.elements(self) != nil
        case (_, .number), (_, .bool): return true
        default: return false
        }
    }

    private static func isDay(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]), year > 0,
            (1...12).contains(month), day >= 1
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return day <= [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    private static func isClock(_ text: Substring) -> Bool {
        let parts = text.prefix(8).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let hour = Int(parts[0]), let minute = Int(parts[1]), let second = Int(parts[2]) else {
            return false
        }
        return (0..<24).contains(hour) && (0..<60).contains(minute) && (0..<60).contains(second)
    }

    private static func isUUID(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return false }
        return bytes.enumerated().allSatisfy { place, byte in
            [8, 13, 18, 23].contains(place)
                ? byte == UInt8(ascii: "-") : UnicodeScalar(byte).properties.isASCIIHexDigit
        }
    }
}

extension StateWalk {
    /// Whether the types of the columns take what these rows get.
    func areOfTypes(_ edits: [RowEdit]) -> Bool {
        edits.allSatisfy { edit in
            guard let new = edit.new else { return true }
            return zip(schema.tables[new.table].columns, new.values.indices).allSatisfy { column, place in
                guard let value = new.values[place], edit.old?.values[place] != value else { return true }
                return value.isTaken(by: column)
            }
        }
    }
}

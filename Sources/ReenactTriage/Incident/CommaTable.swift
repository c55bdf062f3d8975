/// Comma-separated values with a line of names first, row by row; quotes as in RFC 4180, bounded, never a trap.
struct CommaTable {
    private let bytes: [UInt8]
    private var position: Int
    /// Names of the columns.
    private(set) var names: [String] = []
    /// More are not kept of a row.
    private static let fieldsMax = 64

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        // A byte order mark is no part of the first name.
        position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        names = next() ?? []
    }

    /// The place of a column by the first of its names that there is.
    /// `TraceID` and `traceId` are `trace_id`.
    func column(_ wanted: String...) -> Int? {
        for name in wanted {
            let plain = Self.plain(name)
            if let place = names.firstIndex(of: name) ?? names.firstIndex(where: { Self.plain($0) == plain }) {
                return place
            }
        }
        return nil
    }

    private static func plain(_ name: String) -> String { name.lowercased().filter { $0 != "_" && $0 != " " } }

    /// The next row; nil at the end.
    mutating func next() -> [String]? {
        guard position < bytes.count else { return nil }
        var fields: [String] = []
        while true {
            let field = bytes[position...].first == UInt8(ascii: "\"") ? quoted() : plain()
            if fields.count < Self.fieldsMax { fields.append(field) }
            guard position < bytes.count else { return fields }
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: ",") {
                if position == bytes.count { return fields + [""] }
                continue
            }
            if byte == 0x0D, position < bytes.count, bytes[position] == 0x0A { position += 1 }
            return fields
        }
    }

    private mutating func plain() -> String {
        let start = position
        while position < bytes.count, !Self.isEnd(bytes[position]) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func quoted() -> String {
        position += 1
        var text: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") {
                guard position < bytes.count, bytes[position] == byte else { break }
                position += 1
            }
            text.append(byte)
        }
        // What stands between a closing quote and the comma belongs to nothing.
        while position < bytes.count, !Self.isEnd(bytes[position]) { position += 1 }
        return String(decoding: text, as: UTF8.self)
    }

    private static func isEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ",") || byte == 0x0A || byte == 0x0D }
}

/// JSON objects and lists that stand whole within other bytes: within messages of a protocol that nobody reads.
public enum EmbeddedJSON {
    /// Beginnings that are tried: text is full of brackets.
    private static let attemptsMax = 64

    /// A document and where it stands.
    public struct Found: Sendable, Equatable {
        public var range: Range<Int>
        public var json: JSONValue
    }

    /// The documents, in their order; those within another one are parts of it.
    public static func find(in bytes: [UInt8]) -> [Found] {
        var found: [Found] = []
        var place = 0
        var attempts = 0
        while attempts < attemptsMax, let start = bytes[place...].firstIndex(where: { $0 == 0x7b || $0 == 0x5b }) {
            attempts += 1
            place = start + 1
            guard let end = end(of: bytes, from: start), end - start > 2,
                let value = JSONParser.parse(bytes[start..<end])
            else { continue }
            found.append(Found(range: start..<end, json: value))
            place = end
        }
        return found
    }

    /// All of it as one document: of several the list of them; nil where there is none.
    public static func document(of found: [Found]) -> JSONValue? {
        found.count > 1 ? .array(found.map(\.json)) : found.first?.json
    }

    /// The place behind the bracket that closes the one at `start`; nil where none does.
    private static func end(of bytes: [UInt8], from start: Int) -> Int? {
        var (depth, isQuoted, index) = (0, false, start)
        while index < bytes.count {
            switch bytes[index] {
            case 0x22: isQuoted.toggle()
            case 0x5c where isQuoted: index += 1
            case 0x7b, 0x5b: if !isQuoted { depth += 1 }
            case 0x7d, 0x5d: if !isQuoted { depth -= 1 }
            default: break
            }
            index += 1
            if depth == 0 { return index }
        }
        return nil
    }
}

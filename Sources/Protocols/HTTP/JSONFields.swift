/// The members of a JSON text that have a simple value, at any depth: a flat scan that also reads cut-off texts.
enum JSONFields {
    /// Calls `body` with the places of each member's name and value; strings without their quotes.
    static func forEach(in bytes: [UInt8], _ body: (_ name: Range<Int>, _ value: Range<Int>) -> Void) {
        var index = 0
        while index < bytes.count {
            guard bytes[index] == ASCII.quote else {
                index += 1
                continue
            }
            let name = string(at: index, in: bytes)
            index = blanksEnd(min(name.upperBound + 1, bytes.count), in: bytes)
            guard index < bytes.count, bytes[index] == ASCII.colon else { continue }
            index = blanksEnd(index + 1, in: bytes)
            guard index < bytes.count else { return }
            if bytes[index] == ASCII.quote {
                let value = string(at: index, in: bytes)
                body(name, value)
                index = min(value.upperBound + 1, bytes.count)
            } else if ASCII.isDigit(bytes[index]) || bytes[index] == 0x2d {
                let start = index
                while index < bytes.count, isNumber(bytes[index]) { index += 1 }
                body(name, start..<index)
            }
        }
    }

    /// What stands between the quote at the place and the next one, or the end.
    private static func string(at quote: Int, in bytes: [UInt8]) -> Range<Int> {
        var index = quote + 1
        while index < bytes.count, bytes[index] != ASCII.quote {
            index += bytes[index] == ASCII.backslash ? 2 : 1
        }
        return quote + 1..<min(index, bytes.count)
    }

    private static func blanksEnd(_ start: Int, in bytes: [UInt8]) -> Int {
        var index = start
        while index < bytes.count, bytes[index] <= ASCII.space { index += 1 }
        return index
    }

    private static func isNumber(_ byte: UInt8) -> Bool {
        ASCII.isDigit(byte) || ASCII.isLetter(byte) || byte == 0x2b || byte == 0x2d || byte == 0x2e
    }
}

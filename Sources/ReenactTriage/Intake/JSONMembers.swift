/// Where the parts of a JSON text stand, without reading them: brackets must match and strings end, no more is asked.
enum JSONMembers {
    typealias Range = Swift.Range<Int>

    /// Calls for each element of the array that the text is; false where it is none.
    static func elements(_ bytes: UnsafeBufferPointer<UInt8>, _ body: (Range) -> Void) -> Bool {
        var scan = Scan(bytes: bytes, position: 0, end: bytes.count)
        scan.skipSpace()
        guard scan.take(UInt8(ascii: "[")) else { return false }
        scan.skipSpace()
        if scan.take(UInt8(ascii: "]")) { return true }
        while true {
            guard let element = scan.value() else { return false }
            body(element)
            if scan.take(UInt8(ascii: ",")) { continue }
            return scan.take(UInt8(ascii: "]"))
        }
    }

    /// Calls for each member of the object in that part of the text, with the name's place between its quotes; false
    /// where it is none, or a name is written with escapes.
    static func members(
        _ bytes: UnsafeBufferPointer<UInt8>, _ part: Range, _ body: (_ name: Range, _ value: Range) -> Void
    ) -> Bool {
        var scan = Scan(bytes: bytes, position: part.lowerBound, end: part.upperBound)
        guard scan.take(UInt8(ascii: "{")) else { return false }
        scan.skipSpace()
        if scan.take(UInt8(ascii: "}")) { return true }
        while true {
            guard let name = scan.value(), name.count >= 2, bytes[name.lowerBound] == UInt8(ascii: "\""),
                !bytes[name].contains(UInt8(ascii: "\\")), scan.take(UInt8(ascii: ":")), let value = scan.value()
            else { return false }
            body(name.lowerBound + 1..<name.upperBound - 1, value)
            if scan.take(UInt8(ascii: ",")) { continue }
            return scan.take(UInt8(ascii: "}"))
        }
    }

    /// Whether a name is that one.
    static func isName(_ bytes: UnsafeBufferPointer<UInt8>, _ name: Range, _ wanted: StaticString) -> Bool {
        guard name.count == wanted.utf8CodeUnitCount else { return false }
        for place in 0..<name.count where bytes[name.lowerBound + place] != wanted.utf8Start[place] { return false }
        return true
    }

    private struct Scan {
        let bytes: UnsafeBufferPointer<UInt8>
        var position: Int
        let end: Int

        mutating func skipSpace() {
            while position < end, bytes[position] <= 0x20 { position += 1 }
        }

        mutating func take(_ byte: UInt8) -> Bool {
            guard position < end, bytes[position] == byte else { return false }
            position += 1
            return true
        }

        /// A value, with white space around it passed over.
        mutating func value() -> Range? {
            skipSpace()
            let start = position
            var depth = 0
            while position < end {
                let byte = bytes[position]
                switch byte {
                case UInt8(ascii: "\""): guard skipString() else { return nil }
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    depth += 1
                    position += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    if depth == 0 { return finished(start) }
                    depth -= 1
                    position += 1
                case UInt8(ascii: ","), UInt8(ascii: ":"):
                    if depth == 0 { return finished(start) }
                    position += 1
                default: position += 1
                }
                if depth == 0, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
                    return finished(start)
                }
            }
            return depth == 0 ? finished(start) : nil
        }

        private mutating func finished(_ start: Int) -> Range? {
            var last = position
            while last > start, bytes[last - 1] <= 0x20 { last -= 1 }
            skipSpace()
            return last > start ? start..<last : nil
        }

        private mutating func skipString() -> Bool {
            position += 1
            while position < end {
                let byte = bytes[position]
                position += 1
                if byte == UInt8(ascii: "\"") { return true }
                if byte == UInt8(ascii: "\\") { position += 1 }
            }
            position = end
            return false
        }
    }
}

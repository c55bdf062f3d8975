import Glibc
import ReenactTimeline

/// Reads a JSON text in one pass and without a tree: members are asked for one by one, and what nobody wants is passed
/// over, of which only is checked that strings end and brackets close.
///
/// For what comes in floods. Where it throws, `JSONParser` has the last word: names written with escapes, for one, are
/// left to it.
struct JSONCursor {
    /// There is no JSON here that this reads.
    struct Damaged: Error {}

    /// Lives as long as the call that made this.
    let bytes: UnsafeBufferPointer<UInt8>
    private(set) var position: Int

    /// - Parameter position: where reading begins.
    init(_ bytes: UnsafeBufferPointer<UInt8>, from position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    /// The next byte that is no white space.
    mutating func next() -> UInt8? {
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
            position += 1
        }
        return nil
    }

    /// Goes into an object or an array, where one begins here with that bracket.
    mutating func enter(_ bracket: UInt8) -> Bool {
        guard next() == bracket else { return false }
        position += 1
        return true
    }

    /// The name of the object's next member, between its quotes; its value must be taken before the next is asked for.
    /// Nil at the end.
    mutating func member(_ isFirst: inout Bool) throws(Damaged) -> Range<Int>? {
        guard try goOn(&isFirst, until: UInt8(ascii: "}")) else { return nil }
        guard next() == UInt8(ascii: "\"") else { throw Damaged() }
        let start = position + 1
        guard try !passString() else { throw Damaged() }
        let name = start..<(position - 1)
        guard next() == UInt8(ascii: ":") else { throw Damaged() }
        position += 1
        return name
    }

    /// True where another element of the array follows, which must be taken before the next is asked for.
    mutating func element(_ isFirst: inout Bool) throws(Damaged) -> Bool {
        try goOn(&isFirst, until: UInt8(ascii: "]"))
    }

    private mutating func goOn(_ isFirst: inout Bool, until bracket: UInt8) throws(Damaged) -> Bool {
        if next() == bracket {
            position += 1
            return false
        }
        if !isFirst {
            guard next() == UInt8(ascii: ",") else { throw Damaged() }
            position += 1
        }
        isFirst = false
        return true
    }

    /// Passes over a value and says where it stands.
    @discardableResult
    mutating func pass() throws(Damaged) -> Range<Int> {
        guard let first = next() else { throw Damaged() }
        let start = position
        switch first {
        case UInt8(ascii: "\""): _ = try passString()
        case UInt8(ascii: "{"), UInt8(ascii: "["): try passBrackets()
        default:
            while position < bytes.count, !Self.endsScalar(bytes[position]) { position += 1 }
            guard position > start else { throw Damaged() }
        }
        return start..<position
    }

    /// The value as a tree.
    ///
    /// - Parameter skipping: members of these names, at any depth, are not kept.
    mutating func value(skipping: Set<String> = []) throws(Damaged) -> JSONValue {
        let range = try pass()
        guard let value = JSONParser.parse(bytes[range], skipping: skipping) else { throw Damaged() }
        return value
    }

    /// The value where it is a string without escapes; else the tree's.
    mutating func scalar() throws(Damaged) -> JSONValue {
        guard next() == UInt8(ascii: "\"") else { return try value() }
        let start = position
        let isEscaped = try passString()
        if !isEscaped {
            return .string(String(decoding: bytes[(start + 1)..<(position - 1)], as: UTF8.self))
        }
        guard let value = JSONParser.parse(bytes[start..<position]) else { throw Damaged() }
        return value
    }

    /// Passes over these bytes where they are what stands here.
    mutating func passExactly(_ text: [UInt8]) -> Bool {
        guard text.count <= bytes.count - position, let here = bytes.baseAddress,
            text.withUnsafeBytes({ text in text.isEmpty || memcmp(text.baseAddress!, here + position, text.count) == 0 }
            )
        else { return false }
        position += text.count
        return true
    }

    /// Whether that is what stands there.
    func holds(_ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for place in 0..<range.count where bytes[range.lowerBound + place] != text.utf8Start[place] { return false }
        return true
    }

    private static func endsScalar(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
            || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: ":")
    }

    private mutating func passBrackets() throws(Damaged) {
        var depth = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                _ = try passString()
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                // What is deeper than the parser reads is not read here either.
                guard depth < JSONParser.depthMax else { throw Damaged() }
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            position += 1
            if depth == 0 { return }
        }
        throw Damaged()
    }

    /// Passes over the string that begins here; true where something in it is escaped.
    private mutating func passString() throws(Damaged) -> Bool {
        var place = position + 1
        var isEscaped = false
        while true {
            place += Self.plainLength(bytes, from: place)
            guard place < bytes.count else { throw Damaged() }
            if bytes[place] == UInt8(ascii: "\"") {
                position = place + 1
                return isEscaped
            }
            isEscaped = true
            place += 2
        }
    }

    /// How many bytes from there on are neither a quote nor a backslash: eight at a time, as most of a report is text.
    private static func plainLength(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        let quotes = ones &* UInt64(UInt8(ascii: "\""))
        let slashes = ones &* UInt64(UInt8(ascii: "\\"))
        var place = start
        let raw = UnsafeRawBufferPointer(bytes)
        while place + 8 <= bytes.count {
            let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            let (quote, slash) = (word ^ quotes, word ^ slashes)
            // The lowest of these bits is that of the first zero byte, which is the first match.
            let found = ((quote &- ones) & ~quote | (slash &- ones) & ~slash) & tops
            if found != 0 { return place + found.trailingZeroBitCount >> 3 - start }
            place += 8
        }
        while place < bytes.count, bytes[place] != UInt8(ascii: "\""), bytes[place] != UInt8(ascii: "\\") { place += 1 }
        return place - start
    }
}

/// A value that is copied without counting references: texts are places in a pool.
struct Cell: Hashable {
    /// The bits of a blob are the place of its digits.
    enum Tag: UInt8 { case null, int, real, text, blob }

    var tag: Tag
    var bits: Int64

    static let null = Cell(tag: .null, bits: 0)
    static let no = Cell(tag: .int, bits: 0)
    static let yes = Cell(tag: .int, bits: 1)

    static func int(_ number: Int64) -> Cell { Cell(tag: .int, bits: number) }
    static func real(_ number: Double) -> Cell { Cell(tag: .real, bits: Int64(bitPattern: number.bitPattern)) }

    var isNull: Bool { tag == .null }

    /// What stands in `bits` where the tag says real.
    var fraction: Double { Double(bitPattern: UInt64(bitPattern: bits)) }

    var isNumber: Bool { tag == .int || tag == .real }

    /// Its number; 0 where it has none.
    var double: Double { tag == .int ? Double(bits) : tag == .real ? fraction : 0 }

    /// SQL's `=` of two values that are not NULL.
    func equals(_ other: Cell) -> Bool {
        if tag == other.tag { return tag == .real ? fraction == other.fraction : bits == other.bits }
        return isNumber && other.isNumber && double == other.double
    }

    /// Whole numbers are ints, so that what is equal is the same.
    var normal: Cell {
        guard tag == .real, abs(fraction) < 1e15, fraction.rounded() == fraction else { return self }
        return .int(Int64(fraction))
    }

    var mixed: UInt64 {
        var hash = UInt64(bitPattern: bits) &+ UInt64(tag.rawValue) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ (hash >> 32)) &* 0xD6E8_FEB8_6659_FD93
        return hash ^ (hash >> 32)
    }
}

/// The texts that cells refer to.
final class TextPool {
    private(set) var texts: [String] = []
    private var places: [String: Int] = [:]
    /// The first eight bytes, which settle most comparisons.
    private var heads: [UInt64] = []

    func cell(_ text: String) -> Cell {
        if let place = places[text] { return Cell(tag: .text, bits: Int64(place)) }
        places[text] = texts.count
        texts.append(text)
        var head: UInt64 = 0
        var count = 0
        for byte in text.utf8.prefix(8) {
            head = head << 8 | UInt64(byte)
            count += 1
        }
        heads.append(head << UInt64((8 - count) * 8))
        return Cell(tag: .text, bits: Int64(texts.count - 1))
    }

    /// Nil for numbers that are none.
    func cell(_ value: SQLValue) -> Cell? {
        switch value {
        case .null: .null
        case .bool(let flag): .int(flag ? 1 : 0)
        case .int(let number): .int(number)
        case .real(let number): .real(number)
        case .number(let text): Double(text).map { Cell.real($0) }
        case .text(let text): cell(text)
        case .blob(let bytes): Cell(tag: .blob, bits: cell(SQLValue.hex(bytes)).bits)
        }
    }

    func value(_ cell: Cell) -> SQLValue {
        switch cell.tag {
        case .null: .null
        case .int: .int(cell.bits)
        case .real: .real(cell.fraction)
        case .text: .text(texts[Int(cell.bits)])
        case .blob: .blob(RecordedTimeline.bytes(hex: texts[Int(cell.bits)]))
        }
    }

    /// SQLite's order of all values: below zero where the first comes first.
    func order(_ left: Cell, _ right: Cell) -> Int {
        if left.isNumber, right.isNumber {
            if left.tag == .int, right.tag == .int {
                return left.bits < right.bits ? -1 : left.bits > right.bits ? 1 : 0
            }
            let (a, b) = (left.double, right.double)
            return a < b ? -1 : a > b ? 1 : 0
        }
        if left.tag == right.tag, left.tag == .text || left.tag == .blob {
            if left.bits == right.bits { return 0 }
            let (a, b) = (heads[Int(left.bits)], heads[Int(right.bits)])
            if a != b { return a < b ? -1 : 1 }
            return texts[Int(left.bits)].utf8.lexicographicallyPrecedes(texts[Int(right.bits)].utf8) ? -1 : 1
        }
        func rank(_ cell: Cell) -> Int { cell.isNull ? 0 : cell.isNumber ? 1 : cell.tag == .text ? 2 : 3 }
        return rank(left) - rank(right)
    }
}

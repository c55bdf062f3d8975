/// PostgreSQL's `numeric`: groups of four decimal digits.
///
/// Source: https://github.com/postgres/postgres/blob/master/src/backend/utils/adt/numeric.c (numeric_send, numeric_recv)
enum Numeric {
    private static let negative: UInt16 = 0x4000
    private static let nan: UInt16 = 0xC000
    private static let infinity: UInt16 = 0xD000
    private static let minusInfinity: UInt16 = 0xF000

    static func text(_ bytes: ArraySlice<UInt8>) -> String? {
        var reader = ByteReader(bytes)
        guard let count = reader.int16(), let weight = reader.int16(), let signBits = reader.int16(),
            let scale = reader.int16(), count >= 0, scale >= 0, scale <= 16_383
        else { return nil }
        switch UInt16(bitPattern: signBits) {
        case nan: return "NaN"
        case infinity: return "Infinity"
        case minusInfinity: return "-Infinity"
        default: break
        }
        var groups: [Int] = []
        while groups.count < Int(count), let group = reader.int16() {
            guard (0...9999).contains(group) else { return nil }
            groups.append(Int(group))
        }
        guard groups.count == Int(count) else { return nil }
        func group(_ index: Int) -> Int { groups.indices.contains(index) ? groups[index] : 0 }
        var text = UInt16(bitPattern: signBits) == negative ? "-" : ""
        if weight < 0 {
            text += "0"
        } else {
            text += String(group(0))
            for index in 0..<Int(weight) { text += Calendar.padded(group(index + 1), 4) }
        }
        guard scale > 0 else { return text }
        var fraction = ""
        var index = Int(weight) + 1
        while fraction.utf8.count < Int(scale) {
            fraction += Calendar.padded(group(index), 4)
            index += 1
        }
        return text + "." + fraction.prefix(Int(scale))
    }

    static func binary(_ text: String) -> [UInt8]? {
        switch text {
        case "NaN": return header(0, 0, nan, 0)
        case "Infinity": return header(0, 0, infinity, 0)
        case "-Infinity": return header(0, 0, minusInfinity, 0)
        default: break
        }
        let isNegative = text.hasPrefix("-")
        let parts = (isNegative ? text.dropFirst() : text[...]).split(
            separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let whole = Array(parts[0].utf8)
        let fraction = parts.count > 1 ? Array(parts[1].utf8) : []
        guard !whole.isEmpty, whole.count < 60_000, fraction.count < 16_000,
            (whole + fraction).allSatisfy({ $0 &- 48 < 10 })
        else { return nil }
        let zero = UInt8(ascii: "0")
        let digits =
            [UInt8](repeating: zero, count: (4 - whole.count % 4) % 4) + whole + fraction
            + [UInt8](repeating: zero, count: (4 - fraction.count % 4) % 4)
        var groups = stride(from: 0, to: digits.count, by: 4).map { start in
            digits[start..<(start + 4)].reduce(0) { $0 * 10 + Int($1 - zero) }
        }
        var weight = (whole.count + 3) / 4 - 1
        while groups.first == 0 {
            groups.removeFirst()
            weight -= 1
        }
        while groups.last == 0 { groups.removeLast() }
        if groups.isEmpty { weight = 0 }
        return header(groups.count, weight, isNegative && !groups.isEmpty ? negative : 0, fraction.count)
            + groups.flatMap { Outgoing.bigEndian(Int16($0)) }
    }

    private static func header(_ count: Int, _ weight: Int, _ sign: UInt16, _ scale: Int) -> [UInt8] {
        Outgoing.bigEndian(Int16(count)) + Outgoing.bigEndian(Int16(weight))
            + Outgoing.bigEndian(Int16(bitPattern: sign)) + Outgoing.bigEndian(Int16(scale))
    }
}

/// Values in text form as the binary form of their type: `BinaryValue` backwards.
enum TextValue {
    /// The bytes; nil where the type is not known or the text is not of its form.
    static func binary(_ bytes: ArraySlice<UInt8>, type: Int32) -> [UInt8]? {
        if TypeOID.isText(type) { return Array(bytes) }
        let text = ReenactPostgres.text(bytes)
        switch type {
        case TypeOID.bool: return text == "t" ? [1] : text == "f" ? [0] : nil
        case TypeOID.int2: return Int16(text).map(Outgoing.bigEndian)
        case TypeOID.int4: return Int32(text).map(Outgoing.bigEndian)
        case TypeOID.oid: return UInt32(text).map { Outgoing.bigEndian(Int32(bitPattern: $0)) }
        case TypeOID.int8: return Int64(text).map(wide)
        case TypeOID.float4: return Float(text).map { Outgoing.bigEndian(Int32(bitPattern: $0.bitPattern)) }
        case TypeOID.float8: return Double(text).map { wide(Int64(bitPattern: $0.bitPattern)) }
        case TypeOID.bytea: return text.hasPrefix("\\x") ? unhex(text.utf8.dropFirst(2)) : nil
        case TypeOID.uuid:
            return unhex(text.utf8.filter { $0 != UInt8(ascii: "-") }).flatMap { $0.count == 16 ? $0 : nil }
        case TypeOID.jsonb: return [1] + bytes
        case TypeOID.date: return date(text).map { Outgoing.bigEndian(Int32(clamping: $0)) }
        case TypeOID.time: return time(text[...]).map(wide)
        case TypeOID.timestamp, TypeOID.timestamptz: return timestamp(text).map(wide)
        case TypeOID.numeric: return Numeric.binary(text)
        default: return nil
        }
    }

    private static func wide(_ value: Int64) -> [UInt8] {
        Outgoing.bigEndian(Int32(truncatingIfNeeded: value >> 32))
            + Outgoing.bigEndian(Int32(truncatingIfNeeded: value))
    }

    private static func unhex(_ digits: some Collection<UInt8>) -> [UInt8]? {
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in digits {
            let value: UInt8
            switch digit {
            case 48...57: value = digit - 48
            case 97...102: value = digit - 87
            case 65...70: value = digit - 55
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }

    private static func date(_ text: String) -> Int? {
        if text == "infinity" { return Int(Int32.max) }
        if text == "-infinity" { return Int(Int32.min) }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
            (1...9999).contains(year), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        return Calendar.days(year: year, month: month, day: day)
    }

    private static func time(_ text: Substring) -> Int64? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let hours = Int64(parts[0]), let minutes = Int64(parts[1]),
            (0...24).contains(hours), (0...59).contains(minutes)
        else { return nil }
        let seconds = parts[2].split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = Int64(seconds[0]), (0...60).contains(whole) else { return nil }
        var fraction: Int64 = 0
        if seconds.count == 2 {
            guard (1...6).contains(seconds[1].utf8.count), var value = Int64(seconds[1]), value >= 0 else { return nil }
            for _ in seconds[1].utf8.count..<6 { value *= 10 }
            fraction = value
        }
        return ((hours * 60 + minutes) * 60 + whole) * 1_000_000 + fraction
    }

    /// With a zone of whole hours or hours and minutes, or none.
    private static func timestamp(_ text: String) -> Int64? {
        if text == "infinity" { return Int64.max }
        if text == "-infinity" { return Int64.min }
        let halves = text.split(separator: " ", maxSplits: 1)
        guard halves.count == 2, let days = date(String(halves[0])) else { return nil }
        var clock = halves[1]
        var offset: Int64 = 0
        if let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            let zone = clock[clock.index(after: sign)...].split(separator: ":")
            guard (1...2).contains(zone.count), let hours = Int64(zone[0]), (0...15).contains(hours) else { return nil }
            let minutes = zone.count == 2 ? Int64(zone[1]) : 0
            guard let minutes, (0...59).contains(minutes) else { return nil }
            offset = (hours * 60 + minutes) * 60_000_000 * (clock[sign] == "-" ? -1 : 1)
            clock = clock[..<sign]
        }
        return time(clock).map { Int64(days) * 86_400_000_000 + $0 - offset }
    }
}

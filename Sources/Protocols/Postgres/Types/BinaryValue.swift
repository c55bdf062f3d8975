/// Values in binary form as the text that PostgreSQL would give for them (ISO dates, UTC).
///
/// Source: https://www.postgresql.org/docs/current/protocol-overview.html#PROTOCOL-FORMAT-CODES
enum BinaryValue {
    /// The text; nil where the type is not known or the bytes are not of its form.
    static func text(_ bytes: ArraySlice<UInt8>, type: Int32) -> String? {
        if TypeOID.isText(type) { return ReenactPostgres.text(bytes) }
        var reader = ByteReader(bytes)
        switch type {
        case TypeOID.bool: return bytes.count == 1 ? (bytes.first == 0 ? "f" : "t") : nil
        case TypeOID.int2: return bytes.count == 2 ? reader.int16().map { "\($0)" } : nil
        case TypeOID.int4: return bytes.count == 4 ? reader.int32().map { "\($0)" } : nil
        case TypeOID.oid: return bytes.count == 4 ? reader.int32().map { "\(UInt32(bitPattern: $0))" } : nil
        case TypeOID.int8: return bytes.count == 8 ? reader.int64().map { "\($0)" } : nil
        case TypeOID.float4:
            return bytes.count == 4 ? reader.int32().map { real(Float(bitPattern: UInt32(bitPattern: $0))) } : nil
        case TypeOID.float8:
            return bytes.count == 8 ? reader.int64().map { real(Double(bitPattern: UInt64(bitPattern: $0))) } : nil
        case TypeOID.bytea: return "\\x" + hex(bytes)
        case TypeOID.uuid: return bytes.count == 16 ? uuid(bytes) : nil
        case TypeOID.jsonb: return reader.uint8() == 1 ? ReenactPostgres.text(reader.rest) : nil
        case TypeOID.date: return bytes.count == 4 ? reader.int32().map(date) : nil
        case TypeOID.time: return bytes.count == 8 ? reader.int64().flatMap(time) : nil
        case TypeOID.timestamp: return bytes.count == 8 ? reader.int64().map { timestamp($0, zone: "") } : nil
        case TypeOID.timestamptz: return bytes.count == 8 ? reader.int64().map { timestamp($0, zone: "+00") } : nil
        case TypeOID.numeric: return Numeric.text(bytes)
        default: return TypeOID.element(of: type).flatMap { array(bytes, element: $0) }
        }
    }

    /// Shortest text that reads back as the same number.
    private static func real<Value: BinaryFloatingPoint & CustomStringConvertible>(_ value: Value) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        let text = value.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private static func uuid(_ bytes: ArraySlice<UInt8>) -> String {
        let digits = Array(hex(bytes))
        let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }
        return parts.joined(separator: "-")
    }

    private static func date(_ days: Int32) -> String {
        if days == Int32.max { return "infinity" }
        if days == Int32.min { return "-infinity" }
        let (date, suffix) = Calendar.text(days: Int(days))
        return date + suffix
    }

    private static func time(_ microseconds: Int64) -> String? {
        (0...86_400_000_000).contains(microseconds) ? Calendar.text(microseconds: microseconds) : nil
    }

    private static func timestamp(_ microseconds: Int64, zone: String) -> String {
        if microseconds == Int64.max { return "infinity" }
        if microseconds == Int64.min { return "-infinity" }
        let day: Int64 = 86_400_000_000
        var days = microseconds / day
        var rest = microseconds % day
        if rest < 0 { (days, rest) = (days - 1, rest + day) }
        let (date, suffix) = Calendar.text(days: Int(days))
        return "\(date) \(Calendar.text(microseconds: rest))\(zone)\(suffix)"
    }

    /// One-dimensional arrays, `{1,2,NULL}`.
    private static func array(_ bytes: ArraySlice<UInt8>, element: Int32) -> String? {
        var reader = ByteReader(bytes)
        guard let dimensions = reader.int32(), reader.int32() != nil, let type = reader.int32() else { return nil }
        if dimensions == 0 { return "{}" }
        guard dimensions == 1, type == element, let count = reader.int32(), reader.int32() != nil, count >= 0 else {
            return nil
        }
        var parts: [String] = []
        while parts.count < Int(count), let length = reader.int32() {
            if length < 0 {
                parts.append("NULL")
            } else {
                guard let cell = reader.take(Int(length)), let text = text(cell, type: element) else { return nil }
                parts.append(arrayElement(text))
            }
        }
        return parts.count == Int(count) ? "{\(parts.joined(separator: ","))}" : nil
    }

    /// Quoted where an array's text form needs it.
    private static func arrayElement(_ text: String) -> String {
        let needsQuotes =
            text.isEmpty || text.uppercased() == "NULL"
            || text.utf8.contains { byte in #"{},"\"#.utf8.contains(byte) || SQLLexer.isSpace(byte) }
        guard needsQuotes else { return text }
        var quoted = "\""
        for character in text.unicodeScalars {
            if character == "\"" || character == "\\" { quoted.unicodeScalars.append("\\") }
            quoted.unicodeScalars.append(character)
        }
        return quoted + "\""
    }
}

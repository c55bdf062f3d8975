/// Values in the binary form of prepared statements.
///
/// Source: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_binary_resultset.html
enum BinaryValue {
    /// The next value; nil where the bytes end too early.
    static func read(_ reader: inout ByteReader, type: ColumnType, isUnsigned: Bool) -> Value? {
        switch type {
        case .null: .null
        case .tiny: reader.uint8().map { isUnsigned ? .unsigned(UInt64($0)) : .integer(Int64(Int8(bitPattern: $0))) }
        case .short, .year:
            reader.uint16().map { isUnsigned ? .unsigned(UInt64($0)) : .integer(Int64(Int16(bitPattern: $0))) }
        case .long, .int24:
            reader.uint32().map { isUnsigned ? .unsigned(UInt64($0)) : .integer(Int64(Int32(bitPattern: $0))) }
        case .longLong: reader.uint64().map { isUnsigned ? .unsigned($0) : .integer(Int64(bitPattern: $0)) }
        case .float: reader.uint32().map { .number(shortest(Float(bitPattern: $0))) }
        case .double: reader.uint64().map { .number(Double(bitPattern: $0)) }
        case .date, .dateTime, .timestamp: moment(&reader, isDate: type == .date)
        case .time: time(&reader)
        default: reader.string().map { .bytes($0) }
        }
    }

    /// The double that is written like the float: 0.1 and not 0.10000000149.
    private static func shortest(_ value: Float) -> Double { Double("\(value)") ?? Double(value) }

    private static func moment(_ reader: inout ByteReader, isDate: Bool) -> Value? {
        guard let length = reader.uint8(), [0, 4, 7, 11].contains(length), let body = reader.take(Int(length)) else {
            return nil
        }
        var parts = ByteReader(body)
        let year = Int(parts.uint16() ?? 0)
        let month = Int(parts.uint8() ?? 0)
        let day = Int(parts.uint8() ?? 0)
        let date = "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))"
        if isDate { return .moment(date) }
        return .moment(date + " " + clock(&parts, hours: 0))
    }

    private static func time(_ reader: inout ByteReader) -> Value? {
        guard let length = reader.uint8(), [0, 8, 12].contains(length), let body = reader.take(Int(length)) else {
            return nil
        }
        var parts = ByteReader(body)
        let isNegative = parts.uint8() == 1
        let days = Int(parts.uint32() ?? 0)
        return .moment((isNegative ? "-" : "") + clock(&parts, hours: days * 24))
    }

    private static func clock(_ parts: inout ByteReader, hours: Int) -> String {
        let hour = hours + Int(parts.uint8() ?? 0)
        let minute = Int(parts.uint8() ?? 0)
        let second = Int(parts.uint8() ?? 0)
        let clock = "\(digits(hour, 2)):\(digits(minute, 2)):\(digits(second, 2))"
        return parts.uint32().map { "\(clock).\(digits(Int($0), 6))" } ?? clock
    }

    private static func digits(_ value: Int, _ count: Int) -> String {
        let text = "\(value)"
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}

/// Rows of result sets, decoded.
enum Row {
    /// A row in text form: each value a string, 0xfb a NULL. Nil where the bytes end too early.
    ///
    /// Source: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_row.html
    static func text(_ payload: ArraySlice<UInt8>, _ columns: [Column]) -> [Value]? {
        var reader = ByteReader(payload)
        var values: [Value] = []
        for column in columns {
            if reader.rest.first == 0xfb {
                _ = reader.uint8()
                values.append(.null)
            } else if let bytes = reader.string() {
                values.append(textValue(bytes, column))
            } else {
                return nil
            }
        }
        return values
    }

    private static func textValue(_ bytes: ArraySlice<UInt8>, _ column: Column) -> Value {
        switch column.type {
        case .tiny, .short, .long, .int24, .longLong, .year:
            let text = ReenactMySQL.text(bytes)
            if let value = Int64(text) { return .integer(value) }
            return UInt64(text).map { .unsigned($0) } ?? .bytes(bytes)
        case .float, .double: return Double(ReenactMySQL.text(bytes)).map { .number($0) } ?? .bytes(bytes)
        default: return .bytes(bytes)
        }
    }

    /// A row in binary form: a zero byte, a bitmap of NULLs, values. Nil where the bytes end too early.
    static func binary(_ payload: ArraySlice<UInt8>, _ columns: [Column]) -> [Value]? {
        var reader = ByteReader(payload)
        guard reader.uint8() == 0, let nulls = reader.take((columns.count + 9) / 8) else { return nil }
        var values: [Value] = []
        for (index, column) in columns.enumerated() {
            let bit = index + 2
            if nulls[nulls.startIndex + bit / 8] & (1 << UInt8(bit % 8)) != 0 {
                values.append(.null)
            } else if let value = BinaryValue.read(&reader, type: column.type, isUnsigned: column.isUnsigned) {
                values.append(value)
            } else {
                return nil
            }
        }
        return values
    }
}

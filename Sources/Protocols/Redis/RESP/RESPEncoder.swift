/// Writes values, in either version of the protocol.
enum RESPEncoder {
    static func encode(_ value: RESPValue, version: Int) -> [UInt8] {
        var out: [UInt8] = []
        write(value, version, &out)
        return out
    }

    static let ok = Array("+OK\r\n".utf8)
    static let queued = Array("+QUEUED\r\n".utf8)

    static func error(_ text: String) -> [UInt8] { Array("-\(text)\r\n".utf8) }

    private static func write(_ value: RESPValue, _ version: Int, _ out: inout [UInt8]) {
        switch value {
        case .simple(let bytes): line(RESPType.simple, bytes, &out)
        case .error(let bytes):
            if bytes.contains(10) || bytes.contains(13) {
                if version == 3 {
                    string(RESPType.bulkError, bytes, &out)
                } else {
                    line(RESPType.error, bytes.map { $0 == 10 || $0 == 13 ? 32 : $0 }, &out)
                }
            } else {
                line(RESPType.error, bytes, &out)
            }
        case .integer(let number): line(RESPType.integer, Array("\(number)".utf8), &out)
        case .bulk(let bytes): string(RESPType.bulk, bytes, &out)
        case .null(let isArray):
            out += version == 3 ? Array("_\r\n".utf8) : Array((isArray ? "*-1\r\n" : "$-1\r\n").utf8)
        case .array(let elements): aggregate(RESPType.array, elements, elements.count, version, &out)
        case .boolean(let isTrue):
            out +=
                version == 3 ? Array((isTrue ? "#t\r\n" : "#f\r\n").utf8) : Array((isTrue ? ":1\r\n" : ":0\r\n").utf8)
        case .double(let bytes):
            if version == 3 { line(RESPType.double, bytes, &out) } else { string(RESPType.bulk, bytes, &out) }
        case .bigNumber(let bytes):
            if version == 3 { line(RESPType.bigNumber, bytes, &out) } else { string(RESPType.bulk, bytes, &out) }
        case .verbatim(let format, let bytes):
            if version == 3 {
                string(RESPType.verbatim, format + [UInt8(ascii: ":")] + bytes, &out)
            } else {
                string(RESPType.bulk, bytes, &out)
            }
        case .map(let elements):
            version == 3
                ? aggregate(RESPType.map, elements, elements.count / 2, version, &out)
                : aggregate(RESPType.array, elements, elements.count, version, &out)
        case .set(let elements):
            aggregate(version == 3 ? RESPType.set : RESPType.array, elements, elements.count, version, &out)
        case .push(let elements):
            aggregate(version == 3 ? RESPType.push : RESPType.array, elements, elements.count, version, &out)
        }
    }

    private static func line(_ type: UInt8, _ bytes: [UInt8], _ out: inout [UInt8]) {
        out.append(type)
        out += bytes
        out += [13, 10]
    }

    private static func string(_ type: UInt8, _ bytes: [UInt8], _ out: inout [UInt8]) {
        line(type, Array("\(bytes.count)".utf8), &out)
        out += bytes
        out += [13, 10]
    }

    private static func aggregate(
        _ type: UInt8, _ elements: [RESPValue], _ count: Int, _ version: Int, _ out: inout [UInt8]
    ) {
        line(type, Array("\(count)".utf8), &out)
        for element in elements { write(element, version, &out) }
    }
}

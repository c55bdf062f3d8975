/// A value of either version of the protocol.
///
/// Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
indirect enum RESPValue: Sendable, Equatable {
    case simple([UInt8])
    case error([UInt8])
    case integer(Int64)
    case bulk([UInt8])
    /// `$-1`, `*-1` or `_`.
    case null(isArray: Bool)
    case array([RESPValue])
    case boolean(Bool)
    /// As it was written.
    case double([UInt8])
    case bigNumber([UInt8])
    case verbatim(format: [UInt8], [UInt8])
    /// Keys and values in turn.
    case map([RESPValue])
    case set([RESPValue])
    case push([RESPValue])

    /// The bytes of a string of any kind.
    var bytes: [UInt8]? {
        switch self {
        case .simple(let bytes), .bulk(let bytes), .verbatim(_, let bytes): bytes
        default: nil
        }
    }

    var isNull: Bool { if case .null = self { true } else { false } }

    var elements: [RESPValue]? {
        switch self {
        case .array(let elements), .set(let elements), .push(let elements), .map(let elements): elements
        default: nil
        }
    }

    /// The first word of a pushed or published message: `message`, `subscribe`.
    var kind: String? {
        guard let first = elements?.first?.bytes, first.count < 32 else { return nil }
        return String(decoding: first, as: UTF8.self)
    }
}

/// Reads values from bytes; what is missing at the end is left out.
struct RESPDecoder {
    private let bytes: [UInt8]
    private var position = 0
    /// Whether the bytes ended before the value did.
    private(set) var isTruncated = false

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next value, with attributes in front of it passed over; nil at the end of the bytes.
    mutating func next(depth: Int = 0) -> RESPValue? {
        guard depth <= RESPScanner.depthMax, let line = line(), let type = line.first else { return nil }
        let content = Array(line.dropFirst())
        switch type {
        case RESPType.simple: return .simple(content)
        case RESPType.error: return .error(content)
        case RESPType.integer: return Int64(text(content)).map { .integer($0) }
        case RESPType.null: return .null(isArray: false)
        case RESPType.boolean: return .boolean(content == [UInt8(ascii: "t")])
        case RESPType.double: return .double(content)
        case RESPType.bigNumber: return .bigNumber(content)
        case RESPType.bulk: return string(content).map { $0.map { .bulk($0) } ?? .null(isArray: false) }
        case RESPType.bulkError: return string(content).map { .error($0 ?? []) }
        case RESPType.verbatim:
            return string(content).map {
                .verbatim(format: Array(($0 ?? []).prefix(3)), Array(($0 ?? []).dropFirst(4)))
            }
        case RESPType.array:
            return content.first == UInt8(ascii: "-") ? .null(isArray: true) : .array(elements(content, 1, depth))
        case RESPType.set: return .set(elements(content, 1, depth))
        case RESPType.push: return .push(elements(content, 1, depth))
        case RESPType.map: return .map(elements(content, 2, depth))
        case RESPType.attribute:
            _ = elements(content, 2, depth)
            return next(depth: depth)
        default: return nil
        }
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private mutating func line() -> ArraySlice<UInt8>? {
        guard let end = bytes[position...].firstIndex(of: 10) else {
            isTruncated = true
            position = bytes.count
            return nil
        }
        defer { position = end + 1 }
        let last = end > position && bytes[end - 1] == 13 ? end - 1 : end
        return bytes[position..<last]
    }

    /// The outer nil is malformed, the inner nil is null.
    private mutating func string(_ header: [UInt8]) -> [UInt8]?? {
        guard let length = Int(text(header)), length <= RESPScanner.lengthMax else { return nil }
        guard length >= 0 else { return .some(nil) }
        let end = min(position + length, bytes.count)
        if position + length > bytes.count { isTruncated = true }
        defer { position = min(end + 2, bytes.count) }
        return .some(Array(bytes[position..<end]))
    }

    private mutating func elements(_ header: [UInt8], _ each: Int, _ depth: Int) -> [RESPValue] {
        guard let count = Int(text(header)), count > 0, count <= RESPScanner.lengthMax else { return [] }
        var elements: [RESPValue] = []
        while elements.count < count * each, position < bytes.count, let element = next(depth: depth + 1) {
            elements.append(element)
        }
        if elements.count < count * each { isTruncated = true }
        return elements
    }
}

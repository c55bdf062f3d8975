import ReenactTimeline

/// Bytes and replies as a person reads them.
enum Printable {
    static let summaryMax = 120

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var out: [UInt8] = []
        for byte in bytes { out += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        return String(decoding: out, as: UTF8.self)
    }

    /// Text where it is UTF-8 without control characters, else with `\x..`.
    static func text(_ bytes: some Collection<UInt8>, max: Int = .max) -> String {
        let cut = bytes.prefix(max)
        if let text = String(validating: cut, as: UTF8.self), text.unicodeScalars.allSatisfy({ $0.value >= 32 }) {
            return text
        }
        var text = ""
        for byte in cut {
            if byte >= 32, byte < 127 {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "\\x\(hex([byte]))"
            }
        }
        return text
    }

    /// The command in one line, cut.
    static func summary(_ command: RedisCommand) -> String {
        var line = command.name
        for argument in command.shown {
            line += " " + (argument.isEmpty ? "\"\"" : text(argument, max: summaryMax))
            if line.count > summaryMax { return line.prefix(summaryMax) + "…" }
        }
        return line
    }

    static func result(_ value: RESPValue) -> String {
        switch value {
        case .simple(let bytes): text(bytes, max: 80)
        case .error(let bytes): text(bytes, max: 200)
        case .integer(let number): "\(number)"
        case .bulk(let bytes), .verbatim(_, let bytes): "\"\(text(bytes, max: 60))\(bytes.count > 60 ? "…" : "")\""
        case .null: "(nil)"
        case .boolean(let isTrue): isTrue ? "true" : "false"
        case .double(let bytes), .bigNumber(let bytes): text(bytes, max: 80)
        case .array(let elements), .set(let elements), .push(let elements): members(elements.count)
        case .map(let elements): members(elements.count / 2)
        }
    }

    static func members(_ count: Int) -> String { count == 1 ? "1 member" : "\(count) members" }

    static func outcome(_ value: RESPValue) -> OutcomeClass {
        switch value {
        case .error(let bytes):
            let prefix = bytes.prefix { $0 != 32 }.prefix(32)
            return OutcomeClass(rawValue: "redis:error:\(text(prefix))")
        case .null: return "redis:nil"
        case .array(let elements), .set(let elements): return .rows(elements.count)
        case .map(let elements): return .rows(elements.count / 2)
        default: return .ok
        }
    }

    /// The value as JSON, as long as there is room for it.
    static func json(_ value: RESPValue, room: inout Int) -> JSONValue {
        switch value {
        case .simple(let bytes), .bulk(let bytes), .verbatim(_, let bytes), .double(let bytes), .bigNumber(let bytes):
            return string(bytes, &room)
        case .error(let bytes): return ["error": string(bytes, &room)]
        case .integer(let number): return .integer(number)
        case .null: return .null
        case .boolean(let isTrue): return .bool(isTrue)
        case .array(let elements), .set(let elements), .push(let elements), .map(let elements):
            var shown: [JSONValue] = []
            for element in elements.prefix(400) where room > 0 {
                room -= 8
                shown.append(json(element, room: &room))
            }
            return .array(shown)
        }
    }

    private static func string(_ bytes: [UInt8], _ room: inout Int) -> JSONValue {
        let shown = bytes.prefix(max(0, min(room, 16 << 10)))
        room -= shown.count
        return .string(text(shown))
    }
}

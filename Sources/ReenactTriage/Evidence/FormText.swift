import ReenactTimeline

/// Names and values as forms write them: `a=1&b=x+y`.
/// Source: https://url.spec.whatwg.org/#application/x-www-form-urlencoded
enum FormText {
    private static let bytesMax = 100_000
    private static let pairsMax = 1000

    /// As an object; a name that stands there more than once has a list.
    static func document(_ text: String) -> JSONValue {
        var members: [String: JSONValue] = [:]
        for pair in text.split(separator: "&").prefix(pairsMax) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = decoded(String(parts[0]))
            let value = JSONValue.string(parts.count == 2 ? decoded(String(parts[1])) : "")
            switch members[name] {
            case nil: members[name] = value
            case .array(let values): members[name] = .array(values + [value])
            case .some(let first): members[name] = .array([first, value])
            }
        }
        return .object(members)
    }

    /// Percent escapes and plus signs made plain.
    static func decoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        let source = Array(text.utf8.prefix(bytesMax))
        var index = 0
        while index < source.count {
            if source[index] == UInt8(ascii: "%"), index + 2 < source.count,
                let byte = UInt8(String(decoding: source[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
            {
                bytes.append(byte)
                index += 3
            } else {
                bytes.append(source[index] == UInt8(ascii: "+") ? 0x20 : source[index])
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A value that differs from run to run, told by its looks alone: the whole of it, never a part.
enum VolatileValue: Sendable, Equatable {
    /// Seconds, milli-, micro- or nanoseconds since 1970, or an ISO 8601 time of day with its date.
    case time
    case uuid
    /// 16 or more hexadecimal digits, a letter among them.
    case nonce

    /// What stands in a relaxed key instead.
    var marker: [UInt8] {
        switch self {
        case .time: Array("<time>".utf8)
        case .uuid: Array("<uuid>".utf8)
        case .nonce: Array("<nonce>".utf8)
        }
    }

    init?(_ text: ArraySlice<UInt8>) {
        guard (10...256).contains(text.count) else { return nil }
        if Self.isUnixTime(text) || Self.isISOTime(text) {
            self = .time
        } else if Self.isUUID(text) {
            self = .uuid
        } else if text.count >= 16, text.allSatisfy({ ASCII.hexValue($0) != nil }), text.contains(where: ASCII.isLetter)
        {
            self = .nonce
        } else {
            return nil
        }
    }

    /// From 2001 to 2065.
    private static func isUnixTime(_ text: ArraySlice<UInt8>) -> Bool {
        let whole = text.prefix(while: ASCII.isDigit)
        guard [10, 13, 16, 19].contains(whole.count), let first = whole.first, (0x31...0x32).contains(first) else {
            return false
        }
        let rest = text.dropFirst(whole.count)
        return rest.isEmpty
            || rest.first == 0x2e && rest.count > 1 && rest.count <= 10 && rest.dropFirst().allSatisfy(ASCII.isDigit)
    }

    /// `2026-11-21T08:15:02.123Z`, `2026-11-21 08:15+01:00`. Dates alone are business, not noise.
    private static func isISOTime(_ text: ArraySlice<UInt8>) -> Bool {
        let pattern = "dddd-dd-ddtdd:dd".utf8
        guard text.count >= pattern.count, text.count <= 40 else { return false }
        for (byte, wanted) in zip(text, pattern) {
            switch wanted {
            case UInt8(ascii: "d"): guard ASCII.isDigit(byte) else { return false }
            case UInt8(ascii: "t"): guard byte | 0x20 == UInt8(ascii: "t") || byte == ASCII.space else { return false }
            default: guard byte == wanted else { return false }
            }
        }
        return text.dropFirst(pattern.count).allSatisfy {
            ASCII.isDigit($0) || [0x2b, 0x2d, 0x2e, 0x3a, 0x5a, 0x7a].contains($0)
        }
    }

    private static func isUUID(_ text: ArraySlice<UInt8>) -> Bool {
        guard text.count == 36 else { return false }
        return zip(text, 0...).allSatisfy { byte, index in
            [8, 13, 18, 23].contains(index) ? byte == 0x2d : ASCII.hexValue(byte) != nil
        }
    }

    /// Query parameters that sign or date a request, by name in lower case.
    static func isVolatile(parameter name: String) -> Bool {
        if name.hasPrefix("x-amz-") || name.hasPrefix("x-goog-") || name.hasPrefix("oauth_") { return true }
        return ["sig", "signature", "nonce", "timestamp", "ts", "expires", "_", "cnonce"].contains(name)
    }
}

import ReenactTimeline

/// Which value holds the byte that a reader of text stumbled over: `can't decode byte 0xf6 in position 1`.
enum ForeignBytes {
    /// The byte as messages of Python, Ruby, PostgreSQL and others write it.
    private static func byte(in message: String) -> (hex: String, place: Int?)? {
        for phrase in ["byte 0x", "bytes 0x", ": 0x", "sequence: 0x", "\"\\x"] {
            guard let range = message.range(of: phrase) else { continue }
            let hex = message[range.upperBound...].prefix(2).lowercased()
            guard hex.count == 2, UInt8(hex, radix: 16) ?? 0 >= 0x80 else { continue }
            let place = message.range(of: "in position ").flatMap { range in
                Int(message[range.upperBound...].prefix { $0.isNumber })
            }
            return (hex, place)
        }
        return nil
    }

    /// A value of an answer in which it stands; recorded texts write such bytes as `\xf6`.
    static func leaf(_ look: Look) -> (answer: Answer, leaf: Leaf, isPlaced: Bool)? {
        guard let (hex, place) = byte(in: look.message) else { return nil }
        let mark = "\\x" + hex
        var found: (answer: Answer, leaf: Leaf, isPlaced: Bool)?
        for answer in look.answers.prefix(10) {
            for leaf in answer.leaves {
                guard let text = leaf.value.string, text.utf8.count <= 20_000, let range = text.range(of: mark) else {
                    continue
                }
                let isPlaced = place == text[..<range.lowerBound].utf8.count
                if isPlaced { return (answer, leaf, true) }
                found = found ?? (answer, leaf, false)
            }
        }
        return found
    }

    /// What the request's address brings in another encoding than UTF-8: `?q=caf%E9`.
    static func parameter(_ look: Look) -> String? {
        guard let target = look.trigger?.http?.target, target.utf8.count <= 20_000, target.contains("%") else {
            return nil
        }
        for pair in target.split(whereSeparator: { "?&/;".contains($0) }) where pair.contains("%") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard let value = parts.last, String(validating: bytes(value), as: UTF8.self) == nil else { continue }
            return parts.count == 2 ? String(parts[0]) : String(value)
        }
        return nil
    }

    private static func bytes(_ text: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let escaped = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(escaped)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}

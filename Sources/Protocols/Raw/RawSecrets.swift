import ReenactTimeline

/// Passwords in protocols of lines: `a1 LOGIN ada "secret"` (IMAP, RFC 9051), `PASS secret` (POP3, RFC 1939; FTP, RFC
/// 959), `CONNECT {"user":"ada","pass":"secret"}` (NATS), `AUTH PLAIN AGFkYQBzZWNyZXQ=` and what is said next (SASL: RFC 4954, RFC 5034).
struct RawSecrets {
    private static let mechanisms: Set = [
        "PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "NTLM",
    ]
    private static let linesMax = 256
    /// So many lines of the client's may carry on a dialogue of SASL.
    private static let dialogueLines = 3

    private var expected = 0

    /// Places of secrets in what the client said in one turn.
    mutating func ranges(in bytes: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var start = 0
        for _ in 0..<Self.linesMax where start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            var line = bytes[start..<end]
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            found += secrets(in: line)
            start = end + 1
        }
        return found
    }

    private mutating func secrets(in line: ArraySlice<UInt8>) -> [Range<Int>] {
        let words = line.split(separator: UInt8(ascii: " "))
        if expected > 0 {
            expected -= 1
            let isVerb = line.count <= 10 && line.allSatisfy { $0 &- 65 < 26 }
            if words.count == 1, line.allSatisfy(Self.isBase64), line.count >= 4, !isVerb { return [line.indices] }
            expected = 0
        }
        if words.first?.elementsEqual("CONNECT".utf8) == true { return Self.members(of: line) }
        // A tag may stand before the verb.
        for place in 0..<min(2, words.count) {
            let rest = words[(place + 1)...]
            switch String(decoding: words[place].prefix(16), as: UTF8.self).uppercased() {
            case "PASS" where place == 0 && rest.count >= 1:
                return [rest.first!.startIndex..<line.endIndex]
            case "LOGIN" where rest.count >= 2:
                // A name without blanks; quoted, the rest is the password all the same.
                return [Self.unquoted(rest.dropFirst().first!.startIndex..<line.endIndex, in: line)]
            case "AUTH", "AUTHENTICATE":
                guard let first = rest.first else { return [] }
                if Self.mechanisms.contains(String(decoding: first, as: UTF8.self).uppercased()) {
                    expected = Self.dialogueLines
                    return rest.count >= 2 ? [rest.last!.indices] : []
                }
                return rest.count == 1 && first.count >= 4 ? [Self.unquoted(first.indices, in: line)] : []
            default: continue
            }
        }
        return []
    }

    /// Source: NATS client protocol, CONNECT.
    private static func members(of line: ArraySlice<UInt8>) -> [Range<Int>] {
        ["pass", "auth_token", "jwt", "sig"].flatMap { name -> [Range<Int>] in
            let key = Array("\"\(name)\":\"".utf8)
            guard let place = line.indices.first(where: { line[$0...].starts(with: key) }) else { return [] }
            let start = place + key.count
            // A quotation mark inside is escaped.
            var end = start
            while end < line.endIndex, line[end] != UInt8(ascii: "\"") {
                end += line[end] == UInt8(ascii: "\\") ? 2 : 1
            }
            return start < min(end, line.endIndex) ? [start..<min(end, line.endIndex)] : []
        }
    }

    private static func unquoted(_ range: Range<Int>, in line: ArraySlice<UInt8>) -> Range<Int> {
        let quote = UInt8(ascii: "\"")
        guard range.count > 2, line[range.lowerBound] == quote, line[range.upperBound - 1] == quote else {
            return range
        }
        return range.lowerBound + 1..<range.upperBound - 1
    }

    private static func isBase64(_ byte: UInt8) -> Bool {
        byte &- 48 < 10 || (byte | 32) &- 97 < 26 || byte == 0x2B || byte == 0x2F || byte == 0x3D
    }
}

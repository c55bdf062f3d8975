/// Values that show by themselves that they are secrets: signed tokens (JWT), hashes of passwords, keys of well-known makers.
public enum SecretShapes {
    /// More in one text is not credible, and would only cost.
    private static let countMax = 4096

    /// What a value begins with, how many characters of it follow at least, and which besides letters and digits.
    private struct Shape {
        let prefix: [UInt8]
        let following: Int
        let others: [UInt8]

        init(_ prefix: String, _ following: Int, _ others: String = "_-") {
            (self.prefix, self.following, self.others) = (Array(prefix.utf8), following, Array(others.utf8))
        }
    }

    // Sources: crypt(5); Django, "Password management"; RFC 9106; werkzeug.security; the makers' own pages on token forms.
    private static let shapes = [
        Shape("pbkdf2_sha", 40, "_$+/=."), Shape("pbkdf2:sha", 40, ":$+/="), Shape("scrypt:", 40, ":$+/="),
        Shape("bcrypt_sha256$$", 50, "$./"), Shape("argon2$", 50, "$=,+/"), Shape("$argon2", 40, "$=,+/"),
        Shape("$2a$", 53, "$./"), Shape("$2b$", 53, "$./"), Shape("$2y$", 53, "$./"), Shape("$5$", 40, "$./="),
        Shape("$6$", 80, "$./="), Shape("$y$", 40, "$./"), Shape("{SSHA}", 24, "+/="), Shape("ghp_", 30),
        Shape("gho_", 30),
        Shape("ghs_", 30), Shape("ghu_", 30), Shape("github_pat_", 30), Shape("glpat-", 16), Shape("xoxb-", 20),
        Shape("xoxp-", 20), Shape("sk_live_", 16), Shape("rk_live_", 16), Shape("pypi-Ag", 50), Shape("npm_", 30),
    ]

    private static let byFirst: [UInt8: [Shape]] = Dictionary(grouping: shapes) { $0.prefix[0] }

    /// Where they stand, in order, apart from each other.
    public static func ranges(in bytes: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var place = 0
        var isInside = false
        while place < bytes.count, found.count < countMax {
            defer { place += 1 }
            // In the middle of a word nothing begins.
            if isInside, bytes[place] != UInt8(ascii: "$") {
                isInside = isWord(bytes[place])
                continue
            }
            isInside = isWord(bytes[place])
            guard bytes[place] == UInt8(ascii: "e") || byFirst[bytes[place]] != nil,
                let end = token(at: place, in: bytes) ?? shape(at: place, in: bytes)
            else { continue }
            found.append(place..<end)
            place = end - 1
            isInside = true
        }
        return found
    }

    /// Three parts of base64url, the first two JSON objects (`{"` is `eyJ`). RFC 7519.
    private static func token(at start: Int, in bytes: [UInt8]) -> Int? {
        var place = start
        for part in 0..<3 {
            if part > 0 {
                guard place < bytes.count, bytes[place] == UInt8(ascii: ".") else { return nil }
                place += 1
            }
            if part < 2, !bytes[place...].starts(with: "eyJ".utf8) { return nil }
            let begin = place
            while place < bytes.count, isWord(bytes[place]) || bytes[place] == UInt8(ascii: "-") { place += 1 }
            guard place - begin >= 10 else { return nil }
        }
        return place
    }

    private static func shape(at start: Int, in bytes: [UInt8]) -> Int? {
        for shape in byFirst[bytes[start]] ?? [] where bytes[start...].starts(with: shape.prefix) {
            var end = start + shape.prefix.count
            while end < bytes.count, isWord(bytes[end]) || shape.others.contains(bytes[end]) { end += 1 }
            if end - start - shape.prefix.count >= shape.following { return end }
        }
        return nil
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte &- 48 < 10 || (byte | 32) &- 97 < 26 || byte == UInt8(ascii: "_")
    }
}

import ReenactTimeline

/// Addresses as the failing code may have wanted them.
enum URLForms {
    private static let schemes = [
        "http", "https", "postgresql", "mysql", "sqlite", "redis", "rediss", "amqp", "amqps", "mongodb", "ws", "wss",
        "ftp", "ldap", "smtp", "file", "kafka", "nats", "memcached", "mssql", "oracle", "mariadb", "ssh", "git",
    ]
    private static let distanceMax = 2

    /// The address with the scheme that is nearest to one that is none, where the message names that by itself; nil where it
    /// does not, or none is near: `postgresql://…` for `postgre://…`.
    static func mended(_ text: String, message: String) -> String? {
        guard let end = text.firstRange(of: "://"), !text[..<end.lowerBound].isEmpty else { return nil }
        let whole = text[..<end.lowerBound]
        let scheme = String(whole.prefix { $0 != "+" })
        guard scheme.count > 2, scheme.allSatisfy({ $0.isLetter || $0.isNumber }),
            !schemes.contains(scheme.lowercased()), isNamed(scheme, message)
        else { return nil }
        func distance(_ other: String) -> Int {
            other.hasPrefix(scheme.lowercased()) ? 1 : edits(Array(scheme.lowercased()), Array(other))
        }
        let near = schemes.map { ($0, distance($0)) }.min { $0.1 < $1.1 }
        guard let near, near.1 <= distanceMax, 2 * near.1 < scheme.count else { return nil }
        return near.0 + text.dropFirst(scheme.count)
    }

    /// It stands there as a word, and not before `://`: then the message only repeats the address.
    private static func isNamed(_ word: String, _ message: String) -> Bool {
        var rest = message[...]
        while let range = rest.firstRange(of: word) {
            let before = rest[..<range.lowerBound].last
            let behind = rest[range.upperBound...]
            rest = behind
            func parts(_ one: Character?) -> Bool { one.map { !$0.isLetter && !$0.isNumber } ?? true }
            if parts(before), parts(behind.first), !behind.hasPrefix("://"), behind.first != "+" { return true }
        }
        return false
    }

    private static func edits(_ one: [Character], _ other: [Character]) -> Int {
        var row = Array(0...other.count)
        for (i, a) in one.enumerated() {
            var before = row[0]
            row[0] = i + 1
            for (j, b) in other.enumerated() {
                let next = min(row[j] + 1, row[j + 1] + 1, before + (a == b ? 0 : 1))
                before = row[j + 1]
                row[j + 1] = next
            }
        }
        return row[other.count]
    }

    /// An address of the kind that was wanted, where the failure says that what it was given is none.
    static func wanted(_ words: String) -> String? {
        let low = words.lowercased()
        guard ["url", "uri", "dsn"].contains(where: low.contains),
            [
                "parse", "invalid", "malformed", "no scheme", "missing scheme", "not a valid", "must specify",
                "expected", "unsupported protocol",
            ].contains(where: low.contains)
        else { return nil }
        return plain(words) ?? "http://127.0.0.1/"
    }

    /// An address that the library knows of which the words speak; one that opens without asking anybody, where it can.
    static func plain(_ words: String) -> String? {
        let low = words.lowercased()
        return [
            ("sqlalchemy", "sqlite://"), ("redis", "redis://127.0.0.1"), ("postgres", "postgresql://127.0.0.1/text"),
            ("psycopg", "postgresql://127.0.0.1/text"), ("mysql", "mysql://127.0.0.1/text"),
            ("amqp", "amqp://127.0.0.1"), ("mongo", "mongodb://127.0.0.1"),
        ].first { low.contains($0.0) }?.1
    }
}

/// Secrets in the text of a configuration file: `password = x`, `"token": "x"`, `<secret>x</secret>`, passwords in URLs,
/// private keys.
enum SecretLines {
    /// Where they stand, in order, apart from each other.
    static func ranges(in bytes: [UInt8]) -> [Range<Int>] {
        // What is not text has no lines.
        guard !bytes.contains(0) else { return [] }
        let isLogins = holds(bytes[...], "machine ") && holds(bytes[...], "login ")
        var found: [Range<Int>] = []
        var start = 0
        var key: Int?
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 10) ?? bytes.count
            let line = bytes[start..<end]
            if let begun = key {
                if holds(line, "-----END ") {
                    if begun < start { found.append(begun..<start - 1) }
                    key = nil
                }
            } else if holds(line, "-----BEGIN "), holds(line, "PRIVATE KEY") {
                key = min(end + 1, bytes.count)
            } else {
                let here = inLine(line)
                found += here.isEmpty ? (isLogins ? inLogins(line) : inColons(line)) : here
            }
            start = end + 1
        }
        if let begun = key, begun < bytes.count { found.append(begun..<bytes.count) }
        return found
    }

    /// `machine m login u password x`. Source: inetutils, netrc(5)
    private static func inLogins(_ line: ArraySlice<UInt8>) -> [Range<Int>] {
        let words = line.split { $0 == 32 || $0 == 9 || $0 == 13 }
        return zip(words, words.dropFirst()).filter { $0.0.elementsEqual("password".utf8) }.map { $0.1.indices }
    }

    /// `host:5432:database:user:password`. Source: PostgreSQL, libpq, "The Password File"
    private static func inColons(_ line: ArraySlice<UInt8>) -> [Range<Int>] {
        let line = line.last == 13 ? line.dropLast() : line
        let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 4, omittingEmptySubsequences: false)
        guard fields.count == 5, fields.allSatisfy({ !$0.isEmpty && !$0.contains(32) }),
            fields[1].elementsEqual("*".utf8) || fields[1].allSatisfy({ (0x30...0x39).contains($0) }),
            isSecret(fields[4])
        else { return [] }
        return [fields[4].indices]
    }

    private static func holds(_ line: ArraySlice<UInt8>, _ text: String) -> Bool {
        let text = Array(text.utf8)
        guard line.count >= text.count else { return false }
        return (line.startIndex...(line.endIndex - text.count)).contains { line[$0...].starts(with: text) }
    }

    private static func inLine(_ line: ArraySlice<UInt8>) -> [Range<Int>] {
        guard line.count < 4096 else { return whole(line) }
        var found: [Range<Int>] = []
        var place = line.startIndex
        while place < line.endIndex {
            guard isWord(line[place]) else {
                place += 1
                continue
            }
            let begin = place
            while place < line.endIndex, isWord(line[place]) { place += 1 }
            let name = String(decoding: line[begin..<place], as: UTF8.self)
            guard let value = value(behind: place, in: line), isSecret(line[value]) else { continue }
            if SecretNames.isSecret(name.replacing("-", with: "_").replacing(".", with: "_")) {
                found.append(value)
                place = value.upperBound
            }
        }
        return found + inURLs(line, besides: found)
    }

    /// Values that a file names a secret by, or switches it with, are none; nor is what is too short to be told again.
    private static func isSecret(_ value: ArraySlice<UInt8>) -> Bool {
        let text = String(decoding: value, as: UTF8.self).lowercased()
        return text.utf8.count >= 4 && !text.hasPrefix("$") && !text.hasPrefix("%(") && !text.hasPrefix("{{")
            && !["true", "false", "null", "none"].contains(text)
    }

    /// A line too long to look at closely.
    private static func whole(_ line: ArraySlice<UInt8>) -> [Range<Int>] {
        let text = String(decoding: line, as: UTF8.self).lowercased()
        return SecretNames.isSecret(text) ? [line.startIndex..<line.endIndex] : []
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: false
        }
    }

    /// The value after a name: behind `=`, `:`, `=>` or `>`, in quotes or up to the end of the line or list.
    private static func value(behind place: Int, in line: ArraySlice<UInt8>) -> Range<Int>? {
        var at = place
        func skip(_ characters: String) {
            while at < line.endIndex, characters.utf8.contains(line[at]) { at += 1 }
        }
        skip("\"'")
        skip(" \t")
        guard at < line.endIndex, "=:>,".utf8.contains(line[at]) else { return nil }
        // `define('DB_PASSWORD', 'x')` has a comma; in lists and calls a comma without a quote before it is no value.
        if line[at] == UInt8(ascii: ","), place == at { return nil }
        let isElement = line[at] == UInt8(ascii: ">")
        skip("=:>,")
        skip(" \t")
        guard at < line.endIndex else { return nil }
        let quote = line[at]
        if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            let end = line[(at + 1)...].firstIndex(of: quote) ?? line.endIndex
            return (at + 1)..<end
        }
        let ends = isElement ? "<" : ",;}])#"
        var end = at
        while end < line.endIndex, !ends.utf8.contains(line[end]), line[end] != 13 { end += 1 }
        while end > at, line[end - 1] == 32 || line[end - 1] == 9 { end -= 1 }
        return at..<end
    }

    private static func inURLs(_ line: ArraySlice<UInt8>, besides found: [Range<Int>]) -> [Range<Int>] {
        var passwords: [Range<Int>] = []
        var from = line.startIndex
        let bytes = Array("://".utf8)
        while from + 3 <= line.endIndex {
            guard line[from...].starts(with: bytes) else {
                from += 1
                continue
            }
            let rest = line[(from + 3)...].prefix { !" \t\"'/?<>".utf8.contains($0) }
            from = rest.endIndex
            guard let at = rest.lastIndex(of: UInt8(ascii: "@")),
                let colon = rest[..<at].firstIndex(of: UInt8(ascii: ":")), colon + 1 < at
            else { continue }
            let range = (colon + 1)..<at
            if !found.contains(where: { $0.overlaps(range) }) { passwords.append(range) }
        }
        return passwords
    }
}

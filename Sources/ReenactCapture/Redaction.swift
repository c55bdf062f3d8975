import ReenactTLS
import ReenactTimeline
import ReenactWire

/// Replaces secrets by placeholders of the same length before anything reaches a disk.
///
/// A placeholder is a keyed hash of its secret: equal secrets stay equal, in one case and across cases of one owner,
/// and nothing leads back. What it stood for is sealed with the owner's key, so that the owner can re-enact.
struct Redaction {
    private let key: [UInt8]
    private let seals: Bool
    /// Secret to placeholder.
    private var placeholders: [[UInt8]: [UInt8]] = [:]
    /// What is a placeholder already stays one: two who look for secrets may find the same.
    private var made: Set<[UInt8]> = []
    private var longSecrets = SecretIndex()
    /// Those that would be found by chance: replaced in text where they are plainly a value (`token=cr0n1`).
    private var shortSecrets: [(secret: [UInt8], placeholder: [UInt8])] = []

    /// - Parameter key: the owner's key of 32 bytes; nil makes a throw-away one and seals nothing.
    init(key: [UInt8]?) {
        seals = key != nil
        self.key = key ?? (try? Seal.randomBytes(Seal.keyBytes)) ?? Array(repeating: 7, count: Seal.keyBytes)
    }

    /// Values shorter than this are replaced where they were found only, not wherever they occur.
    private static let searchedMin = 8
    private static let shortMin = 3

    /// - Parameter isSearched: whether it is replaced wherever else it occurs, too.
    mutating func placeholder(for secret: [UInt8], isSearched: Bool = true) -> [UInt8] {
        guard !secret.isEmpty else { return [] }
        if let known = placeholders[secret] { return known }
        if self.made.contains(secret) { return secret }
        var text = Array("redacted".utf8)
        var round: UInt8 = 0
        while text.count < secret.count {
            text += Array(SHA256.hex(key + [round] + secret).utf8)
            round &+= 1
        }
        let short = secret.count < Redaction.searchedMin ? letters(secret) : Array(SHA256.hex(key + secret).utf8)
        let made = secret.count < 16 ? Array(short.prefix(secret.count)) : Array(text.prefix(secret.count))
        placeholders[secret] = made
        self.made.insert(made)
        if isSearched {
            if secret.count >= Redaction.searchedMin {
                longSecrets.add(secret, made)
            } else if secret.count >= Redaction.shortMin {
                shortSecrets.append((secret, made))
            }
        }
        return made
    }

    /// Of few digits of a hash there would soon be others like them.
    private func letters(_ secret: [UInt8]) -> [UInt8] {
        let alphabet = Array("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        let hash = SHA256.hex(key + secret)
        return stride(from: 0, to: 64, by: 4).map { place in
            let digits = hash.utf8.dropFirst(place).prefix(4)
            return alphabet[(Int(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0) % alphabet.count]
        }
    }

    mutating func placeholder(for secret: String) -> String {
        String(decoding: placeholder(for: Array(secret.utf8)), as: UTF8.self)
    }

    /// Learns the secrets that stand in a connection, and replaces those.
    mutating func redact(_ connection: Connection, secrets: [Secret]) -> Connection {
        var result = connection
        for secret in secrets {
            let value = connection.bytes(secret.range, from: secret.side)
            guard value.count == secret.range.length, !value.isEmpty else { continue }
            for inner in secret.inner where !inner.isEmpty { _ = placeholder(for: inner) }
            patch(&result, side: secret.side, offset: secret.range.offset, with: placeholder(for: value))
        }
        return result
    }

    /// Replaces secrets in what no protocol knows the inside of: documents in values, cells and messages. A plain word is
    /// replaced where it stands only, and not looked for elsewhere.
    mutating func hideMembers(of connection: inout Connection) {
        for side in [Side.client, .server] {
            var run: (offset: Int, bytes: [UInt8]) = (0, [])
            var found: [(offset: Int, value: [UInt8])] = []
            func look() {
                for range in SecretMembers.ranges(in: run.bytes) {
                    found.append((run.offset + range.lowerBound, Array(run.bytes[range])))
                }
            }
            for segment in connection.segments where segment.side == side {
                if segment.offset != run.offset + run.bytes.count {
                    look()
                    run = (segment.offset, [])
                }
                run.bytes += segment.bytes
            }
            look()
            for (offset, value) in found {
                let made = placeholder(for: value, isSearched: SecretMembers.isTelling(value))
                patch(&connection, side: side, offset: offset, with: made)
            }
        }
    }

    private func patch(_ connection: inout Connection, side: Side, offset: Int, with bytes: [UInt8]) {
        for index in connection.segments.indices where connection.segments[index].side == side {
            let start = connection.segments[index].offset
            let from = max(offset, start)
            let to = min(offset + bytes.count, start + connection.segments[index].bytes.count)
            guard from < to else { continue }
            connection.segments[index].bytes.replaceSubrange(
                (from - start)..<(to - start), with: bytes[(from - offset)..<(to - offset)])
        }
    }

    /// Replaces the secrets learnt so far wherever else they occur: once all connections were learnt. One may lie across
    /// segments.
    func sweep(_ connection: Connection) -> Connection {
        guard !longSecrets.isEmpty else { return connection }
        return connection.replacingBytes(from: .client, sweep).replacingBytes(from: .server, sweep)
    }

    func sweep(_ bytes: [UInt8]) -> [UInt8] { longSecrets.replaced(in: bytes) }

    func sweep(_ file: Case.FileCopy) -> Case.FileCopy {
        .init(path: file.path, time: file.time, bytes: sweep(file.bytes))
    }

    /// The file without the secrets that stand at these places, and without those learnt before. What only looks like a
    /// secret in a file (a word beside `password:` in a list of translations) is not looked for elsewhere.
    mutating func hiding(_ ranges: [Range<Int>], of file: Case.FileCopy) -> Case.FileCopy {
        var result = file
        for range in ranges {
            let secret = Array(file.bytes[range])
            result.bytes.replaceSubrange(range, with: placeholder(for: secret, isSearched: false))
        }
        return sweep(result)
    }

    func sweep(_ text: String) -> String {
        guard !longSecrets.isEmpty || !shortSecrets.isEmpty, text.utf8.count > Redaction.shortMin else { return text }
        return String(decoding: sweepShort(sweep(Array(text.utf8))), as: UTF8.self)
    }

    /// Short secrets behind an equals sign, as whole words.
    private func sweepShort(_ bytes: [UInt8]) -> [UInt8] {
        guard !shortSecrets.isEmpty, bytes.contains(UInt8(ascii: "=")) else { return bytes }
        func isWord(_ byte: UInt8) -> Bool {
            byte &- 48 < 10 || (byte | 32) &- 97 < 26 || byte == UInt8(ascii: "_") || byte >= 0x80
        }
        var result = bytes
        for (secret, placeholder) in shortSecrets {
            var start = 0
            while let found = ByteSearch.first(secret, in: result, from: start) {
                start = found + secret.count
                guard found > 0, result[found - 1] == UInt8(ascii: "="), start == result.count || !isWord(result[start])
                else { continue }
                result.replaceSubrange(found..<start, with: placeholder)
            }
        }
        return result
    }

    func sweep(_ exception: ExceptionRecord) -> ExceptionRecord {
        var result = exception
        result.message = sweep(result.message)
        for index in result.frames.indices {
            for local in result.frames[index].locals.indices {
                let value = result.frames[index].locals[local].value
                let swept = sweep(value)
                if swept != value {
                    result.frames[index].locals[local].value = swept
                    result.frames[index].locals[local].redacted = true
                }
            }
        }
        result.causes = result.causes.map(sweep)
        return result
    }

    func sweep(_ value: JSONValue) -> JSONValue {
        guard !longSecrets.isEmpty || !shortSecrets.isEmpty else { return value }
        switch value {
        case .string(let text): return .string(sweep(text))
        case .array(let elements): return .array(elements.map(sweep))
        case .object(let members): return .object(members.mapValues(sweep))
        default: return value
        }
    }

    /// The secrets, encrypted with the owner's key; empty where there is none.
    var sealed: [Case.Sealed] {
        guard seals else { return [] }
        return placeholders.sorted { $0.value.lexicographicallyPrecedes($1.value) }.compactMap { secret, placeholder in
            guard let ciphertext = try? Seal.seal(secret, key: key) else { return nil }
            return Case.Sealed(placeholder: String(decoding: placeholder, as: UTF8.self), ciphertext: ciphertext)
        }
    }

    var count: Int { placeholders.count }
}

/// Finds bytes in bytes.
enum ByteSearch {
    /// The first place of `needle` at or after `from`; nil where there is none.
    static func first(_ needle: [UInt8], in hay: [UInt8], from: Int = 0) -> Int? {
        guard let head = needle.first, hay.count - from >= needle.count else { return nil }
        return hay.withUnsafeBufferPointer { hay in
            var index = from
            let last = hay.count - needle.count
            while index <= last {
                if hay[index] == head {
                    var length = 1
                    while length < needle.count, hay[index + length] == needle[length] { length += 1 }
                    if length == needle.count { return index }
                }
                index += 1
            }
            return nil
        }
    }
}

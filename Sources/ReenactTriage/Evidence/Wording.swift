import Glibc

/// A text in small letters, ready to be searched for many fixed phrases.
///
/// Rules look for hundreds of phrases in every message. Which groups of three bytes occur in the text is noted once; a
/// phrase whose first or last three do not occur is done with after two look-ups.
struct Wording: Sendable {
    /// The text's bytes, in small letters.
    let bytes: [UInt8]
    /// A set of hashed groups of three bytes: 4096 bits.
    private let groups: [UInt64]

    init(_ text: String) {
        bytes = Self.lowered(text)
        var groups = [UInt64](repeating: 0, count: 64)
        bytes.withUnsafeBufferPointer { bytes in
            guard bytes.count >= 3 else { return }
            for place in 0..<(bytes.count - 2) {
                let hash = Self.hash(bytes[place], bytes[place + 1], bytes[place + 2])
                groups[hash >> 6] |= 1 << UInt64(hash & 63)
            }
        }
        self.groups = groups
    }

    /// True where the phrase, in small letters, stands anywhere in the text.
    func contains(_ phrase: String) -> Bool {
        let found = phrase.utf8.withContiguousStorageIfAvailable { phrase -> Bool in
            guard phrase.count >= 3 else { return ByteSearch.first(phrase, in: bytes) != nil }
            let last = phrase.count - 3
            guard has(phrase[0], phrase[1], phrase[2]), has(phrase[last], phrase[last + 1], phrase[last + 2]) else {
                return false
            }
            return ByteSearch.first(phrase, in: bytes) != nil
        }
        return found ?? (ByteSearch.first(Array(phrase.utf8), in: bytes) != nil)
    }

    /// True where any of the phrases, in small letters, stands in the text.
    func contains(any phrases: [String]) -> Bool { phrases.contains { contains($0) } }

    private func has(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Bool {
        let hash = Self.hash(first, second, third)
        return groups[hash >> 6] & (1 << UInt64(hash & 63)) != 0
    }

    private static func hash(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Int {
        let word = UInt32(first) | UInt32(second) << 8 | UInt32(third) << 16
        return Int((word &* 2_654_435_761) >> 20)
    }

    /// ASCII, as nearly all of it is, without a detour through characters.
    private static func lowered(_ text: String) -> [UInt8] {
        var bytes = Array(text.utf8)
        for place in bytes.indices {
            let byte = bytes[place]
            if byte >= 0x80 { return Array(text.lowercased().utf8) }
            if byte >= 0x41, byte <= 0x5A { bytes[place] = byte | 0x20 }
        }
        return bytes
    }
}

/// Searches on bytes: a text in UTF-8 stands in another exactly where its bytes do.
enum ByteSearch {
    /// The first place of a pattern, from a place on.
    static func first(_ pattern: [UInt8], in bytes: [UInt8], from start: Int = 0) -> Int? {
        pattern.withUnsafeBufferPointer { first($0, in: bytes, from: start) }
    }

    static func first(_ pattern: UnsafeBufferPointer<UInt8>, in bytes: [UInt8], from start: Int = 0) -> Int? {
        bytes.withUnsafeBufferPointer { first(pattern, in: $0, from: start) }
    }

    static func first(
        _ pattern: UnsafeBufferPointer<UInt8>, in bytes: UnsafeBufferPointer<UInt8>, from start: Int = 0
    ) -> Int? {
        guard let head = pattern.first else { return start <= bytes.count ? start : nil }
        guard bytes.count >= pattern.count, let base = bytes.baseAddress, let wanted = pattern.baseAddress else {
            return nil
        }
        let end = bytes.count - pattern.count
        var place = start
        while place <= end, let found = memchr(base + place, Int32(head), end - place + 1) {
            place = UnsafeRawPointer(found) - UnsafeRawPointer(base)
            if memcmp(base + place, wanted, pattern.count) == 0 { return place }
            place += 1
        }
        return nil
    }
}

extension StringProtocol {
    /// Gives the text's bytes where they lie, or a copy of them where they do not lie together.
    func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
        return Array(utf8).withUnsafeBufferPointer(body)
    }
}

extension String {
    /// True where the other text stands in this one: on bytes, since the standard library's search goes by characters
    /// and takes fifty times as long.
    func contains(_ text: String) -> Bool {
        withBytes { bytes in text.withBytes { ByteSearch.first($0, in: bytes) != nil } }
    }

    func contains(_ text: Substring) -> Bool {
        withBytes { bytes in text.withBytes { ByteSearch.first($0, in: bytes) != nil } }
    }

    /// The first place of a text in another; what Foundation would give.
    func range(of text: String) -> Range<String.Index>? { self[...].range(of: text) }
}

extension String {
    /// At most so many characters; what is short is not counted.
    func cut(_ length: Int) -> String { utf8.count <= length ? self : String(prefix(length)) }
}

extension Substring {
    /// As for `String`.
    func contains(_ text: String) -> Bool {
        withBytes { bytes in text.withBytes { ByteSearch.first($0, in: bytes) != nil } }
    }

    /// The first place of a text in another.
    func range(of text: String) -> Range<Substring.Index>? {
        guard
            let place = withBytes({ bytes in text.withBytes { ByteSearch.first($0, in: bytes) } })
        else { return nil }
        let start = utf8.index(startIndex, offsetBy: place)
        return start..<utf8.index(start, offsetBy: text.utf8.count)
    }
}

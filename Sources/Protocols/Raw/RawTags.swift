/// Tags that a client makes up for its commands, and by which answers are told apart: `KKHO1 LOGIN …`, answered by
/// `KKHO1 OK …`. Source: RFC 9051, 2.2.1 (IMAP).
///
/// Nobody reads this protocol: a tag is the first word of a line of the client's which a line of the server's begins with
/// later on. The live one has the same form, letter for letter and digit for digit.
struct RawTags {
    private static let lengthRange = 2...32

    /// Recorded tags and the live ones in their places.
    private var pairs: [(recorded: [UInt8], live: [UInt8])] = []

    /// Puts the recorded tag in the place of the live one, where the turn begins with one.
    ///
    /// - Parameters:
    ///   - recorded: what the client said in this turn.
    ///   - answers: what the server says from then on; looked at only where a tag may have changed.
    /// - Returns: false where more live bytes must come before that can be told.
    mutating func translate(
        _ live: inout [UInt8], recorded: [UInt8], answers: some Sequence<[UInt8]>
    ) -> Bool {
        guard let tag = Self.tag(recorded[...]), !live.starts(with: tag),
            zip(tag, live).allSatisfy({ Self.form($0) == Self.form($1) }),
            answers.contains(where: { Self.places(of: tag, in: $0).first != nil })
        else { return true }
        guard live.count > tag.count else { return false }
        guard live[tag.count] == UInt8(ascii: " ") else { return true }
        pairs.append((tag, Array(live[..<tag.count])))
        live.replaceSubrange(..<tag.count, with: tag)
        return true
    }

    /// An answer with the live tags.
    func spoken(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        for (recorded, live) in pairs {
            for place in Self.places(of: recorded, in: bytes) {
                result.replaceSubrange(place..<(place + live.count), with: live)
            }
        }
        return result
    }

    /// Where lines begin with the tag.
    private static func places(of tag: [UInt8], in bytes: [UInt8]) -> [Int] {
        var found: [Int] = []
        var start = 0
        while start + tag.count < bytes.count {
            if bytes[start...].starts(with: tag), bytes[start + tag.count] == UInt8(ascii: " ") { found.append(start) }
            guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else { break }
            start = end + 1
        }
        return found
    }

    private static func tag(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        guard let end = bytes.prefix(lengthRange.upperBound + 1).firstIndex(of: UInt8(ascii: " ")),
            lengthRange.contains(end - bytes.startIndex)
        else { return nil }
        let word = bytes[..<end]
        // A verb is all letters: a tag counts.
        guard word.allSatisfy({ form($0) != 0 }), word.contains(where: { form($0) == 1 }) else { return nil }
        return Array(word)
    }

    /// Digits, small letters, capitals; 0 for anything else.
    private static func form(_ byte: UInt8) -> Int {
        byte &- 48 < 10 ? 1 : byte &- 97 < 26 ? 2 : byte &- 65 < 26 ? 3 : 0
    }
}

import ReenactWire

/// A live turn beside the recorded one: the same words, but for those that programs make anew at each run.
///
/// Nobody reads this protocol, so only the form of a word tells what it is: random names, long numbers, times of day,
/// noise in binary. A differing word of any other form makes it another question.
struct RawAlignment: Equatable {
    /// A recorded word and the live one in its place.
    struct Pair: Equatable {
        var recorded: [UInt8]
        var live: [UInt8]
    }

    enum Result: Equatable {
        /// The same so far; more live bytes would tell.
        case needMore
        case same(RawAlignment)
        /// Another question, from that byte of the recorded turn.
        case different(at: Int)
    }

    /// So many of the live bytes are this turn's.
    var length: Int
    var pairs: [Pair]

    /// Compares the bytes of a whole recorded turn with what came of the live one.
    static func align(_ recorded: [UInt8], _ live: [UInt8]) -> Result {
        var pairs: [Pair] = []
        var (old, new) = (0, 0)
        while old < recorded.count {
            guard new < live.count else { return .needMore }
            if recorded[old] == live[new] {
                (old, new) = (old + 1, new + 1)
                continue
            }
            switch word(recorded, old, live, new) ?? noise(recorded, old, live, new) {
            case nil: return .different(at: old)
            case .needMore: return .needMore
            case .same(let pair, let oldEnd, let newEnd):
                pairs.append(pair)
                (old, new) = (oldEnd, newEnd)
            }
        }
        return .same(RawAlignment(length: new, pairs: pairs))
    }

    private enum Step {
        case needMore
        case same(Pair, oldEnd: Int, newEnd: Int)
    }

    /// The words around a difference, by ever wider notions of a word: `3fA9…`, `<1795.44.81@host>`, `21:05:14`.
    private static func word(_ recorded: [UInt8], _ old: Int, _ live: [UInt8], _ new: Int) -> Step? {
        for joins in joiners {
            func belongs(_ byte: UInt8) -> Bool { isWordByte(byte) || joins.contains(byte) }
            var back = 0
            while back < old, back < new, belongs(recorded[old - back - 1]) { back += 1 }
            let oldEnd = recorded[old...].firstIndex { !belongs($0) } ?? recorded.count
            let newEnd = live[new...].firstIndex { !belongs($0) } ?? live.count
            let pair = Pair(recorded: Array(recorded[(old - back)..<oldEnd]), live: Array(live[(new - back)..<newEnd]))
            if isMade(pair.recorded) && isMade(pair.live) || isTimeOfDay(pair.recorded) && isTimeOfDay(pair.live) {
                return .same(pair, oldEnd: oldEnd, newEnd: newEnd)
            }
            // The live word may only have begun.
            if newEnd == live.count, isMade(pair.recorded) || isTimeOfDay(pair.recorded),
                pair.live.count < pair.recorded.count
            {
                return .needMore
            }
        }
        return nil
    }

    private static let joiners: [Set<UInt8>] = [[], Set("-_".utf8), Set(".-_+=/".utf8), Set(":.".utf8)]

    /// Bytes of equal number that look like noise in both: a session's identifier, a key, a nonce.
    private static func noise(_ recorded: [UInt8], _ old: Int, _ live: [UInt8], _ new: Int) -> Step? {
        var count = 0
        var same = 0
        // Four equal bytes in a row are no accident: the noise is over.
        while old + count < recorded.count, new + count < live.count, same < 4, count < noiseMax {
            same = recorded[old + count] == live[new + count] ? same + 1 : 0
            count += 1
        }
        if same < 4, new + count == live.count, old + count < recorded.count { return .needMore }
        count -= same
        let pair = Pair(
            recorded: Array(recorded[old..<(old + count)]), live: Array(live[new..<(new + count)]))
        guard looksRandom(pair.recorded), looksRandom(pair.live) else { return nil }
        return .same(pair, oldEnd: old + count, newEnd: new + count)
    }

    private static let noiseMax = 256

    /// Eight bytes or more, nearly all different, and not a text's.
    private static func looksRandom(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 8 else { return false }
        return Set(bytes).count * 4 >= min(bytes.count, 128) * 3
            && bytes.count { $0 >= 0x80 || $0 < 0x20 } * 5 >= bytes.count
    }

    /// A random name or a long number: no word, and no number that a person uses.
    static func isMade(_ word: [UInt8]) -> Bool {
        guard word.count >= 8 else { return false }
        if Volatile.marker(for: word) != nil || Volatile.epochMarker(for: word) != nil { return true }
        var (digits, lower, upper, changes, last) = (0, 0, 0, 0, 0)
        for byte in word {
            let kind = isDigit(byte) ? 1 : byte &- 97 < 26 ? 2 : byte &- 65 < 26 ? 3 : 4
            switch kind {
            case 1: digits += 1
            case 2: lower += 1
            case 3: upper += 1
            default: break
            }
            if kind != last { changes += 1 }
            last = kind
        }
        // Shorter ones are what people number things with: an order, a telephone, an article.
        if digits * 10 >= word.count * 7 { return digits >= 17 }
        // Cases and digits mixed as only chance mixes them.
        return word.count >= 12 && upper >= 2 && lower >= 2 && changes * 3 >= word.count
    }

    /// `21:05` or `21:05:14.123`.
    private static func isTimeOfDay(_ word: [UInt8]) -> Bool {
        guard (5...18).contains(word.count) else { return false }
        for (index, byte) in word.enumerated() {
            guard index == 2 || index == 5 ? byte == UInt8(ascii: ":") : isDigit(byte) || index == 8 && byte == 0x2e
            else { return false }
        }
        return word.count == 5 || word.count >= 8
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }
    private static func isWordByte(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 32) &- 97 < 26 }
}

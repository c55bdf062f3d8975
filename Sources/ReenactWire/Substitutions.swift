/// Identifiers that the live program made anew (a UUID, a token) and the recorded ones that they stand for.
///
/// Learnt where a question matched but for such a value: the value's origin is then the program itself. From there on
/// the live value is read as the recorded one in every question, and the recorded one becomes the live one in every
/// answer, at all peers of the attempt, so that what follows matches exactly. Same length only: no framing changes.
public final class Substitutions {
    private var pairs: [(recorded: [UInt8], live: [UInt8])] = []
    /// More than this is no identifier any more but another conversation.
    private static let countMax = 256
    /// Shorter values occur by chance.
    private static let lengthMin = 16
    /// Shorter ones are not even taken from who knows.
    private static let shortestMin = 8
    private var shortest = Int.max

    public init() {}

    /// How many are known.
    public var count: Int { pairs.count }

    /// Forgets all but the first ones.
    public func forget(after count: Int) { pairs.removeLast(max(0, pairs.count - count)) }

    public var isEmpty: Bool { pairs.isEmpty }

    /// Compares the canonical keys of a question and of its recorded counterpart.
    func learn(recordedKey: String, liveKey: String) {
        let recorded = Substitutions.words(recordedKey)
        let live = Substitutions.words(liveKey)
        guard recorded.count == live.count else { return }
        for (old, new) in zip(recorded, live)
        where old != new && old.count == new.count && old.count >= Substitutions.lengthMin {
            guard Substitutions.looksMade(old), Substitutions.looksMade(new) else { continue }
            append(old, new)
        }
    }

    /// Takes two values for the same that its caller knows to be made anew; of unequal length, nothing is learnt.
    public func learn(recorded old: [UInt8], live new: [UInt8]) {
        guard old != new, old.count == new.count, old.count >= Substitutions.shortestMin else { return }
        append(old, new)
    }

    private func append(_ old: [UInt8], _ new: [UInt8]) {
        guard pairs.count < Substitutions.countMax, !pairs.contains(where: { $0.live == new || $0.recorded == old })
        else { return }
        pairs.append((old, new))
        shortest = min(shortest, old.count)
    }

    /// A question with live values read as recorded ones.
    public func toRecorded(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        pairs.isEmpty ? bytes : replace(bytes, pairs.map { ($0.live, $0.recorded) })
    }

    /// An answer with recorded values turned into live ones.
    public func toLive(_ bytes: [UInt8]) -> [UInt8] {
        pairs.isEmpty ? bytes : Array(replace(bytes[...], pairs.map { ($0.recorded, $0.live) }))
    }

    private func replace(_ bytes: ArraySlice<UInt8>, _ table: [(old: [UInt8], new: [UInt8])]) -> ArraySlice<UInt8> {
        guard bytes.count >= shortest else { return bytes }
        var result = Array(bytes)
        var byHead: [UInt8: [Int]] = [:]
        for (index, entry) in table.enumerated() { byHead[entry.old[0], default: []].append(index) }
        var place = 0
        while place <= result.count - shortest {
            var step = 1
            for index in byHead[result[place]] ?? [] {
                let (old, new) = table[index]
                guard place + old.count <= result.count, result[place..<(place + old.count)].elementsEqual(old) else {
                    continue
                }
                result.replaceSubrange(place..<(place + old.count), with: new)
                step = old.count
                break
            }
            place += step
        }
        return result[...]
    }

    /// Runs of letters, digits, `-` and `_`.
    private static func words(_ text: String) -> [[UInt8]] {
        text.utf8.split { byte in
            !((48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45
                || byte == 95)
        }.map(Array.init)
    }

    /// Digits and letters mixed, as no word or number is.
    private static func looksMade(_ value: [UInt8]) -> Bool {
        let digits = value.count { (48...57).contains($0) }
        return digits * 8 >= value.count && digits < value.count
    }
}

import ReenactTimeline
import ReenactWire

/// What the program was given on its standard input, as far as it has taken it.
struct StandardInput {
    /// True: a file, where the program may read back and forth. False: a pipe or a socket.
    var isFile: Bool
    /// Its end was seen.
    var isWhole = false
    /// Bytes that were given; more than are kept where it was too much.
    var length = 0
    var bytes: [UInt8] = []
    /// When the first of it was given.
    var time: Instant

    /// Bytes that are kept, at most.
    static let bytesMax = 4 << 20

    mutating func add(_ more: ArraySlice<UInt8>, length count: Int) {
        // Behind a gap nothing is of use.
        if bytes.count == length { bytes += more.prefix(Self.bytesMax - bytes.count) }
        length += count
    }

    /// Bytes that were given and are not kept.
    var missing: Int { length - bytes.count }

    /// As an event of the timeline: `StandardInputDetail` says what stands in it.
    var event: Event {
        let text = String(validating: bytes, as: UTF8.self)
        let first = text?.prefix { !$0.isNewline }.prefix(80) ?? ""
        return Event(
            id: 0, kind: .file, peer: StandardInputDetail.peer, start: time,
            summary: first.isEmpty ? "standard input" : "standard input: \(first)",
            result: "\(length) B", outcome: .ok,
            detail: StandardInputDetail(bytes: bytes, isFile: isFile, isWhole: isWhole, missing: missing).json)
    }
}

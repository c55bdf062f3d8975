import ReenactTimeline
import ReenactWire

/// One value of a stream, in bytes.
struct RESPUnit {
    /// Its beginning; the whole of it where `skipped` is empty.
    var bytes: [UInt8]
    var skipped: ContentHash
    var offset: Int
    var length: Int
    var began: Instant
    var ended: Instant
    var end: Int { offset + length }
}

/// Cuts a stream into values, in bounded memory.
struct RESPReader: Sendable {
    private var scanner: RESPScanner
    private let keptMax: Int
    private var kept: [UInt8] = []
    private var skipped = ContentHash()
    private var length = 0
    private var began: Instant = 0
    private(set) var offset = 0
    private(set) var failure: String?

    /// A reader of commands keeps more, because their arguments are what is asked.
    static let commands = RESPReader(takesInline: true, keptMax: 1 << 20)
    static let replies = RESPReader(takesInline: false, keptMax: 256 << 10)

    init(takesInline: Bool, keptMax: Int) {
        scanner = RESPScanner(takesInline: takesInline)
        self.keptMax = keptMax
    }

    /// Takes from the bytes up to the end of one value.
    mutating func next(_ bytes: inout ArraySlice<UInt8>, at time: Instant) -> RESPUnit? {
        guard failure == nil, !bytes.isEmpty else { return nil }
        if length == 0 { began = time }
        switch scanner.feed(bytes) {
        case .failed(let reason):
            failure = "\(reason) at byte \(offset)"
            kept = []
            return nil
        case .more:
            keep(bytes)
            bytes = []
            return nil
        case .done(let count):
            keep(bytes.prefix(count))
            bytes = bytes.dropFirst(count)
            defer {
                offset += length
                length = 0
                kept = []
                skipped = ContentHash()
            }
            return RESPUnit(
                bytes: kept, skipped: skipped, offset: offset, length: length, began: began, ended: time)
        }
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        let room = max(0, keptMax - kept.count)
        kept.append(contentsOf: bytes.prefix(room))
        if bytes.count > room { skipped.update(bytes.dropFirst(room)) }
        length += bytes.count
    }
}

import Glibc
import ReenactTimeline
import Synchronization

/// The frames of a stack, read from where they stand in the event's text.
///
/// In a flood the same calls come again and again: what a frame says apart from its variables is read once and kept by
/// its text. Lines around the throw are passed over, and variables are read only where rules look at them.
struct SentryFrames {
    /// A frame that was read, with its name in fingerprints; nothing for what is no frame.
    private final class Known: Sendable {
        let text: [UInt8]
        let frame: ExceptionRecord.Frame?
        let names: CallNames

        init(text: [UInt8], frame: ExceptionRecord.Frame?) {
            self.text = text
            self.frame = frame
            names = frame.map(CallNames.init) ?? CallNames()
        }
    }

    /// A stack: frames outermost first, and their names.
    struct Stack {
        var frames: [ExceptionRecord.Frame] = []
        var names: [CallNames] = []
    }

    /// By the hash of a frame's text without its variables and the lines around it.
    private var known: [UInt64: Known] = [:]
    /// Of the frame that is being read: stretches of its text that make its key.
    private var stretches: [Range<Int>] = []
    private var variables: [Range<Int>?] = []

    private static let knownMax = 4096
    private static let keyBytesMax = 8192
    private static let unread = SentryIntake.unread.union(["vars"])

    /// Those of threads that are done: a thread takes one for a whole file.
    private static let idle = Mutex<[SentryFrames]>([])

    /// Gives what earlier readings knew, and keeps what this one learns.
    static func shared<Result>(_ body: (inout SentryFrames) -> Result) -> Result {
        var frames = idle.withLock { $0.popLast() } ?? SentryFrames()
        defer { idle.withLock { if $0.count < 16 { $0.append(frames) } } }
        return body(&frames)
    }

    /// The last frames of the array that begins at the cursor.
    mutating func stack(_ cursor: inout JSONCursor) throws(JSONCursor.Damaged) -> Stack {
        var stack = Stack()
        stack.frames.reserveCapacity(32)
        stack.names.reserveCapacity(32)
        variables.removeAll(keepingCapacity: true)
        var isFirst = true
        while try cursor.element(&isFirst) {
            guard let found = try frame(&cursor) else { continue }
            stack.frames.append(found.frame)
            stack.names.append(found.names)
            variables.append(found.variables)
        }
        let extra = stack.frames.count - FrameText.framesMax
        if extra > 0 {
            stack.frames.removeFirst(extra)
            stack.names.removeFirst(extra)
            variables.removeFirst(extra)
        }
        for place in stack.frames.indices.suffix(LazyHoldings.framesMax) { readVariables(&stack, place, cursor.bytes) }
        // Where a person starts to read may lie further out.
        if let site = Frames.own(stack.frames).last, site < stack.frames.count - LazyHoldings.framesMax {
            readVariables(&stack, site, cursor.bytes)
        }
        return stack
    }

    private func readVariables(_ stack: inout Stack, _ place: Int, _ bytes: UnsafeBufferPointer<UInt8>) {
        guard let range = variables[place] else { return }
        stack.frames[place].locals = SentryVariables.read(bytes, range)
    }

    private mutating func frame(
        _ cursor: inout JSONCursor
    ) throws(JSONCursor.Damaged) -> (frame: ExceptionRecord.Frame, names: CallNames, variables: Range<Int>?)? {
        guard cursor.next() == UInt8(ascii: "{") else {
            // Some write frames as a line of text.
            return SentryEvent.frame(try cursor.value(skipping: SentryIntake.unread)).map { ($0, CallNames($0), nil) }
        }
        let start = cursor.position
        _ = cursor.enter(UInt8(ascii: "{"))
        stretches.removeAll(keepingCapacity: true)
        var variables: Range<Int>?
        var isFirst = true
        var isWhole = true
        while let name = try cursor.member(&isFirst) {
            let value = try cursor.pass()
            if cursor.holds(name, "vars") {
                variables = value
                isWhole = false
            } else if cursor.holds(name, "pre_context") || cursor.holds(name, "post_context") {
                isWhole = false
            } else if isWhole, let last = stretches.last {
                stretches[stretches.count - 1] = last.lowerBound..<value.upperBound
            } else {
                stretches.append(name.lowerBound..<value.upperBound)
                isWhole = true
            }
        }
        let whole = start..<cursor.position
        guard stretches.reduce(0, { $0 + $1.count }) <= Self.keyBytesMax else {
            return try read(cursor.bytes, whole).map { ($0, CallNames($0), variables) }
        }
        let key = hash(cursor.bytes)
        if let found = known[key], isSame(cursor.bytes, found.text) {
            return found.frame.map { ($0, found.names, variables) }
        }
        let frame = try read(cursor.bytes, whole)
        let made = Known(text: stretches.flatMap { cursor.bytes[$0] }, frame: frame)
        if known.count >= Self.knownMax { known = [:] }
        known[key] = made
        return frame.map { ($0, made.names, variables) }
    }

    private func read(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
    ) throws(JSONCursor.Damaged) -> ExceptionRecord.Frame? {
        guard let value = JSONParser.parse(bytes[range], skipping: Self.unread) else { throw JSONCursor.Damaged() }
        return SentryEvent.frame(value)
    }

    /// Quick, and nobody's secret: what has the same hash is compared byte by byte.
    private func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        let raw = UnsafeRawBufferPointer(bytes)
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
        func mix(_ word: UInt64) {
            hash = (hash ^ word) &* 0xFF51_AFD7_ED55_8CCD
            hash ^= hash >> 29
        }
        for stretch in stretches {
            var place = stretch.lowerBound
            while place + 8 <= stretch.upperBound {
                mix(raw.loadUnaligned(fromByteOffset: place, as: UInt64.self))
                place += 8
            }
            var rest = UInt64(stretch.count)
            while place < stretch.upperBound {
                rest = rest << 8 | UInt64(bytes[place])
                place += 1
            }
            mix(rest)
        }
        return hash
    }

    private func isSame(_ bytes: UnsafeBufferPointer<UInt8>, _ text: [UInt8]) -> Bool {
        var place = 0
        return text.withUnsafeBufferPointer { text in
            for stretch in stretches {
                guard place + stretch.count <= text.count else { return false }
                guard let here = text.baseAddress, let there = bytes.baseAddress,
                    memcmp(here + place, there + stretch.lowerBound, stretch.count) == 0
                else { return false }
                place += stretch.count
            }
            return place == text.count
        }
    }
}

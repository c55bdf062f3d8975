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
        /// The hash under which it is kept; nil for one that is not.
        let key: UInt64?
        /// All that was sent of it before and behind its variables.
        let around: (before: [UInt8], behind: [UInt8])
        let frame: ExceptionRecord.Frame?
        let names: CallNames

        init(
            text: [UInt8] = [], key: UInt64? = nil, around: (before: [UInt8], behind: [UInt8]) = ([], []),
            frame: ExceptionRecord.Frame?
        ) {
            self.text = text
            self.key = key
            self.around = around
            self.frame = frame
            names = frame.map(CallNames.init) ?? CallNames()
        }
    }

    /// A stack: frames outermost first, and what it becomes in fingerprints.
    struct Stack {
        var frames: [ExceptionRecord.Frame] = []
        var names = StackNames([], [])
    }

    /// A stack that was read, without variables.
    private final class KnownStack: Sendable {
        let members: [Known]
        let stack: Stack
        /// Where a person starts to read.
        let site: Int?

        init(_ members: [Known]) {
            self.members = members
            let frames = members.compactMap(\.frame)
            stack = Stack(frames: frames, names: StackNames(frames, members.map(\.names)))
            site = Frames.own(frames).last
        }
    }

    /// The event that is being read.
    var text: ArraySlice<UInt8> = []
    /// What came behind a frame last time, by that frame's key: mostly it does again, and is only compared.
    private var following: [UInt64: Known] = [:]
    /// By the hash of a frame's text without its variables and the lines around it.
    private var known: [UInt64: Known] = [:]
    /// Of the frame that is being read: stretches of its text that make its key.
    private var stretches: [Range<Int>] = []
    /// The frames of the stack that is being read, with where their variables stand.
    private var members: [Known] = []
    private var variables: [Range<Int>?] = []
    /// By a hash of their frames.
    private var stacks: [UInt64: KnownStack] = [:]

    private static let knownMax = 2048
    /// So many stacks, of so many frames at most, are kept.
    private static let stacksMax = 512
    private static let membersMax = 100
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
        members.removeAll(keepingCapacity: true)
        variables.removeAll(keepingCapacity: true)
        var isFirst = true
        while try cursor.element(&isFirst) {
            let before = members.last?.key ?? 0
            let found: (known: Known, variables: Range<Int>?)
            if let next = following[before], let same = foretold(&cursor, next) {
                found = same
            } else {
                found = try frame(&cursor)
            }
            if found.known.key != nil, following[before] !== found.known {
                if following.count >= Self.knownMax { following = [:] }
                following[before] = found.known
            }
            guard found.known.frame != nil else { continue }
            members.append(found.known)
            variables.append(found.variables)
        }
        let extra = members.count - FrameText.framesMax
        if extra > 0 {
            members.removeFirst(extra)
            variables.removeFirst(extra)
        }
        let known = knownStack()
        var stack = known.stack
        for place in stack.frames.indices.suffix(LazyHoldings.framesMax) { readVariables(&stack, place) }
        // Where a person starts to read may lie further out.
        if let site = known.site, site < stack.frames.count - LazyHoldings.framesMax {
            readVariables(&stack, site)
        }
        return stack
    }

    /// The stack that `members` make.
    private mutating func knownStack() -> KnownStack {
        guard members.count <= Self.membersMax else { return KnownStack(members) }
        var key = UInt64(members.count)
        for member in members {
            guard let part = member.key else { return KnownStack(members) }
            key = (key ^ part) &* 0xFF51_AFD7_ED55_8CCD
            key ^= key >> 29
        }
        if let found = stacks[key], found.members.elementsEqual(members, by: { $0 === $1 }) { return found }
        let made = KnownStack(members)
        if stacks.count >= Self.stacksMax { stacks = [:] }
        stacks[key] = made
        return made
    }

    private func readVariables(_ stack: inout Stack, _ place: Int) {
        guard let range = variables[place], !text.isEmpty else { return }
        stack.frames[place] = stack.frames[place].with(
            LateLocals { [text] in text.withUnsafeBufferPointer { SentryVariables.read($0, range) } })
    }

    /// The frame at the cursor where all of it but its variables is that one's, byte by byte; then the cursor stands
    /// behind it.
    private func foretold(_ cursor: inout JSONCursor, _ known: Known) -> (known: Known, variables: Range<Int>?)? {
        guard !known.around.before.isEmpty, cursor.next() != nil else { return nil }
        var after = cursor
        guard after.passExactly(known.around.before) else { return nil }
        var variables: Range<Int>?
        if !known.around.behind.isEmpty {
            do { variables = try after.pass() } catch { return nil }
            guard after.passExactly(known.around.behind) else { return nil }
        }
        cursor = after
        return (known, variables)
    }

    private mutating func frame(
        _ cursor: inout JSONCursor
    ) throws(JSONCursor.Damaged) -> (known: Known, variables: Range<Int>?) {
        guard cursor.next() == UInt8(ascii: "{") else {
            // Some write frames as a line of text.
            let frame = SentryEvent.frame(try cursor.value(skipping: SentryIntake.unread))
            return (Known(frame: frame), nil)
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
            return (Known(frame: try read(cursor.bytes, whole)), variables)
        }
        let key = hash(cursor.bytes)
        if let found = known[key], isSame(cursor.bytes, found.text) {
            return (found, variables)
        }
        let frame = try read(cursor.bytes, whole)
        var around: (before: [UInt8], behind: [UInt8]) = ([], [])
        if whole.count - (variables?.count ?? 0) <= Self.keyBytesMax {
            let place = variables ?? whole.upperBound..<whole.upperBound
            around = (
                Array(cursor.bytes[start..<place.lowerBound]), Array(cursor.bytes[place.upperBound..<whole.upperBound])
            )
        }
        let made = Known(text: stretches.flatMap { cursor.bytes[$0] }, key: key, around: around, frame: frame)
        if known.count >= Self.knownMax { known = [:] }
        known[key] = made
        return (made, variables)
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

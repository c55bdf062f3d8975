import ReenactTimeline

/// Splits one direction of a connection into heads and bodies: bytes in, in any cut, one event at a time out.
///
/// Holds no more than one head or one line of 64 KB; body bytes are passed on as slices of the input.
struct HTTPParser: Sendable {
    enum Event {
        /// The owner answers with `frame`, as only it knows what an answer's head answers.
        case head(HTTPHead)
        /// Bytes of the body, chunk framing removed, and where they stand in the stream.
        case body(ArraySlice<UInt8>, offset: Int)
        /// The message is complete; `offset` stands behind it.
        case end
    }

    private enum State {
        case head
        case body(Int)
        case untilClose
        case chunkSize
        case chunk(Int)
        case chunkEnd
        case trailers(Int)
    }

    let side: Side
    /// Bytes taken from the stream so far.
    private(set) var offset = 0
    private var state = State.head
    /// A head or a line that is not complete yet.
    private var kept: [UInt8] = []
    private var lineStart = 0
    /// Where the head that is being read, or was read last, begins.
    private(set) var headOffset = 0

    init(side: Side) { self.side = side }

    /// True between messages.
    var isIdle: Bool { if case .head = state { kept.isEmpty } else { false } }
    /// True while a head is incomplete.
    var isInHead: Bool { if case .head = state { !kept.isEmpty } else { false } }
    /// True where only the connection's end ends the message.
    var isUntilClose: Bool { if case .untilClose = state { true } else { false } }
    /// Bytes held: never more than 64 KB.
    var keptCount: Int { kept.count }

    /// Says how the body of the head that was just given ends.
    mutating func frame(_ framing: HTTPFraming) {
        switch framing {
        case .none: state = .body(0)
        case .length(let length): state = .body(length)
        case .chunked: state = .chunkSize
        case .untilClose: state = .untilClose
        }
    }

    /// Passes over bytes of a body that nobody has.
    ///
    /// - Returns: false, and nothing is passed over, where they may hold more than a body's bytes.
    mutating func skip(_ count: Int) -> Bool {
        switch state {
        case .body(let remaining) where remaining >= count: state = .body(remaining - count)
        case .chunk(let remaining) where remaining >= count: state = .chunk(remaining - count)
        case .untilClose: break
        default: return false
        }
        offset += count
        return true
    }

    /// Passes over whole messages that nobody reads; the parser is between messages.
    mutating func passOver(_ count: Int) { offset += count }

    /// The next event; nil where more bytes are needed. Takes from the input what it has understood.
    mutating func next(_ input: inout ArraySlice<UInt8>) throws(HTTPError) -> Event? {
        while true {
            switch state {
            case .head:
                guard let head = try readHead(&input) else { return nil }
                state = .body(0)
                return .head(head)
            case .body(0):
                state = .head
                return .end
            case .body(let remaining):
                guard let piece = take(&input, atMost: remaining) else { return nil }
                state = .body(remaining - piece.count)
                return .body(piece, offset: offset - piece.count)
            case .untilClose:
                guard let piece = take(&input, atMost: .max) else { return nil }
                return .body(piece, offset: offset - piece.count)
            case .chunkSize:
                guard let line = try readLine(&input) else { return nil }
                let size = try Self.chunkSize(line)
                state = size == 0 ? .trailers(0) : .chunk(size)
            case .chunk(0): state = .chunkEnd
            case .chunk(let remaining):
                guard let piece = take(&input, atMost: remaining) else { return nil }
                state = .chunk(remaining - piece.count)
                return .body(piece, offset: offset - piece.count)
            case .chunkEnd:
                guard let line = try readLine(&input) else { return nil }
                guard line.isEmpty else { throw HTTPError("a chunk longer than its size") }
                state = .chunkSize
            case .trailers(let length):
                guard let line = try readLine(&input) else { return nil }
                guard !line.isEmpty else {
                    state = .head
                    return .end
                }
                guard length + line.count <= HTTP.headBytesMax else { throw HTTPError("trailers of more than 64 KB") }
                state = .trailers(length + line.count)
            }
        }
    }

    private mutating func take(_ input: inout ArraySlice<UInt8>, atMost limit: Int) -> ArraySlice<UInt8>? {
        guard !input.isEmpty else { return nil }
        let piece = input.prefix(limit)
        input = input.dropFirst(piece.count)
        offset += piece.count
        return piece
    }

    /// Collects a head up to its empty line. Line ends may be LF alone; empty lines before it are skipped
    /// (RFC 9112, 2.2).
    private mutating func readHead(_ input: inout ArraySlice<UInt8>) throws(HTTPError) -> HTTPHead? {
        while let first = input.first {
            if kept.isEmpty {
                if first == ASCII.carriageReturn || first == ASCII.lineFeed {
                    _ = take(&input, atMost: 1)
                    continue
                }
                (headOffset, lineStart) = (offset, 0)
                if let length = Self.wholeHead(input), length <= HTTP.headBytesMax,
                    let head = take(&input, atMost: length)
                {
                    return try HTTPHead(Array(head), offset: headOffset, from: side)
                }
            }
            let feed = input.firstIndex(of: ASCII.lineFeed)
            try keep(&input, until: feed)
            guard feed != nil else { return nil }
            let length = kept.count - lineStart
            if length == 1 || length == 2 && kept[lineStart] == ASCII.carriageReturn {
                let bytes = kept
                kept = []
                return try HTTPHead(bytes, offset: headOffset, from: side)
            }
            lineStart = kept.count
        }
        return nil
    }

    /// The length of a head that is there to its empty line, as nearly every one is.
    private static func wholeHead(_ input: ArraySlice<UInt8>) -> Int? {
        input.withUnsafeBufferPointer { bytes in
            var start = 0
            for place in bytes.indices where bytes[place] == ASCII.lineFeed {
                let length = place - start
                if length == 0 || length == 1 && bytes[start] == ASCII.carriageReturn { return place + 1 }
                start = place + 1
            }
            return nil
        }
    }

    private mutating func readLine(_ input: inout ArraySlice<UInt8>) throws(HTTPError) -> ArraySlice<UInt8>? {
        guard !input.isEmpty else { return nil }
        let feed = input.firstIndex(of: ASCII.lineFeed)
        try keep(&input, until: feed)
        guard feed != nil else { return nil }
        let line = kept.dropLast()
        kept = []
        return line.last == ASCII.carriageReturn ? line.dropLast() : line
    }

    private mutating func keep(_ input: inout ArraySlice<UInt8>, until feed: Int?) throws(HTTPError) {
        let count = (feed.map { $0 + 1 } ?? input.endIndex) - input.startIndex
        guard kept.count + count <= HTTP.headBytesMax else { throw HTTPError("a head of more than 64 KB") }
        if let piece = take(&input, atMost: count) { kept.append(contentsOf: piece) }
    }

    /// RFC 9112, 7.1: hexadecimal digits, then extensions, which carry no meaning here.
    private static func chunkSize(_ line: ArraySlice<UInt8>) throws(HTTPError) -> Int {
        var size = 0
        let digits = line.prefix { ASCII.hexValue($0) != nil }
        guard (1...15).contains(digits.count) else { throw HTTPError("not a chunk size") }
        for digit in digits { size = size << 4 | Int(ASCII.hexValue(digit) ?? 0) }
        let rest = line.dropFirst(digits.count).drop(while: ASCII.isBlank)
        guard rest.isEmpty || rest.first == ASCII.semicolon else { throw HTTPError("not a chunk size") }
        return size
    }
}

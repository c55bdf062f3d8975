#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif
import ReenactTimeline
import ReenactWire

/// Finds where plain exchanges end, by their heads and the lengths in them, and keeps nothing.
///
/// What it takes the recorder takes too, as one request with one answer, and stands behind it as it began. All that is
/// rarer ends it: heads in two cuts, pipelines, interim answers, tunnels, upgrades, answers without a told end.
struct HTTPSkimmer: ExchangeSkimmer {
    private enum State {
        case request
        case requestBody(Int)
        case answer
        case answerBody(Int)
        case chunks(HTTPChunkSkimmer)
        case lost
    }

    private var state = State.request
    private var isHead = false

    mutating func take(_ bytes: UnsafeRawBufferPointer, from side: Side) -> Skimmed {
        let next = Self.next(state, bytes, side, &isHead)
        state = next
        return switch next {
        case .request: .ended
        case .lost: .lost
        default: .inside
        }
    }

    private static func next(
        _ state: State, _ bytes: UnsafeRawBufferPointer, _ side: Side, _ isHead: inout Bool
    ) -> State {
        switch (state, side) {
        case (.request, .client):
            guard let head = HTTPHeadSkim(request: bytes), !head.isChunked, head.method != .connect else {
                return .lost
            }
            isHead = head.method == .head
            return body(head.length ?? 0, bytes.count - head.end, .answer) { .requestBody($0) }
        case (.requestBody(let remaining), .client):
            return body(remaining, bytes.count, .answer) { .requestBody($0) }
        case (.answer, .server):
            guard let head = HTTPHeadSkim(answer: bytes), head.status >= 200 else { return .lost }
            let rest = bytes.count - head.end
            if isHead || head.status == 204 || head.status == 304 { return rest == 0 ? .request : .lost }
            if head.isChunked {
                return chunks(HTTPChunkSkimmer(), UnsafeRawBufferPointer(rebasing: bytes[head.end...]))
            }
            guard let length = head.length else { return .lost }
            return body(length, rest, .request) { .answerBody($0) }
        case (.answerBody(let remaining), .server):
            return body(remaining, bytes.count, .request) { .answerBody($0) }
        case (.chunks(let chunks), .server): return Self.chunks(chunks, bytes)
        default: return .lost
        }
    }

    private static func body(_ length: Int, _ count: Int, _ end: State, _ more: (Int) -> State) -> State {
        count == length ? end : count < length ? more(length - count) : .lost
    }

    private static func chunks(_ skimmer: HTTPChunkSkimmer, _ bytes: UnsafeRawBufferPointer) -> State {
        var skimmer = skimmer
        return switch skimmer.take(bytes) {
        case .ended: .request
        case .inside: .chunks(skimmer)
        case .lost: .lost
        }
    }
}

/// Goes from chunk to chunk: sizes without extensions, no trailers (RFC 9112, 7.1).
struct HTTPChunkSkimmer {
    /// Bytes of the present chunk that are still to come, its line end included.
    private var remaining = 0

    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Skimmed {
        var place = 0
        while place < bytes.count {
            if remaining > 2 {
                let count = min(remaining - 2, bytes.count - place)
                remaining -= count
                place += count
                continue
            }
            if remaining > 0 {
                guard bytes[place] == (remaining == 2 ? ASCII.carriageReturn : ASCII.lineFeed) else { return .lost }
                remaining -= 1
                place += 1
                continue
            }
            var (size, digits) = (0, 0)
            while place < bytes.count, digits < 8, let value = ASCII.hexValue(bytes[place]) {
                size = size << 4 | Int(value)
                digits += 1
                place += 1
            }
            guard digits > 0, place + 2 <= bytes.count, bytes[place] == ASCII.carriageReturn,
                bytes[place + 1] == ASCII.lineFeed
            else { return .lost }
            place += 2
            if size == 0 {
                let isEnd =
                    place + 2 == bytes.count && bytes[place] == ASCII.carriageReturn
                    && bytes[place + 1] == ASCII.lineFeed
                return isEnd ? .ended : .lost
            }
            remaining = size + 2
        }
        return .inside
    }
}

/// What a whole, faultless head says of where its message ends; nil of any other.
struct HTTPHeadSkim {
    enum Method { case head, connect, other }

    private(set) var method = Method.other
    private(set) var status = 0
    /// Just behind the empty line.
    private(set) var end = 0
    private(set) var length: Int?
    private(set) var isChunked = false

    /// RFC 9112, 3.
    init?(request bytes: UnsafeRawBufferPointer) {
        guard let line = Self.line(bytes, from: 0) else { return nil }
        var place = 0
        while place < line, ASCII.isToken(bytes[place]) { place += 1 }
        guard (1...32).contains(place), bytes[place] == ASCII.space else { return nil }
        if Self.text(bytes, 0..<place, is: "HEAD", exactly: true) { method = .head }
        if Self.text(bytes, 0..<place, is: "CONNECT", exactly: true) { method = .connect }
        let target = place + 1
        place = target
        while place < line, bytes[place] > ASCII.space, bytes[place] != 0x7f { place += 1 }
        guard place > target, line - place == 9, bytes[place] == ASCII.space, Self.isVersion(bytes, at: place + 1)
        else { return nil }
        guard readFields(bytes, from: line + 2) else { return nil }
    }

    /// RFC 9112, 4.
    init?(answer bytes: UnsafeRawBufferPointer) {
        guard let line = Self.line(bytes, from: 0), line >= 12, Self.isVersion(bytes, at: 0),
            bytes[8] == ASCII.space, line == 12 || bytes[12] == ASCII.space
        else { return nil }
        for place in 9..<12 {
            guard ASCII.isDigit(bytes[place]) else { return nil }
            status = status * 10 + Int(bytes[place] - 0x30)
        }
        guard status >= 100, readFields(bytes, from: line + 2) else { return nil }
    }

    private mutating func readFields(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Bool {
        var start = start
        while let line = Self.line(bytes, from: start), line + 2 <= HTTP.headBytesMax {
            guard line > start else {
                end = line + 2
                // Both: readers disagree on which holds.
                return !(isChunked && length != nil)
            }
            guard readField(bytes, start, line) else { return false }
            start = line + 2
        }
        return false
    }

    private mutating func readField(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Bool {
        var colon = start
        while colon < end, ASCII.isToken(bytes[colon]) { colon += 1 }
        guard colon > start, colon < end, bytes[colon] == ASCII.colon else { return false }
        switch colon - start {
        case 14 where Self.text(bytes, start..<colon, is: "content-length"):
            var (first, last) = (colon + 1, end)
            while first < last, ASCII.isBlank(bytes[first]) { first += 1 }
            while last > first, ASCII.isBlank(bytes[last - 1]) { last -= 1 }
            guard length == nil, (1...15).contains(last - first) else { return false }
            var value = 0
            for place in first..<last {
                guard ASCII.isDigit(bytes[place]) else { return false }
                value = value * 10 + Int(bytes[place] - 0x30)
            }
            length = value
        case 17 where Self.text(bytes, start..<colon, is: "transfer-encoding"):
            var first = colon + 1
            while first < end, ASCII.isBlank(bytes[first]) { first += 1 }
            guard !isChunked, Self.text(bytes, first..<end, is: "chunked") else { return false }
            isChunked = true
        default: break
        }
        return true
    }

    /// The end of the line that begins there: the place of its CR before LF.
    private static func line(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard start < bytes.count, let base = bytes.baseAddress,
            let feed = memchr(base + start, Int32(ASCII.lineFeed), bytes.count - start)
        else { return nil }
        let place = UnsafeRawPointer(feed) - base
        return place > start && bytes[place - 1] == ASCII.carriageReturn ? place - 1 : nil
    }

    private static func isVersion(_ bytes: UnsafeRawBufferPointer, at place: Int) -> Bool {
        place + 8 <= bytes.count && text(bytes, place..<place + 5, is: "HTTP/", exactly: true)
            && bytes[place + 5] == 0x31 && bytes[place + 6] == 0x2e && ASCII.isDigit(bytes[place + 7])
    }

    private static func text(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, is text: StaticString, exactly: Bool = false
    ) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        return range.allSatisfy { place in
            let (byte, wanted) = (bytes[place], text.utf8Start[place - range.lowerBound])
            return byte == wanted || !exactly && ASCII.lower(byte) == ASCII.lower(wanted)
        }
    }
}

import ReenactTimeline
import ReenactWire

/// What is kept of a body while it passes: a beginning, its length and, of a request, its hash.
struct HTTPBody: Sendable {
    private struct Run: Sendable {
        var body: Int
        var stream: Int
    }

    private(set) var length = 0
    /// At most `HTTP.bodyBytesKept` bytes.
    private(set) var beginning: [UInt8] = []
    private var runs: [Run] = []
    private var hash: StableHash?
    private var multipart: MultipartHash?
    private let isCounted: Bool

    /// - Parameters:
    ///   - isHashed: for requests; answers are never compared.
    ///   - boundary: of a multipart body, left out of the hash as clients draw it at random.
    ///   - isCounted: nothing but the length is kept.
    init(isHashed: Bool, boundary: [UInt8]? = nil, isCounted: Bool = false) {
        self.isCounted = isCounted
        if isHashed, let boundary {
            multipart = MultipartHash(boundary: boundary)
        } else if isHashed {
            hash = StableHash()
        }
    }

    /// True where `beginning` is all of it.
    var isWhole: Bool { length == beginning.count }

    mutating func append(_ piece: ArraySlice<UInt8>, offset: Int) {
        guard !isCounted else {
            length += piece.count
            return
        }
        let room = length > beginning.count ? 0 : HTTP.bodyBytesKept - beginning.count
        if room > 0 {
            if runs.last.map({ $0.stream + (length - $0.body) != offset }) ?? true {
                runs.append(Run(body: length, stream: offset))
            }
            beginning.append(contentsOf: piece.prefix(room))
        }
        length += piece.count
        hash?.update(piece)
        multipart?.update(piece)
    }

    /// Counts bytes that nobody has; what is kept ends before them.
    mutating func skip(_ count: Int) { length += count }

    /// Hash of the bytes; of a multipart body, of the bytes without its boundary.
    var digest: String {
        if let multipart { return "multipart:" + multipart.hex }
        return "raw:" + (hash?.hex ?? "")
    }

    /// Where bytes of `beginning` stand in the stream: several ranges where chunks cut them.
    func streamRanges(of range: Range<Int>) -> [StreamRange] {
        var result: [StreamRange] = []
        var index = firstRun(at: range.lowerBound)
        while index < runs.count, runs[index].body < range.upperBound {
            let end = index + 1 < runs.count ? runs[index + 1].body : beginning.count
            let start = max(range.lowerBound, runs[index].body)
            let stop = min(range.upperBound, end)
            if start < stop {
                result.append(StreamRange(offset: runs[index].stream + start - runs[index].body, length: stop - start))
            }
            index += 1
        }
        return result
    }

    /// Of the last run that begins at or before the place: chunks of one byte each must not make this slow.
    private func firstRun(at place: Int) -> Int {
        var (low, high) = (0, runs.count)
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].body <= place { low = middle + 1 } else { high = middle }
        }
        return max(0, low - 1)
    }
}

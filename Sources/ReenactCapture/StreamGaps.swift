import ReenactTimeline
import ReenactWire

/// The stretches of one direction's stream that the ring has let go.
///
/// What is left reads as a shorter connection on which only the kept exchanges ever happened: that is what a case
/// holds, and what a stub can be made of.
struct StreamGaps {
    /// In order, apart from each other.
    private(set) var ranges: [StreamRange] = []
    /// Bytes in the gaps before each of `ranges`.
    private var removed: [Int] = []

    /// Notes ranges that were let go.
    mutating func add(_ gone: [StreamRange]) {
        var merged: [StreamRange] = []
        for range in (ranges + gone).sorted(by: { $0.offset < $1.offset }) where range.length > 0 {
            if let last = merged.last, last.end >= range.offset {
                merged[merged.count - 1].length = max(last.end, range.end) - last.offset
            } else {
                merged.append(range)
            }
        }
        ranges = merged
        var sum = 0
        removed = merged.map { range in
            defer { sum += range.length }
            return sum
        }
    }

    /// Where a kept byte stands once the gaps are closed.
    func closed(_ offset: Int) -> Int {
        let next = firstIndex(endingAfter: offset)
        if next < ranges.count, ranges[next].offset < offset { return ranges[next].offset - removed[next] }
        guard next > 0 else { return offset }
        return offset - removed[next - 1] - ranges[next - 1].length
    }

    /// The inverse of `closed`: where a byte behind closed gaps stood.
    func original(_ offset: Int) -> Int {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].offset - removed[middle] > offset { high = middle } else { low = middle + 1 }
        }
        return low == 0 ? offset : offset + removed[low - 1] + ranges[low - 1].length
    }

    /// Whether some of the range is in a gap.
    func touches(_ range: StreamRange) -> Bool {
        let next = firstIndex(endingAfter: range.offset)
        return next < ranges.count && ranges[next].offset < range.end
    }

    /// Whether all of the range is in one gap.
    func swallows(_ range: StreamRange) -> Bool {
        let next = firstIndex(endingAfter: range.offset)
        return next < ranges.count && ranges[next].offset <= range.offset && range.end <= ranges[next].end
    }

    /// What of a range is not in a gap.
    func kept(of range: StreamRange) -> [StreamRange] {
        var result: [StreamRange] = []
        var start = range.offset
        for gap in ranges[firstIndex(endingAfter: start)...] where gap.offset < range.end {
            if start < gap.offset { result.append(StreamRange(offset: start, length: gap.offset - start)) }
            start = max(start, gap.end)
        }
        if start < range.end { result.append(StreamRange(offset: start, length: range.end - start)) }
        return result
    }

    private func firstIndex(endingAfter offset: Int) -> Int {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].end > offset { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

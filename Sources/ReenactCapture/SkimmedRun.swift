import ReenactTimeline
import ReenactWire

/// The unread segments of a connection, as far as they are known to be whole exchanges, which can be let go unread.
struct SkimmedRun {
    private var skimmer: any ExchangeSkimmer
    /// Behind the last segment of each exchange; counted, like all here, from the first unread segment.
    private var ends: [Int] = []
    /// Segments that the skimmer has taken.
    private var taken = 0
    /// Where the streams stand behind these, and behind the last whole exchange.
    private var place: (client: Int, server: Int)
    private(set) var passed: (client: Int, server: Int)
    /// Behind the last whole exchange is something that must be read.
    private(set) var isLost = false

    /// - Parameter place: how much of each stream the recorder has had.
    init(_ skimmer: any ExchangeSkimmer, at place: (client: Int, server: Int)) {
        self.skimmer = skimmer
        self.place = place
        passed = place
    }

    /// Segments of whole exchanges.
    var length: Int { ends.last ?? 0 }

    /// Goes on to the end of the segments, of which the unread ones begin at `first`.
    mutating func extend(over segments: [Segment], from first: Int) {
        while !isLost, first + taken < segments.count {
            let isNext = segments[first + taken].offset == expected(segments[first + taken].side)
            let side = segments[first + taken].side
            let (count, told) = segments[first + taken].bytes.withUnsafeBytes {
                ($0.count, isNext ? skimmer.take($0, from: side) : .lost)
            }
            guard told != .lost else {
                isLost = true
                return
            }
            taken += 1
            if side == .client { place.client += count } else { place.server += count }
            if told == .ended {
                ends.append(taken)
                passed = place
            }
        }
    }

    private func expected(_ side: Side) -> Int { side == .client ? place.client : place.server }

    /// The exchanges that were over before that, and their segments.
    func over(before time: Instant, in segments: [Segment], from first: Int) -> (exchanges: Int, segments: Int) {
        var (low, high) = (0, ends.count)
        while low < high {
            let middle = (low + high) / 2
            if segments[first + ends[middle] - 1].time < time { low = middle + 1 } else { high = middle }
        }
        return (low, low == 0 ? 0 : ends[low - 1])
    }

    /// Forgets what was let go.
    mutating func removeFirst(exchanges: Int, segments: Int) {
        ends.removeFirst(exchanges)
        for index in ends.indices { ends[index] -= segments }
        taken -= segments
    }
}

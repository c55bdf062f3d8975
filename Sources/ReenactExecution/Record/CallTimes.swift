/// When calls were made of which only some are known: those between are spread evenly.
struct CallTimes {
    private var known: ArraySlice<(call: Int, time: UInt64)>
    private var time: UInt64
    private var step: UInt64 = 0
    private var call = 0
    private var nextKnown = 0

    /// - Parameter waits: calls and the times of their returns, in order.
    init(count: Int, from start: UInt64, to end: UInt64, _ waits: [(call: Int, time: UInt64)]) {
        time = min(start, end)
        known = (waits + [(count, end)])[...]
        aim()
    }

    private mutating func aim() {
        guard let target = known.first else { return }
        known.removeFirst()
        nextKnown = target.call
        step = target.time > time ? (target.time - time) / UInt64(max(nextKnown - call, 0) + 1) : 0
    }

    mutating func next() -> UInt64 {
        time += step
        call += 1
        if call > nextKnown { aim() }
        return time
    }
}

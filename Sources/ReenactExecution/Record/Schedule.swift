/// Who goes on next. Plainly: the one that waited longest. With a seed: priorities that change at random, as PCT does
/// (Burckhardt et al., "A randomized scheduler with probabilistic guarantees of finding bugs", ASPLOS 2010).
struct Schedule {
    private var state: UInt64
    let isChaotic: Bool

    init(seed: UInt64?) {
        isChaotic = seed != nil
        state = seed ?? 0
    }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

    mutating func pick(_ candidates: [RecordedTask]) -> RecordedTask? {
        guard isChaotic else { return candidates.min { ($0.lastRun, $0.number) < ($1.lastRun, $1.number) } }
        // A change point: one task falls behind all others.
        if !candidates.isEmpty, below(12) == 0 {
            let low = candidates.map(\.priority).min() ?? 0
            candidates[below(candidates.count)].priority = low - 1
        }
        return candidates.max { ($0.priority, $1.number) < ($1.priority, $0.number) }
    }

    mutating func birthPriority() -> Int { isChaotic ? below(1 << 20) : 0 }

    /// Whether the running task is to step back after this call.
    mutating func switchesAfterCall() -> Bool { isChaotic && below(6) == 0 }

    /// The next time slice.
    mutating func slice(_ plain: UInt64) -> UInt64 {
        guard isChaotic else { return plain }
        // From a fiftieth to three times: short ones split what is usually whole.
        return plain / 50 + next() % (plain / UInt64(1 << below(6)) * 3 + 1)
    }
}

/// Shares the time of repairs out: what takes long for one statement waits until the others have had as much.
struct Turns {
    /// The part of all time that each may have in this round.
    private var share = 0.01
    private var used: [Int: Double] = [:]
    private var stopped: [Int: (place: Int, verdict: Comparison.Verdict)] = [:]
    /// Those that have had their share.
    private(set) var tired: Set<Int> = []

    /// Where a statement goes on that fails as it did when it had to wait.
    func first(_ index: Int, _ verdict: Comparison.Verdict) -> Int {
        stopped[index].map { $0.verdict == verdict ? $0.place : 0 } ?? 0
    }

    func isTired(_ index: Int, _ more: Double) -> Bool { used[index, default: 0] + more > share }

    mutating func stop(_ index: Int, _ place: Int, _ verdict: Comparison.Verdict) {
        stopped[index] = (place, verdict)
        tired.insert(index)
    }

    mutating func spend(_ index: Int, _ part: Double) { used[index, default: 0] += part }

    /// All get more; false where nobody waits for it.
    mutating func begin() -> Bool {
        if tired.isEmpty { return false }
        share *= 3
        tired = []
        return true
    }
}

import Glibc

/// A change that mends one statement and breaks others is followed up at those before it is judged (an ejection chain).
extension StateWalk {
    /// True where the recording as a whole came no farther off; else all is as it was.
    func dare(_ edits: [RowEdit], _ target: Int) throws(FixtureError) -> Bool {
        guard areOfDifferentRows(edits), let edits = completed(edits) else { return false }
        let before = costs
        let mark = weighted()
        // A few rows of others may be wrong meanwhile.
        guard try step(edits, target, room: 30_000, least: min(200, costs[target])) else { return false }
        var done = [edits]
        var isGood = weighted() <= mark
        for _ in 0..<24 where !isGood && !isLost {
            guard let index = dice.one(of: costs.indices.filter { costs[$0] > before[$0] }),
                let made = proposal(index), !made.isEmpty
            else { continue }
            let whole = dice.share() < 0.4 ? balanced(made, index) : made
            guard areOfDifferentRows(whole), let next = completed(whole) else { continue }
            let room = Int(-log(max(dice.share(), 1e-9)) * 30)
            if try step(next, index, room: room) {
                done.append(next)
                isGood = weighted() <= mark
            }
        }
        if isGood || isLost { return isGood }
        for edits in done.reversed() {
            let back = edits.map { RowEdit(slot: $0.slot, old: $0.new, new: $0.old) }
            // Nothing is asked of what was there before.
            if try !step(back, target, room: .max / 4, least: .min) { return false }
        }
        return false
    }

    private func weighted() -> Int { costs.indices.reduce(0) { $0 + costs[$1] * weights[$1] } }
}

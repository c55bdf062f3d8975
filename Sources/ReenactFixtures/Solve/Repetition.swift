/// While the rows of a large group are made: the next is made as the last one was, for as long as that goes.
///
/// Seeking partners for each row anew would take time that grows with the square of the group.
struct Repetition {
    private var last: [Inverter.Pattern] = []
    private var wanted: [GroupValues.Place] = []
    /// Rows that were not made as the one before although that was tried.
    private var strays = 0

    /// What stands for each source; empty where it is to be sought.
    func pattern(_ needs: [Inverter.Need]) -> [Inverter.Pattern] {
        // Rows that are there may have what this one needs, and the last one did not.
        let isAlike = needs.map(\.place) == wanted
        return isAlike && strays <= 8 ? last : []
    }

    mutating func note(_ scope: Scope, _ needs: [Inverter.Need], _ firstNew: Int) {
        wanted = needs.map(\.place)
        let before = last
        last = scope.sources.compactMap { source in
            guard case .row(let row) = source.binding else { return nil }
            return row >= firstNew ? .new : .row(row)
        }
        // The same rows, all of them there, are no other combination.
        if last.count < scope.sources.count || !last.contains(.new) { last = [] }
        if !before.isEmpty, before != last { strays += 1 }
    }
}

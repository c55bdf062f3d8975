/// Rows that an order does not tell apart: PostgreSQL gives them as it finds them.
enum TiedRows {
    /// Whether both lists are the same but for the order of rows that tie. `ties` tells of each row of the first whether it ties
    /// with the one before it.
    static func agree<Row: Hashable>(_ now: [Row], _ wanted: [Row], _ ties: [Bool]) -> Bool {
        guard now.count == wanted.count, ties.count == now.count else { return false }
        var start = 0
        while start < now.count {
            var end = start + 1
            while end < now.count, ties[end] { end += 1 }
            if now[start..<end] != wanted[start..<end] {
                var counts: [Row: Int] = [:]
                for row in now[start..<end] { counts[row, default: 0] += 1 }
                for row in wanted[start..<end] { counts[row, default: 0] -= 1 }
                if counts.values.contains(where: { $0 != 0 }) { return false }
            }
            start = end
        }
        return true
    }
}

/// Groups that are named as ones that are wanted, and that HAVING or LIMIT keeps back: how near they are to what is wanted tells
/// which way to go, before anything shows.
struct NearGroups {
    private var places: [Int32: Int] = [:]
    private var groups: [Int32] = []
    /// What they would show.
    private(set) var ids: [Int32] = []

    /// The group would show that; -1: it is none of these.
    mutating func set(_ group: Int32, _ id: Int32) {
        if let place = places[group] {
            if id >= 0 {
                ids[place] = id
                return
            }
            places[group] = nil
            let (last, lastID) = (groups.removeLast(), ids.removeLast())
            if last != group {
                (groups[place], ids[place]) = (last, lastID)
                places[last] = place
            }
        } else if id >= 0 {
            places[group] = groups.count
            groups.append(group)
            ids.append(id)
        }
    }

    /// What the wanted rows are named by.
    static func names(_ select: SelectPlan, _ wanted: RowTable) -> Set<[Cell]> {
        if !select.isGrouped || select.groups.isEmpty || select.names.isEmpty { return [] }
        if select.names.contains(where: { $0 >= wanted.width }) { return [] }
        return Set((0..<wanted.count).map { row in select.names.map { wanted.cells[row * wanted.width + $0] } })
    }
}

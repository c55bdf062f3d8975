/// The order of what is shown.
extension KeptPart {
    /// What rows are sorted by, side by side: a comparison looks at cells and counts no references.
    private struct Sorting {
        var ids: [Int32] = []
        var cells: [Cell] = []
        var lasts: [Int64] = []
    }

    /// The rows in their order; only the first `most`, where that is given.
    func ordered(_ pool: TextPool, most: Int? = nil) -> [Int32] {
        let all = sorting()
        let keys = select.order.map(SelectPlan.Direction.init)
        let (count, width) = (all.ids.count, keys.count)
        let places = all.cells.withUnsafeBufferPointer { cells in
            all.lasts.withUnsafeBufferPointer { lasts in
                keys.withUnsafeBufferPointer { keys in
                    func isBefore(_ left: Int32, _ right: Int32) -> Bool {
                        let (a, b) = (Int(left) * width, Int(right) * width)
                        for place in 0..<width {
                            let sign = keys[place].compare(cells[a + place], cells[b + place], pool)
                            if sign != 0 { return sign < 0 }
                        }
                        return lasts[Int(left)] < lasts[Int(right)]
                    }
                    guard let most, most * 4 < count, !select.isDistinct else {
                        return (0..<Int32(count)).sorted(by: isBefore)
                    }
                    return Self.first(most, of: Int32(count), isBefore)
                }
            }
        }
        guard select.isDistinct else { return places.map { all.ids[Int($0)] } }
        var seen: Set<Int32> = []
        return places.compactMap { seen.insert(all.ids[Int($0)]).inserted ? all.ids[Int($0)] : nil }
    }

    /// Whether the rows are in that order but for those that tie.
    func isTied(_ wanted: [Int32], _ pool: TextPool) -> Bool {
        let all = sorting()
        let keys = select.order.map(SelectPlan.Direction.init)
        let width = keys.count
        if select.isDistinct { return false }
        func sign(_ left: Int, _ right: Int) -> Int {
            for place in 0..<width {
                let sign = keys[place].compare(
                    all.cells[left * width + place], all.cells[right * width + place], pool)
                if sign != 0 { return sign }
            }
            return 0
        }
        let places = all.ids.indices.sorted { sign($0, $1) < 0 }
        let ties = places.indices.map { $0 > 0 && sign(places[$0 - 1], places[$0]) == 0 }
        return TiedRows.agree(places.map { all.ids[$0] }, wanted, ties)
    }

    private static func first(_ most: Int, of count: Int32, _ isBefore: (Int32, Int32) -> Bool) -> [Int32] {
        var list: [Int32] = []
        for one in 0..<count where most > 0 {
            if list.count == most {
                if !isBefore(one, list[most - 1]) { continue }
                list.removeLast()
            }
            var at = list.count
            while at > 0, isBefore(one, list[at - 1]) { at -= 1 }
            list.insert(one, at: at)
        }
        return list
    }

    private func sorting() -> Sorting {
        var all = Sorting()
        if select.isGrouped {
            for (place, group) in groups.enumerated() where group.shown >= 0 {
                all.ids.append(group.shown)
                all.cells += group.order
                all.lasts.append(Int64(place))
            }
            return all
        }
        for slot in root.live where Int(slot) < heads.count {
            var at = heads[Int(slot)]
            while at >= 0 {
                all.ids.append(ids[Int(at)])
                let base = Int(at) * width
                for place in base..<base + width { all.cells.append(cells[place]) }
                all.lasts.append(root.order(Int(slot)))
                at = nexts[Int(at)]
            }
        }
        return all
    }
}

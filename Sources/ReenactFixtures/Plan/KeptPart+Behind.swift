/// What stands behind the rows that are shown.
extension KeptPart {
    /// Rows that make up one that is shown, by their tables: those of some combinations, drawn at random.
    func behind(_ id: Int32, _ dice: inout Dice) -> [(table: Int, slot: Int)] {
        var found: [(table: Int, slot: Int)] = []
        func take(_ at: Int32) {
            for (place, source) in select.sources.enumerated() {
                guard case .table(let table) = source.rows else { continue }
                let slot = frames[Int(at) * depth + place]
                if slot >= 0 { found.append((table.number, Int(slot))) }
            }
        }
        if select.isGrouped {
            guard let group = group(id, &dice) else { return [] }
            for _ in 0..<min(4, group.count) {
                var at = group.first
                for _ in 0..<dice.below(min(group.count, 400)) where nextOfGroup[Int(at)] >= 0 {
                    at = nextOfGroup[Int(at)]
                }
                if at >= 0 { take(at) }
            }
            return found
        }
        let live = root.live
        if live.isEmpty { return [] }
        let first = dice.below(live.count)
        for step in live.indices {
            let slot = Int(live[(first + step) % live.count])
            var at = slot < heads.count ? heads[slot] : -1
            while at >= 0 {
                if ids[Int(at)] == id {
                    take(at)
                    if found.count >= 4 { return found }
                }
                at = nexts[Int(at)]
            }
        }
        return found
    }

    /// All rows that make up one that is shown, by their tables: of those of some groups that show the same, one group's.
    func members(_ id: Int32, _ dice: inout Dice) -> [(table: Int, slot: Int)] {
        var found: [(table: Int, slot: Int)] = []
        var seen: Set<Int> = []
        func take(_ at: Int32) {
            for (place, source) in select.sources.enumerated() {
                guard case .table(let table) = source.rows else { continue }
                let slot = Int(frames[Int(at) * depth + place])
                if slot >= 0, seen.insert(slot).inserted { found.append((table.number, slot)) }
            }
        }
        if select.isGrouped {
            var at = group(id, &dice)?.first ?? -1
            while at >= 0, found.count < 4000 {
                take(at)
                at = nextOfGroup[Int(at)]
            }
            return found
        }
        for slot in root.live {
            var at = Int(slot) < heads.count ? heads[Int(slot)] : -1
            while at >= 0, found.count < 4000 {
                if ids[Int(at)] == id { take(at) }
                at = nexts[Int(at)]
            }
        }
        return found
    }

    private func group(_ id: Int32, _ dice: inout Dice) -> Group? {
        if groups.isEmpty { return nil }
        let first = dice.below(groups.count)
        for step in groups.indices {
            let group = groups[(first + step) % groups.count]
            if group.shown == id, group.first >= 0 { return group }
        }
        return nil
    }
}

/// Different rows of cells in the order of their coming, found again by what is in them.
struct RowTable {
    let width: Int
    private(set) var cells: [Cell] = []
    private(set) var count = 0
    private var hashes: [UInt64] = []
    private var slots: [Int32]

    init(width: Int) {
        self.width = width
        slots = Array(repeating: -1, count: 32)
    }

    mutating func removeAll() {
        if count == 0 { return }
        cells.removeAll(keepingCapacity: true)
        hashes.removeAll(keepingCapacity: true)
        count = 0
        for place in slots.indices { slots[place] = -1 }
    }

    static func hash(_ row: UnsafePointer<Cell>, _ width: Int) -> UInt64 {
        var hash: UInt64 = 0x51
        for column in 0..<width { hash = (hash &* 0x0000_0100_0000_01B3) ^ row[column].mixed }
        return hash ^ (hash >> 29)
    }

    /// The place of that row, or nil.
    func find(_ row: UnsafePointer<Cell>) -> Int? {
        let hash = Self.hash(row, width)
        var at = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[at] >= 0 {
            let place = Int(slots[at])
            if hashes[place] == hash, isSame(place, row) { return place }
            at = (at + 1) & (slots.count - 1)
        }
        return nil
    }

    /// The place of that row, which is put there where it was not.
    mutating func place(_ row: UnsafePointer<Cell>) -> (place: Int, isNew: Bool) {
        let hash = Self.hash(row, width)
        var at = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[at] >= 0 {
            let place = Int(slots[at])
            if hashes[place] == hash, isSame(place, row) { return (place, false) }
            at = (at + 1) & (slots.count - 1)
        }
        slots[at] = Int32(count)
        for column in 0..<width { cells.append(row[column]) }
        hashes.append(hash)
        count += 1
        if count * 2 > slots.count { grow() }
        return (count - 1, true)
    }

    private func isSame(_ place: Int, _ row: UnsafePointer<Cell>) -> Bool {
        for column in 0..<width where cells[place * width + column] != row[column] { return false }
        return true
    }

    private mutating func grow() {
        slots = Array(repeating: -1, count: slots.count * 2)
        for place in 0..<count {
            var at = Int(truncatingIfNeeded: hashes[place]) & (slots.count - 1)
            while slots[at] >= 0 { at = (at + 1) & (slots.count - 1) }
            slots[at] = Int32(place)
        }
    }
}

/// Rows one behind the other.
final class CellRows {
    let width: Int
    @exclusivity(unchecked) var cells: [Cell] = []
    @exclusivity(unchecked) var count = 0

    init(width: Int) { self.width = width }

    func removeAll() {
        cells.removeAll(keepingCapacity: true)
        count = 0
    }

    func row(_ place: Int) -> ArraySlice<Cell> { cells[place * width..<(place + 1) * width] }

    func append(_ row: ArraySlice<Cell>) {
        cells += row
        count += 1
    }
}

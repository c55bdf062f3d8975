/// How often each different row came, beside how often it is wanted; kept up to date one by one.
struct KeptRows {
    enum Form { case plain, distinct, union, unionAll, intersect, except, limited }

    let width: Int
    private let form: Form
    private(set) var rows: RowTable
    private let wantedRows: RowTable
    private let wanted: [Int32]
    /// By row and part.
    private var counts: [Int32] = []
    private var got: [Int32] = []
    private(set) var missing = 0
    private(set) var extra = 0
    /// The rows of which there are too many, and where each stands among them.
    private var surplus: [Int32] = []
    private var places: [Int32] = []

    init(_ form: Form, _ wanted: RowTable, _ counts: [Int32]) {
        (self.form, width, rows, wantedRows, self.wanted) = (form, wanted.width, wanted, wanted, counts)
        clear()
    }

    var count: Int { rows.count }
    /// Not all that is there is shown.
    var isLimited: Bool { form == .limited }

    func isShown(_ id: Int32) -> Bool { got[Int(id)] > 0 }

    mutating func clear() {
        if rows.count > wanted.count { rows = wantedRows }
        counts = Array(repeating: 0, count: wanted.count * 2)
        got = Array(repeating: 0, count: wanted.count)
        places = Array(repeating: -1, count: wanted.count)
        surplus = []
        (missing, extra) = (wanted.reduce(0) { $0 + Int($1) }, 0)
    }

    mutating func id(_ row: UnsafePointer<Cell>) -> Int32 {
        let (place, isNew) = rows.place(row)
        if isNew {
            counts.append(0)
            counts.append(0)
            got.append(0)
            places.append(-1)
        }
        return Int32(place)
    }

    mutating func add(_ id: Int32, _ part: Int, _ step: Int32) {
        if form == .limited { return }
        let row = Int(id)
        counts[row * 2 + part] += step
        let (one, two) = (counts[row * 2], counts[row * 2 + 1])
        let now: Int32 =
            switch form {
            case .plain, .limited: one
            case .distinct: one > 0 ? 1 : 0
            case .unionAll: one + two
            case .union: one + two > 0 ? 1 : 0
            case .intersect: one > 0 && two > 0 ? 1 : 0
            case .except: one > 0 && two == 0 ? 1 : 0
            }
        set(row, now)
    }

    /// The rows that came, when they are not what was counted.
    mutating func show(_ ids: [Int32]) {
        for row in 0..<rows.count where got[row] != 0 { set(row, 0) }
        for id in ids { set(Int(id), got[Int(id)] + 1) }
    }

    private mutating func set(_ row: Int, _ now: Int32) {
        let before = got[row]
        if before == now { return }
        got[row] = now
        let want = row < wanted.count ? wanted[row] : 0
        missing += Int(max(0, want - now) - max(0, want - before))
        extra += Int(max(0, now - want) - max(0, before - want))
        if now > want, places[row] < 0 {
            places[row] = Int32(surplus.count)
            surplus.append(Int32(row))
        } else if now <= want, places[row] >= 0 {
            let place = Int(places[row])
            let last = surplus.removeLast()
            if Int(last) != row {
                surplus[place] = last
                places[Int(last)] = Int32(place)
            }
            places[row] = -1
        }
    }

    /// The rows that are too few, each as often as it is.
    var lacking: [Int32] {
        var found: [Int32] = []
        for row in wanted.indices {
            for _ in 0..<max(0, wanted[row] - got[row]) { found.append(Int32(row)) }
        }
        return found
    }

    var excess: [Int32] {
        var found: [Int32] = []
        for row in surplus {
            let want = Int(row) < wanted.count ? wanted[Int(row)] : 0
            for _ in 0..<(got[Int(row)] - want) { found.append(row) }
        }
        return found
    }
}

/// What an atom of a group can hold, as far as the group's conditions tell it apart.
extension Inverter {
    struct Cell {
        /// What stands for it where conditions are computed.
        var value: SQLValue
        /// Any value will do that is not NULL.
        var isAny = false
        /// Numbers between these two, on a grid.
        var range: (low: Double, high: Double, unit: Double)?
    }

    /// The cells of an atom. `wide` is as far as numbers go that nothing bounds.
    func cells(_ atom: GroupAtoms.Atom, _ select: SQLSelect, wide: Double) -> [Cell] {
        let place = column(atom.expression, select)
        let known = place.map { schema.tables[$0.table].columns[$0.column] }
        var cells: [Cell] = []
        let columns = atom.columns.map { column($0, select) }
        let isNullable = columns.contains { place in
            place.map { !schema.tables[$0.table].columns[$0.column].isNotNull } ?? false
        }
        if isNullable || atom.isLeantOn, !isKey(place) { cells.append(Cell(value: .null)) }
        if atom.isOnlyCounted {
            return [Cell(value: known.map { Values.numbered($0, 1, dialect) } ?? .int(1), isAny: true)] + cells
        }
        if let list = known?.domain?.values, list.count <= 12 { return list.map { Cell(value: $0) } + cells }
        if known?.kind == .boolean {
            return [true, false].map { Cell(value: Values.boolean($0, dialect)) } + cells
        }
        if case .label(let labels)? = known?.kind { return labels.prefix(12).map { Cell(value: .text($0)) } + cells }
        if isNumeric(atom, known) { return numbers(atom, known, wide) + cells }
        let isMoment = known.map { [.date, .timestamp, .timestampZone].contains($0.kind) } ?? false
        if atom.edges.isEmpty, atom.patterns.isEmpty {
            let plain = known.map { Values.numbered($0, 1, dialect) } ?? .text("x")
            return [Cell(value: isMoment ? .text("2001-03-15") : plain, isAny: true)] + cells
        }
        var values = atom.edges
        if isMoment, let kind = known?.kind {
            for edge in atom.edges { values += [1, -1].compactMap { Values.moved(edge, by: $0, kind) } }
        } else {
            values += atom.patterns.flatMap { pattern in (1...2).map { .text(LikePattern(pattern, "\\").text($0)) } }
            values += others(atom, place)
        }
        var seen: Set<SQLValue> = []
        values = values.filter { seen.insert($0).inserted && known?.domain?.takes($0) != false }
        return values.map { Cell(value: $0) } + cells
    }

    func isKey(_ place: Place?) -> Bool {
        place.map { schema.tables[$0.table].keys.contains([$0.column]) } ?? false
    }

    func isNumeric(_ atom: GroupAtoms.Atom, _ known: SchemaColumn?) -> Bool {
        if let known { return [.integer, .real, .decimal].contains(known.kind) }
        if !atom.patterns.isEmpty || atom.edges.contains(where: { $0.looseDouble == nil }) { return false }
        switch atom.expression {
        case .binary(let sign, _, _): return sign != "||"
        case .cast(_, let type): return type.uppercased().hasPrefix("INT") || type.uppercased() == "REAL"
        case .call(let call):
            return ["LENGTH", "JULIANDAY", "UNIXEPOCH", "ABS", "ROUND", "INSTR", "DATE_PART", "EXTRACT"].contains(
                call.name)
        default: return false
        }
    }

    /// Numbers at the edges, and between them.
    private func numbers(_ atom: GroupAtoms.Atom, _ known: SchemaColumn?, _ wide: Double) -> [Cell] {
        let unit = unit(atom.expression, known)
        func value(_ number: Double) -> SQLValue { self.number(number, unit) }
        var edges: [Double] = []
        for edge in atom.edges.compactMap(\.looseDouble).sorted() where edges.last != edge { edges.append(edge) }
        // Who asks which are above nothing has some below.
        let isPositive = edges.first.map { $0 > 0 } ?? true
        var low =
            known?.domain?.low.map { ($0.value.looseDouble ?? 0) + ($0.isStrict ? unit : 0) }
            ?? (isPositive ? 0 : -wide)
        var high =
            known?.domain?.high.map { ($0.value.looseDouble ?? 0) - ($0.isStrict ? unit : 0) }
            ?? max(wide, (edges.last ?? 0) * 2 + 10)
        if let (least, most) = Self.natural(atom.expression) { (low, high) = (max(low, least), min(high, most)) }
        low = (low / unit - 1e-6).rounded(.up) * unit
        high = (high / unit + 1e-6).rounded(.down) * unit
        guard low <= high else { return [] }
        var cells: [Cell] = []
        func range(_ from: Double, _ to: Double) {
            let (from, to) = (max(from, low), min(to, high))
            guard from <= to + unit / 4 else { return }
            if to - from < unit / 2 { return cells.append(Cell(value: value(from))) }
            let middle = ((from + (to - from) / 2) / unit).rounded() * unit
            cells.append(Cell(value: value(middle), range: (from, to, unit)))
        }
        var last = low
        for edge in edges {
            let (below, above) = (((edge / unit) - 1e-6).rounded(.down), ((edge / unit) + 1e-6).rounded(.up))
            let isOnGrid = abs(edge / unit - (edge / unit).rounded()) < 1e-6
            range(last, (isOnGrid ? (edge / unit).rounded() - 1 : below) * unit)
            if isOnGrid, edge >= low - unit / 4, edge <= high + unit / 4 { cells.append(Cell(value: value(edge))) }
            last = max(last, (isOnGrid ? (edge / unit).rounded() + 1 : above) * unit)
        }
        range(last, high)
        return cells
    }

    /// What the function can give.
    private static func natural(_ expression: SQLExpr) -> (Double, Double)? {
        switch expression {
        case .cast(let inner, _): return natural(inner)
        case .call(let call) where call.name == "LENGTH": return (1, 200)
        case .call(let call) where call.name == "STRFTIME":
            guard case .value(.text(let format))? = call.arguments.first else { return nil }
            return ["%H": (0, 23), "%m": (1, 12), "%d": (1, 28), "%w": (0, 6), "%M": (0, 59), "%Y": (1980, 2040)][
                format]
        default: return nil
        }
    }

    func number(_ number: Double, _ unit: Double) -> SQLValue {
        if unit >= 1 { return abs(number) < 9e15 ? .int(Int64(number.rounded())) : .real(number) }
        let digits = unit < 0.005 ? 3 : unit < 0.05 ? 2 : 1
        let text = Functions.fixed(number, digits)
        return dialect == .postgres ? .number(text) : .real(Double(text) ?? number)
    }

    /// The grid that its values lie on.
    func unit(_ expression: SQLExpr, _ known: SchemaColumn?) -> Double {
        if let known {
            switch known.kind {
            case .integer: return 1
            case .decimal: return known.scale == 0 ? 1 : known.scale == 1 ? 0.1 : known.scale == 3 ? 0.001 : 0.01
            default: return 0.01
            }
        }
        var isWhole = true
        expression.walk { part in
            switch part {
            case .column: if ![.integer, .boolean].contains(kind(part)) { isWhole = false }
            case .value(.real), .value(.number): isWhole = false
            case .binary("/", _, _): isWhole = false
            default: break
            }
        }
        switch expression {
        case .call(let call) where call.name == "LENGTH" || call.name == "INSTR": return 1
        case .cast(_, let type) where type.uppercased().hasPrefix("INT"): return 1
        case .binary("-", let left, let right) where Self.isDay(left):
            return Self.isDay(right) || unit(right, nil) == 1 ? 1 : 0.01
        default: return isWhole ? 1 : 0.01
        }
    }

    private static func isDay(_ expression: SQLExpr) -> Bool {
        switch expression {
        case .call(let call): call.name == "JULIANDAY"
        case .binary("-", let left, let right): isDay(left) && isDay(right)
        default: false
        }
    }

    /// Texts that are none of those that it meets.
    private func others(_ atom: GroupAtoms.Atom, _ place: Place?) -> [SQLValue] {
        if let place, let fresh = freshValue(place) { return [fresh] }
        guard case .text(let first)? = atom.edges.first else { return [.text("other")] }
        let named = Set(atom.edges)
        if let number = Int(first), !first.isEmpty {
            let count = first.utf8.count
            let range = count == 4 ? (number - 1)...(number + 1) : count == 2 ? 1...12 : 0...6
            let texts = range.map { SQLValue.text(Days.padded($0, count)) }
            return Array(texts.filter { !named.contains($0) }.prefix(2))
        }
        let isUpper = first == first.uppercased()
        return [.text(String(repeating: isUpper ? "Z" : "z", count: min(first.count, 20)))].filter {
            !named.contains($0)
        }
    }
}

/// To how many digits the fractions of a column are kept, as far as the recording tells: prices lie on a grid of cents, and
/// what is added up of them leads to whole cents again.
struct NumberGrid {
    /// Steps to one, by column.
    private var steps: [Place: Double] = [:]
    /// Columns that nothing is told of: cents are a guess.
    private var guessed: Set<Place> = []
    private static let mostDigits = 6

    /// - Parameter totals: sums that were recorded, of a column itself.
    init(_ schema: Schema, shown: [Place: [SQLValue]], totals: [(place: Place, sum: Double)]) {
        for (table, definition) in schema.tables.enumerated() {
            for (number, column) in definition.columns.enumerated() {
                guard column.kind == .real || column.kind == .decimal, !column.isSingle else { continue }
                let place = Place(table: table, column: number)
                let seen = (shown[place] ?? []).compactMap(\.double) + totals.filter { $0.place == place }.map(\.sum)
                if seen.isEmpty, column.scale == nil { guessed.insert(place) }
                var digits = max(2, column.scale ?? 0)
                for value in seen { digits = max(digits, Self.digits(value)) }
                if digits <= Self.mostDigits { steps[place] = Self.power(digits) }
            }
        }
    }

    /// Steps to one; nil where numbers lie on none.
    subscript(_ place: Place) -> Double? { steps[place] }

    func isGuess(_ place: Place) -> Bool { guessed.contains(place) }

    /// The nearest number of the grid, where it is no more than a trace away.
    func nearest(_ value: Double, at place: Place, within part: Double = 1e-3) -> Double? {
        guard let steps = steps[place], abs(value) < 1e12 else { return nil }
        let whole = (value * steps).rounded()
        return abs(value * steps - whole) <= part ? whole / steps : nil
    }

    /// Numbers a trace beside their grid are put on it: what sums leave behind adds up else.
    func snapped(_ rows: [FixtureRow?], _ free: Set<Place>) -> [FixtureRow?] {
        rows.map { row in
            guard var row else { return nil }
            for (column, value) in row.values.enumerated() {
                let place = Place(table: row.table, column: column)
                guard case .real(let number)? = value, free.contains(place),
                    let near = nearest(number, at: place, within: 1e-6)
                else { continue }
                if near != number { row.values[column] = .real(near) }
            }
            return row
        }
    }

    private static func power(_ digits: Int) -> Double { (0..<digits).reduce(1.0) { made, _ in made * 10 } }

    private static func digits(_ value: Double) -> Int {
        guard value.isFinite, abs(value) < 1e12 else { return mostDigits + 1 }
        var scale = 1.0
        for digits in 0...mostDigits {
            let scaled = value * scale
            if abs(scaled - scaled.rounded()) <= max(1e-9, abs(scaled) * 1e-12) { return digits }
            scale *= 10
        }
        return mostDigits + 1
    }
}

extension StateWalk {
    /// The number for a column: on the column's grid, or, seldom, beside it.
    func number(_ value: Double, at place: Place, within tolerance: Double = 1e-8) -> SQLValue? {
        let kind = schema.tables[place.table].columns[place.column].kind
        // What is added up is seldom larger than the sum.
        if abs(value) > largest { return nil }
        guard kind != .integer, grid[place] != nil else { return Self.number(value, kind, dialect, within: tolerance) }
        if let near = grid.nearest(value, at: place) { return Self.number(near, kind, dialect, within: 1e-15) }
        return dice.share() < (grid.isGuess(place) ? 0.3 : 0.002)
            ? Self.number(value, kind, dialect, within: tolerance) : nil
    }
}

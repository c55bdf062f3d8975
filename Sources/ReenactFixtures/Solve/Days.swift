/// Calendar days, counted.
enum Days {
    /// Days since 1970-01-01 of `YYYY-MM-DD…`; nil where it is no date. (Howard Hinnant, chrono-compatible date algorithms.)
    static func number(_ text: String) -> Int? {
        let parts = text.prefix(10).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
            (1...12).contains(month), (1...31).contains(day), (1...9999).contains(year)
        else { return nil }
        let y = month <= 2 ? year - 1 : year
        let era = y / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The date with that number.
    static func text(_ number: Int) -> String? {
        let z = number + 719_468
        guard z > 366, z < 3_652_000 else { return nil }
        let era = z / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let place = (5 * dayOfYear + 2) / 153
        let month = place < 10 ? place + 3 : place - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfYear - (153 * place + 2) / 5 + 1, 2))"
    }

    /// A date, with what follows it, so many days later.
    static func shifted(_ text: String, by days: Int) -> String? {
        number(text).flatMap { self.text($0 + days) }.map { $0 + text.dropFirst(10) }
    }

    /// The Julian day that SQLite's `julianday` gives for midnight.
    static func julian(_ text: String) -> Double? { number(text).map { Double($0) + 2_440_587.5 } }

    static func date(julian: Double) -> String? {
        abs(julian) < 1e8 ? text(Int((julian - 2_440_587.5).rounded(.down))) : nil
    }

    /// The first day of those whose texts begin so, and the first one after them: of a year, a month or a day.
    static func span(of like: LikePattern, _ kind: ColumnKind) -> (first: String, end: String)? {
        guard like.isBeginning, [.date, .timestamp, .timestampZone].contains(kind) else { return nil }
        var start = like.beginning
        while start.hasSuffix("-") { start.removeLast() }
        let parts = start.split(separator: "-", omittingEmptySubsequences: false)
        guard let year = Int(start.prefix(4)), (1...9998).contains(year) else { return nil }
        switch (start.utf8.count, parts.count) {
        case (4, 1): return ("\(start)-01-01", "\(padded(year + 1, 4))-01-01")
        case (7, 2):
            guard let month = Int(parts[1]), (1...12).contains(month) else { return nil }
            let next = month == 12 ? "\(padded(year + 1, 4))-01" : "\(padded(year, 4))-\(padded(month + 1, 2))"
            return ("\(start)-01", "\(next)-01")
        case (10, 3): return shifted(start, by: 1).map { (start, $0) }
        default: return nil
        }
    }

    static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

/// The proleptic Gregorian calendar, counted in days from 2000-01-01, where PostgreSQL's own count begins.
///
/// Source: https://howardhinnant.github.io/date_algorithms.html
enum Calendar {
    /// Days from 0000-03-01 to 2000-01-01.
    private static let epoch = 730_425

    static func date(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + epoch
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    static func days(year: Int, month: Int, day: Int) -> Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - epoch
    }

    /// `2026-11-21`, and ` BC` behind years before the first.
    static func text(days: Int) -> (date: String, suffix: String) {
        let (year, month, day) = date(days)
        let shown = year > 0 ? year : 1 - year
        return ("\(padded(shown, 4))-\(padded(month, 2))-\(padded(day, 2))", year > 0 ? "" : " BC")
    }

    /// `08:15:02.25`.
    static func text(microseconds: Int64) -> String {
        let seconds = Int(microseconds / 1_000_000)
        let fraction = Int(microseconds % 1_000_000)
        var text = "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
        if fraction != 0 {
            var digits = padded(fraction, 6)
            while digits.last == "0" { digits.removeLast() }
            text += "." + digits
        }
        return text
    }

    static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

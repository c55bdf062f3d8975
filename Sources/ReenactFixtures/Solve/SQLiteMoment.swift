/// A moment as SQLite's date functions keep it: milliseconds since noon of Julian day 0. (SQLite, "Date And Time Functions";
/// texts and modifiers that mean the clock or a time zone are not read.)
struct SQLiteMoment {
    private var milliseconds: Int64
    private static let day: Int64 = 86_400_000
    /// 1970-01-01 00:00.
    private static let epoch: Int64 = 210_866_760_000_000

    /// The value and what is done with it, as in `date(value, modifier, …)`; nil where the functions give NULL, or are not known.
    init?(_ value: SQLValue, _ modifiers: some Sequence<SQLValue> = []) {
        switch value {
        case .text(let text):
            guard let read = Self.read(text) else { return nil }
            milliseconds = read
        case .int, .real:
            guard let number = value.double, number >= 0, number < 5_373_484.5 else { return nil }
            milliseconds = Int64(number * Double(Self.day) + 0.5)
        default: return nil
        }
        for modifier in modifiers {
            guard case .text(let text) = modifier, modify(text.lowercased()) else { return nil }
        }
        guard (0...464_269_060_799_999).contains(milliseconds) else { return nil }
    }

    private static func read(_ text: String) -> Int64? {
        let bytes = text.utf8
        guard bytes.count >= 10, let days = Days.number(text) else {
            return time(text[...]).map { epoch + 10_957 * day + $0 }
        }
        let rest = text.dropFirst(10).drop { $0 == " " || $0 == "T" }
        guard let time = rest.isEmpty ? 0 : time(rest) else { return nil }
        return epoch + Int64(days) * day + time
    }

    /// `HH:MM`, `HH:MM:SS`, `HH:MM:SS.SSS`.
    private static func time(_ text: Substring) -> Int64? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3, parts[0].utf8.count == 2, parts[1].utf8.count == 2,
            let hour = Int64(parts[0]), let minute = Int64(parts[1]), (0...24).contains(hour), (0...59).contains(minute)
        else { return nil }
        var rest: Int64 = 0
        if parts.count == 3 {
            guard parts[2].utf8.count >= 2, parts[2].utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }),
                let seconds = Double(parts[2]), seconds < 60
            else { return nil }
            rest = Int64(seconds * 1000 + 0.5)
        }
        return hour * 3_600_000 + minute * 60_000 + rest
    }

    private mutating func modify(_ text: String) -> Bool {
        let words = text.split(separator: " ")
        switch text {
        case "start of day": milliseconds = midnight
        case "start of month", "start of year":
            let (year, month, _) = date
            guard let days = Days.number(Self.text(year, text.hasSuffix("year") ? 1 : month, 1)) else { return false }
            milliseconds = Self.epoch + Int64(days) * Self.day
        default:
            if words.count == 2, words[0] == "weekday", let wanted = Int64(words[1]), (0...6).contains(wanted) {
                milliseconds += (wanted - Int64(weekday) + 7) % 7 * Self.day
                return true
            }
            guard words.count == 2, let count = Double(words[0]), abs(count) < 1e7 else { return false }
            let unit = words[1].hasSuffix("s") ? words[1].dropLast() : words[1]
            switch unit {
            case "day": milliseconds += Self.rounded(count * 86_400_000)
            case "hour": milliseconds += Self.rounded(count * 3_600_000)
            case "minute": milliseconds += Self.rounded(count * 60_000)
            case "second": milliseconds += Self.rounded(count * 1000)
            case "month", "year":
                guard count == count.rounded() else { return false }
                return addMonths(Int(count) * (unit == "year" ? 12 : 1))
            default: return false
            }
        }
        return true
    }

    private static func rounded(_ value: Double) -> Int64 { Int64(value + (value < 0 ? -0.5 : 0.5)) }

    /// A day that the month does not have runs over into the next one.
    private mutating func addMonths(_ count: Int) -> Bool {
        let (year, month, day) = date
        let months = year * 12 + month - 1 + count
        guard months >= 12, months < 119_988,
            let first = Days.number(Self.text(months / 12, months % 12 + 1, 1))
        else { return false }
        milliseconds = Self.epoch + Int64(first + day - 1) * Self.day + (milliseconds - midnight)
        return true
    }

    private var midnight: Int64 {
        let past = (milliseconds - Self.epoch) % Self.day
        return milliseconds - (past < 0 ? past + Self.day : past)
    }
    private var dayNumber: Int { Int((midnight - Self.epoch) / Self.day) }
    /// Sunday is 0.
    private var weekday: Int { ((dayNumber + 4) % 7 + 7) % 7 }

    private var date: (year: Int, month: Int, day: Int) {
        let text = Days.text(dayNumber) ?? "0001-01-01"
        let parts = text.split(separator: "-").compactMap { Int($0) }
        return parts.count == 3 ? (parts[0], parts[1], parts[2]) : (1, 1, 1)
    }

    private static func text(_ year: Int, _ month: Int, _ day: Int) -> String {
        "\(Days.padded(year, 4))-\(Days.padded(month, 2))-\(Days.padded(day, 2))"
    }

    var dateText: String { Days.text(dayNumber) ?? "" }

    var timeText: String {
        let seconds = Int((milliseconds - midnight) / 1000)
        return [seconds / 3600, seconds / 60 % 60, seconds % 60].map { Days.padded($0, 2) }.joined(separator: ":")
    }

    var julian: Double { Double(milliseconds) / 86_400_000 }

    var unix: Int64 { Int64((Double(milliseconds - Self.epoch) / 1000).rounded(.down)) }

    /// `strftime`; nil for signs that are not known.
    func formatted(_ format: String) -> String? {
        let (year, month, day) = date
        let past = Int(milliseconds - midnight)
        let inYear = dayNumber - (Days.number(Self.text(year, 1, 1)) ?? 0)
        var out = ""
        var signs = format.makeIterator()
        while let sign = signs.next() {
            guard sign == "%" else {
                out.append(sign)
                continue
            }
            switch signs.next() {
            case "Y": out += Days.padded(year, 4)
            case "m": out += Days.padded(month, 2)
            case "d": out += Days.padded(day, 2)
            case "H": out += Days.padded(past / 3_600_000, 2)
            case "M": out += Days.padded(past / 60_000 % 60, 2)
            case "S": out += Days.padded(past / 1000 % 60, 2)
            case "f": out += Days.padded(past / 1000 % 60, 2) + "." + Days.padded(past % 1000, 3)
            case "j": out += Days.padded(inYear + 1, 3)
            case "w": out += String(weekday)
            case "u": out += String(weekday == 0 ? 7 : weekday)
            case "W": out += Days.padded((inYear + 7 - (weekday + 6) % 7) / 7, 2)
            case "s": out += String(unix)
            case "F": out += dateText
            case "T": out += timeText
            case "R": out += String(timeText.prefix(5))
            case "%": out += "%"
            default: return nil
            }
        }
        return out
    }
}

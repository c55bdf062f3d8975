/// A moment by its parts, and the patterns of PostgreSQL's `to_char`.
struct PostgresMoment {
    var year = 2000
    var month = 1
    var day = 1
    var hour = 0
    var minute = 0
    var second = 0

    init() {}

    /// Reads `2026-01-02` or `2026-01-02T10:11:12.5+00:00`.
    init?(_ text: String) {
        guard Days.number(text) != nil else { return nil }
        let numbers = text.prefix(19).split { !$0.isNumber }.compactMap { Int($0) }
        guard numbers.count >= 3 else { return nil }
        (year, month, day) = (numbers[0], numbers[1], numbers[2])
        if numbers.count >= 6 { (hour, minute, second) = (numbers[3], numbers[4], numbers[5]) }
    }

    init?(seconds: Int) {
        let days = Int((Double(seconds) / 86_400).rounded(.down))
        guard let date = Days.text(days), var moment = PostgresMoment(date) else { return nil }
        let rest = seconds - days * 86_400
        (moment.hour, moment.minute, moment.second) = (rest / 3600, rest / 60 % 60, rest % 60)
        self = moment
    }

    var date: String { "\(Days.padded(year, 4))-\(Days.padded(month, 2))-\(Days.padded(day, 2))" }
    var number: Int { Days.number(date) ?? 0 }
    var seconds: Int { number * 86_400 + hour * 3600 + minute * 60 + second }
    /// From Sunday, 0.
    var weekday: Int { ((number + 4) % 7 + 7) % 7 }
    var dayOfYear: Int { number - (Days.number("\(Days.padded(year, 4))-01-01") ?? 0) + 1 }

    /// As a column of that kind holds it.
    func text(_ kind: ColumnKind?) -> String {
        let clock = [hour, minute, second].map { Days.padded($0, 2) }.joined(separator: ":")
        switch kind {
        case .date: return date
        case .timestampZone: return "\(date)T\(clock)+00:00"
        case .time: return clock
        default: return "\(date)T\(clock)"
        }
    }

    /// The year and the week that ISO 8601 counts it to.
    var isoWeek: (year: Int, week: Int) {
        let thursday = number - (weekday + 6) % 7 + 3
        guard let text = Days.text(thursday), let moment = PostgresMoment(text) else { return (year, 1) }
        return (moment.year, (moment.dayOfYear - 1) / 7 + 1)
    }

    func part(_ unit: String) -> Int? {
        switch unit.lowercased() {
        case "epoch": seconds
        case "dow": weekday
        case "isodow": weekday == 0 ? 7 : weekday
        case "doy": dayOfYear
        case "week": isoWeek.week
        case "isoyear": isoWeek.year
        case "quarter": (month + 2) / 3
        case "year": year
        case "month": month
        case "day": day
        case "hour": hour
        case "minute": minute
        default: nil
        }
    }

    func truncated(_ unit: String) -> PostgresMoment? {
        var moment = self
        switch unit.lowercased() {
        case "second": return moment
        case "minute": moment.second = 0
        case "hour": (moment.minute, moment.second) = (0, 0)
        case "day": (moment.hour, moment.minute, moment.second) = (0, 0, 0)
        case "week": return PostgresMoment(seconds: (number - (weekday + 6) % 7) * 86_400)
        case "month": (moment.day, moment.hour, moment.minute, moment.second) = (1, 0, 0, 0)
        case "quarter":
            (moment.month, moment.day) = ((month - 1) / 3 * 3 + 1, 1)
            (moment.hour, moment.minute, moment.second) = (0, 0, 0)
        case "year":
            (moment.month, moment.day) = (1, 1)
            (moment.hour, moment.minute, moment.second) = (0, 0, 0)
        default: return nil
        }
        return moment
    }

    // MARK: patterns

    private static let words = [
        "YYYY", "IYYY", "HH24", "HH12", "MONTH", "Month", "month", "DDD", "DAY", "Day", "day", "MON", "Mon", "mon",
        "YY",
        "IW", "MM", "DD", "HH", "MI", "SS", "DY", "Dy", "dy", "ID", "AM", "PM", "Q", "D", "FM", "TM",
    ]
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    /// Words of the pattern, and what stands between them; nil of patterns that are not known.
    private static func parts(_ pattern: String) -> [(word: String?, text: String)]? {
        var parts: [(String?, String)] = []
        var rest = Substring(pattern)
        while let first = rest.first {
            if first == "\"", let end = rest.dropFirst().firstIndex(of: "\"") {
                parts.append((nil, String(rest.dropFirst()[..<end])))
                rest = rest[rest.index(after: end)...]
            } else if let word = words.first(where: rest.hasPrefix) {
                parts.append((word, ""))
                rest = rest.dropFirst(word.count)
            } else if first.isLetter {
                return nil
            } else {
                parts.append((nil, String(first)))
                rest = rest.dropFirst()
            }
        }
        return parts
    }

    func formatted(_ pattern: String) -> String? {
        guard let parts = Self.parts(pattern) else { return nil }
        var out = ""
        var fills = true
        for part in parts {
            guard let word = part.word else {
                out += part.text
                continue
            }
            if word == "FM" || word == "TM" {
                fills = false
                continue
            }
            guard let text = written(word, fills) else { return nil }
            out += text
            fills = true
        }
        return out
    }

    private func written(_ word: String, _ fills: Bool) -> String? {
        func number(_ number: Int, _ width: Int) -> String { fills ? Days.padded(number, width) : String(number) }
        func name(_ name: String, short: Bool) -> String {
            let text =
                short ? String(name.prefix(3)) : fills ? name + String(repeating: " ", count: 9 - name.count) : name
            if word == word.uppercased() { return text.uppercased() }
            return word == word.lowercased() ? text.lowercased() : text
        }
        switch word {
        case "YYYY": return number(year, 4)
        case "IYYY": return number(isoWeek.year, 4)
        case "YY": return number(year % 100, 2)
        case "MM": return number(month, 2)
        case "DD": return number(day, 2)
        case "DDD": return number(dayOfYear, 3)
        case "IW": return number(isoWeek.week, 2)
        case "HH24": return number(hour, 2)
        case "HH12", "HH": return number((hour + 11) % 12 + 1, 2)
        case "MI": return number(minute, 2)
        case "SS": return number(second, 2)
        case "AM", "PM": return hour < 12 ? "AM" : "PM"
        case "Q": return String((month + 2) / 3)
        case "D": return String(weekday + 1)
        case "ID": return String(weekday == 0 ? 7 : weekday)
        case "MONTH", "Month", "month": return name(Self.months[month - 1], short: false)
        case "MON", "Mon", "mon": return name(Self.months[month - 1], short: true)
        case "DAY", "Day", "day": return name(Self.weekdays[weekday], short: false)
        case "DY", "Dy", "dy": return name(Self.weekdays[weekday], short: true)
        default: return nil
        }
    }

    /// With the parts that the text tells in place of its own; nil where it was not written so.
    func reading(_ text: String, _ pattern: String) -> PostgresMoment? {
        guard let parts = Self.parts(pattern) else { return nil }
        var moment = self
        var rest = Substring(text)
        func digits(_ width: Int) -> Int? {
            let digits = rest.prefix(width).prefix { $0.isNumber }
            rest = rest[digits.endIndex...]
            return Int(digits)
        }
        func place(_ names: [String], short: Bool) -> Int? {
            let names = names.map { short ? String($0.prefix(3)) : $0 }
            guard let place = names.firstIndex(where: { rest.lowercased().hasPrefix($0.lowercased()) }) else {
                return nil
            }
            rest = rest.dropFirst(names[place].count)
            if !short { rest = rest.drop { $0 == " " } }
            return place
        }
        var weekday: Int?
        for part in parts {
            switch part.word {
            case nil:
                // Blanks that filled a name are gone already.
                if rest.hasPrefix(part.text) { rest = rest.dropFirst(part.text.count) }
            case "FM", "TM": break
            case "YYYY": moment.year = digits(4) ?? year
            case "YY": moment.year = 2000 + (digits(2) ?? 0)
            case "MM": moment.month = digits(2) ?? month
            case "DD": moment.day = digits(2) ?? day
            case "HH24": moment.hour = digits(2) ?? hour
            case "HH12", "HH": moment.hour = (digits(2) ?? 0) % 12
            case "MI": moment.minute = digits(2) ?? minute
            case "SS": moment.second = digits(2) ?? second
            case "AM", "PM":
                if rest.lowercased().hasPrefix("p") { moment.hour += 12 }
                rest = rest.dropFirst(2)
            case "Q": moment.month = (digits(1) ?? 1) * 3 - 2
            case "MONTH", "Month", "month": moment.month = (place(Self.months, short: false) ?? month - 1) + 1
            case "MON", "Mon", "mon": moment.month = (place(Self.months, short: true) ?? month - 1) + 1
            case "DAY", "Day", "day": weekday = place(Self.weekdays, short: false)
            case "DY", "Dy", "dy": weekday = place(Self.weekdays, short: true)
            case "D": weekday = digits(1).map { $0 - 1 }
            case "ID": weekday = digits(1).map { $0 % 7 }
            default: return nil
            }
        }
        guard (1...12).contains(moment.month), Days.shifted(moment.date, by: 0) == moment.date else { return nil }
        if moment.formatted(pattern) == text { return moment }
        for _ in 0..<7 where weekday != nil && moment.weekday != weekday {
            guard let next = Days.text(moment.number + 1).flatMap({ PostgresMoment($0) }) else { return nil }
            (moment.year, moment.month, moment.day) = (next.year, next.month, next.day)
        }
        return moment.formatted(pattern) == text ? moment : nil
    }
}

/// An interval of PostgreSQL by its three parts, each of which is added up by itself.
struct TimeSpan: Equatable {
    var months: Int64 = 0
    var days: Int64 = 0
    var micros: Int64 = 0
    /// Told in seconds alone, as drivers hand it on.
    var isCounted = false

    static let day: Int64 = 86_400_000_000

    init(months: Int64 = 0, days: Int64 = 0, micros: Int64 = 0, isCounted: Bool = false) {
        (self.months, self.days, self.micros, self.isCounted) = (months, days, micros, isCounted)
    }

    init?(_ value: SQLValue?) {
        guard case .text(let text)? = value, let first = text.utf8.first, first < 0x3A else { return nil }
        if text.hasSuffix(" seconds"), let seconds = Double(text.dropLast(8)) {
            guard abs(seconds) < 1e12 else { return nil }
            (micros, isCounted) = (Int64((seconds * 1e6).rounded()), true)
            return
        }
        var words = text.split(separator: " ")[...]
        guard let last = words.last, words.count <= 7 else { return nil }
        if last.utf8.contains(UInt8(ascii: ":")) {
            guard let seconds = TaggedForms.seconds(String(last)) else { return nil }
            micros = Int64((seconds * 1e6).rounded())
            words = words.dropLast()
        }
        while let word = words.popFirst() {
            guard let count = Int64(word), abs(count) < 1_000_000, let unit = words.popFirst() else { return nil }
            switch unit {
            case "year", "years": months += count * 12
            case "mon", "mons", "month", "months": months += count
            case "week", "weeks": days += count * 7
            case "day", "days": days += count
            case "hour", "hours": micros += count * 3_600_000_000
            case "minute", "minutes", "min", "mins": micros += count * 60_000_000
            case "second", "seconds", "sec", "secs": micros += count * 1_000_000
            default: return nil
            }
        }
    }

    /// All of it, a month of 30 days, as the engine compares intervals.
    var total: Int64 { (months * 30 + days) * Self.day + micros }
    var seconds: Double { Double(total) / 1e6 }

    var value: SQLValue {
        if isCounted, months == 0, days == 0 { return .text(TaggedForms.span(Double(micros) / 1e6)) }
        var parts: [String] = []
        if months != 0 { parts.append("\(months) mons") }
        if days != 0 { parts.append("\(days) days") }
        if micros != 0 || parts.isEmpty { parts.append((micros < 0 ? "-" : "") + Self.clock(micros.magnitude)) }
        return .text(parts.joined(separator: " "))
    }

    static func clock(_ micros: UInt64) -> String {
        let seconds = Int(micros / 1_000_000)
        let fraction = Int(micros % 1_000_000)
        let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { Days.padded($0, 2) }.joined(separator: ":")
        return fraction == 0 ? clock : clock + "." + Days.padded(fraction, 6)
    }

    static func + (left: TimeSpan, right: TimeSpan) -> TimeSpan {
        TimeSpan(
            months: left.months + right.months, days: left.days + right.days, micros: left.micros + right.micros,
            isCounted: left.isCounted || right.isCounted)
    }

    static func - (left: TimeSpan, right: TimeSpan) -> TimeSpan { left + right * -1 }

    static func * (left: TimeSpan, count: Int64) -> TimeSpan {
        TimeSpan(
            months: left.months * count, days: left.days * count, micros: left.micros * count,
            isCounted: left.isCounted)
    }

    /// The n-th of so many parts that make it up, as even as can be.
    func part(_ place: Int, of count: Int) -> TimeSpan {
        func share(_ whole: Int64) -> Int64 {
            let (base, rest) = whole.quotientAndRemainder(dividingBy: Int64(count))
            return base + (Int64(place) < abs(rest) ? rest.signum() : 0)
        }
        return TimeSpan(months: share(months), days: share(days), micros: share(micros), isCounted: isCounted)
    }

    /// The same stretch of time, however it is written.
    static func areSame(_ left: String, _ right: String) -> Bool {
        guard left.utf8.last == UInt8(ascii: "s") || right.utf8.last == UInt8(ascii: "s"),
            left.hasSuffix(" seconds") != right.hasSuffix(" seconds"), let a = TimeSpan(.text(left)),
            let b = TimeSpan(.text(right))
        else { return false }
        return a.total == b.total
    }
}

/// Moments and the time between them.
extension TimeSpan {
    /// Microseconds since 1970; nil where it is no moment with a time of day.
    static func instant(_ value: SQLValue?) -> Int64? {
        guard case .text(let text)? = value, text.utf8.count >= 19, let day = Days.number(text) else { return nil }
        var clock = text.dropFirst(11)
        if clock.hasSuffix("+00:00") { clock = clock.dropLast(6) } else if clock.contains("+") { return nil }
        guard let seconds = TaggedForms.seconds(String(clock)) else { return nil }
        return Int64(day) * Self.day + Int64((seconds * 1e6).rounded())
    }

    static func moment(_ instant: Int64, _ kind: ColumnKind?) -> SQLValue? {
        let days = Int((Double(instant) / Double(day)).rounded(.down))
        guard let date = Days.text(days) else { return nil }
        let clock = clock(UInt64(instant - Int64(days) * day))
        return .text("\(date)T\(clock)" + (kind == .timestampZone ? "+00:00" : ""))
    }

    /// Sums and differences of moments and intervals; nil of all else.
    static func apply(_ sign: String, _ left: SQLValue, _ right: SQLValue) -> SQLValue? {
        guard case .text(let text) = left, case .text = right, sign == "+" || sign == "-" else { return nil }
        if let first = instant(left) {
            if sign == "-", let second = instant(right) {
                let (days, micros) = (first - second).quotientAndRemainder(dividingBy: day)
                return TimeSpan(days: days, micros: micros).value
            }
            guard let span = TimeSpan(right), span.months == 0 else { return nil }
            return moment(
                first + (sign == "-" ? -1 : 1) * span.total, text.hasSuffix("+00:00") ? .timestampZone : .timestamp)
        }
        if sign == "+", instant(right) != nil { return apply("+", right, left) }
        guard let a = TimeSpan(left), let b = TimeSpan(right) else { return nil }
        return (sign == "+" ? a + b : a - b).value
    }

    static func sum(_ values: [SQLValue]) -> TimeSpan? {
        var all = TimeSpan()
        for value in values {
            guard let next = TimeSpan(value) else { return nil }
            all = all + next
        }
        return all
    }
}

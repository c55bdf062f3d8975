/// Plain values by type.
enum Values {
    static func boolean(_ flag: Bool, _ dialect: SQLDialect) -> SQLValue {
        dialect == .sqlite ? .int(flag ? 1 : 0) : .bool(flag)
    }

    static func plain(_ kind: ColumnKind, _ dialect: SQLDialect) -> SQLValue {
        switch kind {
        case .integer: .int(0)
        case .real: .real(0)
        case .decimal: dialect == .sqlite ? .int(0) : .number("0")
        case .boolean: boolean(false, dialect)
        case .text, .any: .text("")
        case .timestamp: .text(dialect == .sqlite ? "2000-01-01 00:00:00" : "2000-01-01T00:00:00")
        case .timestampZone: .text("2000-01-01T00:00:00+00:00")
        case .date: .text("2000-01-01")
        case .time: .text("00:00:00")
        case .bytes: .blob([])
        case .uuid: .text("00000000-0000-0000-0000-000000000000")
        case .json: .text("{}")
        case .interval: .text("0")
        case .array: .text("{}")
        case .network: .text("0.0.0.0")
        case .label(let labels): .text(labels.first ?? "")
        }
    }

    /// The n-th of a series of different values.
    static func numbered(_ column: SchemaColumn, _ count: Int64, _ dialect: SQLDialect) -> SQLValue {
        switch column.kind {
        case .integer: return .int(count)
        case .real: return .real(Double(count))
        case .decimal: return dialect == .sqlite ? .int(count) : .number(String(count))
        case .text, .any:
            let room = column.length ?? 64
            let digits = String(count, radix: 36)
            return .text(digits.utf8.count < room ? "x" + digits : String(digits.suffix(room)))
        case .timestamp, .timestampZone: return ranked(Int(clamping: count), column.kind, dialect)
        case .date:
            // A year has 336 of them; those before it have more.
            let year = count < 0 ? 2000 : 2000 - Int(count / 336 % 500)
            return .text("\(year)-\(two(Int(count / 28 % 12) + 1))-\(two(Int(count % 28) + 1))")
        case .time:
            let second = Int(count % 86_400)
            return .text("\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))")
        case .network: return .text("10.\(count >> 16 & 255).\(count >> 8 & 255).\(count & 255)")
        case .uuid:
            let digits = String(count, radix: 16)
            return .text("00000000-0000-0000-0000-" + String(repeating: "0", count: max(0, 12 - digits.count)) + digits)
        case .bytes: return .blob(Array(String(count).utf8))
        case .label(let labels): return .text(labels.isEmpty ? "" : labels[Int(count) % labels.count])
        default: return plain(column.kind, dialect)
        }
    }

    /// How many different values the series has; a search for a free one ends there.
    static func variety(_ column: SchemaColumn) -> Int64 {
        switch column.kind {
        case .text: [1, 36, 1296, 46_656, 1_000_000][max(0, min(column.length ?? 64, 4))]
        case .label(let labels): Int64(max(1, labels.count))
        case .boolean: 2
        case .json, .interval, .array: 1
        case .time: 86_400
        default: 1_000_000
        }
    }

    /// Values that sort as their ranks do.
    static func ranked(_ rank: Int, _ kind: ColumnKind, _ dialect: SQLDialect, length: Int? = nil) -> SQLValue {
        switch kind {
        case .integer: return .int(Int64(rank))
        case .real: return .real(Double(rank))
        case .decimal: return dialect == .sqlite ? .int(Int64(rank)) : .number(String(rank))
        case .timestamp, .timestampZone:
            let seconds = abs(rank) % 86_400
            let day = min(abs(rank) / 86_400, 27) + 1
            let clock = "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
            let zone = kind == .timestampZone ? "+00:00" : ""
            return .text("2000-02-\(two(day))\(dialect == .sqlite ? " " : "T")\(clock)\(zone)")
        case .date: return .text("2000-\(two(min(abs(rank) / 28, 11) + 1))-\(two(abs(rank) % 28 + 1))")
        case .boolean: return boolean(rank > 1, dialect)
        case .label(let labels):
            return .text(labels.isEmpty ? "" : labels[min(max(rank, 1), labels.count) - 1])
        case .time:
            let second = abs(rank) % 86_400
            return .text("\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))")
        case .uuid, .network:
            let column = SchemaColumn(name: "", kind: kind, isNotNull: true, hasDefault: false)
            return numbered(column, Int64(abs(rank)), dialect)
        case .interval: return .text("\(abs(rank)) seconds")
        case .json where dialect == .postgres, .array where dialect == .postgres, .bytes where dialect == .postgres:
            return plain(kind, dialect)
        default:
            let digits = String(abs(rank))
            if let length, length < 7 {
                let room = max(0, length - digits.utf8.count)
                return .text(String((String(repeating: "0", count: room) + digits).suffix(length)))
            }
            return .text("k" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits)
        }
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }

    /// The nearest value above or below that is no tie: other bounds on that column may be narrow.
    static func nudged(_ value: SQLValue, _ kind: ColumnKind, up: Bool) -> SQLValue {
        guard case .text(let text) = value, kind == .timestamp || kind == .timestampZone,
            let dot = text.utf8.firstIndex(of: UInt8(ascii: "."))
        else { return stepped(value, kind, up: up) }
        let digits = text[text.index(after: dot)...].prefix { $0.isASCII && $0.isNumber }
        guard digits.utf8.count == 6, let number = Int(digits), up ? number < 999_999 : number > 0 else {
            return stepped(value, kind, up: up)
        }
        let next = String(up ? number + 1 : number - 1)
        return .text(
            text[...dot] + String(repeating: "0", count: 6 - next.utf8.count) + next + text[digits.endIndex...])
    }

    /// A value between these two, with room on both sides; nil where none is easily told.
    static func inside(_ low: SQLValue, _ high: SQLValue, _ kind: ColumnKind) -> SQLValue? {
        if case .text(let first) = low, case .text(let last) = high {
            guard [.date, .timestamp, .timestampZone, .text].contains(kind), first.utf8.count >= 10 else { return nil }
            // A later day of the same month or year.
            for (month, day) in [(0, 9), (0, 2), (3, 0), (6, 0)] {
                guard let m = Int(first.dropFirst(5).prefix(2)), let d = Int(first.dropFirst(8).prefix(2)),
                    m + month <= 12,
                    d + day <= 28
                else { continue }
                let text = "\(first.prefix(5))\(two(m + month))-\(two(d + day))\(first.dropFirst(10))"
                if text < last { return .text(text) }
            }
            return nil
        }
        guard let a = low.looseDouble, let b = high.looseDouble, b - a > 1 else { return nil }
        let middle = ((a + b) / 2).rounded()
        if case .int = low { return .int(Int64(middle)) }
        return .real(middle)
    }

    /// A moment so many days later, beyond two hundred of them so many seconds more; nil of other kinds.
    static func moved(_ value: SQLValue, by count: Int, _ kind: ColumnKind) -> SQLValue? {
        guard case .text(let text) = value, [.date, .timestamp, .timestampZone].contains(kind), text.utf8.count >= 10
        else { return nil }
        if kind == .date { return Days.shifted(text, by: count).map(SQLValue.text) }
        guard let moved = Days.shifted(text, by: count % 200), count.magnitude >= 200 else {
            return Days.shifted(text, by: count).map(SQLValue.text)
        }
        let rest = count.magnitude / 200
        let (day, clock) = (moved.prefix(10), moved.dropFirst(10))
        let parts = clock.dropFirst().prefix(8).split(separator: ":").compactMap { Int($0) }
        let seconds = (parts.count == 3 ? parts[0] * 3600 + parts[1] * 60 + parts[2] : 0) + Int(rest)
        guard seconds < 86_400 else { return nil }
        let time = [seconds / 3600, seconds / 60 % 60, seconds % 60].map(two).joined(separator: ":")
        return .text(day + (clock.first.map(String.init) ?? " ") + time + clock.dropFirst(9))
    }

    /// The next value above or below, far enough to leave ties.
    static func stepped(_ value: SQLValue, _ kind: ColumnKind, up: Bool) -> SQLValue {
        switch value {
        case .int(let number): return .int(up ? number &+ 1 : number &- 1)
        case .real(let number): return .real(up ? number + 1 : number - 1)
        case .number:
            return Arithmetic.apply(up ? "+" : "-", value, .int(1)) ?? value
        case .text(let text):
            switch kind {
            case .label(let labels):
                guard let place = labels.firstIndex(of: text), labels.indices.contains(place + (up ? 1 : -1)) else {
                    return value
                }
                return .text(labels[place + (up ? 1 : -1)])
            case .timestamp, .timestampZone, .date:
                guard let year = Int(text.prefix(4)), year > 1, year < 9999 else { return value }
                let digits = String(year + (up ? 1 : -1))
                return .text(String(repeating: "0", count: max(0, 4 - digits.count)) + digits + text.dropFirst(4))
            case .time:
                guard let hour = Int(text.prefix(2)), up ? hour < 23 : hour > 0 else { return value }
                let next = hour + (up ? 1 : -1)
                return .text((next < 10 ? "0" : "") + String(next) + text.dropFirst(2))
            default:
                if up { return .text(text + "z") }
                guard let last = text.utf8.last else { return .text("") }
                let shorter = String(text.dropLast())
                return last > 0x21 && last < 0x7F ? .text(shorter + String(UnicodeScalar(last - 1))) : .text(shorter)
            }
        default: return value
        }
    }
}

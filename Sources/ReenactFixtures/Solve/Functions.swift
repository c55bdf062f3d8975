import Glibc

/// The functions of both engines that conditions and groups are commonly made of. What is not here is unknown, which the
/// engine itself then settles.
enum Functions {
    static func apply(_ name: String, _ values: [SQLValue], _ dialect: SQLDialect) -> SQLValue? {
        guard let first = values.first else { return nil }
        if dialect == .postgres, let known = PostgresFunctions.apply(name, values) { return known }
        if name == "NULLIF", values.count == 2 { return first.matches(values[1]) ? .null : first }
        if dialect == .sqlite, let moment = moment(name, values) { return moment }
        if first.isNull, name != "STRFTIME", name != "EXTRACT", name != "DATE_PART", name != "DATE_TRUNC" {
            return .null
        }
        switch (name, values.count) {
        case ("UPPER", 1): return text(first).map { .text(upper($0, dialect)) }
        case ("LOWER", 1): return text(first).map { .text(lower($0, dialect)) }
        case ("LENGTH", 1), ("CHAR_LENGTH", 1): return text(first).map { .int(Int64($0.unicodeScalars.count)) }
        case ("TRIM", 1):
            return text(first).map {
                .text(String($0.trimmingPrefix { $0 == " " }.reversed().drop { $0 == " " }.reversed()))
            }
        case ("ABS", 1): return abs(first)
        case ("ROUND", 1): return round(first, 0, dialect)
        case ("ROUND", 2): return values[1].double.flatMap { round(first, Int($0), dialect) }
        case ("SUBSTR", 2), ("SUBSTR", 3), ("SUBSTRING", 2), ("SUBSTRING", 3): return substring(values)
        case ("DATE", 1): return text(first).flatMap { $0.utf8.count >= 10 ? .text(String($0.prefix(10))) : nil }
        case ("STRFTIME", 2): return strftime(values)
        case ("EXTRACT", 2), ("DATE_PART", 2): return part(values)
        case ("DATE_TRUNC", 2): return truncated(values)
        case ("INSTR", 2): return place(of: values[1], in: first)
        case ("REPLACE", 3): return replaced(values)
        case ("JSON_EXTRACT", 2): return DocumentPath.extract(first, values[1], isBare: false, dialect)
        case ("CONCAT", _): return .text(values.compactMap { $0.isNull ? "" : text($0) }.joined())
        case ("DJANGO_DATETIME_TRUNC", 4):
            guard let unit = text(first), let moment = text(values[1]) else { return values[1].isNull ? .null : nil }
            return DriverFunctions.truncated(moment, unit).map(SQLValue.text)
        default: return nil
        }
    }

    static func text(_ value: SQLValue) -> String? {
        switch value {
        case .text(let text), .number(let text): text
        case .int(let number): String(number)
        default: nil
        }
    }

    /// SQLite knows the letters of ASCII only.
    private static func upper(_ text: String, _ dialect: SQLDialect) -> String {
        dialect == .postgres
            ? text.uppercased()
            : String(decoding: text.utf8.map { $0 >= 0x61 && $0 <= 0x7A ? $0 & 0xDF : $0 }, as: UTF8.self)
    }

    private static func lower(_ text: String, _ dialect: SQLDialect) -> String {
        dialect == .postgres
            ? text.lowercased()
            : String(decoding: text.utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    private static func abs(_ value: SQLValue) -> SQLValue? {
        switch value {
        case .int(let number): .int(number == .min ? number : Swift.abs(number))
        case .real(let number): .real(Swift.abs(number))
        case .number(let text): .number(text.hasPrefix("-") ? String(text.dropFirst()) : text)
        default: nil
        }
    }

    private static func round(_ value: SQLValue, _ digits: Int, _ dialect: SQLDialect) -> SQLValue? {
        guard let number = value.double, digits >= 0, digits < 15 else { return nil }
        let scale = pow(10.0, Double(digits))
        let result = (number * scale).rounded(.toNearestOrAwayFromZero) / scale
        if case .number = value { return .number(fixed(result, digits)) }
        if case .int = value, dialect == .postgres { return value }
        return .real(result)
    }

    /// A number with that many digits behind the point.
    static func fixed(_ number: Double, _ digits: Int) -> String {
        guard Swift.abs(number) < 1e15 else { return String(number) }
        let scale = pow(10.0, Double(digits))
        var units = String(Int64((Swift.abs(number) * scale).rounded()))
        while units.utf8.count <= digits { units = "0" + units }
        let sign = number < 0 ? "-" : ""
        return digits == 0 ? sign + units : sign + units.dropLast(digits) + "." + units.suffix(digits)
    }

    /// SQLite's functions of moments; nil where it is another function, or a moment that is not read.
    private static func moment(_ name: String, _ values: [SQLValue]) -> SQLValue? {
        let isFormatted = name == "STRFTIME"
        guard isFormatted || ["DATE", "TIME", "DATETIME", "JULIANDAY", "UNIXEPOCH"].contains(name) else { return nil }
        let rest = values.dropFirst(isFormatted ? 1 : 0)
        guard let value = rest.first else { return nil }
        if values.contains(where: \.isNull) { return .null }
        guard let moment = SQLiteMoment(value, rest.dropFirst()) else { return nil }
        switch name {
        case "DATE": return .text(moment.dateText)
        case "TIME": return .text(moment.timeText)
        case "DATETIME": return .text(moment.dateText + " " + moment.timeText)
        case "JULIANDAY": return .real(moment.julian)
        case "UNIXEPOCH": return .int(moment.unix)
        default: return text(values[0]).flatMap(moment.formatted).map(SQLValue.text)
        }
    }

    private static func place(of part: SQLValue, in whole: SQLValue) -> SQLValue? {
        guard let whole = text(whole) else { return nil }
        if part.isNull { return .null }
        guard let part = text(part) else { return nil }
        guard !part.isEmpty, let found = whole.firstRange(of: part) else { return .int(part.isEmpty ? 1 : 0) }
        return .int(Int64(whole[..<found.lowerBound].unicodeScalars.count) + 1)
    }

    private static func replaced(_ values: [SQLValue]) -> SQLValue? {
        if values.contains(where: \.isNull) { return .null }
        guard let whole = text(values[0]), let part = text(values[1]), let other = text(values[2]) else { return nil }
        return .text(part.isEmpty ? whole : whole.replacing(part, with: other))
    }

    private static func substring(_ values: [SQLValue]) -> SQLValue? {
        if values.contains(where: \.isNull) { return .null }
        guard let text = text(values[0]), case .int(var from) = values[1], from != 0 else { return nil }
        let scalars = text.unicodeScalars
        var most = Int64.max
        if values.count == 3 {
            guard case .int(let count) = values[2], count >= 0 else { return nil }
            most = count
        }
        if from < 0 {
            // From the end; what would lie before the beginning counts.
            from += Int64(scalars.count)
            if from < 0 {
                most = most == .max ? most : max(0, most + from)
                from = 0
            }
        } else {
            from -= 1
        }
        let rest = scalars.dropFirst(Int(clamping: from))
        return .text(String(String.UnicodeScalarView(rest.prefix(Int(clamping: most)))))
    }

    private static let fields = [
        "year": 0..<4, "month": 5..<7, "day": 8..<10, "hour": 11..<13, "minute": 14..<16, "second": 17..<19,
    ]

    private static func field(_ moment: String, _ name: String) -> String? {
        guard let range = fields[name], moment.utf8.count >= range.upperBound else { return nil }
        return String(decoding: Array(moment.utf8)[range], as: UTF8.self)
    }

    private static func truncated(_ values: [SQLValue]) -> SQLValue? {
        guard let unit = text(first(values)), let moment = text(values[1]) else {
            return values[1].isNull ? .null : nil
        }
        guard let kept = ["year": 4, "month": 7, "day": 10][unit.lowercased()], moment.utf8.count >= 10 else {
            return nil
        }
        // A date becomes a moment of the session's zone.
        let zone = moment.utf8.count == 10 ? "+00:00" : moment.contains("+00") ? "+00:00" : ""
        return .text(String(moment.prefix(kept)) + "-01-01".dropFirst(kept - 4) + "T00:00:00" + zone)
    }

    private static func first(_ values: [SQLValue]) -> SQLValue { values.first ?? .null }

    private static func part(_ values: [SQLValue]) -> SQLValue? {
        guard let name = text(values[0]), let moment = text(values[1]) else { return values[1].isNull ? .null : nil }
        return field(moment, name.lowercased()).flatMap { Int64($0) }.map { .number(String($0)) }
    }

    private static func strftime(_ values: [SQLValue]) -> SQLValue? {
        guard let format = text(values[0]), let moment = text(values[1]) else { return values[1].isNull ? .null : nil }
        let names: [Character: String] = [
            "Y": "year", "m": "month", "d": "day", "H": "hour", "M": "minute", "S": "second",
        ]
        var out = ""
        var percent = false
        for character in format {
            if percent {
                guard let name = names[character], let part = field(moment, name) else { return nil }
                out += part
                percent = false
            } else if character == "%" {
                percent = true
            } else {
                out.append(character)
            }
        }
        return .text(out)
    }

    static func cast(_ value: SQLValue, _ type: String, _ dialect: SQLDialect) -> SQLValue {
        if value.isNull { return value }
        if type.contains("INT") {
            switch value {
            case .real(let number) where Swift.abs(number) < 1e18:
                return .int(Int64(dialect == .sqlite ? number.rounded(.towardZero) : number.rounded(.toNearestOrEven)))
            case .number(let text):
                return Double(text).map { .int(Int64($0.rounded(.toNearestOrAwayFromZero))) } ?? value
            case .text(let text): return Int64(text).map(SQLValue.int) ?? value
            case .bool(let flag): return .int(flag ? 1 : 0)
            default: return value
            }
        }
        if type.contains("REAL") || type.contains("FLOAT") || type.contains("DOUBLE") {
            return value.looseDouble.map(SQLValue.real) ?? value
        }
        if type.contains("CHAR") || type == "TEXT" {
            if case .int(let number) = value { return .text(String(number)) }
        }
        if type == "DATE", case .text(let text) = value, dialect == .postgres, text.utf8.count > 10 {
            return .text(String(text.prefix(10)))
        }
        return value
    }
}

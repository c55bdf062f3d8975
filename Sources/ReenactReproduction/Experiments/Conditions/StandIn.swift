import ReenactTimeline

/// Values that a value might have been instead: a typed default, by what the failing code wants of it.
struct StandIn: Sendable {
    enum Sort: Sendable { case whole, real, text, moment, date, truth, list, object, identifier }

    /// What the failure's message says of the type that was needed.
    let wanted: Sort?

    /// A moment as the failing code wants it written, where its message speaks of one.
    let moment: String?

    /// Values that the failure offers in place of the one that it complains of.
    let offered: [String]

    /// An object with what the failing line reads out of one: without it, it would fail there again.
    private let object: JSONValue

    init(_ subject: Subject) {
        object = Self.object(readBy: subject.look.frames.first?.source ?? "")
        wanted = Self.wanted(subject.look.words)
        moment = WantedMoment.text(subject.look.words + "\n" + subject.complaint)
        offered = Offered.values(in: subject.complaint)
    }

    /// For a text that the failing code could not read: one that it can; nil where that is not known.
    func readable(for text: String, _ subject: Subject) -> String? {
        guard text.isEmpty || subject.reaches(text) || subject.hears(text) else { return nil }
        if let other = offered.first(where: { $0 != text }), subject.hears(text), !offered.contains(text) {
            return other
        }
        if let address = URLForms.mended(text, message: subject.complaint) { return address }
        if let moment { return moment == text ? nil : moment }
        return wanted == .whole && Double(text) == nil ? "1" : nil
    }

    private static func wanted(_ message: String) -> Sort? {
        let texts = [
            "'lower'", "'upper'", "'strip'", "'split'", "'encode'", "'startswith'", "'endswith'", "'replace'", "'join'",
            "'title'", "'toUpperCase'", "'toLowerCase'", "'trim'", "'substring'", "'includes'", "'charAt'", "'slice'",
            "must be str", "expected str", "concatenate str", "expected string", "must be of type string", "`downcase'",
            "`upcase'", "`strip'", "`split'", "`gsub'", "`start_with?'", "\"String.",
        ]
        let moments = ["'isoformat'", "'strftime'", "'year'", "'date'", "'timestamp'", "'toISOString'", "'getTime'"]
        let numbers = [
            "unsupported operand", "real number", "int() argument", "float() argument", "and 'int'", "and 'float'",
            "'int' and", "'float' and", "'toFixed'", "must be of type int", "must be of type float", "Decimal",
            "invalid literal for int()", "could not convert string to float", "invalid value for Integer()",
            "invalid value for Float()", "For input string", "strconv.", "non-numeric value", "isn't numeric",
            "must be of type number", "is not a number", "BigInt",
        ]
        let lists = [
            "not iterable", "terate over", "'append'", "'map'", "'forEach'", "'filter'", "'length'", "has no len()",
            "`each'", "'each'",
            "`map'", "`select'", "`empty?'", "foreach()", "an ARRAY reference", "\"java.util.List",
            "\"java.util.Collection",
        ]
        let objects = [
            "'get'", "'items'", "'keys'", "not subscriptable", "must be of type array", "`dig'", "`fetch'", "`keys'",
            "a HASH reference", "\"java.util.Map",
        ]
        func has(_ phrases: [String]) -> Bool { phrases.contains { message.contains($0) } }
        if has(texts) { return .text }
        if has(moments) { return .moment }
        if has(numbers) { return .whole }
        if has(lists) { return .list }
        if has(objects) { return .object }
        return nil
    }

    /// What a name suggests.
    static func sort(named name: String) -> Sort? {
        let name = name.lowercased()
        if name.hasSuffix("_at") || name.hasSuffix("time") || name.hasSuffix("date") || name.hasSuffix("_on") {
            return .moment
        }
        if name == "id" || name.hasSuffix("_id") || name.hasSuffix("count") || name.hasSuffix("quantity") {
            return .whole
        }
        if ["price", "amount", "total", "rate", "score", "weight", "balance", "size", "stock", "age", "limit"]
            .contains(where: name.hasSuffix)
        {
            return .whole
        }
        if name.hasPrefix("is_") || name.hasPrefix("has_") || name == "active" || name == "enabled" { return .truth }
        if ["name", "email", "title", "city", "address", "code", "status", "currency", "url", "text", "label"]
            .contains(where: name.hasSuffix)
        {
            return .text
        }
        return nil
    }

    /// For a value that is NULL, missing or empty in a document, the likeliest first.
    func values(named name: String) -> [JSONValue] {
        let first = [wanted, Self.sort(named: name), .whole].compactMap { $0 }
        var values = (moment.map { [.string($0)] } ?? []) + first.map { $0 == .object ? object : Self.value($0) }
        for other in [JSONValue.string("text"), .object([:]), .array([.object([:])])] { values.append(other) }
        var seen: Set<JSONValue> = []
        return values.filter { seen.insert($0).inserted }
    }

    /// For a member that the failing code looks for: one that its text can go on with, then typed ones.
    func wanted(_ name: String, _ subject: Subject) -> [JSONValue] {
        let steps = SourceText.path(behind: name, in: subject.source.all)
        let first = steps.flatMap { value(through: $0, named: name) }
        return (first.map { [$0] } ?? []) + values(named: name).filter { $0 != first }
    }

    /// `pkg["name"] == wanted and pkg["kind"]` reads `name` and `kind`.
    private static func object(readBy source: String) -> JSONValue {
        var members: [String: JSONValue] = [:]
        for quote in ["'", "\""] {
            for start in ["[\(quote)", ".get(\(quote)", ".fetch(\(quote)"] {
                var rest = source.prefix(1000)
                while let range = rest.firstRange(of: start) {
                    rest = rest[range.upperBound...]
                    let name = String(rest.prefix { String($0) != quote })
                    let isName =
                        (1...40).contains(name.count)
                        && name.allSatisfy { $0.isLetter || $0.isNumber || "_-".contains($0) }
                    if isName, members.count < 8 { members[name] = value(sort(named: name) ?? .text) }
                }
            }
        }
        return .object(members)
    }

    static func value(_ sort: Sort) -> JSONValue {
        switch sort {
        case .whole: .integer(1)
        case .real: .number(1.5)
        case .text: .string("text")
        case .moment: .string("2026-01-01T00:00:00")
        case .date: .string("2026-01-01")
        case .truth: .bool(true)
        case .list: .array([])
        case .object: .object([:])
        case .identifier: .string("00000000-0000-4000-8000-000000000001")
        }
    }

    /// For a value that is there and may be the trouble: empty, 0 and negative become plain ones.
    static func plain(for value: JSONValue) -> JSONValue? {
        switch value {
        case .string(let text):
            if text.isEmpty { return "text" }
            if let number = Int64(text) { return number <= 0 || number > 1000 ? "1" : nil }
            return Double(text) == nil ? nil : "1"
        case .integer(let number): return number <= 0 || number > 1_000_000 ? 1 : nil
        case .number(let number): return number <= 0 ? 1.5 : nil
        default: return nil
        }
    }

    /// Another form of the same value: a number written as text, or the other way round.
    static func retyped(_ value: JSONValue) -> JSONValue? {
        switch value {
        case .string(let text):
            if let number = Int64(text) { return .integer(number) }
            return Double(text).map(JSONValue.number)
        case .integer(let number): return .string("\(number)")
        case .number(let number): return .string("\(number)")
        default: return nil
        }
    }

    /// The value for a person, short.
    static func told(_ value: JSONValue?) -> String {
        guard let value else { return "missing" }
        if value == .null { return "null" }
        // A text stands as it is: what it holds of backslashes and quotes is its own.
        if case .string(let words) = value {
            let shown = words.prefix(61).unicodeScalars.reduce("") { text, scalar in
                guard scalar.value < 32 else { return text + String(scalar) }
                let short = ["\n": "\\n", "\t": "\\t", "\r": "\\r"][String(scalar)]
                return text + (short ?? "\\u{\(String(scalar.value, radix: 16))}")
            }
            return "\"" + (shown.count > 58 ? shown.prefix(56) + "…" : shown) + "\""
        }
        let text = (try? JSONText.encode(value)) ?? "?"
        return text.count > 60 ? text.prefix(57) + "…" : text
    }
}

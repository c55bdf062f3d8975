import ReenactTimeline

/// Functions that return rows.
extension Inverter {
    /// A function in FROM: its columns are what is asked of them, and then come out of it.
    func drawing(_ source: SQLSource, _ function: SQLExpr, _ scope: Scope, isAbsent: Bool) -> Scope {
        var next = scope
        let names = evaluator.sourceNames(source)
        if isAbsent {
            next.sources.append((source.alias, .derived(names.map { ($0, .value(.null)) })))
            return next
        }
        guard dialect == .postgres else {
            next.sources.append((source.alias, .derived([])))
            return next
        }
        var terms = names.map { _ in Term.variable(tableau.newLoose()) }
        // Both names are those of one column.
        if names.count == 2, names[0] == "value" { terms[1] = terms[0] }
        next.sources.append((source.alias, .derived(Array(zip(names, terms)))))
        next.drawn.append(.init(function: function, columns: terms))
        return next
    }

    /// Makes the function return these.
    func draw(_ drawn: Scope.Drawn, _ scopes: [Scope]) throws(Conflict) {
        guard case .call(let call) = drawn.function, case .variable(let column)? = drawn.columns.first else { return }
        let wanted = tableau.value(column)
        if wanted?.isNull == true { return }
        if let rows = evaluator.setRows(call, scopes), !isOpen(call, scopes) {
            guard let wanted else {
                guard let first = rows.first?.first else { throw Conflict(what: "a function returns no row") }
                return try tableau.bind(column, first)
            }
            guard rows.contains(where: { $0.first.map { Self.isSameMoment($0, wanted) } ?? false }) else {
                throw Conflict(what: "a function does not return that")
            }
            return
        }
        guard let first = call.arguments.first else { return }
        switch call.name {
        case "UNNEST":
            guard case .variable(let cell) = underlying(first, scopes) else { return }
            let element = wanted ?? tableau.value(cell).flatMap { PostgresArray.elements($0)?.first } ?? .text("1")
            try include([element], cell)
            try tableau.bind(column, element)
        case "JSONB_ARRAY_ELEMENTS", "JSON_ARRAY_ELEMENTS", "JSONB_ARRAY_ELEMENTS_TEXT", "JSON_ARRAY_ELEMENTS_TEXT":
            guard let location = location(first, scopes) else { return }
            let element = wanted ?? (call.name.hasSuffix("TEXT") ? .text("x") : .text("1"))
            let held =
                call.name.hasSuffix("TEXT")
                ? Functions.text(element).map(JSONValue.string) : PostgresDocument.read(element)
            if let held { try put(.array([held]), location) }
            try tableau.bind(column, element)
        case "JSONB_OBJECT_KEYS", "JSON_OBJECT_KEYS", "JSONB_EACH", "JSONB_EACH_TEXT", "JSON_EACH", "JSON_EACH_TEXT":
            guard var location = location(first, scopes) else { return }
            let key = wanted.flatMap(Functions.text) ?? "x"
            try tableau.bind(column, .text(key))
            location.steps.append(.member(key))
            location.isText = call.name.hasSuffix("TEXT")
            let value = drawn.columns.count > 1 ? tableau.value(drawn.columns[1]) : nil
            try put(value.flatMap(location.member) ?? .integer(1), location)
        case "REGEXP_SPLIT_TO_TABLE", "STRING_TO_TABLE":
            if let wanted, tableau.value(evaluator.term(first, scopes)) == nil {
                try assign(first, .value(wanted), scopes)
            }
        default: break
        }
    }

    /// What it looks at may still become another.
    private func isOpen(_ call: SQLCall, _ scopes: [Scope]) -> Bool {
        guard let first = call.arguments.first else { return false }
        var isOpen = false
        first.walk { part in
            guard case .column = part, case .variable(let cell) = evaluator.term(part, scopes) else { return }
            let known = tableau.variables[tableau.root(cell)]
            isOpen = isOpen || known.value == nil || known.isSoft
        }
        return isOpen
    }

    /// A date is the moment at which it begins.
    private static func isSameMoment(_ left: SQLValue, _ right: SQLValue) -> Bool {
        if left.matches(right) { return true }
        guard case .text(let a) = left, case .text(let b) = right, let x = PostgresMoment(a), let y = PostgresMoment(b)
        else { return false }
        return x.seconds == y.seconds
    }
}

extension Evaluator {
    /// The rows of a function in FROM; nil where they can't be told.
    func setRows(_ call: SQLCall, _ scopes: [Scope]) -> [[SQLValue]]? {
        guard dialect == .postgres else { return nil }
        var values: [SQLValue] = []
        for argument in call.arguments {
            guard let value = value(term(argument, scopes)) else { return nil }
            values.append(value)
        }
        guard let first = values.first else { return nil }
        if values.contains(where: \.isNull) { return [] }
        switch call.name {
        case "UNNEST": return values.count == 1 ? PostgresArray.elements(first)?.map { [$0] } : nil
        case "JSONB_ARRAY_ELEMENTS", "JSON_ARRAY_ELEMENTS":
            guard case .array(let list)? = PostgresDocument.read(first) else { return nil }
            return list.map { Array(repeating: .text(PostgresDocument.text($0)), count: 2) }
        case "JSONB_ARRAY_ELEMENTS_TEXT", "JSON_ARRAY_ELEMENTS_TEXT":
            guard case .array(let list)? = PostgresDocument.read(first) else { return nil }
            return list.map { Array(repeating: PostgresDocument.shown($0), count: 2) }
        case "JSONB_OBJECT_KEYS", "JSON_OBJECT_KEYS", "JSONB_EACH", "JSON_EACH", "JSONB_EACH_TEXT", "JSON_EACH_TEXT":
            guard case .object(let members)? = PostgresDocument.read(first) else { return nil }
            let isText = call.name.hasSuffix("TEXT")
            return members.sorted { $0.key < $1.key }.map {
                [.text($0.key), isText ? PostgresDocument.shown($0.value) : .text(PostgresDocument.text($0.value))]
            }
        case "GENERATE_SERIES": return Self.series(values)
        default: return nil
        }
    }

    private static func series(_ values: [SQLValue]) -> [[SQLValue]]? {
        guard values.count >= 2 else { return nil }
        if case .int(let from) = values[0], case .int(let to) = values[1] {
            var step: Int64 = 1
            if values.count > 2 {
                guard case .int(let given) = values[2], given != 0 else { return nil }
                step = given
            }
            guard abs((to - from) / step) < 5000 else { return nil }
            return stride(from: from, through: to, by: Int64.Stride(step)).map { [.int($0)] }
        }
        guard values.count == 3, case .text(let from) = values[0], case .text(let to) = values[1],
            case .text(let step) = values[2], let first = PostgresMoment(from), let last = PostgresMoment(to),
            let (months, seconds) = interval(step), months > 0 || seconds > 0
        else { return nil }
        let hasZone = from.utf8.count == 10 || from.contains("+00")
        var rows: [[SQLValue]] = []
        var moment = first
        while moment.seconds <= last.seconds, rows.count < 5000 {
            rows.append([.text(moment.text(hasZone ? .timestampZone : .timestamp))])
            let month = first.month - 1 + months * rows.count
            var next = first
            (next.year, next.month) = (first.year + month / 12, month % 12 + 1)
            guard let moved = PostgresMoment(seconds: next.seconds + seconds * rows.count) else { return nil }
            moment = moved
        }
        return rows
    }

    private static func interval(_ text: String) -> (months: Int, seconds: Int)? {
        let words = text.lowercased().split(separator: " ")
        guard words.count == 2, let number = Int(words[0]) else { return nil }
        let unit = words[1].hasSuffix("s") ? words[1].dropLast() : words[1]
        switch unit {
        case "day": return (0, number * 86_400)
        case "week": return (0, number * 7 * 86_400)
        case "hour": return (0, number * 3600)
        case "minute": return (0, number * 60)
        case "month": return (number, 0)
        case "year": return (number * 12, 0)
        default: return nil
        }
    }
}

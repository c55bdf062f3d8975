import ReenactTimeline

/// The way back from functions of PostgreSQL.
extension Inverter {
    /// Makes the function give that value. False of functions that are not here.
    func undone(_ call: SQLCall, _ value: SQLValue, _ scopes: [Scope]) throws(Conflict) -> Bool {
        guard let first = call.arguments.first else { return false }
        func known(_ place: Int) -> SQLValue? {
            call.arguments.indices.contains(place) ? tableau.value(evaluator.term(call.arguments[place], scopes)) : nil
        }
        let text = Functions.text(value)
        switch call.name {
        case "SPLIT_PART":
            guard let text, let mark = known(1).flatMap(Functions.text), case .int(let place)? = known(2), place != 0,
                abs(place) < 20
            else { return true }
            let before = place > 0 ? Int(place) - 1 : 0
            try write(first, scopes) { count in
                let filler = count == 0 ? "x" : "x" + String(count, radix: 36)
                let head = (0..<before).map { $0 == 0 ? filler : "x" }
                let isOpen = before == 0 && count > 0
                return (head + [text] + (isOpen && place > 0 ? [filler] : [])).joined(separator: mark)
            }
        case "INITCAP": if let text { try write(first, scopes, isSoft: true) { _ in text } }
        case "LPAD", "RPAD":
            guard let text else { return true }
            let fill = known(2).flatMap(Functions.text) ?? " "
            let bare =
                call.name == "LPAD"
                ? String(text.drop { fill.contains($0) })
                : String(text.reversed().drop { fill.contains($0) }.reversed())
            try write(first, scopes, isSoft: true) { _ in bare.isEmpty ? String(text.suffix(1)) : bare }
        case "REVERSE": if let text { try write(first, scopes) { _ in String(text.reversed()) } }
        case "RIGHT":
            guard let text, let count = known(1)?.double, count > 0 else { return true }
            let isWhole = text.count < Int(count)
            try write(first, scopes) { isWhole || $0 == 0 ? text : "x" + String($0, radix: 36) + text }
        case "STRPOS":
            guard let place = GroupGoals.integer(value), let part = known(1).flatMap(Functions.text), place < 10_000
            else {
                return true
            }
            if place > 0 { try write(first, scopes) { _ in String(repeating: "_", count: place - 1) + part } }
        case "TO_CHAR":
            guard let text, let pattern = known(1).flatMap(Functions.text) else { return true }
            guard kind(first) != .integer, kind(first) != .decimal else { return true }
            try settle(first, scopes) { $0.reading(text, pattern) }
        case "EXTRACT", "DATE_PART":
            guard case .text(let unit)? = known(0), call.arguments.count == 2 else { return false }
            return try part(unit.lowercased(), value, call.arguments[1], scopes)
        case "WIDTH_BUCKET":
            guard let bucket = value.looseDouble, let low = known(1)?.looseDouble, let high = known(2)?.looseDouble,
                let count = known(3)?.looseDouble, count > 0, known(0) == nil
            else { return true }
            let number = low + (bucket - 0.5) * (high - low) / count
            let isWhole = kind(first) == .integer
            try assign(first, .value(isWhole ? .int(Int64(number.rounded(.down))) : .real(number)), scopes)
        default: return try undoneList(call, first, value, scopes)
        }
        return true
    }

    /// Functions of arrays and documents.
    private func undoneList(
        _ call: SQLCall, _ first: SQLExpr, _ value: SQLValue, _ scopes: [Scope]
    ) throws(Conflict) -> Bool {
        let count = GroupGoals.integer(value) ?? -1
        switch call.name {
        case "ARRAY_LENGTH", "CARDINALITY":
            guard case .variable(let cell) = underlying(first, scopes), (0...200).contains(count) else { return true }
            let list = tableau.value(cell).flatMap(PostgresArray.elements) ?? []
            guard list.count <= count else { throw Conflict(what: "an array is longer") }
            let names = (1...max(1, count + list.count)).map { SQLValue.text(String($0)) }
            try include(Array(names.filter { !PostgresArray.contains(list, $0) }.prefix(count - list.count)), cell)
        case "ARRAY_APPEND", "ARRAY_REMOVE":
            guard tableau.value(evaluator.term(first, scopes)) == nil, call.arguments.count == 2,
                var list = PostgresArray.elements(value)
            else { return true }
            if call.name == "ARRAY_APPEND" {
                let last = tableau.value(evaluator.term(call.arguments[1], scopes))
                guard let end = list.popLast(), last.map({ PostgresArray.contains([end], $0) }) ?? true else {
                    throw Conflict(what: "an array ends with another")
                }
            }
            try assign(first, .value(.text(PostgresArray.text(list))), scopes)
        case "ARRAY_TO_STRING":
            guard case .variable(let cell) = underlying(first, scopes), case .text(let text) = value,
                call.arguments.count > 1,
                let mark = tableau.value(evaluator.term(call.arguments[1], scopes)).flatMap(Functions.text),
                !mark.isEmpty
            else { return true }
            let elements = text.isEmpty ? [] : PostgresFunctions.parts(text, mark).map(SQLValue.text)
            if tableau.value(cell) == nil { try tableau.bind(cell, .text(PostgresArray.text(elements))) }
        case "ELEMENT":
            guard case .variable(let cell) = underlying(first, scopes), tableau.value(cell) == nil,
                call.arguments.count == 2, case .value(.int(let place)) = call.arguments[1], (1...50).contains(place)
            else { return true }
            let fillers = (1..<place).map { SQLValue.text(String($0)) }
            try include(fillers.filter { !$0.matches(value) } + [value], cell)
        case "JSONB_ARRAY_LENGTH", "JSON_ARRAY_LENGTH":
            guard let location = location(first, scopes), (0...200).contains(count) else { return true }
            try put(.array((0..<count).map { .integer(Int64($0) + 1) }), location)
        case "JSON_BUILD_OBJECT", "JSONB_BUILD_OBJECT":
            guard case .object(let members)? = PostgresDocument.read(value) else { return true }
            for place in stride(from: 0, to: call.arguments.count - 1, by: 2) {
                guard let name = tableau.value(evaluator.term(call.arguments[place], scopes)).flatMap(Functions.text),
                    let member = members[name]
                else { continue }
                try assign(call.arguments[place + 1], .value(DocumentPath.plain(member)), scopes)
            }
        case "JSON_BUILD_ARRAY", "JSONB_BUILD_ARRAY":
            guard case .array(let list)? = PostgresDocument.read(value) else { return true }
            for (argument, element) in zip(call.arguments, list) {
                try assign(argument, .value(DocumentPath.plain(element)), scopes)
            }
        case "CONCAT_WS":
            let rest = call.arguments.dropFirst()
            guard let head = rest.first else { return true }
            try split(rest.dropFirst().reduce(head) { .binary("||", .binary("||", $0, first), $1) }, value, scopes)
        default: return false
        }
        return true
    }

    /// Makes a text that: the first of several that no key is yet.
    private func write(
        _ expression: SQLExpr, _ scopes: [Scope], isSoft: Bool = false, _ text: (Int) -> String
    ) throws(Conflict) {
        guard case .variable(let cell) = underlying(expression, scopes) else {
            return try assign(expression, .value(.text(text(0))), scopes)
        }
        let known = tableau.variables[tableau.root(cell)]
        if known.value != nil, !known.isSoft || isSoft { return }
        let (soft, overrides) = (tableau.isSoft, tableau.overrides)
        defer { (tableau.isSoft, tableau.overrides) = (soft, overrides) }
        tableau.isSoft = soft || isSoft || text(0) != text(1)
        tableau.overrides = overrides || known.value != nil
        // A key of a part of the rows, too, has each once.
        let isPartial = known.table >= 0 && schema.tables[known.table].isUnique(known.column)
        guard let unique = known.unique ?? (isPartial ? Place(table: known.table, column: known.column) : nil) else {
            return try tableau.bind(cell, .text(text(0)))
        }
        var taken: Set<SQLValue> = []
        for row in tableau.byTable[unique.table] where tableau.rows[row].into == nil {
            let root = tableau.root(tableau.rows[row].cells[unique.column])
            if let value = tableau.variables[root].value ?? tableau.assumed[root] { taken.insert(value) }
        }
        for count in 0..<2000 {
            let value = SQLValue.text(text(count))
            if taken.contains(value) || isSpokenOf(value), text(0) != text(1) { continue }
            return try tableau.bind(cell, value)
        }
    }

    /// A moment that has certain parts: the others as the bounds have them, or plain ones.
    private func settle(
        _ argument: SQLExpr, _ scopes: [Scope], _ change: (PostgresMoment) -> PostgresMoment?
    ) throws(Conflict) {
        guard tableau.value(evaluator.term(argument, scopes)) == nil else { return }
        var failure = Conflict(what: "no moment has these parts")
        for base in bases(argument, scopes) {
            guard let moment = change(base) else { continue }
            let mark = tableau.mark
            do throws(Conflict) {
                return try assign(argument, .value(.text(moment.text(kind(argument)))), scopes)
            } catch {
                failure = error
                tableau.undo(to: mark)
            }
        }
        throw failure
    }

    private func bases(_ argument: SQLExpr, _ scopes: [Scope]) -> [PostgresMoment] {
        var bases: [PostgresMoment] = []
        if case .variable(let cell) = underlying(argument, scopes) {
            let known = tableau.variables[tableau.root(cell)]
            for bound in [known.low, known.high] {
                guard case .text(let text)? = bound?.value, let moment = PostgresMoment(text) else { continue }
                bases += [moment, PostgresMoment(seconds: moment.seconds + 86_400)].compactMap { $0 }
            }
        }
        return bases + [PostgresMoment()]
    }

    private func part(
        _ unit: String, _ value: SQLValue, _ argument: SQLExpr, _ scopes: [Scope]
    ) throws(Conflict) -> Bool {
        guard let number = value.looseDouble, abs(number) < 1e11 else { return false }
        let whole = Int(number.rounded())
        switch unit {
        case "epoch":
            if case .binary("-", let end, let start) = argument {
                try apart(end, start, whole, scopes)
            } else if kind(argument) == .interval {
                try assign(argument, .value(.text(TaggedForms.span(number))), scopes)
            } else {
                try settle(argument, scopes) { _ in PostgresMoment(seconds: whole) }
            }
        case "year":
            guard case .call(let age) = argument, age.name == "AGE", abs(whole) < 1000 else { return false }
            let now = age.arguments.count == 2 ? age.arguments[0] : .call(SQLCall(name: "CURRENT_DATE"))
            guard let birth = age.arguments.last,
                case .text(let text)? = tableau.value(evaluator.term(now, scopes)), var moment = PostgresMoment(text)
            else { return true }
            moment.year -= whole
            if moment.month == 2 { moment.day = min(moment.day, 28) }
            let day = moment
            try settle(birth, scopes) { _ in day }
        case "hour", "minute", "second":
            guard whole >= 0, whole < (unit == "hour" ? 24 : 60) else { return true }
            try settle(argument, scopes) { base in
                var moment = base
                switch unit {
                case "hour": moment.hour = whole
                case "minute": moment.minute = whole
                default: moment.second = whole
                }
                return moment
            }
        case "doy", "week":
            try settle(argument, scopes) { base in
                let first = (Days.number("\(Days.padded(base.year, 4))-01-01") ?? 0) * 86_400
                let day = unit == "doy" ? whole - 1 : whole * 7 - 4
                return PostgresMoment(seconds: first + day * 86_400).flatMap { $0.part(unit) == whole ? $0 : nil }
            }
        default: return false
        }
        return true
    }

    /// Two moments that many seconds apart.
    private func apart(_ end: SQLExpr, _ start: SQLExpr, _ seconds: Int, _ scopes: [Scope]) throws(Conflict) {
        func moment(_ expression: SQLExpr) -> PostgresMoment? {
            guard case .text(let text)? = tableau.value(evaluator.term(expression, scopes)) else { return nil }
            return PostgresMoment(text)
        }
        switch (moment(end), moment(start)) {
        case (.some, .some): return
        case (let last?, nil): try settle(start, scopes) { _ in PostgresMoment(seconds: last.seconds - seconds) }
        case (nil, let first?): try settle(end, scopes) { _ in PostgresMoment(seconds: first.seconds + seconds) }
        case (nil, nil):
            try settle(start, scopes) { $0 }
            guard let first = moment(start) else { return }
            try settle(end, scopes) { _ in PostgresMoment(seconds: first.seconds + seconds) }
        }
    }
}

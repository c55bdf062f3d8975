/// Functions that nothing undoes: values are tried until what is known of the function gives the result.
extension Inverter {
    private static let ofMoments: Set<String> = [
        "STRFTIME", "DATE", "TIME", "DATETIME", "JULIANDAY", "UNIXEPOCH",
    ]
    private static let ofTexts: Set<String> = ["INSTR", "REPLACE", "SUBSTR", "SUBSTRING"]

    /// True for functions over columns that are not undone one by one.
    func isTried(_ expression: SQLExpr) -> Bool {
        guard dialect == .sqlite else { return false }
        var isTried = false
        var isPlain = true
        expression.walk { part in
            guard case .call(let call) = part else { return }
            if call.isAggregate || call.isWindow { isPlain = false }
            isTried = isTried || Self.ofMoments.contains(call.name) || Self.ofTexts.contains(call.name)
        }
        return isTried && isPlain && !isUndone(expression)
    }

    /// Functions that `invert` knows the way back from.
    private func isUndone(_ expression: SQLExpr) -> Bool {
        switch expression {
        case .cast(let inner, _): return isUndone(inner)
        case .call(let call):
            guard let first = call.arguments.first else { return true }
            func isColumn(_ inner: SQLExpr) -> Bool { if case .column = inner { true } else { false } }
            switch call.name {
            case "STRFTIME":
                guard call.arguments.count == 2, isColumn(call.arguments[1]), case .value(.text(let format)) = first
                else { return false }
                return ["%Y", "%Y-%m", "%m", "%d", "%Y-%m-%d"].contains(format)
            case "DATE": return call.arguments.count == 1 && isColumn(first)
            case "SUBSTR", "SUBSTRING":
                return isColumn(first) && call.arguments.count == 3 && call.arguments[1] == .value(.int(1))
            default: return false
            }
        default: return false
        }
    }

    /// Finds a value for the free cells of the expression that gives the result. False where none is found.
    func tried(_ expression: SQLExpr, _ value: SQLValue, _ scopes: [Scope]) throws(Conflict) -> Bool {
        var free: [(root: Int, column: SQLExpr)] = []
        expression.walk { part in
            guard case .column = part, case .variable(let cell) = evaluator.term(part, scopes),
                tableau.value(cell) == nil
            else { return }
            let root = tableau.root(cell)
            if !free.contains(where: { $0.root == root }) { free.append((root, part)) }
        }
        // The one that nothing bounds has the most choice: it goes by the others.
        func isBounded(_ root: Int) -> Bool {
            tableau.variables[root].low != nil || tableau.variables[root].high != nil
        }
        free = free.filter { isBounded($0.root) } + free.filter { !isBounded($0.root) }
        guard let last = free.popLast() else { return false }
        let mark = tableau.mark
        for (root, column) in free {
            guard let plain = plainest(root, isMoment: isOfMoments(expression)) else { continue }
            try assign(column, .value(plain), scopes)
        }
        if tableau.value(last.root) != nil { return false }
        var columns: [SQLExpr] = []
        expression.walk { part in
            guard case .column = part, case .variable(let cell) = evaluator.term(part, scopes),
                tableau.root(cell) == tableau.root(last.root)
            else { return }
            columns.append(part)
        }
        func result(_ candidate: SQLValue) -> SQLValue? {
            let held = expression.mapped { columns.contains($0) ? .value(candidate) : nil }
            return evaluator.value(evaluator.term(held, scopes))
        }
        let known = tableau.variables[tableau.root(last.root)]
        let key = TrialKey(expression: expression, value: value)
        let winners = trials.winners[key] ?? []
        // A part of a key is another for each row.
        let isKey = isInKey(known)
        var won: [SQLValue] = []
        func gives(_ candidate: SQLValue) -> Bool {
            result(candidate).map { $0.matches(value) || isNear($0, value) } ?? false
        }
        /// True where nothing more is to be tried.
        func tries(_ candidate: SQLValue) throws(Conflict) -> Bool {
            guard Self.fits(known, candidate), gives(candidate) else { return false }
            let here = tableau.mark
            do throws(Conflict) {
                if won.isEmpty { try assign(last.column, .value(candidate), scopes) }
                won.append(candidate)
                if isKey, !isOfMoments(expression), trials.shapes[key] == nil,
                    let shape = TrialShape(of: candidate, { gives($0) })
                {
                    trials.shapes[key] = shape
                }
                return !isKey || !winners.isEmpty || won.count >= 60 || trials.shapes[key] != nil
            } catch {
                tableau.undo(to: here)
                return false
            }
        }
        if isKey, trials.shapes[key] != nil {
            for _ in 0..<20 where won.isEmpty {
                if let next = trials.shapes[key]?.next() { _ = try tries(next) }
            }
        }
        if won.isEmpty { for candidate in winners where try tries(candidate) { break } }
        if won.isEmpty, isOfMoments(expression) {
            for candidate in exact(value, known, result) where try tries(candidate) { break }
        }
        if won.isEmpty {
            for candidate in candidates(expression, value, known, scopes, result) where try tries(candidate) { break }
        }
        guard let first = won.first else {
            tableau.undo(to: mark)
            return false
        }
        if winners.isEmpty {
            trials.winners[key] = won
        } else if isKey {
            // The one that was taken goes to the end of the row.
            trials.winners[key] = winners.filter { $0 != first } + [first]
        }
        return true
    }

    private func isInKey(_ known: Tableau.Variable) -> Bool {
        known.table >= 0 && schema.tables[known.table].isInKey(known.column)
    }

    /// Fractions whose last digit the engine knows.
    private func isNear(_ given: SQLValue, _ value: SQLValue) -> Bool {
        guard case .real(let wanted) = value, let number = given.looseDouble else { return false }
        return abs(number - wanted) <= 1e-6 * max(1, abs(wanted))
    }

    private func isOfMoments(_ expression: SQLExpr) -> Bool {
        var found = false
        expression.walk { if case .call(let call) = $0, Self.ofMoments.contains(call.name) { found = true } }
        return found
    }

    private func plainest(_ root: Int, isMoment: Bool) -> SQLValue? {
        let known = tableau.variables[root]
        if let low = known.low { return low.isStrict ? Values.stepped(low.value, kind(known), up: true) : low.value }
        if let high = known.high {
            return high.isStrict ? Values.stepped(high.value, kind(known), up: false) : high.value
        }
        switch kind(known) {
        case .integer: return .int(1)
        case .real, .decimal: return .real(1)
        case .text where !isMoment: return nil
        case .timestamp: return .text("2001-03-15 12:00:00")
        default: return .text("2001-03-15")
        }
    }

    private func kind(_ known: Tableau.Variable) -> ColumnKind {
        known.table < 0 ? .text : schema.tables[known.table].columns[known.column].kind
    }

    private static func fits(_ known: Tableau.Variable, _ value: SQLValue) -> Bool {
        Concretiser.allows(known, value) && !known.not.contains { $0.matches(value) }
    }

    /// What functions make of free cells is made to lie on that side of what it is compared with.
    func reachBeside(
        _ sign: String, _ left: SQLExpr, _ right: SQLExpr, _ scopes: [Scope]
    ) throws(Conflict) {
        guard evaluator.truth(.compare(sign, left, right), scopes) == nil, isTried(left) else { return }
        if case .variable(let place) = evaluator.term(right, scopes), tableau.value(place) == nil {
            let known = tableau.variables[tableau.root(place)]
            guard known.table >= 0, schema.tables[known.table].columns[known.column].kind == .integer else { return }
            try assign(right, .value(known.low?.value ?? known.high?.value ?? .int(3)), scopes)
        }
        guard let edge = tableau.value(evaluator.term(right, scopes)), edge.double != nil else { return }
        for step in [sign.hasPrefix(">") ? Int64(1) : -1, 0, 2, -2, 5, -5] {
            guard let wanted = Arithmetic.apply("+", edge, .int(step)),
                evaluator.truth(.compare(sign, .value(wanted), .value(edge)), []) == true
            else { continue }
            if try tried(left, wanted, scopes) { return }
        }
    }

    // MARK: what is tried

    private func candidates(
        _ expression: SQLExpr, _ value: SQLValue, _ known: Tableau.Variable, _ scopes: [Scope],
        _ result: (SQLValue) -> SQLValue?
    ) -> [SQLValue] {
        if isOfMoments(expression) { return moments(value, known, expression, scopes, result) }
        if case .text(let text) = value {
            let padded = ["", "1", "12", "123", "x", "xx", "xxx", "xxxx"].flatMap { [$0 + text, text + $0] }
            // What is looked for stands before it or behind it.
            var marks: [String] = []
            expression.walk { if case .value(.text(let mark)) = $0, !mark.isEmpty { marks.append(mark) } }
            let marked = marks.flatMap {
                ["x\($0)\(text)", "\(text)\($0)x", "\($0)\(text)\($0)", "x\($0)\(text)\($0)x"]
            }
            return (padded + ["x" + text + "x", "1" + text + "1", text + text] + marked).map(SQLValue.text)
        }
        guard let number = value.looseDouble else { return [] }
        if [.integer, .real, .decimal].contains(kind(known)) { return (Int64(-5)...100).map(SQLValue.int) }
        // A place within a text.
        var texts: [String] = []
        expression.walk { if case .value(.text(let text)) = $0 { texts.append(text) } }
        let pad = String(repeating: "x", count: Int(max(0, min(200, number - 1))))
        return texts.map { .text(pad + $0) } + [.text(pad), .text(pad + "x")]
    }

    /// Moments found by a straight line: what grows with the days that pass, by any unit.
    private func exact(
        _ value: SQLValue, _ known: Tableau.Variable, _ result: (SQLValue) -> SQLValue?
    ) -> [SQLValue] {
        guard let wanted = value.looseDouble, let start = Days.number("1971-01-01"),
            let end = Days.number("2031-01-01"), let a = result(.text("1971-01-01"))?.looseDouble,
            let b = result(.text("2031-01-01"))?.looseDouble, a != b
        else { return [] }
        let exact = Double(start) + (wanted - a) * Double(end - start) / (b - a)
        guard abs(exact) < 2e6 else { return [] }
        let list = [0, 0.5, -0.5, 1, -1, 2, -2].flatMap { Self.texts(exact + $0, kind(known) != .date) }
        let isMoment = kind(known) == .timestamp
        return list.map { .text(isMoment && $0.utf8.count == 10 ? $0 + " 12:00:00" : $0) }
            + (isMoment ? list.filter { $0.utf8.count == 10 }.map { .text($0 + " 00:00:00") } : [])
    }

    private func moments(
        _ value: SQLValue, _ known: Tableau.Variable, _ expression: SQLExpr, _ scopes: [Scope],
        _ result: (SQLValue) -> SQLValue?
    ) -> [SQLValue] {
        let hasTime = kind(known) != .date
        var list: [String] = []
        var years: [String] = []
        func see(_ text: String) {
            if text.utf8.count >= 4, let year = Int(text.prefix(4)), (1000...9000).contains(year) {
                years.append(String(text.prefix(4)))
            }
        }
        if case .text(let text) = value {
            if Days.number(text) != nil { list.append(text) }
            see(text)
        }
        for bound in [known.low, known.high] { if case .text(let text)? = bound?.value { see(text) } }
        var seen: Set<String> = []
        years = (years + ["2001", "2024"]).filter { seen.insert($0).inserted }
        for year in years.prefix(3) {
            for month in 1...12 { list.append("\(year)-\(Days.padded(month, 2))-15") }
            for day in 1...28 { list.append("\(year)-01-\(Days.padded(day, 2))") }
            if hasTime {
                for hour in 0..<24 { list.append("\(year)-01-15 \(Days.padded(hour, 2)):30:00") }
                for minute in 0..<60 { list.append("\(year)-01-15 12:\(Days.padded(minute, 2)):00") }
            }
            if let first = Days.number("\(year)-01-01") { list += (0..<366).compactMap { Days.text(first + $0) } }
        }
        let isMoment = kind(known) == .timestamp
        return list.map { .text(isMoment && $0.utf8.count == 10 ? $0 + " 12:00:00" : $0) }
            + (isMoment ? list.filter { $0.utf8.count == 10 }.map { .text($0 + " 00:00:00") } : [])
    }

    /// The moment so many days after 1970 began: to the second, and the day.
    private static func texts(_ days: Double, _ hasTime: Bool) -> [String] {
        guard let day = Days.text(Int(days.rounded(.down))) else { return [] }
        let past = Int(((days - days.rounded(.down)) * 86_400_000).rounded())
        guard hasTime, past < 86_400_000 else { return [day] }
        let seconds = (past + 500) / 1000
        func clock(_ seconds: Int) -> String {
            [seconds / 3600, seconds / 60 % 60, seconds % 60].map { Days.padded($0, 2) }.joined(separator: ":")
        }
        let fraction = past % 1000 == 0 ? "" : "." + Days.padded(past % 1000, 3)
        return (seconds < 86_400 ? ["\(day) \(clock(seconds))"] : []) + [
            "\(day) \(clock(past / 1000))\(fraction)", day,
        ]
    }
}

struct TrialKey: Hashable {
    var expression: SQLExpr
    var value: SQLValue
}

/// What was found for an expression and a result before: tried first.
final class Trials {
    var winners: [TrialKey: [SQLValue]] = [:]
    var shapes: [TrialKey: TrialShape] = [:]
    /// Results that nothing gave.
    var hopeless: Set<TrialKey> = []
}

/// Texts that all give one result: a number stands where it changes nothing.
struct TrialShape {
    private let before: String
    private let after: String
    private var count = 1

    /// Nil where no number may stand.
    init?(of value: SQLValue, _ gives: (SQLValue) -> Bool) {
        guard case .text(let text) = value, text.count <= 200 else { return nil }
        let fitting = (text.indices + [text.endIndex]).first { place in
            [1, 27, 418].allSatisfy { gives(.text("\(text[..<place])\($0)\(text[place...])")) }
        }
        guard let place = fitting else { return nil }
        (before, after) = (String(text[..<place]), String(text[place...]))
    }

    /// One more of them.
    mutating func next() -> SQLValue {
        defer { count += 1 }
        return .text("\(before)\(count)\(after)")
    }
}

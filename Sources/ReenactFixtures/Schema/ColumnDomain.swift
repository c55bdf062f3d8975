/// What the CHECKs on one column alone let it hold. NULL always passes.
struct ColumnDomain: Sendable {
    private let column: String
    private let kind: ColumnKind
    private let dialect: SQLDialect
    private var conditions: [SQLExpr] = []
    /// The only values, where the conditions name them all.
    private(set) var values: [SQLValue]?
    private(set) var low: Tableau.Bound?
    private(set) var high: Tableau.Bound?
    /// Some condition is the engine's alone to judge; then what it was seen to let pass.
    private(set) var isOpaque = false
    private var learnt: [SQLValue] = []
    /// Constants, and texts that are long enough or match a pattern: among them is most likely one that passes.
    private var named: [SQLValue] = []
    /// Plain texts that pass, where not all do: a few of each form.
    private var forms: [SQLValue] = []

    init(_ column: SchemaColumn, _ dialect: SQLDialect) {
        (self.column, kind, self.dialect) = (column.name, column.kind, dialect)
    }

    mutating func add(_ condition: SQLExpr) {
        for part in condition.conjuncts {
            conditions.append(part)
            switch part {
            case .compare(let sign, let left, let right):
                if isColumn(left), let value = constant(right) { bound(sign, value) }
                if isColumn(right), let value = constant(left) { bound(Evaluator.mirrored[sign] ?? sign, value) }
            case .between(let inner, let least, let most, false) where isColumn(inner):
                if let least = constant(least) { bound(">=", least) }
                if let most = constant(most) { bound("<=", most) }
            default: break
            }
            if kind == .text, RowCondition(dialect: dialect, value: { _ in .text("abc") }).truth(part) == nil {
                isOpaque = true
            }
            if let list = list(part) { values = values.map { $0.filter(list.contains) } ?? list }
            note(part)
        }
        if kind == .text, values == nil, !isOpaque {
            let texts = CheckProbe.texts.map(SQLValue.text)
            forms = texts.filter(allows)
            if forms.count == texts.count { forms = [] }
        }
    }

    /// A text that passes and that is not refused, of the forms that pass: for keys, of which each row has its own.
    func text(after last: String?, where isFree: (SQLValue) -> Bool) -> String? {
        let starts = last.map { [$0] } ?? (learnt.isEmpty ? forms : learnt).compactMap(Functions.text)
        var seen: Set<String> = []
        for start in starts where last != nil || seen.insert(TextForm.form(start)).inserted {
            var text: String? = last.map(TextForm.next) ?? start
            for _ in 0..<20_000 {
                guard let one = text else { break }
                if takes(.text(one)), isFree(.text(one)) { return one }
                text = TextForm.next(one)
            }
        }
        return nil
    }

    /// The values of an IN, of an equation, or of several joined by OR; nil where there are others.
    private func list(_ part: SQLExpr) -> [SQLValue]? {
        switch part {
        case .compare("=", let left, let right):
            if isColumn(left), let value = constant(right) { return [value] }
            if isColumn(right), let value = constant(left) { return [value] }
            return nil
        case .inList(let inner, let list, false) where isColumn(inner):
            let values = list.compactMap(constant)
            return values.count == list.count ? values : nil
        case .or(.isNull(let inner, false), let rest), .or(let rest, .isNull(let inner, false)):
            return isColumn(inner) ? list(rest) : nil
        case .or(let left, let right):
            guard let a = list(left), let b = list(right) else { return nil }
            return a + b
        default: return nil
        }
    }

    private func isColumn(_ expression: SQLExpr) -> Bool {
        switch expression {
        case .cast(let inner, _): isColumn(inner)
        case .column: true
        default: false
        }
    }

    private func constant(_ expression: SQLExpr) -> SQLValue? {
        switch expression {
        case .cast(let inner, _): constant(inner)
        case .value(let value) where !value.isNull: fitted(value)
        default: nil
        }
    }

    /// As the column would keep it.
    private func fitted(_ value: SQLValue) -> SQLValue {
        switch (kind, value) {
        case (.decimal, .int(let number)) where dialect == .postgres: .number(String(number))
        case (.real, .int(let number)): .real(Double(number))
        case (.real, .number(let text)): Double(text).map(SQLValue.real) ?? value
        case (.integer, .number(let text)): Int64(text).map(SQLValue.int) ?? value
        default: value
        }
    }

    private mutating func bound(_ sign: String, _ value: SQLValue) {
        let bound = Tableau.Bound(value: value, isStrict: sign == ">" || sign == "<")
        switch sign {
        case ">", ">=": low = Tableau.tighter(low, bound, low: true)
        case "<", "<=": high = Tableau.tighter(high, bound, low: false)
        default: break
        }
    }

    private mutating func note(_ part: SQLExpr) {
        part.walk { piece in
            if case .like(_, _, .value(.text(let pattern)), _, false) = piece {
                let pattern = LikePattern(pattern, "\\")
                named += (0..<40).map { SQLValue.text(pattern.text($0)) }
            }
            guard let value = constant(piece), suits(value) else { return }
            named.append(value)
            if kind == .text, case .int(let length) = value, (1...200).contains(length) {
                named.append(.text(String(repeating: "x", count: Int(length))))
            }
        }
    }

    /// Not the name of a field, or a part of something else.
    private func suits(_ value: SQLValue) -> Bool {
        guard dialect == .postgres else { return true }
        guard case .text(let text) = value else {
            return switch kind {
            case .date, .time, .timestamp, .timestampZone, .interval, .uuid, .network, .json, .array: false
            default: true
            }
        }
        switch kind {
        case .integer, .real, .decimal: return Double(text) != nil
        case .date, .time, .timestamp, .timestampZone, .interval: return text.utf8.first.map { $0 < 0x3A } ?? false
        case .boolean, .uuid, .network, .json, .array: return false
        default: return true
        }
    }

    /// A condition on dates that only the engine can judge.
    var isOfHiddenDays: Bool {
        guard kind == .date else { return false }
        let row = RowCondition(dialect: dialect) { _ in .text("2000-01-01") }
        return conditions.contains { row.truth($0) == nil }
    }

    /// Of many days only those pass: others are not tried.
    mutating func learn(days: [SQLValue]) {
        (learnt, isOpaque) = (days, true)
    }

    /// Texts that the engine let pass.
    mutating func learn(_ values: [SQLValue]) { learnt += values }

    /// True where a value that is made up will pass.
    func takes(_ value: SQLValue) -> Bool {
        allows(value) && (!isOpaque || value.isNull || learnt.isEmpty || learnt.contains(value))
    }

    /// False only where a condition is certainly not met.
    func allows(_ value: SQLValue) -> Bool {
        if value.isNull { return true }
        if let values { return values.contains { $0.matches(value) } }
        let row = RowCondition(dialect: dialect) { _ in value }
        return !conditions.contains { row.truth($0) == false }
    }

    /// The greatest number that it can hold.
    var most: Double? {
        let bound = high?.value.looseDouble
        guard let numbers = values?.compactMap(\.looseDouble), numbers.count == values?.count else { return bound }
        return numbers.max()
    }

    /// Values that pass, the plainest first.
    func candidates() -> [SQLValue] {
        if let values { return values }
        if !learnt.isEmpty { return learnt.filter(allows) }
        var list: [SQLValue] = []
        if let low { list += near(low, up: true) }
        if let high { list += near(high, up: false) }
        for value in named {
            list += [value, Values.stepped(value, kind, up: true), Values.stepped(value, kind, up: false)]
        }
        // Of a number the conditions on a text say nothing.
        if kind == .date {
            list += (0..<48).map { .text("\(2000 + $0 / 12)-\($0 % 12 < 9 ? "0" : "")\($0 % 12 + 1)-01") }
        } else if kind != .text {
            list.append(.int(1))
        }
        return list.map(fitted).filter(allows) + forms
    }

    private func near(_ bound: Tableau.Bound, up: Bool) -> [SQLValue] {
        var value = bound.value
        var list = bound.isStrict ? [] : [value]
        for _ in 0..<60 {
            value = Values.stepped(value, kind, up: up)
            list.append(value)
        }
        if bound.isStrict, let number = bound.value.double, kind == .real || kind == .decimal {
            list.append(fitted(.real(number + (up ? 0.5 : -0.5))))
        }
        return list
    }
}

extension SchemaTable {
    /// Takes in the conditions of CHECKs: of one column to that column, the others to the table.
    ///
    /// - Returns: the column whose condition is the engine's alone to judge.
    @discardableResult mutating func add(_ check: SQLExpr, _ dialect: SQLDialect) -> Int? {
        var named: Set<Int> = []
        var isPlain = true
        check.walk {
            switch $0 {
            case .column(_, let name, _): if let column = place(name) { named.insert(column) } else { isPlain = false }
            case .exists, .inQuery, .subquery: isPlain = false
            default: break
            }
        }
        guard isPlain, let first = named.first else { return nil }
        if named.count > 1 {
            if case .and(let left, let right) = check {
                add(left, dialect)
                add(right, dialect)
            } else {
                checks.append((check, named.sorted()))
                if case .compare("<>", .column(_, let one, _), .column(_, let other, _)) = check, let a = place(one),
                    let b = place(other)
                {
                    apart.append((a, b))
                }
            }
            return nil
        }
        var domain = columns[first].domain ?? ColumnDomain(columns[first], dialect)
        domain.add(check)
        columns[first].domain = domain
        return domain.isOpaque || domain.isOfHiddenDays ? first : nil
    }

    /// The conditions of several columns that such a row fails.
    func failing(_ values: [SQLValue?], _ dialect: SQLDialect) -> [[Int]] {
        if checks.isEmpty { return [] }
        let row = RowCondition(dialect: dialect) { name in place(name).flatMap { values[$0] } }
        return checks.filter { row.truth($0.condition) == false }.map(\.columns)
    }
}

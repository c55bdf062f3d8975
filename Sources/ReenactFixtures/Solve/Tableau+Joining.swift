import ReenactTimeline

extension Tableau {
    /// Two documents or arrays, each made of what was asked of it, become one that holds both.
    func joinContents(_ left: Int, _ right: Int) {
        let (first, second) = (variables[left], variables[right])
        guard let a = first.value, let b = second.value, a != b, first.isSoft || second.isSoft, first.table >= 0,
            let both = Self.joined(a, b, schema.tables[first.table].columns[first.column].kind),
            (first.isSoft || both == a) && (second.isSoft || both == b)
        else { return }
        let isSoft = first.isSoft && second.isSoft
        for place in [left, right] {
            change(place) {
                $0.value = both
                $0.isSoft = isSoft
            }
        }
    }

    private static func joined(_ left: SQLValue, _ right: SQLValue, _ kind: ColumnKind) -> SQLValue? {
        switch kind {
        case .json:
            guard let a = PostgresDocument.read(left), let b = PostgresDocument.read(right),
                let both = PostgresDocument.joined(a, b)
            else { return nil }
            // One that was shown keeps its form.
            if PostgresDocument.same(both, a) { return left }
            return PostgresDocument.same(both, b) ? right : .text(PostgresDocument.text(both))
        case .array:
            guard let a = PostgresArray.elements(left), let b = PostgresArray.elements(right) else { return nil }
            let more = b.filter { !PostgresArray.contains(a, $0) }
            if more.isEmpty { return left }
            return a.allSatisfy { PostgresArray.contains(b, $0) } ? right : .text(PostgresArray.text(a + more))
        default: return nil
        }
    }

    static func brief(_ value: SQLValue) -> String {
        let text = value.literal(.postgres)
        return text.utf8.count > 40 ? String(text.prefix(40)) + "…" : text
    }

    static func tighter(_ left: Bound?, _ right: Bound?, low: Bool) -> Bound? {
        guard let left else { return right }
        guard let right else { return left }
        let leftFirst = left.value.ordered(before: right.value) ?? false
        let equal = left.value.matches(right.value)
        if equal { return left.isStrict ? left : right }
        return leftFirst == low ? right : left
    }
}

extension PlanCompiler {
    /// What `USING` and `NATURAL` say of a source, as equations.
    func shared(
        _ source: SQLSource, _ place: Int, _ level: Level, _ select: SQLSelect
    ) throws(PlanGap) -> [SQLExpr] {
        guard !source.using.isEmpty || source.isNatural, place > 0 else { return [] }
        // A star shows such a column once.
        for item in select.items {
            if case .star(nil) = item.expression { throw PlanGap(what: "a star over shared columns") }
        }
        let before = level.sources[..<place]
        func first(_ name: String) -> Named? {
            before.first { $0.columns.contains { Evaluator.same($0.name, name) } }
        }
        let names =
            source.isNatural ? level.sources[place].columns.map(\.name).filter { first($0) != nil } : source.using
        var equations: [SQLExpr] = []
        for name in names {
            guard let other = first(name) else { throw PlanGap(what: "an unknown column") }
            equations.append(
                .compare(
                    "=", .column(table: other.alias, name: name, quoted: false),
                    .column(table: source.alias, name: name, quoted: false)))
        }
        return equations
    }
}

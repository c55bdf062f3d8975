/// Turns answers back into rows: what must be there for a SELECT to have returned that row.
final class Inverter {
    enum Reuse { case none, partners, all }

    struct Options {
        /// Subqueries are given witnesses too; else they are left for the prover to miss.
        var existential = false
        var reuse = Reuse.none
        var mode = FillMode.plain
        /// With `partners`: these sources get a new row whatever is there.
        var fresh: Set<String> = []
        /// Outer joins that found a partner, though nothing of it was returned as it is.
        var present: Set<String> = []
        /// Combinations that are there already.
        var excluded: Set<[Int]> = []
        /// Groups that other rows of the same result stand for.
        var claimed: Set<[SQLValue]> = []
        /// Has the last word on a combination.
        var accepts: (([Scope]) -> Bool)?
        /// What totals must reach beside what is recorded.
        var bounds: [(expression: SQLExpr, sign: String, value: SQLValue)] = []
        /// Sums are spread over the rows of a group, not put on one.
        var isEven = false
        var nudge = 0
        /// Sums of binary fractions are made of values with two digits behind the point.
        var isPlain = false
        /// Totals that other statements tell of the same rows.
        var totals: [(expression: SQLExpr, value: SQLValue)] = []
        /// The group is none of those that are there.
        var isNewGroup = false
        /// Rows that are there must do, and something of them must still be open.
        var isClosed = false
        /// A common table is being produced from itself.
        var isRecursing = false
        /// What the combination before was made of, source by source: tried before anything is sought.
        var pattern: [Pattern] = []
    }

    /// What stands for a source in one combination after the other of a large group.
    enum Pattern: Equatable {
        case new
        case row(Int)
    }

    /// While rows of one group are made: rows that are there and, as its first source, will not do for any of them.
    struct Barred {
        var depth: Int
        /// What is asked of every row of the group.
        var select: SQLSelect
        var outputs: [Term]
        var rows: Set<Int> = []
        /// Those that are in it.
        var members: Set<Int> = []
    }

    let tableau: Tableau
    let dialect: SQLDialect
    var evaluator: Evaluator
    var options = Options()
    var commons: [String: SQLCommon] {
        get { evaluator.commons }
        set { evaluator.commons = newValue }
    }
    var serial = 7_000
    /// Upserts that found a row, as what was read later shows.
    var met: Set<Int> = []
    let trials = Trials()
    /// Columns of subqueries that count.
    var derivedKinds: [String: ColumnKind] = [:]
    /// True for values that the recording names.
    var isSpokenOf: (SQLValue) -> Bool = { _ in false }
    var isOverdue: () -> Bool = { false }
    /// The last id given out before the recording, where it tells.
    var ceiling: (Place) -> Int64? = { _ in nil }
    /// What conditions compare a column with.
    var constants: (Place) -> [SQLValue] = { _ in [] }
    /// True for values that a condition on that reference names.
    var isNamed: (Place, SQLValue) -> Bool = { _, _ in false }
    /// True for keys that a condition names, there or in a reference.
    var isNamedKey: (Place, SQLValue) -> Bool = { _, _ in false }
    /// Many groups of one select are being made: what others have in them does not change the while.
    var keepsGroups = false {
        didSet { if !keepsGroups { knownGroups = nil } }
    }
    var knownGroups: (select: SQLSelect, groups: [(key: [SQLValue], members: [Scope])])?
    private(set) var depth = 0
    var barred: Barred?
    /// Rows that a recursion has come by: none of them leads to itself.
    private var climbing: Set<Int> = []
    /// Rows from here on were made for the combination that is being sought.
    private var firstNew = 0
    /// Bounds the search for partners among the rows that are there.
    var steps = 0

    var schema: Schema { tableau.schema }
    var time: Int { evaluator.time }

    init(_ tableau: Tableau, _ dialect: SQLDialect) {
        self.tableau = tableau
        self.dialect = dialect
        evaluator = Evaluator(tableau: tableau, dialect: dialect, time: 0)
    }

    /// Makes the query return that row; nil asks for any row.
    func produce(_ query: SQLQuery, _ outputs: [Term]?, _ outer: [Scope]) throws(Conflict) {
        let (all, known) = (options, commons)
        depth += 1
        defer {
            options = all
            commons = known
            depth -= 1
        }
        guard depth < 30 else { throw Conflict(what: "queries within queries without end") }
        options.excluded = []
        options.claimed = []
        options.totals = []
        options.accepts = nil
        options.bounds = []
        options.pattern = []
        let isNewGroup = options.isNewGroup
        options.isNewGroup = false
        for common in query.commons { commons[common.name.lowercased()] = common }
        switch query.body {
        case .select(let select) where select.isAggregate:
            try produceGroup(select, outputs, outer, isNew: isNewGroup)
        case .select(let select): try instance(select, outputs, outer)
        case .values: break
        case .combine(let word, _, let left, let right):
            switch word {
            case "INTERSECT":
                try produce(left, outputs, outer)
                try produce(right, outputs, outer)
            case "EXCEPT": try produce(left, outputs, outer)
            default:
                try beginsBefore(query, outputs ?? [])
                if try opened(left, right, outputs, outer) { return }
                let mark = tableau.mark
                do { try produce(left, outputs, outer) } catch {
                    tableau.undo(to: mark)
                    if isRecursive(query), let step = right.first {
                        options.isRecursing = true
                        options.reuse = options.reuse == .all ? .all : .partners
                        options.fresh = facts(step)
                    }
                    try produce(right, outputs, outer)
                }
            }
        }
    }

    /// Of the sides of a UNION first the one that has a row of which the outputs are still open.
    private func opened(
        _ left: SQLQuery, _ right: SQLQuery, _ outputs: [Term]?, _ outer: [Scope]
    ) throws(Conflict) -> Bool {
        guard options.existential, options.reuse != .none, !options.isClosed else { return false }
        let all = options
        defer { options = all }
        for side in [left, right] {
            guard case .select(let select) = side.body, !select.isAggregate, select.groups.isEmpty else { continue }
            options = all
            (options.isClosed, options.reuse) = (true, .all)
            let mark = tableau.mark
            options.accepts = { [tableau] _ in tableau.mark != mark }
            if (try? instance(select, outputs, outer)) != nil { return true }
            tableau.undo(to: mark)
        }
        return false
    }

    /// One combination of rows that passes FROM and WHERE and gives those outputs; returns what its names stand for.
    @discardableResult
    func instance(_ select: SQLSelect, _ outputs: [Term]?, _ outer: [Scope]) throws(Conflict) -> [Scope] {
        var failure = Conflict(what: "no combination of rows passes")
        let outerNew = firstNew
        firstNew = tableau.rows.count
        defer { firstNew = outerNew }
        if !options.pattern.isEmpty {
            let (mark, pattern) = (tableau.mark, options.pattern)
            defer { options.pattern = pattern }
            do { return try choose(select, outputs, outer, [], Scope()) } catch { tableau.undo(to: mark) }
            options.pattern = []
        }
        for absent in absences(select, outputs) {
            let mark = tableau.mark
            do {
                return try choose(select, outputs, outer, absent, Scope())
            } catch {
                failure = error
                tableau.undo(to: mark)
            }
        }
        throw failure
    }

    private func choose(
        _ select: SQLSelect, _ outputs: [Term]?, _ outer: [Scope], _ absent: Set<String>, _ scope: Scope
    ) throws(Conflict) -> [Scope] {
        let index = scope.sources.count
        guard index < select.from.count else {
            let rows = Self.rows(scope)
            // Of rows of subqueries alone nothing is known here; they see to that themselves.
            if !options.excluded.isEmpty, rows.contains(where: { $0 >= 0 }), options.excluded.contains(rows) {
                throw Conflict(what: "that combination is there already")
            }
            try enforce(select, outputs, [scope] + outer, absent)
            for drawn in scope.drawn { try draw(drawn, [scope] + outer) }
            if options.existential, options.reuse != .none, hasTwin(scope, firstNew) {
                throw Conflict(what: "that row is there already")
            }
            if let accepts = options.accepts, !accepts([scope] + outer) { throw Conflict(what: "another group's") }
            let steps = climbing
            defer { climbing = steps }
            if scope.pending.contains(where: \.isStep) { climbing.formUnion(rows) }
            for pending in scope.pending { try produce(pending, [scope] + outer) }
            return [scope] + outer
        }
        let source = select.from[index]
        func with(_ binding: Binding) -> Scope {
            var next = scope
            next.sources.append((source.alias, binding))
            return next
        }
        switch source.what {
        case .function(let function):
            let next = drawing(source, function, scope, isAbsent: absent.contains(source.alias))
            return try choose(select, outputs, outer, absent, next)
        case .query: return try derived(source, scope, select, outputs, outer, absent)
        case .table(let name):
            if commons[name.lowercased()] != nil {
                return try derived(source, scope, select, outputs, outer, absent)
            }
            guard let table = schema.place(name) else { throw Conflict(what: "no table \(name) in the schema") }
            if absent.contains(source.alias) {
                return try choose(select, outputs, outer, absent, with(.absent(table: table)))
            }
            if index < options.pattern.count {
                guard case .row(let row) = options.pattern[index] else {
                    return try choose(select, outputs, outer, absent, with(.row(newRow(table))))
                }
                let next = with(.row(row))
                guard isPossible(select, outputs, next, outer) else { throw Conflict(what: "not with that row again") }
                return try choose(select, outputs, outer, absent, next)
            }
            if options.reuse == .all || (options.reuse == .partners && !options.fresh.contains(source.alias)) {
                let (quiet, loud) = partners(table, select, outer)
                let isOnly = select.from.count == 1 && !options.excluded.isEmpty
                let isFirst = index == 0 && barred?.depth == depth
                func serve(_ rows: [Int]) -> [Scope]? {
                    for row in rows {
                        // Members of the group that is being filled.
                        if isOnly, options.excluded.contains([row]) { continue }
                        steps += 1
                        if steps > 2000 { break }
                        if climbing.contains(row) { continue }
                        let next = with(.row(row))
                        if isFirst, barred?.rows.contains(row) == true { continue }
                        guard isPossible(select, outputs, next, outer) else {
                            if isFirst, let all = barred, !isPossible(all.select, all.outputs, next, outer) {
                                barred?.rows.insert(row)
                            }
                            continue
                        }
                        let mark = tableau.mark
                        do { return try choose(select, outputs, outer, absent, next) } catch { tableau.undo(to: mark) }
                        // One that is in the group already is not asked again.
                        if isFirst, barred?.members.contains(row) == true { barred?.rows.insert(row) }
                    }
                    return nil
                }
                if let found = serve(quiet) { return found }
                if !loud.isEmpty, !options.isClosed {
                    let mark = tableau.mark
                    do { return try choose(select, outputs, outer, absent, with(.row(newRow(table)))) } catch {
                        tableau.undo(to: mark)
                    }
                }
                if let found = serve(loud) { return found }
            }
            if options.isClosed { throw Conflict(what: "no row that is there will do") }
            return try choose(select, outputs, outer, absent, with(.row(newRow(table))))
        }
    }

    /// Rows that may serve, the newest first. Apart from them those that other statements ask for in a reference: what is added to
    /// them would be seen there.
    private func partners(_ table: Int, _ select: SQLSelect, _ outer: [Scope]) -> (quiet: [Int], loud: [Int]) {
        let all = tableau.byTable[table].reversed().filter { tableau.exists($0, at: time) }
        guard options.existential, !all.isEmpty, schema.tables[table].primary.count == 1 else { return (all, []) }
        var children = Set(
            select.from.compactMap { source -> Int? in
                if case .table(let name) = source.what { schema.place(name) } else { nil }
            })
        for case (_, .row(let row)) in outer.flatMap(\.sources) { children.insert(tableau.rows[row].table) }
        children = children.filter { child in
            schema.tables[child].foreign.contains { schema.target($0)?.table == table }
        }
        if children.isEmpty { return (all, []) }
        let loud = Set(all.filter { row in children.contains { isAskedFor(row, by: $0) } })
        return loud.isEmpty ? (all, []) : (all.filter { !loud.contains($0) }, all.filter(loud.contains))
    }

    /// A statement names the key of that row in a reference of that table.
    func isAskedFor(_ row: Int, by child: Int) -> Bool {
        let table = tableau.rows[row].table
        return schema.tables[child].foreign.contains { key in
            guard key.columns.count == 1, let (parent, columns) = schema.target(key), parent == table,
                let value = tableau.value(tableau.rows[row].cells[columns[0]])
            else { return false }
            return isNamed(Place(table: child, column: key.columns[0]), value)
        }
    }

    func newRow(_ table: Int) -> Int {
        let row = tableau.newRow(table, time: time)
        if options.mode != .plain || options.existential {
            tableau.changeRow(row) {
                $0.mode = options.mode
                $0.isInvented = true
            }
        }
        return row
    }

    /// A subquery in FROM: first what is asked of its columns, then the rows that give them.
    private func derived(
        _ source: SQLSource, _ scope: Scope, _ select: SQLSelect, _ outputs: [Term]?, _ outer: [Scope],
        _ absent: Set<String>
    ) throws(Conflict) -> [Scope] {
        steps += 1
        if steps > 5000 { throw Conflict(what: "the search took too long") }
        let names = evaluator.sourceNames(source)
        if absent.contains(source.alias) {
            var next = scope
            next.sources.append((source.alias, .derived(names.map { ($0, .value(.null)) })))
            return try choose(select, outputs, outer, absent, next)
        }
        let columns = names.map { _ in Term.variable(tableau.newLoose()) }
        let isFresh = options.existential && (options.reuse == .none || options.fresh.contains(source.alias))
        var next = scope
        next.sources.append((source.alias, .derived(Array(zip(names, columns)))))
        switch source.what {
        case .query(let query): next.pending.append(.init(query: query, columns: columns, isFresh: isFresh))
        case .table(let name):
            if let common = commons[name.lowercased()] {
                next.pending.append(
                    .init(query: common.query, columns: columns, isFresh: isFresh, isStep: options.isRecursing))
            }
        case .function: break
        }
        return try choose(select, outputs, outer, absent, next)
    }

    /// False where the rows chosen so far already contradict a condition.
    private func isPossible(_ select: SQLSelect, _ outputs: [Term]?, _ scope: Scope, _ outer: [Scope]) -> Bool {
        var full = scope
        for source in select.from.dropFirst(scope.sources.count) {
            if case .table(let name) = source.what, let table = schema.place(name) {
                full.sources.append((source.alias, .open(table: table)))
            }
        }
        let scopes = [full] + outer
        for (source, _) in zip(select.from, scope.sources) where source.join != .right && source.join != .full {
            if let on = source.on, evaluator.truth(on, scopes) == false { return false }
        }
        if let condition = select.condition, evaluator.truth(condition, scopes) == false { return false }
        for (item, output) in zip(select.items, outputs ?? []) {
            guard let wanted = tableau.value(output), !item.expression.hasAggregate else { continue }
            if case .column = item.expression, let known = tableau.value(evaluator.term(item.expression, scopes)),
                !known.matches(wanted)
            {
                return false
            }
        }
        return true
    }
}

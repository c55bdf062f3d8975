/// What came of a timeline.
public struct FixtureReport: Sendable, Equatable {
    public struct Failure: Sendable, Equatable {
        public var index: Int
        public var reason: String
        /// The clause or kind of statement concerned.
        public var clause: String
    }

    public var id: String
    /// Every statement gave what was recorded, on the real engine, from the text of this very fixture.
    public var isExact: Bool
    public var statements: Int
    public var satisfied: Int
    public var rows: Int
    public var milliseconds: Double
    public var failures: [Failure]
}

/// A fixture and its report.
public struct Solution: Sendable {
    public var script: String
    public var report: FixtureReport
    var state = FixtureState()
}

/// Where the state comes from: solved, or one of the baselines it is measured against.
public enum FixtureMethod: String, Sendable, CaseIterable {
    case solve, naive, empty
}

/// Builds fixtures for timelines of one schema on one engine.
public final class FixtureBuilder {
    let engine: any FixtureEngine
    private let limits: SolverLimits
    private let schema: String
    private let server: FixtureServer?
    private var sessions = 0

    private let ownServer: FixtureServer?

    /// - Parameter server: a server that has the schema already; where nil, PostgreSQL is started for this builder.
    /// - Throws: `FixtureError.schema` where the engine refuses the schema.
    public init(
        schema: String, dialect: SQLDialect, limits: SolverLimits = .init(), server: FixtureServer? = nil
    ) throws(FixtureError) {
        (self.limits, self.schema) = (limits, schema)
        let own = server == nil ? try FixtureServer.start(dialect, schema) : nil
        ownServer = own
        self.server = server ?? own
        if let server = server ?? own {
            engine = try PostgresEngine(server)
        } else {
            engine = try SQLiteEngine(schema: schema)
        }
    }

    deinit { ownServer?.stop() }

    /// A solver with a session of its own: what its engine learnt of another's statements is not taken for its own.
    func newSolver(_ limits: SolverLimits) -> Solver {
        sessions += 1
        return Solver(engine, limits, session: sessions)
    }

    /// Solves, proves, and reports; a statement that nothing satisfies is in the report, never an error.
    public func build(_ timeline: RecordedTimeline, method: FixtureMethod = .solve) throws(FixtureError) -> Solution {
        guard method == .solve, limits.lanes > 1 else { return try build(timeline, method) }
        let race = Race()
        let companions = Companions(
            limits.lanes - 1, timeline, schema: schema, engine.dialect, limits, server, race)
        let start = ContinuousClock.now
        let own: Solution
        do throws(FixtureError) {
            own = try build(timeline, in: Lane(0, race), isStuck: companions.start)
        } catch {
            race.abandon()
            companions.wait()
            throw error
        }
        var solution = companions.best(own)
        solution.report.milliseconds = Self.milliseconds(since: start)
        return solution
    }

    private static func milliseconds(since start: ContinuousClock.Instant) -> Double {
        let spent = ContinuousClock.now - start
        return Double(spent.components.seconds) * 1000 + Double(spent.components.attoseconds / 1_000_000_000) / 1e6
    }

    /// - Parameter isStuck: called once, where a list of questions is not solved at the first go.
    func build(
        _ timeline: RecordedTimeline, _ method: FixtureMethod = .solve, in lane: Lane? = nil,
        isStuck: (() -> Void)? = nil
    ) throws(FixtureError) -> Solution {
        let start = ContinuousClock.now
        var solver = newSolver(limits)
        solver.lane = lane
        if timeline.statements.count > limits.statements {
            throw .badInput("timeline \(timeline.id) has more than \(limits.statements) statements")
        }
        solver.read(timeline)
        var state = FixtureState()
        switch method {
        case .empty: break
        case .naive: state = try solver.naive()
        case .solve: (solver, state) = try solved(solver, isStuck)
        }
        let script = FixtureScript.text(state, engine.schema, engine.dialect)
        let run = try engine.prove(script, solver.statements)
        var report = solver.report(run)
        report.id = timeline.id
        report.rows = state.rows.count
        report.milliseconds = Self.milliseconds(since: start)
        if report.isExact { lane?.arrive() }
        return Solution(script: script, report: report, state: state)
    }

    /// Where statements are left over, the state is walked on from, and solvers begin anew with those first, as long as there
    /// is time.
    private func solved(
        _ first: Solver, _ isStuck: (() -> Void)?
    ) throws(FixtureError) -> (Solver, FixtureState) {
        let walks = first.isWalkable
        // What is left of a short list is better walked to; a long one is first to be read at all.
        first.allow(walks && first.statements.count <= 100 ? 0.25 : 0.6)
        var best = (solver: first, standing: try first.search(isBrief: walks))
        var last = best.standing
        if walks, !last.isDone, first.statements.count >= 5 { isStuck?() }
        if !best.standing.isDone { try walk(&best, from: best, seed: 0) }
        var weights: [Int: Int] = [:]
        var nearer = first.spent
        var variation = 0
        while !best.standing.isDone {
            variation += 1
            let next = Solver(after: first)
            // Beyond its time it goes on while it comes nearer: it is given up where that long brought nothing.
            let isOver = variation > 6 || first.spent > 0.97
            if isOver {
                if !walks || left(first) < 0.05 || first.spent - nearer > 1 { break }
                next.allowMore(min(0.1, left(first)))
            } else {
                next.allow(walks ? 0.15 : 0.6)
            }
            for index in last.failures { weights[index, default: 0] += 1 }
            (next.weights, next.variation) = (weights, variation)
            if next.isOverdue || next.statements.count > 400 { break }
            let before = best.standing
            last = try next.search()
            let isNear = last.failures.count <= best.standing.failures.count + 2
            let other = (solver: next, standing: last)
            if last.isBetter(than: best.standing) { best = other }
            if !best.standing.isDone {
                try walk(&best, from: isNear && variation % 2 == 1 ? other : best, seed: variation, isOver: isOver)
            }
            if best.standing.isBetter(than: before) { nearer = first.spent }
        }
        return (best.solver, try best.solver.finished(best.standing).state)
    }

    /// What a list that comes nearer may still have, in parts of the time allowed.
    private func left(_ solver: Solver) -> Double {
        max(0, (solver.statements.count < 5 ? 1 : limits.atMost) - solver.spent)
    }

    private func walk(
        _ best: inout (solver: Solver, standing: Solver.Standing), from: (solver: Solver, standing: Solver.Standing),
        seed: Int, isOver: Bool = false
    ) throws(FixtureError) {
        if isOver { from.solver.allowMore(min(0.5, left(from.solver))) } else { from.solver.allow(0.5) }
        let own = seed + 1000 * (from.solver.lane?.number ?? 0)
        guard let next = try from.solver.walked(from.standing, seed: own), next.isBetter(than: best.standing) else {
            return
        }
        best = (from.solver, next)
    }
}

extension Solver {
    /// The state that satisfies most statements, as far as the search's engine can tell.
    func search(isBrief: Bool = false) throws(FixtureError) -> Standing {
        stateAll()
        let mark = tableau.mark
        do { try closeForeignKeys(isLenient: true) } catch { tableau.undo(to: mark) }
        var standing = try prove()
        try repair(&standing, isBrief: isBrief)
        // References that were bound in passing.
        let open = tableau.mark
        do throws(Conflict) { try closeForeignKeys(isLenient: true) } catch { tableau.undo(to: open) }
        if tableau.mark != open {
            let closed = try prove()
            if standing.isBetter(than: closed) { tableau.undo(to: open) } else { standing = closed }
        }
        return standing
    }

    /// The state with nothing in it that no statement needs. The search looks at no foreign keys: where the engine in
    /// earnest disagrees, repair goes on with it.
    func finished(_ standing: Standing) throws(FixtureError) -> Standing {
        // Another solver may have searched since.
        verdictsOfLast = []
        allowMore(0.1)
        let joined = try united(standing)
        allowMore(0.3)
        let least = try minimised(joined)
        guard !isThorough else { return least }
        isThorough = true
        var strict = try stand(least.state)
        let first = strict
        if strict.failures.count <= standing.failures.count, strict.refusedRows.isEmpty {
            // References may take rows along, or keep them: then one look more, with them.
            return strict.verdicts == least.verdicts ? strict : try minimised(strict)
        }
        let last = tableau.mark
        allowMore(0.1)
        do throws(Conflict) { try closeForeignKeys() } catch { tableau.undo(to: last) }
        strict = try prove()
        try repair(&strict)
        allowMore(0.3)
        let repaired = try minimised(strict)
        // A state that was walked to is in no rows of symbols.
        return first.isBetter(than: repaired) ? first : repaired
    }

    /// The baseline: single-table rows copied as they were returned, later statements filling what earlier left open.
    func naive() throws(FixtureError) -> FixtureState {
        for (index, statement) in statements.enumerated() {
            guard case .select(var query)? = statement.parsed, case .select(var select) = query.body,
                select.from.count == 1, !select.isAggregate
            else { continue }
            select.condition = nil
            query.body = .select(select)
            query.order = []
            inverter.evaluator.time = index
            let first = tableau.rows.count
            for row in statement.recorded.rows ?? [] {
                let mark = tableau.mark
                do { try inverter.instance(select, row.map(Term.value), []) } catch { tableau.undo(to: mark) }
            }
            let mark = tableau.mark
            do { try merger.merge(from: first) } catch { tableau.undo(to: mark) }
        }
        return try prove().state
    }

    func report(_ run: EngineRun) -> FixtureReport {
        var failures: [FixtureReport.Failure] = []
        var count = 0
        for (index, (statement, outcome)) in zip(statements, run.outcomes).enumerated() where statement.control == nil {
            count += 1
            guard case .different(let mismatch) = Comparison.compare(statement, outcome, schema) else { continue }
            failures.append(
                .init(index: index, reason: reason(index, mismatch), clause: statement.clause))
        }
        let loads = run.refusedRows.isEmpty && run.foreignKeysHold
        if !run.refusedRows.isEmpty {
            failures.append(
                .init(index: -1, reason: "the fixture does not load: \(run.refusedRows[0])", clause: "load"))
        } else if !run.foreignKeysHold {
            failures.append(.init(index: -1, reason: "a foreign key points nowhere", clause: "foreign key"))
        }
        let wrong = failures.filter { $0.index >= 0 }.count
        return FixtureReport(
            id: "", isExact: wrong == 0 && loads, statements: count, satisfied: count - wrong, rows: 0, milliseconds: 0,
            failures: failures)
    }

    private func reason(_ index: Int, _ mismatch: Comparison.Mismatch) -> String {
        if let other = contradictions[index], let what = problems[index] {
            return "contradicts statement \(other): \(what)"
        }
        if let problem = problems[index] { return problem }
        if let refusal = mismatch.refusal { return "the engine refused it: \(refusal)" }
        if mismatch.wasRefusedInRecording { return "the recorded error did not come" }
        if mismatch.isOrderOnly { return "the same rows in another order" }
        if mismatch.identityOff { return "another generated value than recorded" }
        if mismatch.countOff != 0 { return "\(mismatch.countOff) rows too few were touched" }
        return "\(mismatch.missing.count) recorded rows missing, \(mismatch.extra.count) that were not recorded"
    }
}

/// What a statement is, by its hardest part.
enum Clause {
    static func name(_ statement: SQLStatement?) -> String {
        switch statement {
        case nil: "unparsed"
        case .insert: "INSERT"
        case .update: "UPDATE"
        case .delete: "DELETE"
        case .control: "transaction"
        case .select(let query): name(query)
        }
    }

    private static func name(_ query: SQLQuery) -> String {
        guard case .select(let select) = query.body else { return "set operation" }
        var words: [String] = []
        if !query.commons.isEmpty { words.append("WITH") }
        if select.from.contains(where: { if case .query = $0.what { true } else { false } }) {
            words.append("subquery")
        }
        if select.from.count > 1 { words.append(select.from.contains { $0.join != .inner } ? "outer join" : "join") }
        if !select.groups.isEmpty { words.append("GROUP BY") } else if select.isAggregate { words.append("aggregate") }
        if !query.order.isEmpty { words.append("ORDER BY") }
        if query.limit != nil { words.append("LIMIT") }
        return words.isEmpty ? "SELECT" : words.joined(separator: ", ")
    }
}

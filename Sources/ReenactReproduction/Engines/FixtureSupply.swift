import ReenactFixtures
import ReenactRunner
import ReenactTimeline
import ReenactWire

/// What a case's databases hold in the sandbox, made of fixtures.
struct FixtureSupply: Sendable {
    /// For servers.
    private(set) var plans: [Plan.Fixture] = []
    /// For SQLite: the file's bytes by its path.
    private(set) var files: [String: [UInt8]] = [:]
    /// What is told of each database.
    private(set) var told: [RunResult.Database] = []
    private(set) var notes: [String] = []

    private let options: ReproductionOptions
    private let isChanged: Bool

    /// - Parameters:
    ///   - failure: the case, with its secrets as far as they could be opened.
    ///   - isChanged: other code runs than was recorded.
    /// - Throws: `ReproductionError` where a fixture that was asked for can't be had.
    init(_ failure: Case, _ options: ReproductionOptions, isChanged: Bool) throws(ReproductionError) {
        self.options = options
        self.isChanged = isChanged
        guard options.databases != .replay || options.fixture != nil else { return }
        let databases = CaseDatabase.all(of: failure)
        let given = try documents(databases, failure)
        if databases.isEmpty, options.databases == .fixture {
            throw ReproductionError(
                .plan, "--db fixture: the case \(failure.id) holds no SQL statement to make a fixture of.")
        }
        for database in databases {
            let hasCopy = failure.databases.contains { $0.path == database.name }
            let document = given.first { $0.name == database.name }?.document
            guard document != nil || isWanted(database, hasCopy: hasCopy) else {
                if hasCopy { told.append(.init(name: database.name, engine: "SQLite", state: .copy)) }
                continue
            }
            try add(database, document)
        }
    }

    /// Servers need one where new questions may come; an SQLite file where the case has no copy of it.
    private func isWanted(_ database: CaseDatabase, hasCopy: Bool) -> Bool {
        if options.databases == .fixture { return true }
        guard options.databases == .auto else { return false }
        switch database.engine {
        case .postgres: return isChanged
        case .sqlite: return !hasCopy
        case .mysql: return false
        }
    }

    /// The parts of `--fixture`, each with the name of its database.
    private func documents(
        _ databases: [CaseDatabase], _ failure: Case
    ) throws(ReproductionError) -> [(name: String, document: FixtureDocument)] {
        guard let fixture = options.fixture else { return [] }
        guard !databases.isEmpty else {
            throw ReproductionError(
                .plan, "--fixture \(fixture.path): the case \(failure.id) holds no SQL statement, so no database.")
        }
        do throws(FixtureError) {
            return try FixtureDocument(text: fixture.text).matched(to: databases).map {
                ($0.database.name, $0.document)
            }
        } catch {
            throw ReproductionError(.fixture, "\(fixture.path): \(error)")
        }
    }

    private mutating func add(_ database: CaseDatabase, _ document: FixtureDocument?) throws(ReproductionError) {
        let builder = CaseFixtureBuilder(schema: options.schema)
        do throws(FixtureError) {
            let fixture: CaseFixture
            if let document {
                fixture = try builder.check(document, for: database)
            } else {
                fixture = try builder.build(database, at: database.engine == .sqlite ? .failure : .start)
            }
            try place(fixture, isGiven: document != nil)
        } catch {
            if document != nil { throw ReproductionError(.fixture, "\(options.fixture?.path ?? ""): \(error)") }
            if options.databases == .fixture {
                throw ReproductionError(.fixture, "No fixture of \(database.name): \(error)")
            }
            notes.append("No fixture of \(database.name): \(error).")
        }
    }

    private mutating func place(_ fixture: CaseFixture, isGiven: Bool) throws(FixtureError) {
        var state = RunResult.Database(
            name: fixture.database, engine: fixture.engine.title, state: isGiven ? .given : .solved)
        state.exact = fixture.isExact
        state.rows = fixture.rowCount
        state.statements = fixture.statements
        state.satisfied = fixture.satisfied
        state.unsatisfied = fixture.unsatisfied.map { .init(event: $0.event, reason: "\($0.clause): \($0.reason)") }
        state.assumptions = fixture.assumptions
        told.append(state)
        switch fixture.engine {
        case .sqlite: files[fixture.database] = try fixture.sqliteFile()
        case .postgres:
            var seed = Seed((fixture.schema + fixture.rowStatements).map { Seed.Statement($0) })
            seed.isLate = fixture.moment == .failure && fixture.hasEarlierPhases
            seed.later = fixture.document.laterWrites.map { .init(event: $0.event, text: $0.sql) }
            for assumption in fixture.assumptions { seed.assume(assumption) }
            // What a person changed is meant to change answers.
            let gaps = isGiven ? fixture.leftOut : fixture.unsatisfied + fixture.leftOut
            plans.append(
                .init(
                    server: fixture.database, seed: seed, answersFirst: options.databases == .fixture || isGiven,
                    replayed: gaps.map(\.event)))
        case .mysql: break
        }
    }
}

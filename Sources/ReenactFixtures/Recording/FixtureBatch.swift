import Dispatch
import Synchronization

/// Many timelines of one schema, on as many engines as jobs.
public struct FixtureBatch: Sendable {
    public var schema: String
    public var dialect: SQLDialect
    public var method = FixtureMethod.solve
    public var jobs = 1
    public var limits = SolverLimits()

    public init(schema: String, dialect: SQLDialect) {
        self.schema = schema
        self.dialect = dialect
    }

    /// Solves every line, each a timeline in JSON; `done` is called once for each, in no particular order.
    ///
    /// - Throws: what kept an engine from starting or a line from being read; the first such error.
    public func run(_ lines: [String], done: @escaping @Sendable (Int, Solution) -> Void) throws(FixtureError) {
        let count = max(1, min(jobs, lines.count))
        let failure = Mutex<FixtureError?>(nil)
        let next = Mutex(0)
        let batch = self
        let server = try FixtureServer.start(dialect, schema)
        defer { server?.stop() }
        DispatchQueue.concurrentPerform(iterations: count) { _ in
            do throws(FixtureError) {
                let builder = try FixtureBuilder(
                    schema: batch.schema, dialect: batch.dialect, limits: batch.limits, server: server)
                while failure.withLock({ $0 == nil }) {
                    let index = next.withLock { value in
                        defer { value += 1 }
                        return value
                    }
                    guard index < lines.count else { return }
                    let timeline = try RecordedTimeline(line: lines[index], batch.dialect)
                    done(index, try builder.build(timeline, method: batch.method))
                }
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
    }
}

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

    /// Solves every line, each a timeline in JSON; `done` is called once for each, in no particular order. A line that is no
    /// timeline comes out as one that nothing satisfies.
    ///
    /// - Throws: what kept an engine from starting, or the first line from being read where no line is a timeline.
    public func run(_ lines: [String], done: @escaping @Sendable (Int, Solution) -> Void) throws(FixtureError) {
        let count = max(1, min(jobs, lines.count))
        let failure = Mutex<FixtureError?>(nil)
        let next = Mutex(0)
        let unreadable = Mutex<[Int: FixtureError]>([:])
        let batch = self
        let server = try FixtureServer.start(dialect, schema)
        // Where many are solved at the same time each has one processor.
        var limits = limits
        limits.lanes = max(1, limits.lanes / count)
        let own = limits
        defer { server?.stop() }
        DispatchQueue.concurrentPerform(iterations: count) { _ in
            do throws(FixtureError) {
                let builder = try FixtureBuilder(
                    schema: batch.schema, dialect: batch.dialect, limits: own, server: server)
                while failure.withLock({ $0 == nil }) {
                    let index = next.withLock { value in
                        defer { value += 1 }
                        return value
                    }
                    guard index < lines.count else { return }
                    do throws(FixtureError) {
                        let timeline = try RecordedTimeline(line: lines[index], batch.dialect)
                        done(index, try builder.build(timeline, method: batch.method))
                    } catch {
                        guard case .badInput(let what) = error else { throw error }
                        unreadable.withLock { $0[index] = .badInput("timeline \(index + 1): \(what)") }
                        done(index, .unreadable(index + 1, what))
                    }
                }
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        let bad = unreadable.withLock { $0 }
        // Then it is another kind of file.
        if !bad.isEmpty, bad.count == lines.count, let error = bad[0] { throw error }
    }
}

extension Solution {
    /// What is said of a line that is no timeline, counted from 1.
    static func unreadable(_ number: Int, _ what: String) -> Solution {
        let failure = FixtureReport.Failure(index: -1, reason: "the line can't be read: \(what)", clause: "input")
        return Solution(
            script: "",
            report: FixtureReport(
                id: "timeline-\(number)", isExact: false, statements: 0, satisfied: 0, rows: 0, milliseconds: 0,
                failures: [failure]))
    }
}

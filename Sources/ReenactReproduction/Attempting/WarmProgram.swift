import Glibc
import ReenactLinux
import ReenactRunner
import ReenactSandbox
import ReenactTimeline

/// A program that was started once, in a sandbox of its own, and in which attempts follow one another.
///
/// The first attempt is as good as one in a fresh sandbox. Later ones meet what the program has kept from earlier ones:
/// they guide a search, and prove nothing.
actor WarmProgram {
    /// Longer than the runner's own limits, from outside.
    private static let grace: Int64 = 5_000_000_000

    private let sandbox: any Sandbox
    private var collector: ReportCollector
    /// What was seen until the program was ready.
    private let atReady: AttemptRecord
    /// Databases that are not the recorded ones: they were exchanged, or the program wrote to them.
    private var exchanged: Set<String> = []
    /// How many attempts it has been through.
    private(set) var rounds = 0

    private init(_ sandbox: any Sandbox, _ collector: ReportCollector, _ atReady: AttemptRecord) {
        self.sandbox = sandbox
        self.collector = collector
        self.atReady = atReady
    }

    /// Waits until the program in the sandbox is ready.
    ///
    /// - Returns: nil where it does not become ready; nothing is left then.
    static func of(_ sandbox: any Sandbox, nonce: String, limits: Plan.Limits, began: Int64) async -> WarmProgram? {
        let started = MonotonicClock.now()
        let deadline = started + Int64(limits.readyMilliseconds) * 1_000_000 + grace
        let descriptor = sandbox.reportDescriptor
        let (read, isReady) = await withTaskCancellationHandler {
            await AttemptRun.onThread { readNow(ReportCollector(nonce: nonce), descriptor, until: 1, deadline) }
        } onCancel: {
            Task { await sandbox.destroy() }
        }
        guard isReady else {
            await sandbox.destroy()
            return nil
        }
        var collector = read
        var record = collector.finish()
        record.sandboxNanoseconds = started - began
        record.totalNanoseconds = MonotonicClock.now() - began
        return WarmProgram(sandbox, collector, record)
    }

    /// A database file of the program as an attempt is to find it.
    struct Database: Sendable {
        var path: String
        var bytes: [UInt8]
        /// It is not the recorded one.
        var isChanged: Bool
    }

    /// One attempt.
    ///
    /// - Parameter databases: exchanged where they are changed, or were in an attempt before.
    /// - Returns: nil where it could not be carried through: the program is then of no more use.
    func attempt(_ round: Plan.Round, databases: [Database] = []) async -> AttemptRecord? {
        var round = round
        round.databases = databases.filter { $0.isChanged || exchanged.contains($0.path) }
            .map { .init(path: $0.path, base64: Base64.encode($0.bytes)) }
        exchanged = Set(databases.filter(\.isChanged).map(\.path))
        guard let line = try? JSONText.encode(round) + "\n" else { return nil }
        let began = MonotonicClock.now()
        rounds += 1
        let isFirst = rounds == 1
        var next = collector
        next.restart(from: atReady)
        let wanted = next.rounds + 1
        let descriptor = sandbox.reportDescriptor
        let patience = Int64(round.triggerMilliseconds) * Int64(round.trigger.requests.count + 1) * 1_000_000
        let (seen, isOver) = await withTaskCancellationHandler { [next] in
            await AttemptRun.onThread { () -> (ReportCollector, Bool) in
                guard Self.write(Array(line.utf8), to: descriptor) else { return (next, false) }
                return Self.readNow(next, descriptor, until: wanted, began + patience + Self.grace)
            }
        } onCancel: {
            Task { await sandbox.destroy() }
        }
        collector = seen
        guard isOver else { return nil }
        var record = collector.finish()
        exchanged.formUnion(record.statements.filter(Self.writes).map(\.peer))
        record.isDone = true
        record.runnerLog = ""
        if isFirst {
            // While it was ready and nobody wanted it, no time of the attempt passed.
            let idle = (record.stages["ready"] ?? 0) - (atReady.stages["ready"] ?? 0)
            record.stages["program"] = record.stages["program"].map { $0 + idle }
            record.totalNanoseconds += MonotonicClock.now() - began
        } else {
            record.sandboxNanoseconds = 0
            record.totalNanoseconds = MonotonicClock.now() - began
            record.stages = record.stages.filter { ["ready", "trigger", "observe"].contains($0.key) }
        }
        return record
    }

    private static func writes(_ statement: Event) -> Bool {
        let words = (statement.detail["sql"]?.string ?? "").split(maxSplits: 1, whereSeparator: { !$0.isLetter })
        let reads: Set<String> = [
            "SELECT", "PRAGMA", "BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE", "EXPLAIN", "VALUES",
        ]
        return words.first.map { !reads.contains($0.uppercased()) } ?? false
    }

    /// Ends it.
    ///
    /// - Returns: what could not be removed.
    @discardableResult
    func end() async -> [String] { await sandbox.destroy().left }

    /// Blocks until so many rounds are over: true, or the report ends or time is up: false.
    private static func readNow(
        _ given: ReportCollector, _ descriptor: Int32, until rounds: Int, _ deadline: Int64
    ) -> (ReportCollector, Bool) {
        var collector = given
        var first: Int64 = 0
        let isOver = ReportReader.read(descriptor, into: &collector, deadline: deadline, first: &first) {
            $0.rounds >= rounds || $0.record.isDone || $0.record.failure != nil
        }
        return (collector, isOver && collector.rounds >= rounds && collector.record.failure == nil)
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 { sent += count } else if errno != EINTR { return false }
        }
        return true
    }
}

import ReenactRunner
import ReenactTimeline

/// Statements that found a database file locked: in a sandbox nobody else has the file.
///
/// Source: https://www.sqlite.org/rescode.html#busy
enum ForeignLocks {
    private static let busy = 5
    private static let countMax = 1000
    /// Nobody waits longer: an attempt is over before.
    private static let longest: Int64 = 3_600_000_000_000

    static func of(_ failure: Case, restoring secrets: SecretText) -> [DatabaseLock] {
        struct Place: Hashable {
            var path, sql: String
            var phase: Event.Phase
        }
        var seen: [Place: Int] = [:]
        var locks: [DatabaseLock] = []
        for event in failure.events where event.kind == .statement && event.protocolName == "sqlite" {
            // Whoever caused a statement in the failing trigger's time, it is asked again then.
            let phase: Event.Phase = event.phase == .ambiguous ? .failing : event.phase
            guard [.startup, .failing].contains(phase), let sql = event.detail["sql"]?.string,
                event.detail["sqlTruncated"]?.bool != true
            else { continue }
            let path = Paths.normal(event.peer, in: failure.environment.workingDirectory)
            let place = Place(path: path, sql: secrets.restore(sql), phase: phase)
            seen[place, default: 0] += 1
            guard isBusy(event), locks.count < countMax else { continue }
            locks.append(
                .init(
                    path: path, sql: place.sql, phase: phase, occurrence: seen[place, default: 1],
                    nanoseconds: min(max(0, (event.end ?? event.start) &- event.start), longest)))
        }
        return locks
    }

    /// Extended result codes hold the plain one in their lowest byte.
    static func isBusy(_ event: Event) -> Bool {
        guard event.kind == .statement, event.protocolName == "sqlite", let code = event.detail["code"]?.integer else {
            return false
        }
        return code & 0xff == busy
    }
}

/// Traces and logs of several services around an incident, in two parts: what was normal, and what came after.
public struct Telemetry: Sendable {
    /// One span of a distributed trace.
    struct Span: Sendable {
        var service: String
        var start: Int64
        var end: Int64
        /// Place of the parent in the list; nil for roots and where it was not kept.
        var parent: Int?
    }

    /// What stands in one phase.
    struct Phase: Sendable {
        var spans: [Span] = []
        /// Kinds of log lines that a service wrote for one trace, in order.
        var sequences: [(service: String, lines: [String])] = []
    }

    /// Why a table can't be read.
    public struct Malformed: Error, Sendable, Equatable, CustomStringConvertible {
        public var description: String
    }

    var normal = Phase()
    var after = Phase()
    /// When the time after begins, in nanoseconds.
    private var onset = Int64.max

    public init() {}

    /// Reads the tables of the incident itself: phases `pre` and `normal` are normal, all others came after.
    public mutating func addIncident(traces: [UInt8], logs: [UInt8]) throws(Malformed) {
        let rows = try SpanRow.read(traces)
        onset = rows.lazy.filter { !Self.isNormal($0.phase) }.map(\.start).min() ?? .max
        Self.add(rows.filter { Self.isNormal($0.phase) }, to: &normal)
        Self.add(rows.filter { !Self.isNormal($0.phase) }, to: &after)
        let lines = try LogRow.read(logs)
        Self.add(lines.filter { Self.isNormal($0.phase) }, to: &normal)
        Self.add(lines.filter { !Self.isNormal($0.phase) }, to: &after)
    }

    /// Reads tables of other times. Only the past teaches what is normal: phases `pre` that began before the incident,
    /// and minutes that are marked `normal`.
    public mutating func addNormal(traces: [UInt8], logs: [UInt8]) throws(Malformed) {
        let rows = try SpanRow.read(traces)
        let lines = try LogRow.read(logs)
        let isPast = (rows.lazy.filter { $0.phase == "pre" }.map(\.start).min() ?? .max) < onset
        func counts(_ phase: String) -> Bool { phase == "normal" || phase == "pre" && isPast }
        Self.add(rows.filter { counts($0.phase) }, to: &normal)
        Self.add(lines.filter { counts($0.phase) }, to: &normal)
    }

    private static func isNormal(_ phase: String) -> Bool { phase == "pre" || phase == "normal" }

    private static func add(_ rows: [SpanRow], to phase: inout Phase) {
        let base = phase.spans.count
        var places: [[String]: Int] = [:]
        for (place, row) in rows.enumerated() { places[[row.phase, row.trace, row.span]] = base + place }
        for row in rows {
            let parent = places[[row.phase, row.trace, row.parent]]
            phase.spans.append(Span(service: row.service, start: row.start, end: row.end, parent: parent))
        }
    }

    private static func add(_ rows: [LogRow], to phase: inout Phase) {
        let groups = Dictionary(grouping: rows, by: { [$0.phase, $0.trace, $0.service] })
        for (key, rows) in groups.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            let lines = rows.sorted { ($0.time, $0.kind) < ($1.time, $1.kind) }.map(\.kind)
            phase.sequences.append((key[2], [LogOrder.beginning] + lines + [LogOrder.end]))
        }
    }
}

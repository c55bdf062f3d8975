/// Traces and logs of several services around an incident, in two parts: what was normal, and what came after.
public struct Telemetry: Sendable {
    /// One span of a distributed trace; names stand in `names`.
    struct Span: Sendable {
        var service: Int
        var operation: Int
        var trace: Int
        var start: Int64
        var end: Int64
        /// Place of the parent in the list; nil for roots and where it was not kept.
        var parent: Int?
        var isFailure: Bool
    }

    /// One line that a service logged.
    struct Line: Sendable {
        var service: Int
        var kind: Int
        /// Nil where it belongs to none.
        var trace: Int?
        /// Place of its span in the list.
        var span: Int?
        var time: Int64
    }

    /// What stands in one phase.
    struct Phase: Sendable {
        var spans: [Span] = []
        var lines: [Line] = []
        var traces = 0
        /// When the traces of the incident's own time before began; those of other times are not in it.
        var beginnings: [Int: Int64] = [:]
    }

    /// Why a table can't be read.
    public struct Malformed: Error, Sendable, Equatable, CustomStringConvertible {
        public var description: String
    }

    var normal = Phase()
    var after = Phase()
    /// Services, operations and kinds of lines by number.
    private(set) var names = NameTable()
    /// When the time after begins, in nanoseconds.
    private var onset = Int64.max

    public init() {}

    /// Reads the tables of the incident itself: phases `pre` and `normal` are normal, all others came after.
    public mutating func addIncident(traces: [UInt8], logs: [UInt8]) throws(Malformed) {
        let spans = try SpanRow.read(traces)
        let lines = try LogRow.read(logs)
        onset = spans.lazy.filter { !Self.isNormal($0.phase) }.map(\.start).min() ?? .max
        add(
            spans.filter { Self.isNormal($0.phase) }, lines.filter { Self.isNormal($0.phase) }, to: \.normal,
            isOwn: true)
        add(spans.filter { !Self.isNormal($0.phase) }, lines.filter { !Self.isNormal($0.phase) }, to: \.after)
    }

    /// Reads tables of other times. Only the past teaches what is normal: phases `pre` that began before the incident,
    /// and minutes that are marked `normal`.
    public mutating func addNormal(traces: [UInt8], logs: [UInt8]) throws(Malformed) {
        let spans = try SpanRow.read(traces)
        let lines = try LogRow.read(logs)
        let isPast = (spans.lazy.filter { Self.isBefore($0.phase) }.map(\.start).min() ?? .max) < onset
        func counts(_ phase: String) -> Bool {
            Self.isNormal(phase) && (isPast || !Self.isBefore(phase))
        }
        add(spans.filter { counts($0.phase) }, lines.filter { counts($0.phase) }, to: \.normal)
    }

    private static func isBefore(_ phase: String) -> Bool { ["pre", "before"].contains(phase.lowercased()) }

    private static func isNormal(_ phase: String) -> Bool {
        isBefore(phase) || ["normal", "baseline"].contains(phase.lowercased())
    }

    private mutating func add(
        _ rows: [SpanRow], _ lines: [LogRow], to phase: WritableKeyPath<Telemetry, Phase>, isOwn: Bool = false
    ) {
        let base = self[keyPath: phase].spans.count
        var places: [[String]: Int] = [:]
        for (place, row) in rows.enumerated() { places[[row.phase, row.trace, row.span]] = base + place }
        var traces: [[String]: Int] = [:]
        func trace(_ phase: String, _ name: String) -> Int {
            if let number = traces[[phase, name]] { return number }
            let number = self[keyPath: phaseOf].traces + traces.count
            traces[[phase, name]] = number
            return number
        }
        let phaseOf = phase
        for (place, row) in rows.enumerated() {
            if isOwn, Self.isBefore(row.phase) {
                let number = trace(row.phase, row.trace)
                let known = self[keyPath: phase].beginnings[number] ?? .max
                self[keyPath: phase].beginnings[number] = min(known, row.start)
            }
            let parent = places[[row.phase, row.trace, row.parent]]
            self[keyPath: phase].spans.append(
                Span(
                    service: names.number(row.service), operation: names.number(row.operation),
                    trace: trace(row.phase, row.trace), start: row.start, end: row.end,
                    parent: parent == base + place ? nil : parent, isFailure: row.isFailure))
        }
        for line in lines {
            self[keyPath: phase].lines.append(
                Line(
                    service: names.number(line.service), kind: names.number(line.kind),
                    trace: line.trace.isEmpty ? nil : trace(line.phase, line.trace),
                    span: places[[line.phase, line.trace, line.span]], time: line.time))
        }
        self[keyPath: phase].traces += traces.count
    }
}

/// Names by number, in the order in which they came.
struct NameTable: Sendable {
    private var numbers: [String: Int] = [:]
    private var names: [String] = []

    mutating func number(_ name: String) -> Int {
        if let number = numbers[name] { return number }
        numbers[name] = names.count
        names.append(name)
        return names.count - 1
    }

    subscript(number: Int) -> String { names.indices.contains(number) ? names[number] : "" }
}

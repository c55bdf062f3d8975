/// A fault may be there before anybody says so: the onset is where the change shows best.
extension Telemetry {
    /// The same with the last traces of the minute before counted as after, up to half of them: what is left must still
    /// tell what is usual.
    func earlierOnsets(_ count: Int) -> [Telemetry] {
        let own = normal.beginnings.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
        guard own.count >= 4 * count else { return [] }
        return (1...count).map { part in
            var other = self
            other.move(Set(own.suffix(own.count * part / (2 * count))))
            return other
        }
    }

    /// Nothing but its own minute is known of the time before.
    var isAlone: Bool { normal.traces == normal.beginnings.count }

    private mutating func move(_ traces: Set<Int>) {
        let (stays, goes) = (normal.part { !traces.contains($0) }, normal.part(traces.contains))
        normal = stays
        after.append(goes)
    }
}

extension Telemetry.Phase {
    /// The spans and lines of some traces. What belongs to no trace stays with trace number -1.
    func part(_ isIn: (Int) -> Bool) -> Telemetry.Phase {
        var part = Telemetry.Phase()
        part.traces = traces
        part.beginnings = beginnings.filter { isIn($0.key) }
        var places = [Int](repeating: -1, count: spans.count)
        for (place, span) in spans.enumerated() where isIn(span.trace) {
            places[place] = part.spans.count
            part.spans.append(span)
        }
        for place in part.spans.indices {
            part.spans[place].parent = part.spans[place].parent.flatMap { places[$0] < 0 ? nil : places[$0] }
        }
        for line in lines where isIn(line.trace ?? -1) {
            part.lines.append(line)
            part.lines[part.lines.count - 1].span = line.span.flatMap { places[$0] < 0 ? nil : places[$0] }
        }
        return part
    }

    mutating func append(_ other: Telemetry.Phase) {
        let base = spans.count
        for span in other.spans {
            var span = span
            span.trace += traces
            span.parent = span.parent.map { $0 + base }
            spans.append(span)
        }
        for line in other.lines {
            var line = line
            line.trace = line.trace.map { $0 + traces }
            line.span = line.span.map { $0 + base }
            lines.append(line)
        }
        traces += other.traces
    }
}

/// Calls from one service to another take longer on the way: the caller's time minus the callee's own.
///
/// Edges, not nodes: a slow network is in nobody's own time. The callee is named, since what delays a pod delays
/// whoever calls it.
enum EdgeShift {
    /// Fewer calls than this say nothing.
    private static let callsMin = 2

    struct Shift: Sendable {
        var caller: String
        var callee: String
        /// Milliseconds on the way, in the middle.
        var before: Double
        var after: Double
        var countBefore: Int
        var countAfter: Int
        var milliseconds: Double { after - before }
    }

    /// Per called service the edge that shifted most.
    static func shifts(_ telemetry: Telemetry) -> [Shift] {
        let normal = times(telemetry.normal)
        var best: [String: Shift] = [:]
        for (edge, after) in times(telemetry.after) {
            guard let before = normal[edge], before.count >= callsMin, after.count >= callsMin else { continue }
            // Of two middle values the one that speaks against a shift: few calls must agree.
            let shift = Shift(
                caller: edge.caller, callee: edge.callee, before: before.sorted()[before.count / 2],
                after: after.sorted()[(after.count - 1) / 2], countBefore: before.count, countAfter: after.count)
            guard shift.milliseconds > 0 else { continue }
            let known = best[edge.callee]
            if known == nil || (shift.milliseconds, known!.caller) > (known!.milliseconds, shift.caller) {
                best[edge.callee] = shift
            }
        }
        return best.values.sorted { ($1.milliseconds, $0.callee) < ($0.milliseconds, $1.callee) }
    }

    private struct Edge: Hashable {
        var caller: String
        var callee: String
    }

    private static func times(_ phase: Telemetry.Phase) -> [Edge: [Double]] {
        var times: [Edge: [Double]] = [:]
        for span in phase.spans {
            guard let parent = span.parent.map({ phase.spans[$0] }), parent.service != span.service else { continue }
            let way = (parent.end - parent.start) - (span.end - span.start)
            times[Edge(caller: parent.service, callee: span.service), default: []].append(Double(way) / 1e6)
        }
        return times
    }
}

/// Puts issues together whose stacks differ a little, as releases do: a helper more, a function in between renamed.
///
/// Same exception chain and message template, the same throwing function, and nearly the same way to it. The
/// fingerprints stay as they are and `joined` says why, so that a merge can be understood and undone.
enum NearMisses {
    /// Share of the longer stack that both must have, in order.
    private static let likenessMin = 0.75
    /// Buckets with more different stacks than this are left alone: time stays bounded.
    private static let bucketMax = 200

    static func join(_ rows: inout [TriagedFailure]) {
        var leaders: [[String]: [(issue: String, frames: [String])]] = [:]
        var leader: [String: String] = [:]
        var reasons: [String: String] = [:]
        for place in rows.indices where leader[rows[place].issue] == nil {
            let row = rows[place]
            let frames = row.parts.filter { $0.hasPrefix("frame ") }
            let key = row.parts.filter { !$0.hasPrefix("frame ") } + frames.prefix(1)
            var bucket = leaders[key] ?? []
            let match = frames.isEmpty ? nil : bucket.first { likeness($0.frames, frames) >= likenessMin }
            leader[row.issue] = match?.issue ?? row.issue
            if let match {
                reasons[row.issue] =
                    "same exceptions, message and throwing function as \(match.issue), and "
                    + "\(Int(likeness(match.frames, frames) * 100)) % of the calls that led to it"
            } else if bucket.count < bucketMax {
                bucket.append((row.issue, frames))
                leaders[key] = bucket
            }
        }
        var causes: [[String]: String] = [:]
        for place in rows.indices {
            let group = leader[rows[place].issue] ?? rows[place].issue
            rows[place].group = group
            rows[place].joined = reasons[rows[place].issue]
            let key = [group] + rows[place].causeParts
            if let cause = causes[key] {
                rows[place].causeGroup = cause
            } else {
                causes[key] = rows[place].cause
            }
        }
    }

    /// Calls that both have in the same order, as a share of the longer one.
    static func likeness(_ one: [String], _ other: [String]) -> Double {
        guard !one.isEmpty, !other.isEmpty else { return 0 }
        var row = [Int](repeating: 0, count: other.count + 1)
        for call in one {
            var diagonal = 0
            for (place, second) in other.enumerated() {
                let above = row[place + 1]
                row[place + 1] = call == second ? diagonal + 1 : max(above, row[place])
                diagonal = above
            }
        }
        return Double(row[other.count]) / Double(max(one.count, other.count))
    }
}

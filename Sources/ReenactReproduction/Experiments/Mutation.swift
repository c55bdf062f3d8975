import ReenactTimeline

extension Case {
    /// The case with another answer to one event; what follows on that connection moves along.
    func answering(_ id: Int, with bytes: [UInt8]) -> Case {
        guard let place = events.firstIndex(where: { $0.id == id }), let range = events[place].response,
            let number = events[place].connection, let line = connections.firstIndex(where: { $0.id == number })
        else { return self }
        var changed = self
        let delta = bytes.count - range.length
        var segments: [Segment] = []
        var isPlaced = false
        for segment in connections[line].segments {
            let end = segment.offset + segment.bytes.count
            guard segment.side == .server, end > range.offset else {
                segments.append(segment)
                continue
            }
            if segment.offset < range.offset {
                var before = segment
                before.bytes = Array(segment.bytes.prefix(range.offset - segment.offset))
                segments.append(before)
            }
            if !isPlaced {
                segments.append(Segment(side: .server, time: segment.time, offset: range.offset, bytes: bytes))
                isPlaced = true
            }
            if end > range.end {
                var after = segment
                after.bytes = Array(segment.bytes.suffix(end - max(range.end, segment.offset)))
                after.offset = max(range.end, segment.offset) + delta
                segments.append(after)
            }
        }
        changed.connections[line].segments = segments
        changed.events[place].response = StreamRange(offset: range.offset, length: bytes.count)
        for other in changed.events.indices
        where other != place && changed.events[other].connection == number {
            if let response = changed.events[other].response, response.offset >= range.end {
                changed.events[other].response?.offset = response.offset + delta
            }
        }
        return changed
    }
}

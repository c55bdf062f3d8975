import ReenactTimeline
import ReenactWire

extension Case {
    /// The case with another answer to one event; what follows on that connection moves along.
    ///
    /// Where the event had no answer, it gets one, and the end of the connection that stood for it goes.
    func answering(_ id: Int, with bytes: [UInt8]) -> Case {
        guard let place = events.firstIndex(where: { $0.id == id }), let number = events[place].connection,
            let line = connections.firstIndex(where: { $0.id == number })
        else { return self }
        guard let range = events[place].response else { return answeringSilence(at: place, line, with: bytes) }
        var changed = self
        let delta = bytes.count - range.length
        changed.connections[line].segments = Self.exchanging(
            range, on: .server, by: bytes, in: connections[line].segments)
        changed.events[place].response = StreamRange(offset: range.offset, length: bytes.count)
        for other in changed.events.indices
        where other != place && changed.events[other].connection == number {
            if let response = changed.events[other].response, response.offset >= range.end {
                changed.events[other].response?.offset = response.offset + delta
            }
        }
        return changed
    }

    private func answeringSilence(at place: Int, _ line: Int, with bytes: [UInt8]) -> Case {
        guard let request = events[place].request else { return self }
        var changed = self
        let connection = connections[line]
        let asked =
            connection.segments.last { $0.side == .client && $0.offset < request.end }?.time ?? events[place].start
        let offset =
            connection.segments.filter { $0.side == .server && $0.time <= asked }
            .map { $0.offset + $0.bytes.count }.max() ?? 0
        // A part of an answer that broke off is no part of the whole one.
        var segments = connection.segments.filter { $0.side == .client || $0.offset < offset }
        segments.append(Segment(side: .server, time: asked, offset: offset, bytes: bytes))
        changed.connections[line].segments = segments.sorted { $0.time < $1.time }
        changed.connections[line].closes = connection.closes.filter { $0.side == .client && $0.manner == .fin }
        changed.events[place].response = StreamRange(offset: offset, length: bytes.count)
        changed.events[place].outcome = .ok
        return changed
    }

    /// The case with another request of that event.
    func asking(_ id: Int, with bytes: [UInt8]) -> Case {
        guard let place = events.firstIndex(where: { $0.id == id }), let range = events[place].request,
            let number = events[place].connection, let line = connections.firstIndex(where: { $0.id == number })
        else { return self }
        var changed = self
        changed.connections[line].segments = Self.exchanging(
            range, on: .client, by: bytes, in: connections[line].segments)
        changed.events[place].request = StreamRange(offset: range.offset, length: bytes.count)
        let delta = bytes.count - range.length
        for other in changed.events.indices where other != place && changed.events[other].connection == number {
            if let request = changed.events[other].request, request.offset >= range.end {
                changed.events[other].request?.offset = request.offset + delta
            }
        }
        return changed
    }

    /// The case in which the answer to an event comes that long after its question.
    func delaying(_ id: Int, by nanoseconds: Int64) -> Case {
        guard let event = event(id), let range = event.response, let number = event.connection,
            let line = connections.firstIndex(where: { $0.id == number })
        else { return self }
        var changed = self
        for index in connections[line].segments.indices {
            let segment = connections[line].segments[index]
            guard segment.side == .server, segment.offset < range.end,
                segment.offset + segment.bytes.count > range.offset
            else { continue }
            changed.connections[line].segments[index].time = (event.start) + nanoseconds
        }
        return changed
    }

    /// The segments with other bytes in place of a range of one direction.
    private static func exchanging(
        _ range: StreamRange, on side: Side, by bytes: [UInt8], in segments: [Segment]
    ) -> [Segment] {
        let delta = bytes.count - range.length
        var result: [Segment] = []
        var isPlaced = false
        for segment in segments {
            let end = segment.offset + segment.bytes.count
            guard segment.side == side, end > range.offset else {
                result.append(segment)
                continue
            }
            if segment.offset < range.offset {
                var before = segment
                before.bytes = Array(segment.bytes.prefix(range.offset - segment.offset))
                result.append(before)
            }
            if !isPlaced {
                result.append(Segment(side: side, time: segment.time, offset: range.offset, bytes: bytes))
                isPlaced = true
            }
            if end > range.end {
                var after = segment
                after.bytes = Array(segment.bytes.suffix(end - max(range.end, segment.offset)))
                after.offset = max(range.end, segment.offset) + delta
                result.append(after)
            }
        }
        return result
    }
}

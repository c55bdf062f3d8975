import ReenactTimeline

/// Recorded connections turned into playable exchanges by running the protocol's own recorder over their bytes.
public enum Tape {
    /// The exchanges of one recorded connection.
    ///
    /// - Parameter event: gives, for the offset at which a request begins, the case's event and its phase.
    public static func exchanges(
        of connection: Connection, recorder: any ExchangeRecorder,
        event: (_ requestOffset: Int) -> (id: Int, phase: Event.Phase)
    ) -> [Recorded] {
        var recorder = recorder
        var ended: [Exchange] = []
        var began: [Int: Exchange] = [:]
        func take(_ changes: [ExchangeChange]) {
            for change in changes {
                switch change {
                case .began(let exchange): began[exchange.ordinal] = exchange
                case .ended(let exchange):
                    began[exchange.ordinal] = nil
                    ended.append(exchange)
                }
            }
        }
        var next: [Side: Int] = [:]
        for segment in connection.segments {
            guard recorder.readsAcrossGaps || segment.offset <= next[segment.side, default: 0] else { break }
            next[segment.side] = segment.offset + segment.bytes.count
            take(recorder.received(segment.bytes[...], from: segment.side, offset: segment.offset, at: segment.time))
        }
        for close in connection.closes { take(recorder.closed(close.side, manner: close.manner, at: close.time)) }
        // What began and never ended is a question without an answer: silence, recorded as such. The recorder tells all
        // that it knows of it.
        let unended = recorder.unended
        for exchange in unended where began[exchange.ordinal] != nil { began[exchange.ordinal] = exchange }
        if unended.isEmpty, !began.isEmpty, let last = connection.segments.last?.time {
            take(recorder.closed(.client, manner: .reset, at: last))
        }
        ended.append(contentsOf: began.values)
        ended.sort { $0.ordinal < $1.ordinal }
        return ended.enumerated().map { index, exchange in
            let known = event(exchange.request.offset)
            let isLast = index == ended.count - 1
            return Recorded(
                event: known.id, phase: known.phase, connection: connection.id, exchange: exchange,
                requestBytes: connection.bytes(exchange.request, from: .client),
                answer: pieces(of: exchange, in: connection),
                ending: ending(of: exchange, isLast: isLast, in: connection))
        }
    }

    private static func pieces(of exchange: Exchange, in connection: Connection) -> [Recorded.Piece] {
        guard let range = exchange.response else { return [] }
        var pieces: [Recorded.Piece] = []
        for segment in connection.segments where segment.side == .server {
            let start = max(range.offset, segment.offset)
            let end = min(range.end, segment.offset + segment.bytes.count)
            guard start < end else { continue }
            pieces.append(
                .init(
                    delay: max(0, segment.time - exchange.requestEnd),
                    bytes: Array(segment.bytes[(start - segment.offset)..<(end - segment.offset)])))
        }
        return pieces
    }

    private static func ending(of exchange: Exchange, isLast: Bool, in connection: Connection) -> Recorded.Ending {
        guard isLast else { return .open }
        let serverClose = connection.closes.first { $0.side == .server }
        let clientClose = connection.closes.first { $0.side == .client }
        if let serverClose {
            // An end that only follows the client's own is the client's doing: the stub does not start it.
            if let clientClose, clientClose.time <= serverClose.time, exchange.responseEnd != nil { return .open }
            // So is one that follows a goodbye, as PostgreSQL's Terminate: the protocol knows what to do then.
            let saidMore = connection.segments.contains { segment in
                segment.side == .client && segment.time <= serverClose.time
                    && segment.offset + segment.bytes.count > exchange.request.end
            }
            if saidMore, exchange.responseEnd != nil { return .open }
            return .close(serverClose.manner, delay: max(0, serverClose.time - exchange.requestEnd))
        }
        return exchange.responseEnd == nil ? .silence : .open
    }
}

import ReenactTimeline
import ReenactWire

/// A protocol for tests: each line of the client is a question; what the server sends until the next is the answer.
/// `connect NAME` leads to a tunnel.
enum LineProtocol: WireProtocol {
    static let name = "line"
    static func recognize(client: ArraySlice<UInt8>, server: ArraySlice<UInt8>, port: Int?) -> Recognition { .yes }
    static func recorder() -> any ExchangeRecorder { Recorder() }
    static func stub() -> any StubSession { Stub() }

    struct Recorder: ExchangeRecorder {
        var failure: String? { nil }
        private var current: Exchange?
        private var count = 0

        mutating func received(
            _ bytes: ArraySlice<UInt8>, from side: Side, offset: Int, at time: Instant
        ) -> [ExchangeChange] {
            if side == .server {
                guard var exchange = current else { return [] }
                exchange.response = StreamRange(
                    offset: exchange.response?.offset ?? offset,
                    length: (exchange.response?.length ?? 0) + bytes.count)
                exchange.responseEnd = time
                current = exchange
                return []
            }
            let ended = finish()
            let line = String(decoding: bytes, as: UTF8.self)
            let exchange = Exchange(
                ordinal: count, request: StreamRange(offset: offset, length: bytes.count), requestStart: time,
                key: line, summary: line)
            count += 1
            current = exchange
            return ended + [.began(exchange)]
        }

        mutating func closed(_ side: Side, manner: Connection.Close.Manner, at time: Instant) -> [ExchangeChange] {
            finish()
        }

        private mutating func finish() -> [ExchangeChange] {
            guard let exchange = current else { return [] }
            current = nil
            return [.ended(exchange)]
        }
    }

    struct Stub: StubSession {
        private var pending: [UInt8] = []

        mutating func opened(_ shelf: Shelf) -> [StubAction] { [] }
        mutating func clientClosed(_ shelf: Shelf) -> [StubAction] { [] }

        mutating func received(_ bytes: ArraySlice<UInt8>, _ shelf: Shelf) -> [StubAction] {
            pending += bytes
            var actions: [StubAction] = []
            while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: pending[...end], as: UTF8.self)
                pending.removeFirst(end + 1)
                guard let recorded = shelf.take(key: line, summary: line) else {
                    return actions + [.close(.reset, delay: 0)]
                }
                actions += recorded.replay
                if line.hasPrefix("connect ") {
                    actions.append(.tunnel(String(line.dropFirst(8).dropLast())))
                }
            }
            return actions
        }
    }
}

import Foundation
import ReenactExecution
import ReenactProtocols
import ReenactTimeline
import ReenactWire
import Synchronization

/// The exchanges on the sockets of a recorded execution: a replay brings the bytes, the protocols' folders read them.
final class ExecutionTimeline: Sendable {
    /// Bytes that are kept; what comes later is counted.
    static let bytesMax = 256 << 20

    private struct Gap {
        var side: Side
        var time: Instant
        var offset: Int
        var count: Int
    }

    private struct State {
        var gaps: [Int: [Gap]] = [:]
        var connections: [Int: Connection] = [:]
        var order: [Int] = []
        var offsets: [Int: [Side: Int]] = [:]
        var kept = 0
    }

    private let state = Mutex(State())

    /// Takes the next of a replay's socket events.
    func take(_ event: SocketEvent) {
        state.withLock { state in
            let time = Instant(event.time)
            if case .opened(let isInbound, let isDatagram, let server, let client, let errno) = event.body {
                let transport: Connection.Transport = server.hasPrefix("unix:") ? .unix : isDatagram ? .udp : .tcp
                let opening: Connection.Opening =
                    switch errno {
                    case 0: .connected
                    case ECONNREFUSED, ENOENT: .refused
                    case ENETUNREACH, EHOSTUNREACH: .unreachable
                    case ETIMEDOUT: .timedOut
                    default: .failed
                    }
                // A descriptor that failed to connect may be used for the next address.
                state.connections[event.socket] = Connection(
                    id: event.socket, direction: isInbound ? .inbound : .outbound, transport: transport, server: server,
                    client: client, opened: time, opening: opening, openingErrno: errno == 0 ? nil : errno)
                if !state.order.contains(event.socket) { state.order.append(event.socket) }
                return
            }
            guard let connection = state.connections[event.socket] else { return }
            let own: Side = connection.direction == .inbound ? .server : .client
            switch event.body {
            case .opened: break
            case .sent(let bytes): add(bytes, own, event.socket, time, &state)
            case .received(let bytes): add(bytes, own.other, event.socket, time, &state)
            case .sentUnseen(let count): pass(count, own, event.socket, time, &state)
            case .receivedUnseen(let count): pass(count, own.other, event.socket, time, &state)
            case .ended:
                state.connections[event.socket]?.closes.append(.init(side: own.other, manner: .fin, time: time))
            case .closed: state.connections[event.socket]?.closes.append(.init(side: own, manner: .fin, time: time))
            }
        }
    }

    private func add(_ bytes: [UInt8], _ side: Side, _ socket: Int, _ time: Instant, _ state: inout State) {
        let offset = state.offsets[socket, default: [:]][side, default: 0]
        state.offsets[socket, default: [:]][side] = offset + bytes.count
        guard state.kept + bytes.count <= Self.bytesMax else { return drop(bytes.count, side, socket, &state) }
        state.kept += bytes.count
        state.connections[socket]?.segments.append(Segment(side: side, time: time, offset: offset, bytes: bytes))
    }

    /// Bytes that nobody saw: a gap.
    private func pass(_ count: Int, _ side: Side, _ socket: Int, _ time: Instant, _ state: inout State) {
        let offset = state.offsets[socket, default: [:]][side, default: 0]
        state.offsets[socket, default: [:]][side] = offset + count
        state.gaps[socket, default: []].append(Gap(side: side, time: time, offset: offset, count: count))
        drop(count, side, socket, &state)
    }

    private func drop(_ count: Int, _ side: Side, _ socket: Int, _ state: inout State) {
        if side == .client {
            state.connections[socket]?.droppedFromClient += count
        } else {
            state.connections[socket]?.droppedFromServer += count
        }
    }

    /// In the order in which they were opened. Bytes that were never in memory are gaps between segments.
    var connections: [Connection] {
        state.withLock { state in state.order.compactMap { state.connections[$0] } }.map { connection in
            var connection = connection
            if connection.opening == .connected { connection.protocolName = Self.named(connection).name }
            return connection
        }
    }

    /// What sockets carried and nobody can read here.
    var holes: [Case.Hole] {
        let gaps = state.withLock { $0.gaps }
        return connections.flatMap { connection -> [Case.Hole] in
            var holes: [Case.Hole] = []
            let unseen = gaps[connection.id, default: []].reduce(0) { $0 + $1.count }
            let dropped = connection.droppedFromClient + connection.droppedFromServer - unseen
            let peer = connection.direction == .inbound ? connection.client : connection.server
            if unseen > 0 {
                holes.append(
                    .init(
                        kind: .unobserved,
                        what:
                            "\(unseen) bytes from or to \(peer) that went by sendfile or splice: they were never in memory",
                        connection: connection.id))
            }
            if dropped > 0 {
                holes.append(
                    .init(
                        kind: .dropped, what: "\(dropped) bytes of the connection with \(peer): more than is kept",
                        connection: connection.id))
            }
            if Self.isTLS(connection) {
                holes.append(
                    .init(
                        kind: .opaque, what: "what TLS hides on the connection with \(peer)",
                        connection: connection.id))
            }
            return holes
        }
    }

    /// A handshake record of TLS (RFC 8446, section 5.1) begins the client's stream.
    private static func isTLS(_ connection: Connection) -> Bool {
        let start = opening(connection, .client)
        return start.count > 5 && start[0] == 22 && start[1] == 3 && start[5] == 1
    }

    /// What was asked and answered, in order of time.
    func events() -> [Event] {
        let gaps = state.withLock { $0.gaps }
        var events = connections.flatMap { Self.events(of: $0, gaps[$0.id, default: []]) }
        events.sort { ($0.start, $0.connection ?? 0) < ($1.start, $1.connection ?? 0) }
        for index in events.indices { events[index].id = index + 1 }
        return events
    }

    private static func named(_ connection: Connection) -> any WireProtocol.Type {
        let port = connection.server.split(separator: ":").last.flatMap { Int($0) }
        return Protocols.recognize(
            client: opening(connection, .client)[...], server: opening(connection, .server)[...], port: port)
            ?? Protocols.fallback
    }

    /// With zeros where nobody saw the bytes, so that what comes before and after them can be read.
    private static func filled(_ connection: Connection, _ gaps: [Gap]) -> Connection {
        guard !gaps.isEmpty, gaps.reduce(0, { $0 + $1.count }) <= bytesMax else { return connection }
        var connection = connection
        connection.segments += gaps.map {
            Segment(side: $0.side, time: $0.time, offset: $0.offset, bytes: [UInt8](repeating: 0, count: $0.count))
        }
        connection.segments.sort { ($0.time, $0.offset) < ($1.time, $1.offset) }
        return connection
    }

    /// Zeros that stand for bytes which nobody saw are not shown as a body.
    private static func detail(_ exchange: Exchange, _ gaps: [Gap]) -> JSONValue {
        guard case .object(var detail) = exchange.detail else { return exchange.detail }
        for (member, range, side) in [
            ("requestBody", exchange.request as StreamRange?, Side.client),
            ("responseBody", exchange.response, .server),
        ] {
            guard let range, case .object(var body)? = detail[member],
                gaps.contains(where: {
                    $0.side == side && $0.offset < range.end && range.offset < $0.offset + $0.count
                })
            else { continue }
            body["text"] = nil
            body["base64"] = nil
            body["truncated"] = true
            detail[member] = .object(body)
        }
        return .object(detail)
    }

    private static func events(of connection: Connection, _ gaps: [Gap]) -> [Event] {
        guard connection.opening == .connected else {
            let errno = connection.openingErrno ?? 0
            return [
                Event(
                    id: 0, kind: .transport, peer: connection.server, connection: connection.id,
                    start: connection.opened, end: connection.openingEnd, summary: "connect \(connection.server)",
                    result: String(cString: strerror(errno)),
                    outcome: OutcomeClass(rawValue: "\(connection.opening.rawValue)"))
            ]
        }
        let named = named(connection)
        let isInbound = connection.direction == .inbound
        let whole = filled(connection, gaps)
        return Tape.exchanges(of: whole, recorder: named.recorder(), event: { _ in (0, .ambiguous) }).map {
            let exchange = $0.exchange
            return Event(
                id: 0, kind: isInbound ? .request : .call, protocolName: named.name,
                peer: isInbound ? connection.client : connection.server, connection: connection.id,
                start: exchange.requestStart, end: exchange.responseEnd, summary: exchange.summary,
                result: exchange.result, outcome: exchange.outcome, request: exchange.request,
                response: exchange.response, key: exchange.key, detail: detail(exchange, gaps))
        }
    }

    private static func opening(_ connection: Connection, _ side: Side) -> [UInt8] {
        var bytes: [UInt8] = []
        for segment in connection.segments where segment.side == side && bytes.count < 4096 { bytes += segment.bytes }
        return bytes
    }

    /// One line: time, direction, protocol, what was asked, what came of it.
    static func line(_ event: Event) -> String {
        let milliseconds = String(format: "%.3f", Double(event.start) / 1e6)
        let arrow = event.kind == .request ? "←" : "→"
        let name = event.protocolName.isEmpty ? "-" : event.protocolName
        return "\(milliseconds)\t\(arrow) \(name)\t\(event.peer)\t\(event.summary)\t\(event.result)\n"
    }
}

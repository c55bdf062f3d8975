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

    private struct State {
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
            case .sentUnseen(let count):
                state.offsets[event.socket, default: [:]][own, default: 0] += count
                drop(count, own, event.socket, &state)
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

    private func drop(_ count: Int, _ side: Side, _ socket: Int, _ state: inout State) {
        if side == .client {
            state.connections[socket]?.droppedFromClient += count
        } else {
            state.connections[socket]?.droppedFromServer += count
        }
    }

    /// What was asked and answered, in order of time.
    func events() -> [Event] {
        let connections = state.withLock { state in state.order.compactMap { state.connections[$0] } }
        var events = connections.flatMap { Self.events(of: $0) }
        events.sort { ($0.start, $0.connection ?? 0) < ($1.start, $1.connection ?? 0) }
        for index in events.indices { events[index].id = index + 1 }
        return events
    }

    private static func events(of connection: Connection) -> [Event] {
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
        let port = connection.server.split(separator: ":").last.flatMap { Int($0) }
        let named =
            Protocols.recognize(
                client: opening(connection, .client)[...], server: opening(connection, .server)[...], port: port)
            ?? Protocols.fallback
        let isInbound = connection.direction == .inbound
        return Tape.exchanges(of: connection, recorder: named.recorder(), event: { _ in (0, .ambiguous) }).map {
            let exchange = $0.exchange
            return Event(
                id: 0, kind: isInbound ? .request : .call, protocolName: named.name,
                peer: isInbound ? connection.client : connection.server, connection: connection.id,
                start: exchange.requestStart, end: exchange.responseEnd, summary: exchange.summary,
                result: exchange.result, outcome: exchange.outcome, request: exchange.request,
                response: exchange.response, key: exchange.key, detail: exchange.detail)
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

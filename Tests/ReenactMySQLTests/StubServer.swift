import Glibc
import ReenactMySQL
import ReenactTimeline
import ReenactWire
import Synchronization
import ReenactTesting

/// Plays recorded exchanges on a real socket, as fast as it can.
final class StubServer: Sendable {
    private let listener: Socket
    private let met = Mutex<[Shelf.Encounter]>([])

    var encounters: [Shelf.Encounter] { met.withLock { $0 } }

    let port: UInt16

    init?(_ recorded: [Recorded]) {
        guard let listener = Socket.listen() else { return nil }
        self.listener = listener
        port = listener.port
        onThread { [self] in
            let shelf = Shelf(server: "127.0.0.1:3306", recorded: recorded)
            shelf.phase = .failing
            shelf.onEncounter = { encounter in self.met.withLock { $0.append(encounter) } }
            serve(shelf)
        }
    }

    func finish() { listener.end() }

    private func serve(_ shelf: Shelf) {
        var sessions: [Int32: any StubSession] = [:]
        defer {
            for descriptor in sessions.keys { Socket(descriptor: descriptor).close() }
            listener.close()
        }
        while true {
            var ends = ([listener.descriptor] + sessions.keys.sorted()).map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            guard poll(&ends, UInt(ends.count), -1) > 0 else { return }
            for end in ends where end.revents != 0 {
                if end.fd == listener.descriptor {
                    guard let socket = listener.accept() else { return }
                    var session = MySQL.stub()
                    let actions = session.opened(shelf)
                    sessions[socket.descriptor] = session
                    if perform(actions, socket) { sessions[socket.descriptor] = nil }
                    continue
                }
                let socket = Socket(descriptor: end.fd)
                let bytes = socket.read()
                guard var session = sessions[end.fd] else { continue }
                let actions = bytes.isEmpty ? session.clientClosed(shelf) : session.received(bytes[...], shelf)
                sessions[end.fd] = session
                if perform(actions, socket) || bytes.isEmpty {
                    if bytes.isEmpty { socket.close() }
                    sessions[end.fd] = nil
                }
            }
        }
    }

    /// Whether the connection is over.
    private func perform(_ actions: [StubAction], _ socket: Socket) -> Bool {
        for action in actions {
            switch action {
            case .send(let bytes, _): socket.write(bytes)
            case .close:
                socket.close()
                return true
            case .silence, .tunnel, .pause: break
            }
        }
        return false
    }
}

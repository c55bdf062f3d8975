import CLinux
import Glibc
import ReenactLinux
import ReenactTimeline
import ReenactWire

/// A stub on a datagram socket: each client address has a session of its own.
final class StubDatagrams {
    /// Client addresses that are remembered.
    private static let sessionsMax = 1024

    var peer: StubPeer
    private let fd: Int32
    private unowned let server: StubServer
    private var sessions: [SocketAddress: any StubSession] = [:]

    init(peer: StubPeer, address: SocketAddress, server: StubServer) throws {
        self.peer = peer
        self.server = server
        fd = try Socket.listen(at: address, type: SOCK_DGRAM)
        try server.loop.watch(fd, .read) { [weak self] _ in self?.receive() }
    }

    func close() {
        server.loop.unwatch(fd)
        Glibc.close(fd)
    }

    private func receive() {
        var buffer = [UInt8](repeating: 0, count: 65536)
        for _ in 0..<64 {
            var count = 0
            let client = SocketAddress.filled { address, length in
                count = recvfrom(fd, &buffer, buffer.count, 0, address, length)
                return Int32(clamping: count)
            }.address
            guard count >= 0 else { return }
            guard let client else { continue }
            answer(buffer[..<count], to: client)
        }
    }

    private func answer(_ datagram: ArraySlice<UInt8>, to client: SocketAddress) {
        if sessions.count >= Self.sessionsMax { sessions = [:] }
        var session = sessions[client] ?? peer.session()
        var actions = sessions[client] == nil ? session.opened(peer.shelf) : []
        actions += session.received(datagram, peer.shelf)
        sessions[client] = session
        for action in actions {
            switch action {
            case .send(let bytes, let delay):
                let wait = server.latency.answer(delay)
                if wait == 0 {
                    send(bytes, to: client)
                } else {
                    server.loop.after(nanoseconds: wait) { [weak self] in self?.send(bytes, to: client) }
                }
            case .silence: server.tell(.fault(server: peer.server, fault: "silence"))
            case .close, .tunnel, .pause: break
            }
        }
    }

    private func send(_ bytes: [UInt8], to client: SocketAddress) {
        _ = client.withSockAddr { sendto(fd, bytes, bytes.count, 0, $0, $1) }
    }
}

import Glibc
import ReenactTimeline
import Synchronization
import ReenactTesting

/// Stands between a client and the real server and keeps every byte.
final class RecordingRelay: Sendable {
    private let listener: Socket
    private let serverPort: UInt16
    private let kept = Mutex<[Connection]>([])
    private let open = Atomic<Int>(0)

    let port: UInt16

    init?(to serverPort: UInt16) {
        guard let listener = Socket.listen() else { return nil }
        self.listener = listener
        port = listener.port
        self.serverPort = serverPort
        onThread { [self] in
            var id = 0
            while let client = listener.accept() {
                id += 1
                let number = id
                open.add(1, ordering: .relaxed)
                onThread { [self] in
                    let connection = relay(client, number)
                    kept.withLock { $0.append(connection) }
                    open.subtract(1, ordering: .relaxed)
                }
            }
            listener.close()
        }
    }

    /// Ends the relay and gives what it saw.
    func finish() -> [Connection] {
        for _ in 0..<200 where open.load(ordering: .relaxed) > 0 { usleep(10000) }
        listener.end()
        return kept.withLock { $0.sorted { $0.id < $1.id } }
    }

    private static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(time.tv_sec) * 1_000_000_000 + Instant(time.tv_nsec)
    }

    private func relay(_ client: Socket, _ id: Int) -> Connection {
        var connection = Connection(
            id: id, direction: .outbound, transport: .tcp, server: "127.0.0.1:3306", protocolName: "mysql",
            opened: Self.now())
        guard let server = Socket.connect(serverPort) else { return connection }
        var ends = [
            pollfd(fd: client.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: server.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        var offsets = [0, 0]
        while ends.contains(where: { $0.fd >= 0 }), poll(&ends, 2, -1) > 0 {
            for index in 0..<2 where ends[index].fd >= 0 && ends[index].revents != 0 {
                let side: Side = index == 0 ? .client : .server
                let bytes = (index == 0 ? client : server).read()
                let target = index == 0 ? server : client
                guard !bytes.isEmpty else {
                    connection.closes.append(.init(side: side, manner: .fin, time: Self.now()))
                    shutdown(target.descriptor, Int32(SHUT_WR))
                    ends[index].fd = -1
                    continue
                }
                connection.segments.append(
                    Segment(side: side, time: Self.now(), offset: offsets[index], bytes: bytes))
                offsets[index] += bytes.count
                target.write(bytes)
            }
        }
        client.close()
        server.close()
        return connection
    }
}

import CLinux
import Glibc
import ReenactLinux
import ReenactTimeline

/// A service's ways to and from the others: where its program dials another service, and where others come in.
///
/// A call that comes before its callee listens waits for it, as it would behind a balancer.
final class ServiceLinks {
    private static let period: Int64 = 5_000_000

    private let part: Plan.Part
    private let loop: EventLoop
    private let reporter: Reporter
    private var listeners: [Int32] = []
    private var pumps: [ObjectIdentifier: LinkPump] = [:]
    private var connections = 0
    /// Where the service's own program listens, once it does, and who waits for that.
    private var place: SocketAddress?
    private var early: [Int32] = []
    private var isClosing = false

    init(_ part: Plan.Part, loop: EventLoop, reporter: Reporter) {
        self.part = part
        self.loop = loop
        self.reporter = reporter
    }

    /// Inodes of the listening sockets, so that nobody takes them for the program's.
    var inodes: Set<UInt64> { Set(listeners.map(Socket.inode)) }

    /// Listens at the door and at every address of another service.
    func open() throws(AttemptFailure) {
        unlink(part.door)
        try listen(at: "unix:" + part.door) { [weak self] in self?.arrived($0) }
        chmod(part.door, 0o777)
        for link in part.links {
            try listen(at: link.server) { [weak self] in self?.dialled($0, link) }
        }
    }

    /// The program listens there: whoever waited goes through.
    func admit(to address: SocketAddress) {
        place = address
        let waiting = early
        early = []
        waiting.forEach(arrived)
    }

    /// Ends every connection, and tells of those that are still open.
    func close() {
        isClosing = true
        for fd in listeners {
            loop.unwatch(fd)
            Glibc.close(fd)
        }
        for fd in early { Glibc.close(fd) }
        for pump in pumps.values { pump.close() }
        (listeners, early, pumps) = ([], [], [:])
        unlink(part.door)
    }

    private func listen(at text: String, _ take: @escaping (Int32) -> Void) throws(AttemptFailure) {
        guard let address = SocketAddress(text) else {
            throw AttemptFailure(stage: "stubs", reason: "\(text) is no address")
        }
        do {
            let fd = try Socket.listen(at: address)
            listeners.append(fd)
            try loop.watch(fd, .read) { _ in
                while true {
                    let accepted = accept(fd, nil, nil)
                    guard accepted >= 0 else { return }
                    _ = rn_set_nonblocking(accepted, 1)
                    _ = rn_set_close_on_exec(accepted, 1)
                    take(accepted)
                }
            }
        } catch {
            throw AttemptFailure(stage: "stubs", reason: "\(text): \(error)")
        }
    }

    /// The program dials another service.
    private func dialled(_ client: Int32, _ link: Plan.Part.Link) {
        Socket.setNoDelay(client)
        connections += 1
        let connection = Connection(
            id: connections, direction: .outbound, transport: .tcp, server: link.server, opened: reporter.time)
        reach(link, for: client, connection)
    }

    /// The other service's runner may not be there yet.
    private func reach(_ link: Plan.Part.Link, for client: Int32, _ connection: Connection) {
        guard !isClosing, let address = SocketAddress("unix:" + link.door),
            let server = try? Socket.stream(family: AF_UNIX, nonblocking: true)
        else {
            Glibc.close(client)
            return
        }
        guard address.withSockAddr({ connect(server, $0, $1) }) == 0 else {
            Glibc.close(server)
            loop.after(nanoseconds: Self.period) { [weak self] in self?.reach(link, for: client, connection) }
            return
        }
        pump(client, server, connection, to: link.service)
    }

    /// Another service calls.
    private func arrived(_ client: Int32) {
        guard let place else {
            early.append(client)
            return
        }
        guard let server = try? Socket.stream(family: Int32(place.family), nonblocking: true) else {
            Glibc.close(client)
            return
        }
        let error = place.withSockAddr { connect(server, $0, $1) } == 0 ? 0 : errno
        guard error == 0 || error == EINPROGRESS else {
            Glibc.close(server)
            return Socket.reset(client)
        }
        if place.path == nil { Socket.setNoDelay(server) }
        pump(client, server, nil, to: nil)
    }

    private func pump(_ client: Int32, _ server: Int32, _ connection: Connection?, to service: Int?) {
        do {
            let (loop, reporter) = (loop, reporter)
            let pump = try LinkPump(
                client: client, server: server, told: connection, loop: loop, time: { reporter.time }
            ) { [weak self] pump in
                if let told = pump.told, let service { reporter.tell(.passed(told, service: service)) }
                self?.pumps[ObjectIdentifier(pump)] = nil
            }
            pumps[ObjectIdentifier(pump)] = pump
        } catch {
            for fd in [client, server] { Glibc.close(fd) }
            reporter.tell(.trouble(stage: "stubs", reason: "a call between services was lost: \(error)"))
        }
    }
}

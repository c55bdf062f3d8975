import CLinux
import Glibc
import ReenactLinux
import ReenactTimeline

/// Relays connected datagram sockets that talk to a name server: each datagram is one segment.
final class DatagramRelay {
    private unowned let owner: Interceptor

    init(_ owner: Interceptor) { self.owner = owner }

    func handle(_ call: InterceptedCall, socket: Int32, address: SocketAddress) {
        defer { close(socket) }
        guard let own = SocketAddress(address.family == UInt16(AF_INET6) ? "[::1]:0" : "127.0.0.1:0"),
            let near = try? Socket.listen(at: own, type: SOCK_DGRAM), let nearAddress = SocketAddress.local(of: near)
        else { return call.letKernel() }
        guard let far = try? Socket.datagram(family: Int32(address.family), nonblocking: true) else {
            close(near)
            return call.letKernel()
        }
        guard address.withSockAddr({ connect(far, $0, $1) }) == 0,
            nearAddress.withSockAddr({ connect(socket, $0, $1) }) == 0,
            let client = SocketAddress.local(of: socket), client.withSockAddr({ connect(near, $0, $1) }) == 0
        else {
            close(near)
            close(far)
            return call.letKernel()
        }
        let connection = Connection(
            id: owner.tap.newConnection(), direction: .outbound, transport: .udp, server: address.description,
            process: call.process, thread: call.thread, protocolName: "dns", opened: owner.tap.now)
        let inode = Socket.inode(socket)
        owner.tap.note(.opened(connection, inode: inode))
        owner.mask(inode, peer: address)
        pump(connection.id, near: near, far: far) { [owner] in owner.unmask(inode, peer: address) }
        call.answer(0)
    }

    private func pump(_ id: Int, near: Int32, far: Int32, ended: @escaping () -> Void) {
        var offsets = (client: 0, server: 0)
        var idle: EventLoop.TimerID?
        var isOpen = true
        let owner = owner
        func end() {
            guard isOpen else { return }
            isOpen = false
            if let idle { owner.loop.cancel(idle) }
            for fd in [near, far] {
                owner.loop.unwatch(fd)
                close(fd)
            }
            owner.tap.note(.ended(connection: id, time: owner.tap.now))
            ended()
        }
        // A datagram socket has no end that could be seen from here: half a minute of quiet is one.
        func stayAwake() {
            if let idle { owner.loop.cancel(idle) }
            idle = owner.loop.after(nanoseconds: 30_000_000_000) { end() }
        }
        func move(from source: Int32, to sink: Int32, side: Side) {
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = recv(source, &buffer, buffer.count, 0)
            guard count >= 0 else { return errno == EAGAIN ? () : end() }
            let offset = side == .client ? offsets.client : offsets.server
            buffer.withUnsafeBytes {
                owner.tap.bytes(
                    UnsafeRawBufferPointer(rebasing: $0[..<count]), connection: id, side: side, offset: offset,
                    time: owner.tap.now)
            }
            if side == .client { offsets.client += count } else { offsets.server += count }
            _ = send(sink, buffer, count, Int32(MSG_NOSIGNAL))
            stayAwake()
        }
        stayAwake()
        try? owner.loop.watch(near, .read) { _ in move(from: near, to: far, side: .client) }
        try? owner.loop.watch(far, .read) { _ in move(from: far, to: near, side: .server) }
    }
}

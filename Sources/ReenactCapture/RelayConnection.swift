import CLinux
import Glibc
import ReenactLinux
import ReenactTimeline

/// A connection of the program with the relay in its path: bytes pass, and are observed as they pass.
///
/// Whatever goes wrong with observing, the bytes keep flowing; what the ends do (FIN, RST) is done to the other end.
final class RelayConnection {
    let id: Int
    let clientSocket: Int32
    private(set) var serverSocket: Int32
    /// Looks at the first bytes, and may put TLS engines into the path.
    var interposer: StreamInterposer?

    /// The program is the server.
    private let isInbound: Bool
    private let passesDescriptors: Bool
    private unowned let loop: EventLoop
    private let tap: Tap
    private let onEnd: (RelayConnection) -> Void
    /// client → server and server → client.
    private var forward = RelayHalf()
    private var backward = RelayHalf()
    private var isEnded = false

    init(
        id: Int, isInbound: Bool, clientSocket: Int32, serverSocket: Int32, loop: EventLoop, tap: Tap,
        interposer: StreamInterposer?,
        onEnd: @escaping (RelayConnection) -> Void
    ) {
        self.id = id
        self.isInbound = isInbound
        self.clientSocket = clientSocket
        self.serverSocket = serverSocket
        self.loop = loop
        self.tap = tap
        self.interposer = interposer
        self.onEnd = onEnd
        passesDescriptors = Socket.option(serverSocket, SOL_SOCKET, SO_DOMAIN) == AF_UNIX
    }

    func start() throws {
        interposer?.attach(to: self)
        try loop.watch(clientSocket, .read) { [unowned self] ready in self.handle(ready, at: .client) }
        try loop.watch(serverSocket, .read) { [unowned self] ready in self.handle(ready, at: .server) }
    }

    /// Begins anew with the server, before anything of it reached the program.
    ///
    /// - Returns: false where that is not possible: the program's end is as it was.
    func reconnect(to address: SocketAddress) -> Bool {
        guard !isEnded, let fresh = try? Socket.stream(family: Int32(address.family), nonblocking: true) else {
            return false
        }
        let result = address.withSockAddr { connect(fresh, $0, $1) }
        guard result == 0 || errno == EINPROGRESS else {
            close(fresh)
            return false
        }
        loop.unwatch(serverSocket)
        close(serverSocket)
        serverSocket = fresh
        Socket.setNoDelay(fresh)
        backward.sourceEnded = false
        do {
            // What is sent before the connection stands waits in the half's buffer.
            try loop.watch(fresh, [.read, .write]) { [unowned self] ready in self.handle(ready, at: .server) }
        } catch {
            abort()
        }
        return !isEnded
    }

    /// Calls that a little later, if the connection still stands then.
    func later(nanoseconds: Int64, _ body: @escaping () -> Void) {
        loop.after(nanoseconds: nanoseconds) { [weak self] in
            guard let self, !self.isEnded else { return }
            body()
            self.settleSoon()
        }
    }

    private func socket(_ side: Side) -> Int32 { side == .client ? clientSocket : serverSocket }

    private func handle(_ ready: EventLoop.Ready, at side: Side) {
        if ready.contains(.write) { drain(towards: side) }
        if !isEnded, !ready.isDisjoint(with: [.read, .readClosed, .hangUp, .error]) { receive(from: side) }
        if !isEnded { settle() }
    }

    /// Reads what is there and sends it on.
    private func receive(from side: Side) {
        let isOpen =
            side == .client
            ? !forward.sourceEnded && !forward.isFull : !backward.sourceEnded && !backward.isFull
        guard isOpen else {
            // Nothing is read now; a reset must still be seen.
            if Socket.option(socket(side), SOL_SOCKET, SO_ERROR).map({ $0 != 0 }) ?? false { reset(by: side) }
            return
        }
        tap.withScratch { buffer in
            // A few rounds, so that one busy connection does not starve the others.
            for _ in 0..<4 {
                let count =
                    passesDescriptors
                    ? receiveUnix(from: side, buffer) : recv(socket(side), buffer.baseAddress, buffer.count, 0)
                if count == RelayConnection.handled { continue }
                if count > 0 {
                    let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count])
                    pass(bytes, from: side)
                    if isEnded || count < buffer.count { return }
                    if (side == .client ? forward : backward).isFull { return }
                } else if count == 0 {
                    ended(side)
                    return
                } else if errno == EINTR {
                    continue
                } else {
                    if errno != EAGAIN { reset(by: side) }
                    return
                }
            }
        }
    }

    private static let handled = -2

    /// Unix sockets can carry descriptors: they go along with the bytes that they came with.
    private func receiveUnix(from side: Side, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
        var descriptors = [Int32](repeating: -1, count: 64)
        var carried: Int32 = 0
        let count = Int(rn_receive_with_fds(socket(side), buffer.baseAddress, buffer.count, &descriptors, &carried))
        guard count > 0, carried > 0 else { return count }
        defer { descriptors.prefix(Int(carried)).forEach { close($0) } }
        let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count])
        observe(bytes, from: side)
        drain(towards: side.other)
        guard !isEnded else { return RelayConnection.handled }
        var sent = 0
        for _ in 0..<1000 where sent == 0 {
            sent = Int(rn_send_with_fds(socket(side.other), bytes.baseAddress, bytes.count, descriptors, carried))
            guard sent < 0 else { break }
            sent = 0
            guard errno == EAGAIN || errno == EINTR else { break }
            usleep(1000)
        }
        send(UnsafeRawBufferPointer(rebasing: bytes[sent...]), towards: side.other)
        return RelayConnection.handled
    }

    private func pass(_ bytes: UnsafeRawBufferPointer, from side: Side) {
        if let interposer {
            interposer.received(bytes, from: side)
        } else {
            observe(bytes, from: side)
            send(bytes, towards: side.other)
        }
    }

    /// Notes bytes of the observed stream (plain text, where the interposer has decrypted).
    func observe(_ bytes: UnsafeRawBufferPointer, from side: Side, as connection: Int? = nil, offset: Int? = nil) {
        let time = tap.now
        if let connection, let offset {
            tap.bytes(bytes, connection: connection, side: side, offset: offset, time: time)
        } else if side == .client {
            tap.bytes(bytes, connection: id, side: side, offset: forward.observed, time: time)
            forward.observed += bytes.count
        } else {
            if isInbound, Self.tellsFailure(bytes) { tap.failingAnswer(at: time) }
            tap.bytes(bytes, connection: id, side: side, offset: backward.observed, time: time)
            backward.observed += bytes.count
        }
    }

    /// `HTTP/1.1 5…`
    private static func tellsFailure(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count > 9 && bytes[9] == UInt8(ascii: "5") && bytes.starts(with: "HTTP/1.".utf8)
    }

    /// Sends bytes to that end.
    func send(_ bytes: UnsafeRawBufferPointer, towards side: Side) {
        guard !isEnded, !bytes.isEmpty else { return }
        let isSound = side == .server ? forward.send(bytes, to: serverSocket) : backward.send(bytes, to: clientSocket)
        if !isSound { broken(side) }
    }

    private func drain(towards side: Side) {
        let isSound = side == .server ? forward.flush(to: serverSocket) : backward.flush(to: clientSocket)
        if !isSound { broken(side) }
    }

    /// Writing failed: that end is gone. What it still had to say is read first.
    private func broken(_ side: Side) {
        receive(from: side)
        if !isEnded { reset(by: side) }
    }

    private func ended(_ side: Side) {
        if side == .client { forward.sourceEnded = true } else { backward.sourceEnded = true }
        interposer?.ended(side)
        tap.note(.closed(connection: id, .init(side: side, manner: .fin, time: tap.now)))
    }

    private func reset(by side: Side) {
        guard !isEnded else { return }
        tap.note(.closed(connection: id, .init(side: side, manner: .reset, time: tap.now)))
        end { Socket.reset($0) }
    }

    /// Ends the connection at once at both ends: the interposer could not go on.
    func abort() {
        guard !isEnded else { return }
        end { Socket.reset($0) }
    }

    /// Passes ends on, and waits for what must be waited for.
    private func settle() {
        if forward.sourceEnded, forward.pendingCount == 0, !forward.endPassed {
            forward.endPassed = true
            shutdown(serverSocket, Int32(SHUT_WR))
        }
        if backward.sourceEnded, backward.pendingCount == 0, !backward.endPassed {
            backward.endPassed = true
            shutdown(clientSocket, Int32(SHUT_WR))
        }
        if forward.endPassed, backward.endPassed {
            end { close($0) }
            return
        }
        let readsClient = !forward.sourceEnded && !forward.isFull
        let readsServer = !backward.sourceEnded && !backward.isFull
        loop.change(clientSocket, interest(reads: readsClient, writes: backward.pendingCount > 0))
        loop.change(serverSocket, interest(reads: readsServer, writes: forward.pendingCount > 0))
    }

    private func interest(reads: Bool, writes: Bool) -> EventLoop.Interest {
        var interest: EventLoop.Interest = []
        if reads { interest.formUnion(.read) }
        if writes { interest.formUnion(.write) }
        return interest
    }

    /// Called by the interposer when it sent something outside of a readiness event.
    func settleSoon() { if !isEnded { settle() } }

    private func end(_ close: (Int32) -> Void) {
        isEnded = true
        loop.unwatch(clientSocket)
        loop.unwatch(serverSocket)
        close(clientSocket)
        close(serverSocket)
        interposer?.finished()
        interposer = nil
        tap.note(.ended(connection: id, time: tap.now))
        onEnd(self)
    }
}

import CLinux
import Glibc
import ReenactHTTP
import ReenactLinux

/// Fires one recorded request on a connection of its own, and reads the answer.
final class TriggerClient {
    /// What came of it.
    enum Outcome: Equatable {
        case answer(status: Int, bytes: [UInt8])
        /// `closed`, `reset`.
        case nothing(reason: String)
    }

    /// Bytes of an answer that are kept.
    static let answerMax = 1 << 20
    /// A raw answer has no end of its own: it is over when nothing has come for that long.
    private static let rawQuiet: Int64 = 200_000_000
    /// Nor has a message's; the next one goes out when nothing has come for that long.
    private static let messageQuiet: Int64 = 50_000_000
    /// How long the answer to a message is waited for, of which nobody can say that there will be one.
    private static let silence: Int64 = 3_000_000_000

    private let loop: EventLoop
    private let address: SocketAddress
    /// What is sent now.
    private var request: [UInt8]
    /// What is sent behind it on the same connection: messages, the failing one last.
    private var rest: ArraySlice<[UInt8]> = []
    private let isMessage: Bool
    private var reader: HTTPMessageReader?
    private var fd: Int32 = -1
    private var sent = 0
    private var received: [UInt8] = []
    private var timer: EventLoop.TimerID?
    private(set) var outcome: Outcome?
    /// True once the connection stood.
    private(set) var isConnected = false

    init(request: [UInt8], isHTTP: Bool, address: SocketAddress, loop: EventLoop) {
        self.request = request
        self.address = address
        self.loop = loop
        isMessage = false
        reader = isHTTP ? HTTPMessageReader(answering: request) : nil
    }

    /// A message on an upgraded connection.
    ///
    /// - Parameter opening: what comes before it, the upgrade first.
    init(message: [UInt8], opening: [[UInt8]], address: SocketAddress, loop: EventLoop) {
        request = opening.first ?? message
        rest = opening.isEmpty ? [] : opening.dropFirst() + [message]
        isMessage = true
        self.address = address
        self.loop = loop
        reader = opening.first.map { HTTPMessageReader(answering: $0) }
    }

    /// Dials; where the program is not ready after all, dials again until `cancel`.
    func start() throws {
        fd = try Socket.stream(family: Int32(address.family), nonblocking: true)
        let error = address.withSockAddr { connect(fd, $0, $1) } == 0 ? 0 : errno
        guard error == 0 || error == EINPROGRESS else { return redial() }
        if address.path == nil { Socket.setNoDelay(fd) }
        try loop.watch(fd, [.read, .write]) { [weak self] in self?.handle($0) }
    }

    /// Ends the connection.
    func cancel() {
        if let timer { loop.cancel(timer) }
        timer = nil
        guard fd >= 0 else { return }
        loop.unwatch(fd)
        close(fd)
        fd = -1
    }

    /// What has come so far, for an answer that never became whole.
    var partial: [UInt8] { received }

    private func redial() {
        cancel()
        timer = loop.after(nanoseconds: 2_000_000) { [weak self] in
            guard let self else { return }
            do { try start() } catch { outcome = .nothing(reason: "\(error)") }
        }
    }

    private func handle(_ ready: EventLoop.Ready) {
        if !isConnected {
            let error = Socket.option(fd, SOL_SOCKET, SO_ERROR) ?? 0
            guard error == 0 else { return redial() }
            guard ready.contains(.write) else { return }
            isConnected = true
        }
        if sent < request.count { write() }
        if fd >= 0, ready.contains(.read) || ready.contains(.readClosed) || ready.contains(.hangUp) { read() }
    }

    private func write() {
        let count = request.withUnsafeBytes {
            send(fd, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
        }
        // A server may answer and close before it has taken everything: its answer still counts.
        if count > 0 { sent += count } else if errno != EAGAIN, errno != EINTR { sent = request.count }
        loop.change(fd, sent < request.count ? [.read, .write] : .read)
        if sent == request.count, isMessage, reader == nil { waitForQuiet() }
    }

    /// The next message of the connection.
    private func next() {
        guard let message = rest.popFirst() else { return }
        request = message
        sent = 0
        received = []
        reader = nil
        loop.change(fd, [.read, .write])
    }

    private func read() {
        while outcome == nil {
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: 65536) { buffer, initialized in
                count = recv(fd, buffer.baseAddress, buffer.count, 0)
                initialized = max(0, count)
            }
            if count > 0 {
                received += bytes.prefix(Self.answerMax - received.count)
                reader?.received(bytes[...])
            } else if count == 0 {
                reader?.closed()
                return finish(complete: reader?.isComplete ?? !received.isEmpty, otherwise: "closed")
            } else if errno == EINTR {
                continue
            } else if errno == EAGAIN {
                break
            } else {
                return finish(complete: reader == nil && !received.isEmpty, otherwise: "reset")
            }
            if isMessage, let reader, reader.status == 101 { return next() }
            if let reader, reader.isComplete || reader.failure != nil {
                return finish(complete: true, otherwise: "")
            }
        }
        if reader == nil, !received.isEmpty { waitForQuiet() }
    }

    private func waitForQuiet() {
        if let timer { loop.cancel(timer) }
        let isLast = rest.isEmpty
        let quiet =
            !isMessage ? Self.rawQuiet : !isLast ? Self.messageQuiet : received.isEmpty ? Self.silence : Self.rawQuiet
        timer = loop.after(nanoseconds: quiet) { [weak self] in
            guard let self else { return }
            if isMessage, !isLast { return next() }
            finish(complete: !received.isEmpty, otherwise: "timeout")
        }
    }

    /// Nothing but frames that steer the connection: a close, a ping.
    ///
    /// Source: https://www.rfc-editor.org/rfc/rfc6455#section-5.2
    static func isOnlyControl(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while rest.count >= 2, let first = rest.first {
            guard first & 0x0F >= 8 else { return false }
            rest = rest.dropFirst(2 + Int(rest[rest.startIndex + 1] & 0x7F))
        }
        return true
    }

    private func finish(complete: Bool, otherwise reason: String) {
        if isMessage, reader == nil, complete, Self.isOnlyControl(received) {
            outcome = .nothing(reason: "closed")
            return cancel()
        }
        outcome = complete ? .answer(status: reader?.status ?? 0, bytes: received) : .nothing(reason: reason)
        cancel()
    }
}

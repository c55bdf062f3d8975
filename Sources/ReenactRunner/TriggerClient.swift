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

    private let loop: EventLoop
    private let address: SocketAddress
    private let request: [UInt8]
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
        reader = isHTTP ? HTTPMessageReader(answering: request) : nil
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
            if let reader, reader.isComplete || reader.failure != nil {
                return finish(complete: true, otherwise: "")
            }
        }
        if reader == nil, !received.isEmpty { waitForQuiet() }
    }

    private func waitForQuiet() {
        if let timer { loop.cancel(timer) }
        timer = loop.after(nanoseconds: Self.rawQuiet) { [weak self] in
            self?.finish(complete: true, otherwise: "")
        }
    }

    private func finish(complete: Bool, otherwise reason: String) {
        outcome = complete ? .answer(status: reader?.status ?? 0, bytes: received) : .nothing(reason: reason)
        cancel()
    }
}

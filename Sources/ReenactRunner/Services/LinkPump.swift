import CLinux
import Glibc
import ReenactLinux
import ReenactTimeline

/// Passes the bytes of one connection between two descriptors, both ways, with their ends and resets.
final class LinkPump {
    /// Bytes that wait for one side; beyond it the other one is not read.
    private static let waitingMax = 1 << 20
    /// Bytes that are kept of a connection that is told.
    private static let keptMax = 16 << 20

    /// What passed, where that is to be told.
    private(set) var told: Connection?
    private let loop: EventLoop
    private let time: () -> Int64
    private let onEnd: (LinkPump) -> Void
    /// The client's end and the server's.
    private let ends: [Int32]
    /// What waits for each end, and whether what comes from it is over, and told to the other one.
    private var waiting: [[UInt8]] = [[], []]
    private var isOver = [false, false]
    private var hasShut = [false, false]
    private var passed = [0, 0]
    private var kept = 0
    private var isOpen = true

    /// - Parameters:
    ///   - told: of what passes; nil where nothing is.
    ///   - time: nanoseconds since the attempt's start.
    init(
        client: Int32, server: Int32, told: Connection?, loop: EventLoop, time: @escaping () -> Int64,
        onEnd: @escaping (LinkPump) -> Void
    ) throws {
        ends = [client, server]
        self.told = told
        self.loop = loop
        self.time = time
        self.onEnd = onEnd
        for side in 0...1 {
            try loop.watch(ends[side], .read) { [weak self] in self?.handle(side, $0) }
        }
    }

    /// Ends both sides.
    ///
    /// - Parameter manner: how the client sees it.
    func close(_ manner: Connection.Close.Manner = .fin) {
        guard isOpen else { return }
        isOpen = false
        for end in ends { loop.unwatch(end) }
        for end in ends {
            if manner == .reset { Socket.reset(end) } else { Glibc.close(end) }
        }
        onEnd(self)
    }

    private func handle(_ side: Int, _ ready: EventLoop.Ready) {
        if ready.contains(.write) { send(to: side) }
        if isOpen, ready.contains(.read) || ready.contains(.readClosed) || ready.contains(.hangUp) {
            receive(from: side)
        }
        if isOpen, ready.contains(.error) {
            note(.init(side: Self.sides[side], manner: .reset, time: time()))
            return close(.reset)
        }
        settle()
    }

    private static let sides: [Side] = [.client, .server]

    private func receive(from side: Int) {
        while isOpen, !isOver[side], waiting[1 - side].count < Self.waitingMax {
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: 65536) { buffer, initialized in
                count = recv(ends[side], buffer.baseAddress, buffer.count, 0)
                initialized = max(0, count)
            }
            if count > 0 {
                keep(bytes, from: side)
                waiting[1 - side] += bytes
                send(to: 1 - side)
            } else if count == 0 {
                isOver[side] = true
                note(.init(side: Self.sides[side], manner: .fin, time: time()))
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                note(.init(side: Self.sides[side], manner: .reset, time: time()))
                return close(.reset)
            }
        }
    }

    private func send(to side: Int) {
        while isOpen, !waiting[side].isEmpty {
            let count = waiting[side].withUnsafeBytes {
                Glibc.send(ends[side], $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                waiting[side].removeFirst(count)
            } else if errno == EAGAIN || errno == ENOTCONN {
                return
            } else if errno != EINTR {
                return close(.reset)
            }
        }
    }

    /// Hands ends on, and waits for what can come next.
    private func settle() {
        guard isOpen else { return }
        for side in 0...1 where isOver[1 - side] && waiting[side].isEmpty && !hasShut[side] {
            hasShut[side] = true
            shutdown(ends[side], Int32(SHUT_WR))
        }
        if hasShut[0], hasShut[1] { return close() }
        for side in 0...1 {
            var interest: EventLoop.Interest = []
            if !isOver[side], waiting[1 - side].count < Self.waitingMax { interest.insert(.read) }
            if !waiting[side].isEmpty { interest.insert(.write) }
            loop.change(ends[side], interest)
        }
    }

    private func keep(_ bytes: [UInt8], from side: Int) {
        guard told != nil else { return }
        defer { passed[side] += bytes.count }
        let room = max(0, min(bytes.count, Self.keptMax - kept))
        kept += room
        if room > 0 {
            told?.segments.append(
                .init(side: Self.sides[side], time: time(), offset: passed[side], bytes: Array(bytes.prefix(room))))
        }
        if side == 0 {
            told?.droppedFromClient += bytes.count - room
        } else {
            told?.droppedFromServer += bytes.count - room
        }
    }

    private func note(_ close: Connection.Close) { told?.closes.append(close) }
}

/// What a recorded program's socket carried, as a replay comes upon it: a recording holds what was received; what was sent
/// is in memory only while the program runs again.
public struct SocketEvent: Sendable, Equatable {
    public enum Body: Sendable, Equatable {
        /// The program connected (`errno` 0 where it did, or may still), or took a connection from a listener.
        case opened(isInbound: Bool, isDatagram: Bool, server: String, client: String, errno: Int32)
        case sent([UInt8])
        case received([UInt8])
        /// So many bytes were sent from a file, and were never in memory.
        case sentUnseen(Int)
        /// The other side sends no more.
        case ended
        case closed
    }

    /// One number for each socket, whatever its descriptors are.
    public var socket: Int
    public var task: Int
    /// Nanoseconds since the recording's start.
    public var time: UInt64
    public var body: Body

    public init(socket: Int, task: Int, time: UInt64, body: Body) {
        self.socket = socket
        self.task = task
        self.time = time
        self.body = body
    }
}

/// Follows descriptors of sockets through calls, copies, forks and exec.
final class SocketTracker {
    private final class Socket {
        let number: Int
        let isDatagram: Bool
        var local = ""
        var isOpen = false
        /// The other side's end of its stream has been read.
        var hasEnded = false

        init(_ number: Int, isDatagram: Bool) {
            self.number = number
            self.isDatagram = isDatagram
        }
    }

    /// The descriptors of a process.
    private final class Table {
        var sockets: [Int32: Socket] = [:]
        var closedByExec: Set<Int32> = []
    }

    private var tables: [Int: Table] = [:]
    private var count = 0
    private let tell: (SocketEvent) -> Void

    init(_ tell: @escaping (SocketEvent) -> Void) { self.tell = tell }

    private func table(_ task: Int) -> Table {
        if let table = tables[task] { return table }
        let table = Table()
        tables[task] = table
        return table
    }

    func born(_ child: Int, of parent: Int, sharesDescriptors: Bool) {
        let old = table(parent)
        guard !sharesDescriptors else { return tables[child] = old }
        let copy = Table()
        (copy.sockets, copy.closedByExec) = (old.sockets, old.closedByExec)
        tables[child] = copy
    }

    func ended(_ task: Int, at time: UInt64) {
        guard let table = tables.removeValue(forKey: task), !tables.values.contains(where: { $0 === table }) else {
            return
        }
        for socket in table.sockets.values { forget(socket, task, time) }
    }

    /// exec: the process has descriptors of its own, without those that close then.
    func executed(_ task: Int, at time: UInt64) {
        let old = table(task)
        let own = Table()
        own.sockets = old.sockets.filter { !old.closedByExec.contains($0.key) }
        tables[task] = own
        for socket in old.sockets.values { forget(socket, task, time) }
    }

    /// A call has returned, and its output is in place.
    func returned(_ task: Int, _ memory: ProcessMemory, _ entry: Registers, _ result: Int64, at time: UInt64) {
        let first = Int32(truncatingIfNeeded: entry.argument(0))
        let made = Int32(truncatingIfNeeded: result)
        let table = table(task)
        switch entry.call {
        // socket: INET, INET6 and UNIX.
        case 41 where result >= 0 && [1, 2, 10].contains(entry.argument(0)):
            add(made, entry.argument(1) & 15 == 2, table, closesOnExec: entry.argument(1) & 0o2000000 != 0)
        // dup, dup2, dup3, F_DUPFD and F_DUPFD_CLOEXEC; accept and accept4.
        case 32, 33, 292: if result >= 0 { copy(first, made, table, task, time) }
        case 72 where [0, 1030].contains(entry.argument(1)):
            if result >= 0 { copy(first, made, table, task, time) }
        case 43, 288:
            if result >= 0 { accepted(made, table.sockets[first], table, memory, entry, task, time) }
        case 3: drop(first, table, task, time)
        default:
            guard let socket = table.sockets[first] else { return }
            used(socket, task, memory, entry, result, time)
        }
    }

    private func used(
        _ socket: Socket, _ task: Int, _ memory: ProcessMemory, _ entry: Registers, _ result: Int64, _ time: UInt64
    ) {
        switch entry.call {
        case 49: socket.local = SocketAddress.text(memory, entry.argument(1), entry.argument(2))
        // connect; EINPROGRESS, EALREADY and EISCONN are no failures.
        case 42:
            let server = SocketAddress.text(memory, entry.argument(1), entry.argument(2))
            guard !server.isEmpty, !socket.isOpen else { return }
            let failed = result < 0 && ![-115, -114, -106].contains(result)
            socket.isOpen = !failed
            say(
                socket, task, time,
                .opened(
                    isInbound: false, isDatagram: socket.isDatagram, server: server, client: socket.local,
                    errno: failed ? Int32(truncatingIfNeeded: -result) : 0))
        // sendfile
        case 40 where result > 0 && socket.isOpen: say(socket, task, time, .sentUnseen(Int(result)))
        // write, sendto, writev, sendmsg
        case 1, 44, 20, 46:
            guard result > 0, socket.isOpen else { return }
            say(socket, task, time, .sent(bytes(memory, entry, result)))
        // read, recvfrom, readv, recvmsg; what is only peeked at comes again.
        case 0, 45, 19, 47:
            let flags = entry.call == 45 ? entry.argument(3) : entry.call == 47 ? entry.argument(2) : 0
            guard socket.isOpen, flags & 2 == 0, result >= 0 else { return }
            if result > 0 { return say(socket, task, time, .received(bytes(memory, entry, result))) }
            guard !socket.isDatagram, !socket.hasEnded else { return }
            socket.hasEnded = true
            say(socket, task, time, .ended)
        default: break
        }
    }

    /// The bytes that a call moved.
    private func bytes(_ memory: ProcessMemory, _ entry: Registers, _ result: Int64) -> [UInt8] {
        var vectors = entry
        switch entry.call {
        case 0, 1, 44, 45: return memory.read(entry.argument(1), Int(result))
        // A msghdr has its vectors at 16 and their number at 24.
        case 46, 47:
            vectors.raw.rsi = memory.word(entry.argument(1) &+ 16) ?? 0
            vectors.raw.rdx = memory.word(entry.argument(1) &+ 24) ?? 0
        default: break
        }
        let model = SystemCall.row(20, "writev", "", [.vectors(1, count: 2)])
        let ranges = Outputs(memory: memory).ranges(model, vectors, result: result) ?? []
        return ranges.flatMap { memory.read($0.lowerBound, Int($0.upperBound - $0.lowerBound)) }
    }

    private func accepted(
        _ made: Int32, _ listener: Socket?, _ table: Table, _ memory: ProcessMemory, _ entry: Registers, _ task: Int,
        _ time: UInt64
    ) {
        let closes = entry.call == 288 && entry.argument(3) & 0o2000000 != 0
        let socket = add(made, false, table, closesOnExec: closes)
        socket.isOpen = true
        let length = memory.word32(entry.argument(2)).map(UInt64.init) ?? 0
        let client = SocketAddress.text(memory, entry.argument(1), length)
        say(
            socket, task, time,
            .opened(isInbound: true, isDatagram: false, server: listener?.local ?? "", client: client, errno: 0))
    }

    @discardableResult
    private func add(_ descriptor: Int32, _ isDatagram: Bool, _ table: Table, closesOnExec: Bool) -> Socket {
        let socket = Socket(count, isDatagram: isDatagram)
        count += 1
        table.sockets[descriptor] = socket
        if closesOnExec { table.closedByExec.insert(descriptor) } else { table.closedByExec.remove(descriptor) }
        return socket
    }

    private func copy(_ old: Int32, _ new: Int32, _ table: Table, _ task: Int, _ time: UInt64) {
        guard old != new else { return }
        let socket = table.sockets[old]
        drop(new, table, task, time)
        table.sockets[new] = socket
    }

    private func drop(_ descriptor: Int32, _ table: Table, _ task: Int, _ time: UInt64) {
        table.closedByExec.remove(descriptor)
        if let socket = table.sockets.removeValue(forKey: descriptor) { forget(socket, task, time) }
    }

    /// One descriptor less; the last one closes the socket.
    private func forget(_ socket: Socket, _ task: Int, _ time: UInt64) {
        guard socket.isOpen,
            !tables.values.contains(where: { $0.sockets.values.contains { $0 === socket } })
        else { return }
        socket.isOpen = false
        say(socket, task, time, .closed)
    }

    private func say(_ socket: Socket, _ task: Int, _ time: UInt64, _ body: SocketEvent.Body) {
        tell(SocketEvent(socket: socket.number, task: task, time: time, body: body))
    }
}

/// `struct sockaddr` as people write it.
enum SocketAddress {
    /// `127.0.0.1:80`, `[::1]:80`, `unix:/path`, `unix:@name`; empty for others.
    static func text(_ memory: ProcessMemory, _ address: UInt64, _ length: UInt64) -> String {
        text(memory.read(address, address < 4096 ? 0 : Int(min(length, 128))))
    }

    static func text(_ bytes: [UInt8]) -> String {
        guard bytes.count >= 2 else { return "" }
        let family = UInt16(bytes[0]) | UInt16(bytes[1]) << 8
        switch family {
        case 1:
            let path = bytes.dropFirst(2)
            guard path.first != 0 else { return "unix:@" + String(decoding: path.dropFirst(), as: UTF8.self) }
            return "unix:" + String(decoding: path.prefix { $0 != 0 }, as: UTF8.self)
        case 2 where bytes.count >= 8:
            return "\(bytes[4]).\(bytes[5]).\(bytes[6]).\(bytes[7]):\(Int(bytes[2]) << 8 | Int(bytes[3]))"
        case 10 where bytes.count >= 24:
            let groups = stride(from: 8, to: 24, by: 2).map {
                String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16)
            }
            let port = Int(bytes[2]) << 8 | Int(bytes[3])
            let isLoopback = groups == ["0", "0", "0", "0", "0", "0", "0", "1"]
            return "[\(isLoopback ? "::1" : groups.joined(separator: ":"))]:\(port)"
        default: return ""
        }
    }
}

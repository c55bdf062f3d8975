import CLinux
import Glibc
import ReenactLinux
import ReenactTimeline

/// Reads a pipe or a socket that is the program's standard input for it, when it asks and as much as it asks for, and
/// keeps what it got.
///
/// The program keeps its own descriptor: what it does not read is left for whoever comes next, as without us.
final class InputTap {
    private let loop: EventLoop
    private let tap: Tap
    private let device: UInt64
    private let inode: UInt64
    /// Calls that wait for the next bytes, each with our copy of its descriptor.
    private var waiting: [(call: InterceptedCall, copy: Int32)] = []
    /// Taken for a call that was interrupted meanwhile: for the next one.
    private var returned: ArraySlice<UInt8> = []
    private static let chunk = 65536

    /// Nil where standard input is something else: a terminal, a file, nothing.
    init?(loop: EventLoop, tap: Tap) {
        var about = stat()
        guard fstat(0, &about) == 0, [S_IFIFO, S_IFSOCK].contains(about.st_mode & S_IFMT) else { return nil }
        self.loop = loop
        self.tap = tap
        device = UInt64(about.st_dev)
        inode = UInt64(about.st_ino)
    }

    /// Notes what a file holds that is our standard input, from where we stand in it.
    static func noteFile(to tap: Tap) {
        var about = stat()
        guard fstat(0, &about) == 0, about.st_mode & S_IFMT == S_IFREG else { return }
        let start = lseek(0, 0, SEEK_CUR)
        let length = max(0, Int(about.st_size) - Int(start))
        var bytes = [UInt8](repeating: 0, count: min(length, StandardInput.bytesMax))
        var count = 0
        while count < bytes.count {
            let step = bytes.withUnsafeMutableBytes {
                pread(0, $0.baseAddress! + count, $0.count - count, start + count)
            }
            guard step > 0 else { break }
            count += step
        }
        tap.input(bytes[..<count], length: length, isFile: true, isWhole: true)
    }

    /// Answers a `read` or `readv` from descriptor 0, now or once there is something.
    ///
    /// - Parameter copy: our own copy of the descriptor; closed in here.
    func handle(_ call: InterceptedCall, descriptor copy: Int32) {
        var about = stat()
        guard copy >= 0, fstat(copy, &about) == 0, UInt64(about.st_dev) == device, UInt64(about.st_ino) == inode else {
            if copy >= 0 { close(copy) }
            return call.letKernel()
        }
        if !returned.isEmpty || isReady(copy) {
            give(call, copy)
        } else if fcntl(copy, F_GETFL) & O_NONBLOCK != 0 {
            close(copy)
            call.letKernel()
        } else {
            waiting.append((call, copy))
            watch()
        }
    }

    private func isReady(_ descriptor: Int32) -> Bool {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return Glibc.poll(&poll, 1, 0) > 0
    }

    private func watch() {
        do {
            try loop.watch(0, .read) { [unowned self] _ in
                while let next = waiting.first, !next.call.isWaiting || isReady(0) {
                    waiting.removeFirst()
                    if next.call.isWaiting { give(next.call, next.copy) } else { drop(next) }
                }
                if waiting.isEmpty { loop.unwatch(0) }
            }
        } catch {
            for entry in waiting {
                close(entry.copy)
                entry.call.letKernel()
            }
            waiting = []
        }
    }

    private func drop(_ entry: (call: InterceptedCall, copy: Int32)) {
        close(entry.copy)
        entry.call.drop()
    }

    private func give(_ call: InterceptedCall, _ copy: Int32) {
        defer { close(copy) }
        guard let room = rooms(of: call) else { return call.letKernel() }
        let wanted = min(room.reduce(0) { $0 + $1.count }, Self.chunk)
        guard wanted > 0 else { return call.letKernel() }
        if returned.isEmpty {
            var buffer = [UInt8](repeating: 0, count: wanted)
            let count = read(copy, &buffer, wanted)
            // The kernel tells the program itself what is wrong.
            guard count >= 0 else { return call.letKernel() }
            returned = buffer[..<count]
        }
        let bytes = returned.prefix(wanted)
        guard call.isWaiting else { return call.drop() }
        guard write(bytes, to: room, of: call.process) else { return call.letKernel() }
        guard call.answer(Int64(bytes.count)) else { return }
        returned = returned.dropFirst(bytes.count)
        tap.input(bytes, length: bytes.count, isFile: false, isWhole: bytes.isEmpty)
    }

    /// Where the program wants the bytes.
    private func rooms(of call: InterceptedCall) -> [(address: UInt64, count: Int)]? {
        guard call.number == rn_sys_readv else {
            return [(call.argument(1), Int(clamping: call.argument(2)))]
        }
        let count = Int(clamping: call.argument(2))
        guard (1...64).contains(count),
            let raw = TargetProcesses.read(call.process, at: call.argument(1), count: count * 16)
        else { return nil }
        return raw.withUnsafeBytes { bytes in
            (0..<count).map { index in
                (
                    bytes.loadUnaligned(fromByteOffset: index * 16, as: UInt64.self),
                    Int(clamping: bytes.loadUnaligned(fromByteOffset: index * 16 + 8, as: UInt64.self))
                )
            }
        }
    }

    private func write(_ bytes: ArraySlice<UInt8>, to rooms: [(address: UInt64, count: Int)], of process: Int32) -> Bool
    {
        var rest = bytes
        for room in rooms where !rest.isEmpty {
            let part = Array(rest.prefix(room.count))
            guard part.isEmpty || rn_write_memory(process, room.address, part, part.count) == part.count else {
                return false
            }
            rest = rest.dropFirst(part.count)
        }
        return true
    }
}

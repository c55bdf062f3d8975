import CLinux
import Glibc
import ReenactLinux

/// The program's standard input: a file that is gone from its directory already, or a pipe that the loop fills.
final class ProgramInput {
    /// The end that the program gets.
    let descriptor: Int32
    private let writeEnd: Int32
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8], isFile: Bool) throws {
        rest = bytes[...]
        if isFile {
            let writer = rn_shared_memory(bytes.count)
            guard writer >= 0 else { throw LinuxError("memfd_create") }
            var written = 0
            while written < bytes.count {
                let step = bytes.withUnsafeBytes { write(writer, $0.baseAddress! + written, bytes.count - written) }
                guard step > 0 else { break }
                written += step
            }
            // Opened anew: read only, and at its beginning.
            descriptor = open("/proc/self/fd/\(writer)", O_RDONLY | O_CLOEXEC)
            close(writer)
            writeEnd = -1
            guard descriptor >= 0 else { throw LinuxError("open the standard input") }
            return
        }
        var pair: [Int32] = [-1, -1]
        guard pipe(&pair) == 0 else { throw LinuxError("pipe") }
        for fd in pair { _ = rn_set_close_on_exec(fd, 1) }
        _ = rn_set_nonblocking(pair[1], 1)
        (descriptor, writeEnd) = (pair[0], pair[1])
    }

    /// Writes as fast as the program reads, and ends then. The loop keeps this alive until that.
    func feed(through loop: EventLoop) throws {
        guard writeEnd >= 0 else { return }
        try loop.watch(writeEnd, .write) { [self] _ in
            let step = rest.withUnsafeBytes {
                write(writeEnd, $0.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!, $0.count)
            }
            if step > 0 { rest = rest.dropFirst(step) }
            if step < 0, errno == EAGAIN || errno == EINTR { return }
            // All is written, or nobody reads it any more.
            if rest.isEmpty || step < 0 {
                loop.unwatch(writeEnd)
                close(writeEnd)
            }
        }
    }
}

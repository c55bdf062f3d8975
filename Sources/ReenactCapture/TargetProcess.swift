import CLinux
import Glibc
import ReenactLinux

/// The program's processes, as the supervisor reaches into them: descriptors and memory.
final class TargetProcesses {
    private var processOfThread: [Int32: Int32] = [:]
    private var pidfds: [Int32: Int32] = [:]
    /// Called for each process when it is first seen.
    var onFirstSeen: ((Int32) -> Void)?

    deinit { pidfds.values.forEach { close($0) } }

    /// The process that a notification's thread belongs to.
    func process(ofThread thread: Int32) -> Int32 {
        if let known = processOfThread[thread] { return known }
        // Ids are used again: a cache that is thrown away now and then can't be wrong for long.
        if processOfThread.count > 4096 { forgetAll() }
        let process = ProcFile.processID(ofThread: thread) ?? thread
        processOfThread[thread] = process
        if pidfds[process] == nil {
            let fd = rn_pidfd_open(process)
            if fd >= 0 {
                pidfds[process] = fd
                onFirstSeen?(process)
            }
        }
        return process
    }

    private func forgetAll() {
        processOfThread = [:]
        pidfds.values.forEach { close($0) }
        pidfds = [:]
    }

    /// Our own copy of a descriptor of the process; -1 where there is none.
    func descriptor(_ fd: Int32, of process: Int32) -> Int32 {
        guard let pidfd = pidfds[process] else { return -1 }
        let copy = rn_pidfd_getfd(pidfd, fd)
        if copy < 0, errno == ESRCH {
            // The id was given to another process.
            close(pidfd)
            pidfds[process] = nil
            let again = rn_pidfd_open(process)
            guard again >= 0 else { return -1 }
            pidfds[process] = again
            return rn_pidfd_getfd(again, fd)
        }
        return copy
    }

    /// Bytes of the process's memory; nil where it can't be read.
    static func read(_ process: Int32, at address: UInt64, count: Int) -> [UInt8]? {
        guard address != 0, count > 0, count <= 4096 else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        return rn_read_memory(process, address, &bytes, count) == count ? bytes : nil
    }

    /// Fills in an address the way the kernel does (accept(2)): cut to the caller's buffer, with its true length.
    static func fill(_ address: SocketAddress, in process: Int32, at buffer: UInt64, length: UInt64) {
        guard buffer != 0, length != 0, let raw = read(process, at: length, count: 4) else { return }
        let room = raw.withUnsafeBytes { Int($0.loadUnaligned(as: UInt32.self)) }
        let bytes = Array(address.bytes.prefix(room))
        if !bytes.isEmpty { _ = rn_write_memory(process, buffer, bytes, bytes.count) }
        var full = UInt32(address.bytes.count)
        _ = rn_write_memory(process, length, &full, 4)
    }
}

import CLinux
import Glibc
import ReenactLinux

/// The descriptors between a sandbox and its host.
struct SandboxPipes {
    /// One byte goes in when the id maps are written.
    var mapped = Pair()
    /// A failed step comes out; closed by a good `execve`.
    var failure = Pair()
    var report = Pair()
    /// The first process's standard output and error: a file in memory, so that nobody has to empty it.
    var log: Int32 = -1

    struct Pair {
        var read: Int32 = -1
        var write: Int32 = -1

        mutating func open(capacity: Int = 0) throws(SandboxError) {
            let result = clinux_sandbox_pipe(&read, &write, Int32(capacity))
            guard result == 0 else {
                throw SandboxError(
                    stage: "descriptors", subject: "pipe", errno: -result, remedy: "Raise the limit of open files.")
            }
        }

        /// What is read on one end is written on the other, either way.
        mutating func openBothWays(capacity: Int32) throws(SandboxError) {
            var ends: [Int32] = [-1, -1]
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
                throw SandboxError(
                    stage: "descriptors", subject: "socket pair", errno: errno, remedy: "Raise the limit of open files."
                )
            }
            (read, write) = (ends[0], ends[1])
            for end in ends { Socket.setOption(end, SOL_SOCKET, SO_SNDBUF, capacity) }
        }

        mutating func closeRead() { Self.close(&read) }
        mutating func closeWrite() { Self.close(&write) }

        static func close(_ descriptor: inout Int32) {
            if descriptor >= 0 { Glibc.close(descriptor) }
            descriptor = -1
        }
    }

    mutating func open() throws(SandboxError) {
        do throws(SandboxError) {
            // Where the child is gone already, a pipe would send us a signal.
            try mapped.openBothWays(capacity: 4096)
            try failure.open()
            // Room, so that the runner seldom waits for its reader.
            try report.openBothWays(capacity: 1 << 20)
            log = clinux_memory_file("reenact-log")
            guard log >= 0 else { throw SandboxError(stage: "descriptors", subject: "memory file", errno: -log) }
        } catch {
            closeAll()
            throw error
        }
    }

    mutating func closeChildEnds() {
        mapped.closeRead()
        failure.closeWrite()
        report.closeWrite()
    }

    mutating func closeStartPipes() {
        mapped.closeWrite()
        failure.closeRead()
    }

    mutating func closeAll() {
        closeChildEnds()
        closeStartPipes()
        report.closeRead()
        SandboxPipes.Pair.close(&log)
    }
}

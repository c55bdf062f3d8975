import CLinux
import Glibc

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

        mutating func closeRead() { Self.close(&read) }
        mutating func closeWrite() { Self.close(&write) }

        static func close(_ descriptor: inout Int32) {
            if descriptor >= 0 { Glibc.close(descriptor) }
            descriptor = -1
        }
    }

    mutating func open() throws(SandboxError) {
        do throws(SandboxError) {
            try mapped.open()
            try failure.open()
            // Room, so that the runner seldom waits for its reader.
            try report.open(capacity: 1 << 20)
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

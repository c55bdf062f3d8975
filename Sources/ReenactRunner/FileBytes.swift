import CLinux
import Glibc
import ReenactLinux

/// Whole files, read and written with plain system calls.
enum FileBytes {
    /// Everything in a file, also in one of /proc.
    static func read(_ path: String) throws -> [UInt8] {
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { throw LinuxError("open \(path)") }
        defer { close(fd) }
        var status = stat()
        fstat(fd, &status)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(status.st_size) + 1)
        let step = max(65536, Int(status.st_size) + 1)
        while true {
            var count = 0
            bytes += [UInt8](unsafeUninitializedCapacity: bytes.isEmpty ? step : 65536) { buffer, initialized in
                count = Glibc.read(fd, buffer.baseAddress, buffer.count)
                initialized = max(0, count)
            }
            if count == 0 { return bytes }
            if count < 0, errno != EINTR { throw LinuxError("read \(path)") }
        }
    }

    /// The text of a small file; empty where it cannot be read.
    static func text(_ path: String) -> String { String(decoding: (try? read(path)) ?? [], as: UTF8.self) }

    /// Writes a file; one that is there keeps its mode and owner.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o644) throws {
        let fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard fd >= 0 else { throw LinuxError("open \(path)") }
        defer { close(fd) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(fd, $0.baseAddress! + written, $0.count - written) }
            if count > 0 {
                written += count
            } else if errno != EINTR {
                throw LinuxError("write \(path)")
            }
        }
    }
}

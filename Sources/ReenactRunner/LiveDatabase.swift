import Glibc
import ReenactLinux
import ReenactTimeline

/// SQLite files that are exchanged while programs have them open.
///
/// A connection looks at the file's change counter and schema cookie when it begins to read, and forgets what it kept of
/// pages and schema where they are new. Both get numbers that no version of the file had.
/// Source: https://www.sqlite.org/fileformat2.html, 1.3.7, 1.3.9
enum LiveDatabase {
    private static let headerBytes = 100

    /// - Throws: `LinuxError`; also where a journal stands beside the file, for what is in it belongs to the old one.
    static func exchange(_ database: Plan.Database) throws {
        guard let new = Base64.decode(database.base64), new.count >= headerBytes else {
            throw LinuxError("read the new \(database.path)", code: EINVAL)
        }
        for suffix in ["-wal", "-journal"] where access(database.path + suffix, F_OK) == 0 {
            throw LinuxError("exchange \(database.path) beside its \(suffix)", code: EBUSY)
        }
        let old = try FileBytes.read(database.path)
        let bytes = renumbered(new, after: old)
        let fd = open(database.path, O_WRONLY | O_CLOEXEC)
        guard fd >= 0 else { throw LinuxError("open \(database.path)") }
        defer { close(fd) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(fd, $0.baseAddress! + written, $0.count - written, off_t(written))
            }
            if count > 0 { written += count } else if errno != EINTR { throw LinuxError("write \(database.path)") }
        }
        guard ftruncate(fd, off_t(bytes.count)) == 0 else { throw LinuxError("cut \(database.path)") }
    }

    /// The new file with counters above those of both.
    static func renumbered(_ new: [UInt8], after old: [UInt8]) -> [UInt8] {
        var bytes = new
        let counter = max(number(new, 24), number(old, 24)) &+ 1
        // The size in the header is valid for the counter that stands beside it.
        put(counter, at: 24, in: &bytes)
        put(counter, at: 92, in: &bytes)
        put(max(number(new, 40), number(old, 40)) &+ 1, at: 40, in: &bytes)
        return bytes
    }

    private static func number(_ bytes: [UInt8], _ at: Int) -> UInt32 {
        guard bytes.count >= at + 4 else { return 0 }
        return bytes[at..<(at + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static func put(_ number: UInt32, at: Int, in bytes: inout [UInt8]) {
        for place in 0..<4 { bytes[at + place] = UInt8(truncatingIfNeeded: number >> (24 - 8 * UInt32(place))) }
    }
}

import Glibc
import GRDBSQLite
import ReenactTimeline
import Synchronization

/// Copies of the SQLite files that the program opened: as they were at its first statement, and as they are now.
final class DatabaseCopies: Sendable {
    /// A larger file is not copied; the case then says so.
    static let bytesMax = 64 << 20

    struct Opened: Sendable {
        /// nil where the file was too large or could not be read.
        var copy: String?
        var time: Instant
    }

    /// How an SQLite file begins.
    static let magic = Array("SQLite format 3\u{0}".utf8)

    /// Journals that SQLite keeps beside a database.
    static func isBesideDatabase(_ path: String) -> Bool {
        ["-wal", "-shm", "-journal"].contains { path.hasSuffix($0) }
    }

    private let directory: String
    private let opened = Mutex<[String: Opened]>([:])

    init(directory: String) { self.directory = directory }

    /// Paths in the order of their names.
    var paths: [String] { opened.withLock { $0.keys.sorted() } }

    func first(_ path: String) -> Opened? { opened.withLock { $0[path] } }

    /// Copies the file, once, before the program's first statement on it.
    func opened(_ path: String, at time: Instant) {
        guard first(path) == nil else { return }
        let name = "\(directory)/database-\(opened.withLock { $0.count })"
        let copy = DatabaseCopies.copy(path, to: name) ? name : nil
        opened.withLock { $0[path] = Opened(copy: copy, time: time) }
    }

    /// The file's bytes as the program would find them now; nil where they can't be had.
    func now(_ path: String) -> [UInt8]? {
        let name = "\(directory)/database-now"
        defer { unlink(name) }
        return DatabaseCopies.copy(path, to: name) ? DatabaseCopies.bytes(name) : nil
    }

    static func bytes(_ path: String) -> [UInt8]? {
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { return nil }
        defer { close(fd) }
        var status = stat()
        guard fstat(fd, &status) == 0, status.st_size <= bytesMax else { return nil }
        var result = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < result.count {
            let count = result.withUnsafeMutableBytes { read(fd, $0.baseAddress! + filled, $0.count - filled) }
            guard count > 0 else { break }
            filled += count
        }
        return Array(result[..<filled])
    }

    /// Through SQLite's own backup, so that a journal or a write-ahead log is taken into account.
    ///
    /// Source: https://www.sqlite.org/backup.html
    private static func copy(_ path: String, to destination: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else {
            // A file that is not there yet is an empty one.
            let fd = open(destination, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
            if fd >= 0 { close(fd) }
            return fd >= 0
        }
        guard status.st_size <= bytesMax else { return false }
        unlink(destination)
        if status.st_size == 0 {
            let fd = open(destination, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
            if fd >= 0 { close(fd) }
            return fd >= 0
        }
        var source: OpaquePointer?
        var target: OpaquePointer?
        defer {
            sqlite3_close(source)
            sqlite3_close(target)
        }
        guard sqlite3_open_v2(path, &source, SQLITE_OPEN_READONLY, nil) == SQLITE_OK,
            sqlite3_open(destination, &target) == SQLITE_OK,
            let backup = sqlite3_backup_init(target, "main", source, "main")
        else { return false }
        sqlite3_busy_timeout(source, 200)
        let copied = sqlite3_backup_step(backup, -1)
        let isWhole = sqlite3_backup_finish(backup) == SQLITE_OK && copied == SQLITE_DONE
        if !isWhole { unlink(destination) }
        return isWhole
    }
}

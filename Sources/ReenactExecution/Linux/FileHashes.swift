import CTrace
import Glibc

/// Hashes of the contents of large files, kept in the user's cache: a program of a hundred megabytes need not be read
/// through each time that it is recorded or replayed.
///
/// A file is known by device, inode, size, and the times of its last change and of its inode's. The last can't be set,
/// so a file that was written to in between is read again. What can't be kept is no matter.
struct FileHashes {
    /// Smaller ones are read as quickly as they are looked up.
    static let smallest = 256 << 10
    private static let directory = "reenact"
    private static let name = "file-hashes"
    /// Six numbers and their own hash.
    private static let words = 7
    private static let recordsMax = 4096
    /// A change may come within the clock's step of the last one: times this fresh, in nanoseconds, tell nothing.
    private static let settled: Int64 = 3_000_000_000

    private let place: String?

    /// - Parameter cache: the directory of caches; the user's own by default.
    init(cache: String? = FileHashes.userCache) { place = cache.map { "\($0)/\(FileHashes.directory)" } }

    private static var userCache: String? {
        if let set = getenv("XDG_CACHE_HOME").map({ String(cString: $0) }), set.hasPrefix("/") { return set }
        guard let home = getenv("HOME").map({ String(cString: $0) }), home.hasPrefix("/") else { return nil }
        return home + "/.cache"
    }

    /// The hash of a file's bytes, which are mapped.
    func hash(of bytes: UnsafeRawBufferPointer, _ information: stat) -> UInt64 {
        guard let base = bytes.baseAddress else { return 0 }
        guard bytes.count >= FileHashes.smallest, let place else { return ct_hash(base, bytes.count, 0) }
        if let known = known(information, place) { return known }
        let hash = ct_hash(base, bytes.count, 0)
        if isSettled(information) { keep(hash, information, place) }
        return hash
    }

    private func isSettled(_ information: stat) -> Bool {
        let changed = max(FileHashes.nanoseconds(information.st_mtim), FileHashes.nanoseconds(information.st_ctim))
        return ct_wall() - changed > FileHashes.settled
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    private static func key(_ information: stat) -> (UInt64, UInt64, UInt64, UInt64, UInt64) {
        (
            UInt64(information.st_dev), UInt64(information.st_ino), UInt64(information.st_size),
            UInt64(bitPattern: nanoseconds(information.st_mtim)), UInt64(bitPattern: nanoseconds(information.st_ctim))
        )
    }

    private static func check(_ record: UnsafePointer<UInt64>) -> UInt64 {
        ct_hash(record, (words - 1) * MemoryLayout<UInt64>.size, 0x66_696c_6573)
    }

    /// Opens what is kept, if it is the user's own.
    private func open(_ place: String, _ flags: Int32) -> Int32 {
        let descriptor = Glibc.open("\(place)/\(FileHashes.name)", flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return -1 }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_uid == geteuid(),
            information.st_mode & (S_IFMT | 0o022) == S_IFREG
        else {
            close(descriptor)
            return -1
        }
        return descriptor
    }

    private func known(_ information: stat, _ place: String) -> UInt64? {
        let descriptor = open(place, O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let wanted = FileHashes.key(information)
        let size = FileHashes.words * MemoryLayout<UInt64>.size
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: FileHashes.words * FileHashes.recordsMax) {
            room in
            let filled = read(descriptor, room.baseAddress!, size * FileHashes.recordsMax)
            var at = max(filled, 0) / size - 1
            while at >= 0 {
                let record = UnsafePointer(room.baseAddress! + at * FileHashes.words)
                if record[1] == wanted.1, record[0] == wanted.0, record[2] == wanted.2, record[3] == wanted.3,
                    record[4] == wanted.4, record[6] == FileHashes.check(record)
                {
                    return record[5]
                }
                at -= 1
            }
            return nil
        }
    }

    private func keep(_ hash: UInt64, _ information: stat, _ place: String) {
        let size = FileHashes.words * MemoryLayout<UInt64>.size
        if mkdir(place, 0o700) != 0, errno == ENOENT {
            mkdir(String(place.dropLast(FileHashes.directory.count + 1)), 0o700)
            mkdir(place, 0o700)
        }
        let descriptor = open(place, O_WRONLY | O_CREAT | O_APPEND)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // Begun anew when it is full, or when a record was cut off.
        let length = Int(lseek(descriptor, 0, SEEK_END))
        if length >= size * FileHashes.recordsMax || length % size != 0 { ftruncate(descriptor, 0) }
        let key = FileHashes.key(information)
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: FileHashes.words) { record in
            (record[0], record[1], record[2], record[3], record[4], record[5]) = (
                key.0, key.1, key.2, key.3, key.4, hash
            )
            record[6] = FileHashes.check(UnsafePointer(record.baseAddress!))
            _ = write(descriptor, record.baseAddress!, size)
        }
    }
}

import Glibc
import ReenactLinux
import ReenactTimeline

/// A statement found its SQLite file locked by somebody who is not there in a re-enactment.
public struct DatabaseLock: Codable, Sendable, Equatable {
    /// The database file.
    public var path: String
    public var sql: String
    /// `startup` or `failing`.
    public var phase: Event.Phase
    /// Which statement of that text in its phase met it, from 1.
    public var occurrence: Int
    /// How long the program waited for it.
    public var nanoseconds: Int64

    public init(path: String, sql: String, phase: Event.Phase, occurrence: Int, nanoseconds: Int64) {
        self.path = path
        self.sql = sql
        self.phase = phase
        self.occurrence = occurrence
        self.nanoseconds = nanoseconds
    }
}

/// The file by which hooks learn of locks and of the program's phase: they hold each lock while its statement runs, so that
/// SQLite refuses it as it did.
///
/// Its layout is that of `Hooks/preload/sqlite_locks.c`.
final class DatabaseLocks {
    let path: String
    private let page: UnsafeMutableRawPointer
    private let size: Int
    /// Where the counts of the failing phase stand.
    private var counts: [Int] = []

    /// - Throws: `LinuxError` where the file cannot be made.
    init(_ locks: [DatabaseLock], path: String) throws {
        self.path = path
        let bytes = Self.bytes(locks)
        try FileBytes.write(bytes, to: path)
        // The program may have given up our user by the time that it counts in it.
        chmod(path, 0o666)
        let fd = open(path, O_RDWR | O_CLOEXEC)
        guard fd >= 0 else { throw LinuxError("open \(path)") }
        defer { close(fd) }
        size = bytes.count
        guard let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), memory != MAP_FAILED else {
            throw LinuxError("mmap \(path)")
        }
        page = memory
        var place = Self.headSize
        for lock in locks {
            if lock.phase == .failing { counts.append(place + Self.countOffset) }
            place += Self.size(of: lock)
        }
    }

    deinit { munmap(page, size) }

    /// A program that is used for several rounds meets its locks in each.
    func enter(_ phase: Event.Phase) {
        if phase == .failing {
            for place in counts { page.storeBytes(of: 0, toByteOffset: place, as: UInt32.self) }
        }
        page.storeBytes(of: Self.number(phase), as: UInt32.self)
    }

    private static let headSize = 8
    private static let recordHeadSize = 32
    private static let countOffset = 12

    private static func size(of lock: DatabaseLock) -> Int {
        (recordHeadSize + lock.path.utf8.count + lock.sql.utf8.count + 7) / 8 * 8
    }

    private static func number(_ phase: Event.Phase) -> UInt32 {
        switch phase {
        case .startup: 0
        case .failing: 1
        default: 2
        }
    }

    static func bytes(_ locks: [DatabaseLock]) -> [UInt8] {
        var records: [UInt8] = []
        for lock in locks {
            let (path, sql) = (Array(lock.path.utf8), Array(lock.sql.utf8))
            let size = size(of: lock)
            var record: [UInt8] = []
            for word in [size, Int(number(lock.phase)), lock.occurrence, 0] { record += word32(word) }
            record += withUnsafeBytes(of: UInt64(max(0, lock.nanoseconds)).littleEndian, Array.init)
            for word in [path.count, sql.count] { record += word32(word) }
            record += path + sql
            records += record + Array(repeating: 0, count: size - record.count)
        }
        return word32(0) + word32(headSize + records.count) + records
    }

    private static func word32(_ value: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt32(clamping: value).littleEndian, Array.init)
    }
}

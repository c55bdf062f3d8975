import CLinux
import Glibc
import ReenactLinux
import ReenactTimeline
import Synchronization

/// Copies of data files that the program was about to change, so that a re-enactment meets them as they were.
final class FileCopies: Sendable {
    /// A larger file is not copied.
    static let bytesMax = 1 << 20
    /// Of all copies together; what comes after that is not copied.
    static let totalMax = 32 << 20
    /// Of one file: the first, and the latest.
    static let versionsMax = 8

    /// A file's bytes as they were before a change.
    struct Version: Sendable {
        var time: Instant
        var bytes: [UInt8]
        /// Nanoseconds since 1970; -1 where the file system does not say.
        var born: Int64
    }

    private struct State: Sendable {
        var versions: [String: [Version]] = [:]
        var total = 0
    }

    private let state = Mutex(State())

    /// Copies the file before a change that is about to happen.
    func changing(_ path: String, at time: Instant) {
        guard path.hasPrefix("/"), !DatabaseCopies.isBesideDatabase(path),
            let bytes = Self.bytes(path, max: Self.bytesMax)
        else { return }
        let born = rn_birth_time(AT_FDCWD, path)
        state.withLock { state in
            var versions = state.versions[path] ?? []
            // Most opens for writing change nothing, or come again: equal bytes are held once.
            let isSame = versions.last?.bytes == bytes
            guard isSame || state.total + bytes.count <= Self.totalMax else { return }
            if !isSame { state.total += bytes.count }
            versions.append(.init(time: time, bytes: isSame ? versions[versions.count - 1].bytes : bytes, born: born))
            if versions.count > Self.versionsMax {
                let gone = versions.remove(at: 1)
                if gone.bytes != versions[0].bytes, gone.bytes != versions[1].bytes { state.total -= gone.bytes.count }
            }
            state.versions[path] = versions
        }
    }

    /// Files that were there at a time and were changed or taken away since, as they were then.
    ///
    /// - Parameters:
    ///   - since: the failing trigger's start.
    ///   - anchor: tells which files came to be after that: these are not among the result.
    func changed(since: Instant, _ anchor: WallClockAnchor) -> [Case.FileCopy] {
        let versions = state.withLock { $0.versions }
        return versions.keys.sorted().compactMap { path in
            guard let version = versions[path]?.first(where: { $0.time >= since }),
                version.born < anchor.wallClock(at: since), Self.bytes(path, max: Self.bytesMax) != version.bytes
            else { return nil }
            return .init(path: path, time: 0, bytes: version.bytes)
        }
    }

    /// The whole of a small regular file that is no database; nil for all else.
    static func bytes(_ path: String, max bytesMax: Int) -> [UInt8]? {
        let fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard fd >= 0 else { return nil }
        defer { close(fd) }
        var status = stat()
        guard fstat(fd, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= bytesMax else {
            return nil
        }
        var result = [UInt8](repeating: 0, count: Int(status.st_size))
        let count = result.withUnsafeMutableBytes { pread(fd, $0.baseAddress, $0.count, 0) }
        guard count == result.count || result.isEmpty else { return nil }
        return result.starts(with: DatabaseCopies.magic) ? nil : result
    }
}

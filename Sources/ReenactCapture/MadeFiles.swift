import CLinux
import Glibc
import ReenactLinux
import ReenactTimeline

/// Finds what came to be below some directories since a time: caches, downloads, lock files of the recorded run, which a
/// re-enactment must not find there.
///
/// Times of birth are the file system's own. A file that was only changed since is not told: what it held is gone.
struct MadeFiles {
    /// Entries that are looked at, and those that are told, at most.
    var entriesMax = 100_000
    var foundMax = 2000
    /// Longer than this it does not look.
    var nanosecondsMax: Int64 = 400_000_000

    /// - Parameters:
    ///   - roots: the most important first.
    ///   - since: nanoseconds since 1970.
    /// - Returns: paths, sorted; a directory stands for all that is in it.
    func list(below roots: [String], since: Int64) -> [String] {
        var found: [String] = []
        var seen: Set<String> = []
        var waiting = Array(roots.reversed().filter { $0.hasPrefix("/") && $0 != "/" })
        var entries = 0
        let deadline = MonotonicClock.now() + nanosecondsMax
        while let path = waiting.popLast() {
            guard seen.insert(path).inserted, let directory = opendir(path) else { continue }
            defer { closedir(directory) }
            let fd = dirfd(directory)
            var about = stat()
            // A directory that did not change has no new entries of its own.
            let isChanged =
                fstat(fd, &about) == 0
                && Int64(about.st_mtim.tv_sec) * 1_000_000_000 + Int64(about.st_mtim.tv_nsec) >= since
            while let entry = readdir(directory) {
                entries += 1
                if entries % 256 == 0, MonotonicClock.now() > deadline { return found.sorted() }
                guard entries <= entriesMax, found.count < foundMax else { return found.sorted() }
                let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                // Compiled code is made anew when it is not there, and takes time; a repository is no state.
                if [".", "..", "__pycache__", ".git"].contains(name) { continue }
                if isChanged, rn_birth_time(fd, name) >= since {
                    found.append("\(path)/\(name)")
                } else if entry.pointee.d_type == UInt8(DT_DIR) {
                    waiting.append("\(path)/\(name)")
                }
            }
        }
        return found.sorted()
    }
}

/// Looks for what the run made when a case is written, and spends at most a twentieth of the analyst's time on it.
final class MadeFilesSearch {
    private var mayLookAgain: Int64 = 0

    func find(for value: Case, _ journal: Journal, _ anchor: WallClockAnchor) -> [String] {
        let began = MonotonicClock.now()
        guard began >= mayLookAgain else { return [] }
        let variables = value.environment.variables
        let home = variables["HOME"] ?? ""
        let places =
            [value.environment.workingDirectory] + journal.processes.values.map(\.workingDirectory).sorted()
            + [variables["XDG_CACHE_HOME"] ?? "\(home)/.cache", "\(home)/.npm"]
        // A command begins with the recording; a request finds what was there when it came.
        let start = value.trigger.kind == .request ? value.trigger.time : 0
        let found = MadeFiles().list(below: places, since: anchor.wallClock(at: start))
        let ended = MonotonicClock.now()
        mayLookAgain = ended + 20 * (ended - began)
        return found
    }
}

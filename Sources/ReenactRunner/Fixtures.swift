import Glibc
import ReenactLinux
import ReenactStubs

/// Puts the plan's files in place before the program starts.
enum Fixtures {
    private static let sqliteMagic = Array("SQLite format 3\u{0}".utf8)

    /// Takes away what was not there then. What can't be removed lies where the program can't write either.
    static func remove(_ paths: [String]) {
        for path in paths where path.hasPrefix("/") && path.count > 1 {
            if unlink(path) != 0 { Directories.removeAll(path) }
        }
    }

    /// Copies every file.
    ///
    /// - Returns: what is wrong with those that may be missing.
    /// - Throws: `AttemptFailure` that names the file.
    static func apply(_ files: [Plan.File]) throws(AttemptFailure) -> [String] {
        var missing: [String] = []
        for file in files {
            do {
                try apply(file)
            } catch {
                let reason = "\(file.path) cannot be put in place: \(error)"
                guard file.isOptional else { throw AttemptFailure(stage: "fixtures", reason: reason) }
                missing.append(reason)
            }
        }
        return missing
    }

    private static func apply(_ file: Plan.File) throws {
        guard file.path.hasPrefix("/") else { throw LinuxError("a path must begin with /", code: EINVAL) }
        let bytes = try FileBytes.read(file.source)
        var status = stat()
        let mode = stat(file.source, &status) == 0 ? status.st_mode & 0o7777 : 0o644
        Directories.make(parentOf: file.path)
        // What was copied read-only is written read-only in the end; as data it must be writable for its owner.
        try FileBytes.write(bytes, to: file.path, mode: mode | 0o600)
        if bytes.isEmpty || bytes.starts(with: sqliteMagic) {
            // Journals of the database that was there before would be played into the new one.
            for suffix in ["-wal", "-shm", "-journal"] { unlink(file.path + suffix) }
        }
    }
}

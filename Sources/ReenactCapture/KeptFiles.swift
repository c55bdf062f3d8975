import Glibc
import ReenactTimeline

/// Bytes of the small files that a program read outside its code: configuration, templates, data. On a machine that has
/// them no longer, they are put in place again.
enum KeptFiles {
    /// Of a larger file only name and hash are kept.
    static let bytesMax = 256 << 10
    /// Of all together: what is smallest goes first.
    static let totalMax = 4 << 20
    /// Files that every machine has its own of, and that say nothing of the program.
    private static let ofTheMachine = [
        "/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/passwd", "/etc/group", "/etc/shadow",
        "/etc/localtime", "/etc/host.conf", "/etc/gai.conf", "/etc/protocols", "/etc/services", "/etc/timezone",
        "/etc/machine-id", "/etc/os-release", "/etc/ld.so.cache",
    ]

    /// Where the kernel, or whoever hands out secrets, shows things as files.
    private static let withheld = [
        "/proc/", "/sys/", "/dev/", "/run/secrets/", "/var/run/secrets/", "/run/credentials/", "/etc/ssl/private/",
    ]
    /// Names of files that are a secret as a whole, or hold it without a name before it.
    private static let secretNames: Set = [
        ".netrc", "_netrc", ".pgpass", "pgpass.conf", ".git-credentials", ".htpasswd", "shadow", "gshadow",
    ]
    private static let secretEndings = [
        ".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".gpg", ".pgp", ".key", ".ppk", ".der", ".keytab",
    ]

    /// Whether nothing of a file may be kept, by its path.
    static func isWithheld(_ path: String) -> Bool {
        let name = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
        return withheld.contains(where: path.hasPrefix) || secretNames.contains(name)
            || secretEndings.contains(where: name.hasSuffix) || path.contains("/.ssh/") || path.contains("/.gnupg/")
            || path.contains("/.aws/")
    }

    /// - Parameters:
    ///   - paths: what the program read.
    ///   - made: what the run itself made, and what is code: neither is put in place.
    static func of(_ paths: some Sequence<String>, without made: [String]) -> [Case.FileCopy] {
        let wanted = Set(paths).filter { path in
            path.hasPrefix("/") && !ofTheMachine.contains(path) && !isWithheld(path)
                && !made.contains { path == $0 || path.hasPrefix($0 + "/") }
        }
        let copies = wanted.sorted().compactMap { path in
            FileCopies.bytes(path, max: bytesMax).map { Case.FileCopy(path: path, time: 0, bytes: $0) }
        }.filter { !$0.bytes.starts(with: Array("#!".utf8)) }
        var total = 0
        let fitting = copies.sorted { ($0.bytes.count, $0.path) < ($1.bytes.count, $1.path) }.prefix { copy in
            total += copy.bytes.count
            return total <= totalMax
        }
        return fitting.sorted { $0.path < $1.path }
    }
}

import FoundationEssentials
import Glibc

/// What planning looks at on this machine; a value of closures, so that tests can give another machine.
public struct HostView: Sendable {
    /// A file's bytes; nil where it cannot be read.
    public var read: @Sendable (String) -> [UInt8]?
    public var isFile: @Sendable (String) -> Bool
    public var isDirectory: @Sendable (String) -> Bool
    /// Names in a directory, sorted; empty where it cannot be read.
    public var names: @Sendable (String) -> [String]
    /// The numeric user and group of a user's name.
    public var user: @Sendable (String) -> (uid: UInt32, gid: UInt32)?
    /// Who runs Reenact.
    public var ownUser: @Sendable () -> UInt32

    public init(
        read: @escaping @Sendable (String) -> [UInt8]?, isFile: @escaping @Sendable (String) -> Bool,
        isDirectory: @escaping @Sendable (String) -> Bool, names: @escaping @Sendable (String) -> [String],
        user: @escaping @Sendable (String) -> (uid: UInt32, gid: UInt32)? = { _ in nil },
        ownUser: @escaping @Sendable () -> UInt32 = { 1000 }
    ) {
        self.read = read
        self.isFile = isFile
        self.isDirectory = isDirectory
        self.names = names
        self.user = user
        self.ownUser = ownUser
    }

    /// This machine.
    public static let here = HostView(
        read: { FileManager.default.contents(atPath: $0).map(Array.init) },
        isFile: { mode($0) == S_IFREG },
        isDirectory: { mode($0) == S_IFDIR },
        names: { ((try? FileManager.default.contentsOfDirectory(atPath: $0)) ?? []).sorted() },
        user: { name in
            if let uid = UInt32(name) { return getpwuid(uid).map { (uid, $0.pointee.pw_gid) } }
            return getpwnam(name).map { ($0.pointee.pw_uid, $0.pointee.pw_gid) }
        },
        ownUser: { geteuid() })

    private static func mode(_ path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }
}

/// Paths as text.
enum Paths {
    /// Absolute, without `.`, `..` and double slashes; nothing is looked up.
    static func normal(_ path: String, in directory: String = "/") -> String {
        let whole = path.hasPrefix("/") ? path : directory + "/" + path
        var parts: [Substring] = []
        for part in whole.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// The path and all directories above it but `/`, the path first.
    static func ancestors(of path: String) -> [String] {
        var parts = path.split(separator: "/")
        var result: [String] = []
        while !parts.isEmpty {
            result.append("/" + parts.joined(separator: "/"))
            parts.removeLast()
        }
        return result
    }

    static func parent(_ path: String) -> String { ancestors(of: path).dropFirst().first ?? "/" }

    static func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    /// What is left of a path below a directory; nil where it is not below.
    static func relative(_ path: String, to directory: String) -> String? {
        path.hasPrefix(directory + "/") ? String(path.dropFirst(directory.utf8.count + 1)) : nil
    }
}

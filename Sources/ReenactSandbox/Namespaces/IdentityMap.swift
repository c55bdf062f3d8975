import Glibc

/// Which users and groups exist inside, and who they are outside.
struct IdentityMap: Sendable, Equatable {
    /// Lines for `uid_map` and `gid_map`.
    var users: String
    var groups: String
    /// True where every user that exists here exists inside: files of any owner can be copied up.
    var isFull: Bool

    /// Everybody, each as himself: for root, whose `/proc/self/uid_map` is given.
    static func full(users: String, groups: String) -> IdentityMap {
        IdentityMap(users: identity(users), groups: identity(groups), isFull: true)
    }

    /// One user only, as himself.
    static func single(uid: UInt32, gid: UInt32) -> IdentityMap {
        IdentityMap(users: "\(uid) \(uid) 1\n", groups: "\(gid) \(gid) 1\n", isFull: false)
    }

    /// A map's lines are `inside outside count`; what is inside here is outside for the sandbox.
    private static func identity(_ map: String) -> String {
        map.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            return fields.count == 3 ? "\(fields[0]) \(fields[0]) \(fields[2])\n" : nil
        }.joined()
    }

    /// The map that this process may write.
    static func current() -> IdentityMap {
        geteuid() == 0
            ? full(users: HostFiles.text("/proc/self/uid_map"), groups: HostFiles.text("/proc/self/gid_map"))
            : single(uid: geteuid(), gid: getegid())
    }

    /// Writes the map for a child that waits for it.
    ///
    /// - Throws: `SandboxError`.
    func write(for pid: Int32) throws(SandboxError) {
        // Without this an unprivileged user may not write a group map at all (user_namespaces(7)).
        if !isFull { try Self.put("deny", "/proc/\(pid)/setgroups") }
        try Self.put(users, "/proc/\(pid)/uid_map")
        try Self.put(groups, "/proc/\(pid)/gid_map")
    }

    private static func put(_ text: String, _ path: String) throws(SandboxError) {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw SandboxError(stage: "identity", subject: path, errno: errno) }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count else {
            throw SandboxError(
                stage: "identity", subject: path, errno: errno,
                remedy: "Run as an ordinary user, or give the container the capabilities SETUID and SETGID.")
        }
    }
}

/// The mounts of this process, from `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
struct MountTable: Sendable, Equatable {
    struct Mount: Sendable, Equatable {
        var path: String
        var type: String
    }

    /// In order of mounting: of several at one path the last is the one that is seen.
    var mounts: [Mount]

    init(_ text: String) {
        mounts = text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ", omittingEmptySubsequences: false)
            guard fields.count > 6, let dash = fields.dropFirst(6).firstIndex(of: "-"), dash + 1 < fields.count else {
                return nil
            }
            return Mount(path: Self.unescaped(fields[4]), type: String(fields[dash + 1]))
        }
    }

    /// Whether something is mounted somewhere below the directory.
    func hasMounts(below directory: String) -> Bool {
        let prefix = directory == "/" ? "/" : directory + "/"
        return mounts.contains { $0.path.hasPrefix(prefix) && $0.path != directory }
    }

    /// The type of what is mounted at exactly that path.
    func type(at path: String) -> String? { mounts.last { $0.path == path }?.type }

    /// Space, tab, newline and backslash stand as three octal digits.
    private static func unescaped(_ field: Substring) -> String {
        guard field.contains("\\") else { return String(field) }
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

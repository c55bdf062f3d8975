import Glibc

/// What of a user's home a sandbox never shows: keys, tokens, passwords.
public enum SandboxSecrets {
    private static let names = [
        ".ssh", ".aws", ".gnupg", ".config/gcloud", ".azure", ".kube", ".docker", ".netrc", ".git-credentials",
        ".config/git/credentials", ".pgpass", ".my.cnf", ".pypirc", ".npmrc", ".config/gh", ".vault-token",
        ".password-store", ".local/share/keyrings", ".mozilla", ".local/share/reenact",
    ]

    /// Whether a path is one of them, or below one.
    public static func covers(_ path: String) -> Bool {
        homes().contains { home in
            names.contains { path == "\(home)/\($0)" || path.hasPrefix("\(home)/\($0)/") }
        }
    }

    /// The paths that exist here and could be read by this user.
    static func present(extra: [String]) -> [String] {
        var paths: [String] = extra
        for home in homes() { paths += names.map { home + "/" + $0 } }
        if let data = getenv("XDG_DATA_HOME") { paths.append(String(cString: data) + "/reenact") }
        var seen: Set<String> = []
        return paths.compactMap { HostFiles.resolved($0) }.filter { seen.insert($0).inserted }
    }

    private static func homes() -> [String] {
        var homes: [String] = []
        if let home = getenv("HOME") { homes.append(String(cString: home)) }
        if let entry = getpwuid(geteuid()), let directory = entry.pointee.pw_dir {
            homes.append(String(cString: directory))
        }
        if geteuid() == 0 { homes.append("/root") }
        homes += (HostFiles.names(in: "/home") ?? []).map { "/home/" + $0 }
        return homes.filter { $0.hasPrefix("/") && $0 != "/" }
    }

    /// Unix sockets that are bound to paths, from `/proc/net/unix`.
    ///
    /// A network namespace separates abstract names only; a path in the file system would lead out.
    static func sockets(_ table: [UInt8]) -> [String] {
        let space = UInt8(ascii: " ")
        let slash = UInt8(ascii: "/")
        var seen: Set<String> = []
        return table.split(separator: UInt8(ascii: "\n")).compactMap { line in
            // The path is the rest of the line and may hold spaces; no column before it holds a slash.
            guard let start = line.firstIndex(of: slash), start > line.startIndex, line[start - 1] == space else {
                return nil
            }
            let path = String(decoding: line[start...], as: UTF8.self)
            return seen.insert(path).inserted ? path : nil
        }
    }
}

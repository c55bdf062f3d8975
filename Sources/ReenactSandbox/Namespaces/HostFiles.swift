import Glibc

/// What the host's file system looks like to whoever plans a sandbox.
enum HostFiles {
    struct Entry: Sendable, Equatable {
        enum Kind: Sendable { case directory, file, link, other }
        var kind: Kind
        var mode: UInt32
        var uid: UInt32
        var gid: UInt32
        var size: Int
    }

    /// The entry itself, not what a link leads to.
    static func entry(_ path: String) -> Entry? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        let kind: Entry.Kind =
            switch status.st_mode & S_IFMT {
            case S_IFDIR: .directory
            case S_IFREG: .file
            case S_IFLNK: .link
            default: .other
            }
        return Entry(
            kind: kind, mode: UInt32(status.st_mode & 0o7777), uid: status.st_uid, gid: status.st_gid,
            size: Int(status.st_size))
    }

    /// The names in a directory, sorted; nil where it cannot be read.
    static func names(in directory: String) -> [String]? {
        guard let handle = opendir(directory) else { return nil }
        defer { closedir(handle) }
        var names: [String] = []
        while let item = readdir(handle) {
            let name = withUnsafePointer(to: &item.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The path without links; nil where it leads nowhere.
    static func resolved(_ path: String) -> String? {
        guard let pointer = realpath(path, nil) else { return nil }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    /// Where a symbolic link leads.
    static func link(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = readlink(path, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
    }

    /// A whole file; nil where it cannot be read.
    static func read(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk.prefix(count))
        }
    }

    static func text(_ path: String) -> String { String(decoding: read(path) ?? [], as: UTF8.self) }

    /// The path and every directory above it, the path first, `/` left out.
    static func ancestors(of path: String) -> [String] {
        var result: [String] = []
        var rest = path[...]
        while rest.count > 1 {
            result.append(String(rest))
            guard let slash = rest.lastIndex(of: "/") else { break }
            rest = rest[..<slash]
        }
        return result
    }
}

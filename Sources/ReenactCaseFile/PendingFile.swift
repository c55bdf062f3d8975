import Glibc

/// A file that is being written under another name and becomes visible all at once.
struct PendingFile {
    /// Where to write.
    let path: String
    private let target: String
    private let directory: String

    init(besides target: String) throws(CaseFileError) {
        self.target = target
        if let slash = target.lastIndex(of: "/") {
            directory = slash == target.startIndex ? "/" : String(target[..<slash])
        } else {
            directory = "."
        }
        let name = target.split(separator: "/").last.map(String.init) ?? ""
        guard !name.isEmpty, !target.hasSuffix("/") else {
            throw CaseFileError(
                .notWritable, path: target, reason: "this is a directory's name, not a file's",
                remedy: "name a file, such as case.reenact")
        }
        // mkstemp replaces the six letters by a name that no one else has, and makes the file with mode 0600.
        var template = Array("\(directory)/.\(name).XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Self.failure("make a file there", target, errno) }
        close(descriptor)
        path = template.withUnsafeBufferPointer { buffer in
            String(decoding: buffer.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    /// Makes the content durable and gives it its name.
    func commit() throws(CaseFileError) {
        try synchronize(path, O_RDONLY)
        guard rename(path, target) == 0 else { throw Self.failure("rename it into place", target, errno) }
        // A directory that can't be synchronised (some network file systems) does not make the file less whole.
        try? synchronize(directory, O_RDONLY | O_DIRECTORY)
    }

    /// Removes what was written so far.
    func discard() {
        unlink(path)
        unlink(path + "-journal")
    }

    private func synchronize(_ path: String, _ flags: Int32) throws(CaseFileError) {
        let descriptor = open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure("open it", target, errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Self.failure("make it durable", target, errno) }
    }

    private static func failure(_ doing: String, _ path: String, _ code: Int32) -> CaseFileError {
        let reason = "can't \(doing): \(String(cString: strerror(code)))"
        return switch code {
        case ENOSPC, EDQUOT:
            CaseFileError(.noSpace, path: path, reason: reason, remedy: "free some space or choose another --cases")
        case ENOENT:
            CaseFileError(.notWritable, path: path, reason: reason, remedy: "make its directory first")
        default:
            CaseFileError(
                .notWritable, path: path, reason: reason, remedy: "choose a directory that you may write to")
        }
    }
}

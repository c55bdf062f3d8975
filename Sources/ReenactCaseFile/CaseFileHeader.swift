import Glibc

/// The first 100 bytes of a case file, looked at before SQLite gets to see it.
///
/// Source: https://www.sqlite.org/fileformat.html, section 1.3.
enum CaseFileHeader {
    static func check(_ path: String, limits: CaseFileLimits) throws(CaseFileError) {
        // O_NONBLOCK: opening a pipe must not wait for someone to write to it.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw unreadable(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw notACase(path, status.st_mode & S_IFMT == S_IFDIR ? "it is a directory" : "it is not a regular file")
        }
        let size = Int(status.st_size)
        guard size <= limits.fileBytesMax else {
            throw CaseFileError(
                .tooLarge, path: path, reason: "it has \(size) bytes, this build opens up to \(limits.fileBytesMax)",
                remedy: "record the failure again with smaller limits")
        }
        var header = [UInt8](repeating: 0, count: 100)
        let count = pread(descriptor, &header, header.count, 0)
        guard count >= 0 else { throw unreadable(path, errno) }
        guard count > 0 else { throw notACase(path, "it is empty") }
        guard !header.prefix(count).starts(with: "REENEXEC".utf8) else {
            throw CaseFileError(
                .notACase, path: path, reason: "it is a recording of an exact execution, no case",
                remedy:
                    "`reenact show` and `reenact replay` take it; a case is what `reenact record` without --exec writes"
            )
        }
        let magic = Array("SQLite format 3\u{0}".utf8)
        guard header.prefix(min(count, magic.count)).elementsEqual(magic.prefix(count)) else {
            throw notACase(path, "it is not a case file")
        }
        guard count == header.count else { throw truncated(path, size, 512) }
        let applicationID = number(header, at: 68)
        guard applicationID == CaseFileFormat.applicationID else {
            throw notACase(path, "it is an SQLite database, but not a case")
        }
        try checkVersion(path, Int32(bitPattern: number(header, at: 60)))
        // 1 stands for 65,536.
        let shortPage = Int(header[16]) << 8 | Int(header[17])
        let page = shortPage == 1 ? 65_536 : shortPage
        let whole = page * Int(number(header, at: 28))
        if size < whole { throw truncated(path, size, whole) }
    }

    private static func checkVersion(_ path: String, _ version: Int32) throws(CaseFileError) {
        guard !(1...CaseFileFormat.version).contains(version) else { return }
        guard version > CaseFileFormat.version else {
            throw CaseFileError(
                .damaged, path: path, reason: "its format is \(version), which never was one",
                remedy: "copy it again from where it came, or record the failure again")
        }
        throw CaseFileError(
            .newerFormat, path: path,
            reason: "this build reads formats 1 to \(CaseFileFormat.version), the file is \(version)",
            remedy: "update reenact")
    }

    private static func number(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static func unreadable(_ path: String, _ code: Int32) -> CaseFileError {
        let reason = String(cString: strerror(code))
        return code == ENOENT || code == ENOTDIR
            ? CaseFileError(.notFound, path: path, reason: "no such file", remedy: "`reenact list` shows what there is")
            : CaseFileError(.notReadable, path: path, reason: reason, remedy: "check its permissions and the disk")
    }

    private static func notACase(_ path: String, _ reason: String) -> CaseFileError {
        CaseFileError(.notACase, path: path, reason: reason, remedy: "give a file that `reenact record` wrote")
    }

    private static func truncated(_ path: String, _ size: Int, _ whole: Int) -> CaseFileError {
        CaseFileError(
            .truncated, path: path, reason: "its end is missing: \(size) of \(whole) bytes are there",
            remedy: "copy it again from where it came, or record the failure again")
    }
}

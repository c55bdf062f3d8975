import CTrace
import Glibc

/// The files of a recording, as a replayed process can open them.
final class ReplayedFiles {
    private let reader: RecordingReader
    private var descriptors: [Int: Int32] = [:]
    private var paths: [Int: String] = [:]

    init(_ reader: RecordingReader) { self.reader = reader }

    deinit { for descriptor in descriptors.values { close(descriptor) } }

    func path(of id: Int) throws -> String {
        if let path = paths[id] { return path }
        guard let file = reader.files[id] else { throw ByteReader.wrong("file \(id) is missing") }
        let path = try file.isEmbedded ? unpacked(file) : verified(file)
        paths[id] = path
        return path
    }

    /// A file that stands outside: it must be what it was.
    private func verified(_ file: RecordedFile) throws -> String {
        let changed = ExecutionError(
            .unsuitable,
            "\(file.path): not as it was when it was recorded; put that version back, or record with --pack, "
                + "which keeps a copy of every file")
        let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw changed }
        defer { close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0, UInt64(information.st_size) == file.size else { throw changed }
        guard file.size > 0 else { return file.path }
        guard let base = mmap(nil, Int(file.size), PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
            throw changed
        }
        defer { munmap(base, Int(file.size)) }
        guard ct_hash(base, Int(file.size), 0) == file.hash else { throw changed }
        return file.path
    }

    /// A copy in memory, under a name of this process.
    private func unpacked(_ file: RecordedFile) throws -> String {
        let descriptor = ct_memfd("reenact")
        guard descriptor >= 0 else {
            throw ExecutionError(.refused, "memfd: \(String(cString: strerror(errno))); raise the limit of open files")
        }
        descriptors[file.id] = descriptor
        try reader.contents(of: file.id) { piece in
            guard Glibc.write(descriptor, piece, piece.count) == piece.count else {
                throw ExecutionError(
                    .inputOutput, "a copy of \(file.path) in memory: \(String(cString: strerror(errno)))")
            }
        }
        ftruncate(descriptor, off_t(file.size))
        return "/proc/\(getpid())/fd/\(descriptor)"
    }

    /// A shared file may have grown since it was first mapped.
    func resize(_ mapping: FileMapping) throws {
        guard mapping.isShared else { return }
        _ = try path(of: mapping.file)
        var information = stat()
        guard let descriptor = descriptors[mapping.file], fstat(descriptor, &information) == 0,
            mapping.size < 1 << 40, UInt64(information.st_size) < mapping.size
        else { return }
        ftruncate(descriptor, off_t(mapping.size))
    }

    func write(_ write: FileWrite) throws {
        _ = try path(of: write.file)
        guard let descriptor = descriptors[write.file] else { return }
        _ = pwrite(descriptor, write.bytes, write.bytes.count, off_t(truncatingIfNeeded: write.offset))
    }
}

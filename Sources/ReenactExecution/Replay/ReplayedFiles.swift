import CTrace
import Glibc

/// The files of a recording, as a replayed process can open them.
final class ReplayedFiles {
    private let reader: RecordingReader
    private var descriptors: [Int: Int32] = [:]
    private var paths: [Int: String] = [:]
    /// Those that were mapped as shared memory, or written to: they are not what they were in the beginning.
    private var changed: Set<Int> = []

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
        let bytes = UnsafeRawBufferPointer(start: base, count: Int(file.size))
        guard FileHashes().hash(of: bytes, information) == file.hash else { throw changed }
        return file.path
    }

    /// A copy in memory, under a name of this process.
    private func unpacked(_ file: RecordedFile) throws -> String {
        // The name is what memory maps show of it.
        let name = file.path.split(separator: "/").last.map(String.init) ?? ""
        let descriptor = ct_memfd(String(decoding: name.utf8.prefix(200), as: UTF8.self))
        guard descriptor >= 0 else {
            throw ExecutionError(.refused, "memfd: \(String(cString: strerror(errno))); raise the limit of open files")
        }
        descriptors[file.id] = descriptor
        try fill(descriptor, file)
        return "/proc/\(getpid())/fd/\(descriptor)"
    }

    private func fill(_ descriptor: Int32, _ file: RecordedFile) throws {
        var at = 0
        try reader.contents(of: file.id) { piece in
            guard pwrite(descriptor, piece, piece.count, off_t(at)) == piece.count else {
                throw ExecutionError(
                    .inputOutput, "a copy of \(file.path) in memory: \(String(cString: strerror(errno)))")
            }
            at += piece.count
        }
        ftruncate(descriptor, off_t(file.size))
    }

    /// It is about to be mapped as shared memory.
    func share(_ id: Int) { changed.insert(id) }

    /// What files that can change hold at present.
    func state() -> [Int: [UInt8]] {
        var result: [Int: [UInt8]] = [:]
        for id in changed {
            var information = stat()
            guard let descriptor = descriptors[id], fstat(descriptor, &information) == 0 else { continue }
            var bytes = [UInt8](repeating: 0, count: Int(information.st_size))
            let filled = max(pread(descriptor, &bytes, bytes.count, 0), 0)
            result[id] = Array(bytes.prefix(filled))
        }
        return result
    }

    /// Going back: files are as they were; no process of the replay has them mapped.
    func restore(_ state: [Int: [UInt8]]) throws {
        for id in changed {
            guard let descriptor = descriptors[id], let file = reader.files[id] else { continue }
            ftruncate(descriptor, 0)
            guard let bytes = state[id] else {
                try fill(descriptor, file)
                continue
            }
            _ = pwrite(descriptor, bytes, bytes.count, 0)
        }
        changed = Set(state.keys)
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
        changed.insert(write.file)
        _ = pwrite(descriptor, write.bytes, write.bytes.count, off_t(truncatingIfNeeded: write.offset))
    }
}

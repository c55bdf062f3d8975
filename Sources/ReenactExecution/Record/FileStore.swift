import CTrace
import Glibc

/// Files that were mapped into recorded processes: those of the system by reference with a hash, others with their
/// contents.
final class FileStore {
    private struct Key: Equatable {
        var device: UInt
        var inode: UInt
        var size: Int
        var seconds: Int
        var nanoseconds: Int
    }

    private let writer: RecordingWriter
    private let isPacked: Bool
    private let hashes = FileHashes()
    private var known: [(key: Key, file: RecordedFile)] = []
    private var views: [Int: (base: UnsafeRawPointer, size: Int)] = [:]
    private var draws: [(file: Int, range: Range<UInt64>, found: DrawFinder.Found)] = []
    private var count = 0
    /// Files that are mapped as shared memory: device, inode to the file's number.
    private(set) var shared: [String: Int] = [:]
    private(set) var sharedFiles: [(device: UInt64, inode: UInt64)] = []
    /// Their largest sizes so far.
    private(set) var sharedSizes: [Int: UInt64] = [:]
    /// Files that are mapped privately by who may write to them as well.
    private(set) var watched: Set<String> = []
    var notes: [String] = []

    init(_ writer: RecordingWriter, isPacked: Bool) {
        self.writer = writer
        self.isPacked = isPacked
    }

    deinit {
        for view in views.values { munmap(UnsafeMutableRawPointer(mutating: view.base), view.size) }
    }

    /// A mapped file by its path; nil where it is no longer there: its memory is recorded instead.
    func file(_ path: String, inode: UInt64) throws -> RecordedFile? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return try add(descriptor, path, inode: inode)
    }

    private func add(_ descriptor: Int32, _ path: String, inode: UInt64? = nil) throws -> RecordedFile? {
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG,
            inode == nil || UInt64(information.st_ino) == inode
        else { return nil }
        let key = Key(
            device: UInt(information.st_dev), inode: UInt(information.st_ino), size: Int(information.st_size),
            seconds: information.st_mtim.tv_sec, nanoseconds: information.st_mtim.tv_nsec)
        if let known = known.last(where: { $0.key == key }) { return known.file }
        let size = Int(information.st_size)
        var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
        if size > 0 {
            guard let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
                return nil
            }
            bytes = UnsafeRawBufferPointer(start: base, count: size)
            views[count] = (UnsafeRawPointer(base), size)
        }
        let file = RecordedFile(
            id: count, path: path, size: UInt64(size), hash: hashes.hash(of: bytes, information),
            isEmbedded: isPacked || !FileStore.isOfSystem(path))
        count += 1
        known.append((key, file))
        try writer.append(file, contents: file.isEmbedded ? bytes : nil)
        return file
    }

    /// Instructions of a file that draw numbers, by its parts that were mapped.
    func draws(in range: Range<UInt64>, of file: Int) -> DrawFinder.Found {
        guard let view = views[file], range.lowerBound < UInt64(view.size) else { return DrawFinder.Found() }
        if let known = draws.first(where: { $0.file == file && $0.range == range }) { return known.found }
        let found = DrawFinder(UnsafeRawBufferPointer(start: view.base, count: view.size)).find(in: range)
        draws.append((file, range, found))
        return found
    }

    /// Whether memory is as the file has it.
    func holds(_ bytes: [UInt8], file: Int, offset: UInt64) -> Bool {
        guard let view = views[file], offset < UInt64(view.size) else { return false }
        let count = min(bytes.count, view.size - Int(offset))
        return bytes.withUnsafeBytes { memcmp($0.baseAddress!, view.base + Int(offset), count) == 0 }
    }

    /// Files of packages: they change with an update only, and a hash tells.
    static func isOfSystem(_ path: String) -> Bool {
        ["/usr/", "/lib/", "/lib64/", "/bin/", "/sbin/", "/opt/"].contains { path.hasPrefix($0) }
            && !path.hasSuffix(" (deleted)")
    }

    /// What mmap of a descriptor mapped; nil for devices that are memory of zeros.
    func mapping(
        _ link: String, offset: UInt64, isShared: Bool, place: UInt64, length: UInt64, memory: ProcessMemory
    ) throws -> FileMapping? {
        let descriptor = open(link, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return try copied(memory, place, length, offset: offset, isShared: isShared) }
        defer { close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            if information.st_mode & S_IFMT == S_IFCHR, information.st_rdev == 0x105 { return nil }
            notes.append("memory of a device was mapped: only what it held at that time is recorded")
            return try copied(memory, place, length, offset: 0, isShared: isShared)
        }
        let path = (try? FileLink.read(link)) ?? link
        if isShared, !FileStore.isOfSystem(path) {
            let key = "\(information.st_dev):\(information.st_ino)"
            if let file = shared[key] {
                sharedSizes[file] = max(sharedSizes[file] ?? 0, UInt64(information.st_size))
                return FileMapping(file: file, offset: offset, size: UInt64(information.st_size), isShared: true)
            }
            var bytes = [UInt8](repeating: 0, count: Int(information.st_size))
            let filled = max(pread(descriptor, &bytes, bytes.count, 0), 0)
            let file = try append(path, Array(bytes.prefix(filled)))
            shared[key] = file.id
            sharedSizes[file.id] = file.size
            sharedFiles.append((UInt64(information.st_dev), UInt64(information.st_ino)))
            // As long as it is mapped here, no other file gets its number.
            if let held = mmap(nil, 1, PROT_READ, MAP_SHARED, descriptor, 0), held != MAP_FAILED {
                views[file.id] = (UnsafeRawPointer(held), 1)
            }
            return FileMapping(file: file.id, offset: offset, size: UInt64(information.st_size), isShared: true)
        }
        if !FileStore.isOfSystem(path), FileStore.mayWrite(link),
            watched.insert("\(information.st_dev):\(information.st_ino)").inserted
        {
            sharedFiles.append((UInt64(information.st_dev), UInt64(information.st_ino)))
        }
        guard let file = try add(descriptor, path) else {
            return try copied(memory, place, length, offset: offset, isShared: isShared)
        }
        return FileMapping(file: file.id, offset: offset, size: file.size, isShared: false)
    }

    /// What a shared file holds that is mapped once more: meanwhile it may have changed in ways that nobody sees. Large
    /// ones are taken at their word.
    func contents(again mapping: FileMapping, _ link: String) -> [FileWrite] {
        guard mapping.size > 0, mapping.size <= 4 << 20 else { return [] }
        let descriptor = open(link, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Int(mapping.size))
        let filled = max(pread(descriptor, &bytes, bytes.count, 0), 0)
        return [FileWrite(file: mapping.file, offset: 0, bytes: Array(bytes.prefix(filled)))]
    }

    /// System V shared memory.
    func mapping(segment: UInt64, bytes: [UInt8]) throws -> FileMapping {
        let key = "segment:\(segment)"
        let file: Int
        if let known = shared[key] {
            file = known
        } else {
            file = try append(key, bytes).id
            shared[key] = file
        }
        return FileMapping(file: file, offset: 0, size: UInt64(bytes.count), isShared: true)
    }

    /// Where the file can't be opened, what is seen in memory.
    private func copied(
        _ memory: ProcessMemory, _ place: UInt64, _ length: UInt64, offset: UInt64, isShared: Bool
    ) throws -> FileMapping {
        let bytes = memory.read(place, Int(length))
        let file = try append("memory", [UInt8](repeating: 0, count: Int(min(offset, 1 << 20))) + bytes)
        return FileMapping(file: file.id, offset: min(offset, 1 << 20), size: file.size, isShared: isShared)
    }

    private func append(_ path: String, _ bytes: [UInt8]) throws -> RecordedFile {
        let file = RecordedFile(
            id: count, path: path, size: UInt64(bytes.count), hash: ct_hash(bytes, bytes.count, 0), isEmbedded: true)
        count += 1
        try bytes.withUnsafeBytes { try writer.append(file, contents: $0) }
        return file
    }

    /// Pages of memory that are not as in the file; all but zeros where there is no file.
    func changes(_ bytes: [UInt8], at start: UInt64, file: Int?, offset: UInt64) -> [MemoryWrite] {
        var result: [MemoryWrite] = []
        let view = file.flatMap { views[$0] }
        for at in stride(from: 0, to: bytes.count, by: 4096) {
            let page = bytes[at..<min(at + 4096, bytes.count)]
            if let view {
                let from = Int(offset) + at
                let common = max(0, min(page.count, view.size - from))
                let same = page.withUnsafeBytes { bytes in
                    // Behind the file's end there are zeros.
                    memcmp(bytes.baseAddress!, view.base + min(from, view.size), common) == 0
                        && ct_is_zero(bytes.baseAddress! + common, page.count - common) != 0
                }
                if same { continue }
            } else if page.withUnsafeBytes({ ct_is_zero($0.baseAddress!, $0.count) }) != 0 {
                continue
            }
            result.append(MemoryWrite(address: start + UInt64(at), bytes: Array(page)))
        }
        return result
    }
}

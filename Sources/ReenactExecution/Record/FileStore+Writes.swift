import CTrace
import Glibc

/// What calls do to files that are mapped: there, they change memory.
extension FileStore {
    /// Calls of which the file says afterwards what they did, and the argument that is its descriptor: writev, pwritev,
    /// pwritev2, ftruncate, fallocate, sendfile, copy_file_range, splice.
    private static let changing = [20: 0, 296: 0, 328: 0, 77: 0, 285: 0, 40: 0, 326: 2, 275: 2]
    /// Files that are longer are not read as a whole.
    private static let longest: UInt64 = 16 << 20

    /// Bytes that went to a file which is mapped as shared memory.
    func writes(_ task: RecordedTask, _ entry: Registers, _ result: Int64) -> [FileWrite] {
        let handsOver = (entry.call == 1 || entry.call == 18) && result > 0
        guard result >= 0, let index = handsOver ? 0 : FileStore.changing[entry.call] else { return [] }
        let descriptor = entry.argument(index)
        let link = "/proc/\(task.tid)/fd/\(descriptor)"
        var information = stat()
        guard stat(link, &information) == 0 else { return [] }
        let key = "\(information.st_dev):\(information.st_ino)"
        if watched.contains(key) {
            note(
                "\((try? FileLink.read(link)) ?? "a file") was mapped privately and changed by \(SystemCalls.name(entry.call)) "
                    + "afterwards: what memory shows of that is not recorded, and a replay may differ; map it after "
                    + "the change, or shared")
        }
        guard let file = shared[key] else { return [] }
        guard handsOver else { return whole(file, link, UInt64(information.st_size), entry) }
        var offset = entry.argument(3)
        if entry.call == 1 {
            guard let text = ProcFile.text("/proc/\(task.tid)/fdinfo/\(descriptor)"),
                let line = text.split(separator: "\n").first(where: { $0.hasPrefix("pos:") }),
                let position = UInt64(line.dropFirst(4).filter { !$0.isWhitespace })
            else { return [] }
            offset = position &- UInt64(result)
        }
        return [FileWrite(file: file, offset: offset, bytes: task.memory.read(entry.argument(1), Int(result)))]
    }

    /// All of it; zeros where it was longer before.
    private func whole(_ file: Int, _ link: String, _ size: UInt64, _ entry: Registers) -> [FileWrite] {
        let length = max(size, sharedSizes[file] ?? 0)
        guard length <= FileStore.longest else {
            note(
                "a file of more than \(FileStore.longest >> 20) MiB that is mapped as shared memory was changed by "
                    + "\(SystemCalls.name(entry.call)): not recorded in memory, and a replay may differ")
            return []
        }
        let descriptor = open(link, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0, length > 0 else { return [] }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Int(length))
        _ = pread(descriptor, &bytes, Int(size), 0)
        return [FileWrite(file: file, offset: 0, bytes: bytes)]
    }

    /// Whether what is written to it may change memory.
    func isMapped(_ file: stat) -> Bool {
        let key = "\(file.st_dev):\(file.st_ino)"
        return shared[key] != nil || watched.contains(key)
    }

    private func note(_ text: String) {
        if !notes.contains(text) { notes.append(text) }
    }

    /// Whether a descriptor, by its name in /proc, is open for writing.
    static func mayWrite(_ link: String) -> Bool {
        // /proc/TASK/fd/NUMBER, and fdinfo beside it.
        guard let slash = link.utf8.lastIndex(of: UInt8(ascii: "/")),
            let text = ProcFile.read("\(link[..<slash])info\(link[slash...])")
        else { return false }
        let name = Array("flags:".utf8)
        guard let start = text.indices.first(where: { text[$0...].starts(with: name) }) else { return false }
        // Octal: of the last digit, two bits are the way of access.
        guard let digit = text[start...].prefix(while: { $0 != 10 }).last else { return false }
        return Int32(digit) & O_ACCMODE != O_RDONLY
    }
}

/// One line of /proc/PID/maps.
struct MemoryRegion: Equatable, Sendable {
    var start: UInt64
    var end: UInt64
    var isReadable: Bool
    var isWritable: Bool
    var isExecutable: Bool
    var isShared: Bool
    var offset: UInt64
    var device: String
    var inode: UInt64
    /// Path, `[stack]`, or nothing.
    var name: String

    var length: UInt64 { end - start }
    /// PROT_READ and so on.
    var protection: Int32 { (isReadable ? 1 : 0) | (isWritable ? 2 : 0) | (isExecutable ? 4 : 0) }
    var isFile: Bool { inode != 0 }
    /// The kernel's own pages, which a replay has not: the clock's code and data.
    var isKernels: Bool { name == "[vdso]" || name.hasPrefix("[vvar") || name == "[vsyscall]" }
}

enum MemoryMap {
    static func of(_ process: Int32) -> [MemoryRegion] {
        guard let bytes = ProcFile.read("/proc/\(process)/maps") else { return [] }
        return bytes.split(separator: 10).compactMap { region(of: $0) }
    }

    private static func region(of line: ArraySlice<UInt8>) -> MemoryRegion? {
        let parts = line.split(separator: 32, maxSplits: 5, omittingEmptySubsequences: true)
        guard parts.count >= 5 else { return nil }
        let range = parts[0].split(separator: UInt8(ascii: "-"))
        let flags = Array(parts[1])
        guard range.count == 2, flags.count >= 4, let start = hexadecimal(range[0]), let end = hexadecimal(range[1]),
            let offset = hexadecimal(parts[2]), let inode = UInt64(String(decoding: parts[4], as: UTF8.self))
        else { return nil }
        var name = parts.count > 5 ? String(decoding: parts[5], as: UTF8.self) : ""
        while name.first == " " { name.removeFirst() }
        return MemoryRegion(
            start: start, end: end, isReadable: flags[0] == UInt8(ascii: "r"),
            isWritable: flags[1] == UInt8(ascii: "w"),
            isExecutable: flags[2] == UInt8(ascii: "x"), isShared: flags[3] == UInt8(ascii: "s"), offset: offset,
            device: String(decoding: parts[3], as: UTF8.self), inode: inode, name: name)
    }

    private static func hexadecimal(_ text: ArraySlice<UInt8>) -> UInt64? {
        UInt64(String(decoding: text, as: UTF8.self), radix: 16)
    }
}

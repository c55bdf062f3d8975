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
        return of(text: bytes)
    }

    /// Read at every fingerprint and every new program: byte by byte, without a text for each field.
    static func of(text bytes: [UInt8]) -> [MemoryRegion] {
        var result: [MemoryRegion] = []
        bytes.withUnsafeBufferPointer { text in
            var line = Line(text: text)
            while line.at < text.count {
                if let region = line.region() { result.append(region) }
                line.skip(past: 10)
            }
        }
        return result
    }

    /// `start-end flags offset device inode   name`
    private struct Line {
        let text: UnsafeBufferPointer<UInt8>
        var at = 0

        mutating func region() -> MemoryRegion? {
            guard let start = number(16), take(UInt8(ascii: "-")), let end = number(16), take(32), at + 5 < text.count
            else { return nil }
            let flags = at
            at += 4
            guard take(32), let offset = number(16), take(32) else { return nil }
            let device = at
            while at < text.count, text[at] != 32, text[at] != 10 { at += 1 }
            let deviceEnd = at
            guard take(32), let inode = number(10) else { return nil }
            while at < text.count, text[at] == 32 { at += 1 }
            let name = at
            while at < text.count, text[at] != 10 { at += 1 }
            return MemoryRegion(
                start: start, end: end, isReadable: text[flags] == UInt8(ascii: "r"),
                isWritable: text[flags + 1] == UInt8(ascii: "w"), isExecutable: text[flags + 2] == UInt8(ascii: "x"),
                isShared: text[flags + 3] == UInt8(ascii: "s"), offset: offset,
                device: String(decoding: text[device..<deviceEnd], as: UTF8.self), inode: inode,
                name: name == at ? "" : String(decoding: text[name..<at], as: UTF8.self))
        }

        mutating func number(_ base: UInt64) -> UInt64? {
            let start = at
            var value: UInt64 = 0
            while at < text.count {
                let digit: UInt64
                switch text[at] {
                case 48...57: digit = UInt64(text[at] - 48)
                case 97...102 where base == 16: digit = UInt64(text[at] - 87)
                default: return at == start ? nil : value
                }
                value = value &* base &+ digit
                at += 1
            }
            return at == start ? nil : value
        }

        mutating func take(_ byte: UInt8) -> Bool {
            guard at < text.count, text[at] == byte else { return false }
            at += 1
            return true
        }

        mutating func skip(past byte: UInt8) {
            while at < text.count, text[at] != byte { at += 1 }
            at += 1
        }
    }
}

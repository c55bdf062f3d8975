import CTrace
import Glibc

/// The memory of a traced process.
final class ProcessMemory {
    /// Any living task of it: the first thread may be gone before the others.
    var process: Int32
    private let descriptor: Int32
    private let pagemap: Int32

    init(of process: Int32) throws {
        self.process = process
        descriptor = open("/proc/\(process)/mem", O_RDWR | O_CLOEXEC)
        pagemap = open("/proc/\(process)/pagemap", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ExecutionError(
                .refused, "memory of process \(process): \(String(cString: strerror(errno))); is ptrace forbidden here?"
            )
        }
    }

    deinit {
        close(descriptor)
        if pagemap >= 0 { close(pagemap) }
    }

    /// As many of the bytes as can be read.
    func read(_ address: UInt64, _ count: Int) -> [UInt8] {
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { room, filled in
            filled = read(address, into: UnsafeMutableRawBufferPointer(room))
        }
    }

    func read(_ address: UInt64, into room: UnsafeMutableRawBufferPointer) -> Int {
        var done = 0
        while done < room.count {
            let at = address &+ UInt64(done)
            let count = ct_read_memory(process, at, room.baseAddress! + done, room.count - done)
            if count > 0 {
                done += count
                continue
            }
            // Memory that the program itself may not read, such as text that may only be executed.
            let slow = pread(
                descriptor, room.baseAddress! + done, min(room.count - done, 4096), off_t(truncatingIfNeeded: at))
            guard slow > 0 else { break }
            done += slow
        }
        return done
    }

    func word(_ address: UInt64) -> UInt64? {
        var value: UInt64 = 0
        let count = withUnsafeMutableBytes(of: &value) { read(address, into: $0) }
        return count == 8 ? value : nil
    }

    /// As many of the words as can be read.
    func words(_ address: UInt64, _ count: Int) -> [UInt64] {
        [UInt64](unsafeUninitializedCapacity: count) { room, filled in
            filled = read(address, into: UnsafeMutableRawBufferPointer(room)) / 8
        }
    }

    func word32(_ address: UInt64) -> UInt32? {
        var value: UInt32 = 0
        let count = withUnsafeMutableBytes(of: &value) { read(address, into: $0) }
        return count == 4 ? value : nil
    }

    /// A text that ends with 0, at most `limit` bytes.
    func text(_ address: UInt64, limit: Int = 4096) -> String? {
        guard address != 0 else { return nil }
        var result: [UInt8] = []
        var at = address
        while result.count < limit {
            let part = read(at, Int(256 - at % 256))
            guard !part.isEmpty else { return result.isEmpty ? nil : String(decoding: result, as: UTF8.self) }
            if let end = part.firstIndex(of: 0) {
                return String(decoding: result + part[..<end], as: UTF8.self)
            }
            result += part
            at &+= UInt64(part.count)
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Writes also where the program itself may not.
    func write(_ address: UInt64, _ bytes: [UInt8]) throws {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(
                    descriptor, $0.baseAddress! + done, $0.count - done,
                    off_t(truncatingIfNeeded: address &+ UInt64(done)))
            }
            guard count > 0 else {
                throw ExecutionError(
                    .diverged,
                    "process \(process): no memory at 0x\(String(address &+ UInt64(done), radix: 16)) to write to; "
                        + "its memory map is not the recorded one")
            }
            done += count
        }
    }

    func write(_ address: UInt64, word: UInt64) throws {
        try write(address, withUnsafeBytes(of: word.littleEndian) { Array($0) })
    }

    /// How many pages it has that are of no file.
    var ownPages: UInt64 {
        let fields = ProcFile.text("/proc/\(process)/statm")?.split(separator: " ") ?? []
        guard fields.count > 2, let resident = UInt64(fields[1]), let files = UInt64(fields[2]) else { return 1 }
        return max(resident - min(files, resident), 1)
    }

    /// Parts of [start, end) that are in memory; nil where the kernel can't tell.
    func present(_ start: UInt64, _ end: UInt64) -> [Range<UInt64>]? {
        guard pagemap >= 0 else { return nil }
        var result: [Range<UInt64>] = []
        var room = [UInt64](repeating: 0, count: 1024)
        var at = start
        while at < end {
            var next: UInt64 = 0
            let count = ct_present_ranges(pagemap, at, end, &room, 512, &next)
            guard count >= 0 else { return nil }
            for index in 0..<Int(count) where room[2 * index] < room[2 * index + 1] {
                result.append(room[2 * index]..<room[2 * index + 1])
            }
            guard next > at else { break }
            at = next
        }
        return result
    }
}

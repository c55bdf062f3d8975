import CTrace
import Glibc

/// Bytes that a recorded program wrote or read, as recorder and replayer both have them: later outputs are copied from
/// there. A program that reads its own file back costs a reference.
///
/// Positions count from the recording's beginning. No stretch crosses a multiple of `span`; the recorder refers to at most
/// `reach` back, so that a ring of `span` bytes is enough.
final class PastBytes {
    static let span: UInt64 = 16 << 20
    /// Less than the ring: a replay may have run ahead of the events by as much as the buffer holds.
    static let reach = span - (1 << 20)

    private(set) var end: UInt64 = 0
    private var parts: [UnsafeMutableRawPointer] = []
    /// A file without a name, where nothing is forgotten.
    private var file: Int32 = -1
    private var keepsAll = false

    deinit {
        for part in parts { munmap(part, Int(PastBytes.span)) }
        if file >= 0 { close(file) }
    }

    /// From the beginning on, all is kept: a debugger goes back. It lies on the disk, not in memory.
    func keepAll() {
        guard end == 0, !keepsAll else { return }
        keepsAll = true
        let directory = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var name = Array("\(directory)/reenact-past.XXXXXX".utf8CString)
        file = mkstemp(&name)
        guard file >= 0 else { return }
        _ = fcntl(file, F_SETFD, FD_CLOEXEC)
        unlink(name)
    }

    /// Room at the end; nil for more than a stretch can have.
    func reserve(_ count: Int) -> UInt64? {
        let count = UInt64(count)
        guard count <= PastBytes.span else { return nil }
        let rest = PastBytes.span - end % PastBytes.span
        let position = rest < count ? end + rest : end
        end = position + count
        return position
    }

    /// Takes back what was reserved.
    func rewind(to position: UInt64) { end = position }

    @discardableResult
    func append(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
        guard let position = reserve(bytes.count), let base = bytes.baseAddress, let place = place(position) else {
            return nil
        }
        place.copyMemory(from: base, byteCount: bytes.count)
        return position
    }

    /// Fills what was reserved.
    func put(_ bytes: UnsafeRawBufferPointer, at position: UInt64) {
        guard let base = bytes.baseAddress, let place = place(position) else { return }
        place.copyMemory(from: base, byteCount: bytes.count)
    }

    /// Bytes that begin so far before the end; nil where there are none.
    func bytes(distance: UInt64, count: Int) -> UnsafeRawBufferPointer? {
        guard distance <= min(end, PastBytes.span), UInt64(count) <= distance else { return nil }
        return bytes(at: end - distance, count: count)
    }

    func bytes(at position: UInt64, count: Int) -> UnsafeRawBufferPointer? {
        guard position % PastBytes.span + UInt64(count) <= PastBytes.span, let place = place(position) else {
            return nil
        }
        return UnsafeRawBufferPointer(start: place, count: count)
    }

    private func place(_ position: UInt64) -> UnsafeMutableRawPointer? {
        let index = keepsAll ? Int(position / PastBytes.span) : 0
        while parts.count <= index {
            let offset = parts.count * Int(PastBytes.span)
            let isBacked = file >= 0 && ftruncate(file, off_t(offset + Int(PastBytes.span))) == 0
            let flags = isBacked ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS
            guard
                let part = mmap(
                    nil, Int(PastBytes.span), PROT_READ | PROT_WRITE, flags, isBacked ? file : -1,
                    isBacked ? off_t(offset) : 0), part != MAP_FAILED
            else { return nil }
            if !isBacked { madvise(part, Int(PastBytes.span), MADV_HUGEPAGE) }
            parts.append(part)
        }
        return parts[index] + Int(position % PastBytes.span)
    }

    static func check(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        guard let base = bytes.baseAddress else { return 0 }
        return UInt32(truncatingIfNeeded: ct_hash(base, bytes.count, 0))
    }
}

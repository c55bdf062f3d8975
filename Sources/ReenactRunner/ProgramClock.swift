import Glibc
import ReenactLinux

/// The number of nanoseconds that the program's wall clock is ahead of ours, in a file that its hooks map.
final class ProgramClock {
    let path: String
    private let page: UnsafeMutablePointer<Int64>

    init(path: String) throws {
        self.path = path
        try FileBytes.write(Array(repeating: 0, count: 8), to: path)
        let fd = open(path, O_RDWR | O_CLOEXEC)
        guard fd >= 0 else { throw LinuxError("open \(path)") }
        defer { close(fd) }
        guard let memory = mmap(nil, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), memory != MAP_FAILED else {
            throw LinuxError("mmap \(path)")
        }
        page = memory.bindMemory(to: Int64.self, capacity: 1)
    }

    deinit { munmap(page, 8) }

    /// Makes it now that time in the program: nanoseconds since 1970.
    func set(to time: Int64) { page.pointee = time &- MonotonicClock.wallClock() }
}

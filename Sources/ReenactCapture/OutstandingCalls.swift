import CLinux
import Glibc
import ReenactLinux

/// The calls that wait for the recorder, in memory that the guardian shares: should the recorder die, it knows whom
/// to release.
final class OutstandingCalls {
    /// A memory file; the guardian maps it too.
    let descriptor: Int32
    private let slots: UnsafeMutablePointer<UInt64>
    private var slotOfCall: [UInt64: Int] = [:]
    private var free: [Int]
    static let count = 1024

    init() throws {
        descriptor = rn_shared_memory(OutstandingCalls.count * 8)
        guard descriptor >= 0, let map = OutstandingCalls.map(descriptor) else { throw LinuxError("memfd_create") }
        slots = map
        free = Array((0..<OutstandingCalls.count).reversed())
    }

    deinit {
        munmap(slots, OutstandingCalls.count * 8)
        close(descriptor)
    }

    static func map(_ descriptor: Int32) -> UnsafeMutablePointer<UInt64>? {
        let address = mmap(nil, count * 8, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        return address == MAP_FAILED ? nil : address?.assumingMemoryBound(to: UInt64.self)
    }

    func add(_ call: UInt64) {
        guard let slot = free.popLast() else { return }
        slots[slot] = call
        slotOfCall[call] = slot
    }

    func remove(_ call: UInt64) {
        guard let slot = slotOfCall.removeValue(forKey: call) else { return }
        slots[slot] = 0
        free.append(slot)
    }
}

import CTrace
import Glibc

/// A memory and those that run in it: threads, and a child of vfork until its exec.
final class AddressSpace {
    let memory: ProcessMemory
    var users = 0
    /// When memory was compared last; at first, when it came into being.
    var lastCheck: UInt64
    var checkCost: UInt64 = 0
    /// The process's own time then.
    var timeAtCheck: Int64 = 0
    var callsSinceCheck = 0
    var patches = CallPatches()

    init(_ memory: ProcessMemory, at time: UInt64) {
        self.memory = memory
        lastCheck = time
    }
}

/// What the capsule knows of a process's descriptors; its threads share it.
final class DescriptorClasses {
    var bytes = [UInt8](repeating: 0, count: Int(ct_descriptors))
    /// Its calls all go to the tracer.
    var isUnbuffered = false
}

/// One thread of a recorded program.
final class RecordedTask {
    enum State: Equatable {
        /// In a ptrace stop, ready to go on.
        case stopped
        /// Let go by us: running, or waiting in the kernel.
        case going
        /// It stopped while another was running; not looked at yet.
        case arrived(WaitStatus)
        case gone
    }

    /// A system call between entry and return.
    struct Call {
        var model: SystemCall
        var entry: Registers
        /// Whether its entry stands in the recording already.
        var isWritten = false
        /// The kernel gave it up for a signal, and will take it up again or not.
        var isRestarting = false
        /// The blocked signals before a birth, during which all are.
        var mask: UInt64?
        /// fork, vfork or clone has made its child.
        var hasChild = false
        /// Where no table knows: all memory before.
        var before: MemorySnapshot?
    }

    let number: Int
    var tid: Int32
    let group: Int32
    var space: AddressSpace
    var state = State.stopped
    var call: Call?
    /// Passed on when it is resumed.
    var signalOnResume: Int32 = 0
    /// We asked it to stop, and it has not yet.
    var isInterrupted = false
    /// Stands at a place that is written nowhere: no other may run before it has gone on.
    var mustGoOn = false
    /// The word that the kernel clears, and wakes, when it ends.
    var clearOnExit: UInt64 = 0
    var robustList: UInt64 = 0
    /// Futexes that the kernel may mark at its end.
    var robustWords: [UInt64] = []
    /// Signals that came while it was stepped, or between calls.
    var pending: [[UInt8]] = []
    /// Since when a signal has waited for the next call, at which it costs little to record.
    var holdsSince: UInt64?
    /// Processor time of its process then.
    var heldTime: Int64 = 0
    /// The process's own time when its last stop between instructions was recorded.
    var settledAt: Int64 = 0
    /// The call before which signals that waited are handled, and when that was last done.
    var heldEntry: Registers?
    /// A signal came while it waited inside the capsule.
    var wasWaiting = false
    var handledFirst: UInt64 = 0
    /// Signals that were given back to the kernel, which may not keep who sent them.
    var returned: [[UInt8]] = []
    /// Where its last event left it; and where it was when it was last let go, if that was such a place and it has made
    /// no call since.
    var knownPlace: Registers?
    var leftFrom: Registers?
    /// The blocked signals, while all are until the next call's entry.
    var heldMask: UInt64?
    var lastRun: UInt64 = 0
    /// Its last call was the return from a signal's handler.
    var hasJustReturned = false
    /// Its end is written; the kernel has not told of it yet.
    var hasEnded = false
    var priority: Int = 0
    var classes = DescriptorClasses()
    /// A filter of its own may answer calls before the tracer hears of them: it stops at each, filter or not.
    var stopsAtAll = false
    /// When it was last let go.
    var resumedAt: UInt64 = 0
    /// As they were last seen: a buffered call says nothing of segments.
    var lastRegisters = Registers()

    init(number: Int, tid: Int32, group: Int32, space: AddressSpace) {
        self.number = number
        self.tid = tid
        self.group = group
        self.space = space
        space.users += 1
    }

    var tracee: Tracee { Tracee(tid: tid) }
    var memory: ProcessMemory { space.memory }

    /// Stopped, looked at or not.
    var canGoOn: Bool {
        if case .arrived = state { return true }
        return state == .stopped
    }
}

/// All memory that a process can write, to find what changed.
struct MemorySnapshot {
    private var parts: [(start: UInt64, bytes: [UInt8])] = []

    init(of memory: ProcessMemory) {
        for region in MemoryMap.of(memory.process) where Fingerprint.counts(region) {
            for range in Fingerprint.ranges(region, memory) {
                parts.append(
                    (range.lowerBound, memory.read(range.lowerBound, Int(range.upperBound - range.lowerBound))))
            }
        }
    }

    /// Pages of `memory` that are not as here.
    func changes(in memory: ProcessMemory) -> [MemoryWrite] {
        var result: [MemoryWrite] = []
        for part in MemorySnapshot(of: memory).parts {
            part.bytes.withUnsafeBytes { bytes in
                for offset in stride(from: 0, to: bytes.count, by: 4096) {
                    let page = UnsafeRawBufferPointer(rebasing: bytes[offset..<min(offset + 4096, bytes.count)])
                    let address = part.start + UInt64(offset)
                    if differs(page, at: address) { result.append(MemoryWrite(address: address, bytes: Array(page))) }
                }
            }
        }
        return result
    }

    private func differs(_ page: UnsafeRawBufferPointer, at address: UInt64) -> Bool {
        guard let base = page.baseAddress else { return false }
        guard let part = parts.first(where: { address >= $0.start && address < $0.start + UInt64($0.bytes.count) })
        else { return ct_is_zero(base, page.count) == 0 }
        let offset = Int(address - part.start)
        guard part.bytes.count - offset >= page.count else { return true }
        return part.bytes.withUnsafeBytes { memcmp($0.baseAddress! + offset, base, page.count) != 0 }
    }
}

import CTrace
import Glibc

/// Why a replay stopped between two events.
enum DebugStop: Error, Equatable {
    case breakpoint(UInt64)
    case watchpoint(UInt64)
}

/// A debugger's breakpoints and watchpoints in one process of a replay.
final class Traps {
    struct Watch: Equatable {
        var address: UInt64
        var length: Int
        /// 0 execution, 1 write, 3 read or write, as in the debug registers.
        var kind: UInt64
    }

    var breakpoints: Set<UInt64> = []
    var watches: [Watch] = []
    /// Only tasks of this process stop.
    var space: ReplayedSpace?
    /// The program that was looked at when they were set. In one that the process ran before, their addresses are
    /// those of something else.
    var program = 0
    private var planted: [UInt64: UInt8] = [:]
    /// Tasks whose debug registers are as `watches` says: writing one costs as much as a stop.
    private var armed: Set<Int32> = []

    /// The process runs what the debugger looks at, or something later.
    var isInForce: Bool { (space?.program ?? 0) >= program }

    var isEmpty: Bool { breakpoints.isEmpty && watches.isEmpty }

    /// Puts int3 in place, and the watched addresses into the debug registers of the tasks.
    func plant(_ tasks: some Sequence<ReplayedTask>) {
        guard let space, isInForce else { return }
        for address in breakpoints where planted[address] == nil {
            guard let old = space.memory.read(address, 1).first else { continue }
            guard (try? space.memory.write(address, [0xcc])) != nil else { continue }
            planted[address] = old
        }
        for task in tasks where task.space === space && !watches.isEmpty && !armed.contains(task.tid) { arm(task) }
    }

    /// Whether the kernel's own writes touch what is watched: no debug register sees them.
    func watch(_ writes: [MemoryWrite], in other: ReplayedSpace) -> Bool {
        guard !watches.isEmpty, isInForce, space === other else { return false }
        return writes.contains { write in
            watches.contains { watch in
                write.address < watch.address &+ UInt64(watch.length)
                    && watch.address < write.address &+ UInt64(write.bytes.count)
            }
        }
    }

    func arm(_ task: ReplayedTask) {
        guard task.space === space, isInForce else { return }
        var control: UInt64 = 0
        ct_set_debug_register(task.tid, 7, 0)
        for (index, watch) in watches.prefix(4).enumerated() {
            ct_set_debug_register(task.tid, Int32(index), watch.address)
            let length: UInt64 = watch.length == 8 ? 2 : UInt64(watch.length - 1)
            control |= 1 << UInt64(2 * index) | (watch.kind | length << 2) << UInt64(16 + 4 * index)
        }
        if control != 0 { ct_set_debug_register(task.tid, 7, control) }
        armed.insert(task.tid)
    }

    /// Memory as the program has it.
    func lift() {
        guard let space else { return }
        for (address, byte) in planted { try? space.memory.write(address, [byte]) }
        planted = [:]
    }

    func disarm(_ tasks: some Sequence<ReplayedTask>) {
        for task in tasks where armed.contains(task.tid) { ct_set_debug_register(task.tid, 7, 0) }
        armed = []
    }

    /// A forked child has the int3 as well; it must not.
    func clean(_ memory: ProcessMemory) {
        for (address, byte) in planted { try? memory.write(address, [byte]) }
    }

    /// The bytes as the program has them, int3 or not.
    func masked(_ address: UInt64, _ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        for (place, byte) in planted where place >= address && place - address < UInt64(bytes.count) {
            result[Int(place - address)] = byte
        }
        return result
    }

    var isPlanted: Bool { !planted.isEmpty }

    /// Throws where a stop is one of ours; the task then stands before the breakpoint's instruction.
    func notice(_ task: ReplayedTask, _ status: WaitStatus) throws {
        guard task.space === space, status.event == 0, !status.isGone, !status.isCall, status.signal == SIGTRAP else {
            return
        }
        let hit = UInt64(bitPattern: ct_get_debug_register(task.tid, 6)) & 15
        if hit != 0 {
            ct_set_debug_register(task.tid, 6, 0)
            for (index, watch) in watches.prefix(4).enumerated() where hit & 1 << UInt64(index) != 0 {
                throw DebugStop.watchpoint(watch.address)
            }
        }
        var registers = try task.tracee.registers()
        if planted[registers.raw.rip &- 1] != nil {
            registers.raw.rip &-= 1
            registers.raw.orig_rax = UInt64.max
            try task.tracee.set(registers)
            throw DebugStop.breakpoint(registers.raw.rip)
        }
    }
}

/// A memory in a replay.
final class ReplayedSpace {
    let memory: ProcessMemory
    var users = 0
    /// The end of the heap as brk has it; 0 before the first call.
    var heapEnd: UInt64 = 0
    /// The stack pointer at the program's start: arguments, environment, auxiliary vector.
    var stackStart: UInt64 = 0
    /// Where the stack's memory ends.
    var stackEnd: UInt64 = 0
    /// Lengths of System V segments, by address.
    var segments: [UInt64: UInt64] = [:]
    var patches = CallPatches()
    /// The event that loaded the program.
    var program = 0

    init(_ memory: ProcessMemory) { self.memory = memory }
}

/// One thread in a replay: a real one, with ids of its own; the program sees the recorded ones.
final class ReplayedTask {
    let number: Int
    var tid: Int32
    /// The real process.
    var group: Int32
    /// The id that the program knows.
    let recordedId: Int32
    var space: ReplayedSpace
    /// The entry of the system call it is in.
    var call: Registers?
    /// It was stopped right before a call, and stands at its entry by now.
    var standsAtEntry = false

    init(number: Int, tid: Int32, group: Int32, recordedId: Int32, space: ReplayedSpace) {
        self.number = number
        self.tid = tid
        self.group = group
        self.recordedId = recordedId
        self.space = space
        space.users += 1
    }

    var tracee: Tracee { Tracee(tid: tid) }
    var memory: ProcessMemory { space.memory }

    /// The program's text without jumps of ours.
    func text(_ address: UInt64, _ count: Int) -> [UInt8] {
        space.patches.masked(address, memory.read(address, count))
    }
}

import CTrace

/// Pages at a fixed place in every recorded and replayed process: a system call instruction for injected calls, room for
/// their texts, and room for the code that finds a preemption again. The program does not know of them.
enum Capsule {
    static let address: UInt64 = 0x7000_0000
    static let length: UInt64 = 0x4000
    /// `syscall; int3`.
    static let entry = address
    static let scratch = address + 0x1000
    static let code: [UInt8] = [0x0f, 0x05, 0xcc]

    static func contains(_ address: UInt64) -> Bool { address >= Capsule.address && address < Capsule.address + length }
}

/// A system call made by a stopped task on the tracer's behalf.
struct Injection {
    let tracee: Tracee

    /// Runs it at `instruction` (`syscall; int3`), and leaves the task's registers as they were.
    ///
    /// - Returns: the kernel's result, negative for an error.
    func call(_ number: Int, _ arguments: [UInt64], at instruction: UInt64 = Capsule.entry) throws -> Int64 {
        let saved = try tracee.registers()
        defer { try? tracee.set(saved) }
        return try callKeepingNothing(number, arguments, at: instruction, from: saved, onEvent: { _ in })
    }

    /// The same, without restoring: for births, where `onEvent` hears of ptrace events on the way.
    func callKeepingNothing(
        _ number: Int, _ arguments: [UInt64], at instruction: UInt64 = Capsule.entry, from saved: Registers,
        onEvent: (WaitStatus) throws -> Void
    ) throws -> Int64 {
        var registers = saved
        registers.raw.rip = instruction
        registers.raw.rax = UInt64(number)
        registers.raw.orig_rax = UInt64.max
        let values = arguments + [UInt64](repeating: 0, count: 6 - arguments.count)
        (registers.raw.rdi, registers.raw.rsi, registers.raw.rdx) = (values[0], values[1], values[2])
        (registers.raw.r10, registers.raw.r8, registers.raw.r9) = (values[3], values[4], values[5])
        try tracee.set(registers)
        while true {
            tracee.resume(ct_request_continue)
            let status = try tracee.wait()
            if status.isGone {
                throw ExecutionError(
                    .refused, "task \(tracee.tid) ended while it was being prepared; was it killed from outside?")
            }
            if status.event != 0 {
                try onEvent(status)
                continue
            }
            // Signals from outside wait until the program runs again; only ours ends the injection.
            let now = try tracee.registers()
            if status.signal == 5, now.raw.rip == instruction + UInt64(Capsule.code.count) { return now.result }
            guard status.signal != 11, status.signal != 4 else {
                throw ExecutionError(.diverged, "task \(tracee.tid): an injected system call faulted")
            }
        }
    }
}

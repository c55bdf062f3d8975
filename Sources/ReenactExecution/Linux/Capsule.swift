import CTrace
import Glibc

/// Pages at a fixed place in every recorded and replayed process: a system call instruction for injected calls, room for
/// their texts, the code that patched system calls arrive at, and a buffer shared with the tracer. The program does not
/// know of them.
enum Capsule {
    static let address = UInt64(ct_capsule_base)
    static let privateLength = UInt64(ct_capsule_private_size)
    static let length = privateLength + UInt64(ct_capsule_shared_size) + CallZone.size
    /// `syscall; int3`.
    static let entry = address
    static let scratch = UInt64(ct_capsule_scratch)
    static let code: [UInt8] = [0x0f, 0x05, 0xcc]

    static func contains(_ address: UInt64) -> Bool { address >= Capsule.address && address < Capsule.address + length }

    /// In the code of buffered calls: a record may be half written.
    static func isWriting(_ instruction: UInt64) -> Bool {
        instruction >= UInt64(ct_capsule_code) && instruction < UInt64(ct_capsule_stack_top)
    }

    /// The code of buffered calls (`capsule.c`).
    static let hook: (bytes: [UInt8], entry: UInt64, callEnd: UInt64) = {
        var (size, hook, end) = (0, 0, 0)
        guard let start = ct_capsule_bytes(&size, &hook, &end) else { return ([], 0, 0) }
        return (
            [UInt8](UnsafeRawBufferPointer(start: start, count: size)), UInt64(ct_capsule_code) + UInt64(hook),
            UInt64(ct_capsule_code) + UInt64(end)
        )
    }()

    /// Maps the private pages by an injected call.
    static func map(_ call: (Int, [UInt64]) throws -> Int64) throws -> Bool {
        let flags: UInt64 = 0x10_0022
        var place = try call(9, [address, privateLength, 7, flags, UInt64.max, 0])
        // The program may have no memory that is both written and executed (PR_SET_MDWE).
        if place == -Int64(EACCES) {
            place = try call(9, [address, privateLength, 5, flags, UInt64.max, 0])
            let stack = UInt64(ct_capsule_stack)
            guard try call(10, [stack, address + privateLength - stack, 3]) == 0 else { return false }
        }
        return place == Int64(address)
    }

    /// Fills the private pages, once they are mapped.
    static func furnish(_ memory: ProcessMemory) throws {
        try memory.write(entry, code)
        try memory.write(UInt64(ct_capsule_code), hook.bytes)
        try memory.write(UInt64(ct_capsule_hook_pointer), word: hook.entry)
    }
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

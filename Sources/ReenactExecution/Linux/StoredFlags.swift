/// `pushf` under a step of the tracer's stores the trap flag that makes the step: a program that loads those flags again
/// would be stopped by it. Go's runtime keeps flags so when it preempts a goroutine.
enum StoredFlags {
    /// - Parameter code: the instruction that was stepped over.
    /// - Parameter after: registers behind it.
    static func mend(_ code: [UInt8], _ after: Registers, _ memory: ProcessMemory) throws {
        guard isPush(code), after.raw.eflags & 0x100 == 0 else { return }
        // The flag is the lowest bit of the second byte.
        let stored = memory.read(after.raw.rsp + 1, 1)
        guard let byte = stored.first, byte & 1 != 0 else { return }
        try memory.write(after.raw.rsp + 1, [byte & ~1])
    }

    private static func isPush(_ code: [UInt8]) -> Bool {
        code.first { $0 != 0x66 && $0 & 0xf0 != 0x40 } == 0x9c
    }
}

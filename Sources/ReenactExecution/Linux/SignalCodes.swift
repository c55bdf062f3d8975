import CTrace
import Glibc

/// What `siginfo` says of a signal.
enum SignalCodes {
    static func number(_ information: [UInt8]) -> Int32 { word(information, 0) }

    static func word(_ bytes: [UInt8], _ offset: Int) -> Int32 {
        guard bytes.count >= offset + 4 else { return 0 }
        return (0..<4).reduce(0) { $0 | Int32(bytes[offset + $1]) << (8 * Int32($1)) }
    }

    /// The task's own instruction raised it.
    static func isFault(_ number: Int32, _ information: [UInt8]) -> Bool {
        let code = word(information, 8)
        return [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP].contains(number) && code > 0
    }

    /// The recorder sent it, without what was said of it before (SI_TKILL).
    static func isOurs(_ information: [UInt8]) -> Bool {
        word(information, 8) == -6 && word(information, 16) == getpid()
    }

    /// Gives a signal back to the kernel, for later.
    static func queue(_ task: RecordedTask, _ information: [UInt8]) -> Int {
        var copy = information
        return Int(
            copy.withUnsafeMutableBytes { ct_queue_signal(task.group, task.tid, number(information), $0.baseAddress!) })
    }

    static let names: [Int32: String] = [
        1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE",
        9: "SIGKILL", 10: "SIGUSR1", 11: "SIGSEGV", 12: "SIGUSR2", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM",
        16: "SIGSTKFLT", 17: "SIGCHLD", 18: "SIGCONT", 19: "SIGSTOP", 20: "SIGTSTP", 21: "SIGTTIN", 22: "SIGTTOU",
        23: "SIGURG", 24: "SIGXCPU", 25: "SIGXFSZ", 26: "SIGVTALRM", 27: "SIGPROF", 28: "SIGWINCH", 29: "SIGIO",
        30: "SIGPWR", 31: "SIGSYS",
    ]

    static func name(_ number: Int32) -> String { names[number] ?? "SIGRT\(number)" }
}

/// What a task does about a signal.
enum Disposition {
    case ignored, stops, fatal, caught

    static func of(_ number: Int32, tid: Int32) -> Disposition {
        guard let status = ProcFile.text("/proc/\(tid)/status") else { return .fatal }
        let bit: UInt64 = 1 << UInt64(number - 1)
        if mask("SigCgt", status) & bit != 0 { return .caught }
        if mask("SigIgn", status) & bit != 0 { return .ignored }
        switch number {
        case SIGCHLD, SIGURG, SIGWINCH, SIGCONT: return .ignored
        case SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU: return .stops
        default: return .fatal
        }
    }

    private static func mask(_ name: String, _ status: String) -> UInt64 {
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name + ":") }) else { return 0 }
        return UInt64(line.dropFirst(name.count + 1).filter { !$0.isWhitespace }, radix: 16) ?? 0
    }
}

/// The frame that the kernel writes for a handler.
enum SignalFrame {
    /// From the handler's stack pointer to the end of the vector state (struct rt_sigframe; fpstate's sw_reserved).
    static func extent(_ memory: ProcessMemory, _ stack: UInt64) -> Range<UInt64> {
        let state = stack + 8 + 40 + 184
        guard let vectors = memory.word(state), vectors > stack, vectors - stack < 1 << 16 else {
            return stack..<stack + 8 + 304 + 128
        }
        let size = UInt64(memory.word32(vectors + 464 + 4) ?? 512)
        return stack..<vectors + max(512, min(size, 1 << 16))
    }
}

/// `rdtsc` and `rdtscp`.
enum CounterInstruction {
    static func length(_ code: [UInt8]) -> Int? {
        if code.starts(with: [0x0f, 0x31]) { return 2 }
        if code.starts(with: [0x0f, 0x01, 0xf9]) { return 3 }
        return nil
    }

    static func isOne(_ code: [UInt8]) -> Bool { length(code) != nil }

    static func executed(_ registers: Registers, value: UInt64, length: Int) -> Registers {
        var after = registers
        after.raw.rip += UInt64(length)
        after.raw.rax = value & 0xffff_ffff
        after.raw.rdx = value >> 32
        if length == 3 { after.raw.rcx = 0 }
        after.raw.orig_rax = UInt64.max
        return after
    }
}

import CTrace
import Glibc

/// The general registers of a stopped task.
struct Registers: Equatable, Sendable {
    static let count = 27
    /// In the order of `user_regs_struct`.
    static let names = [
        "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi",
        "orig_rax", "rip", "cs", "eflags", "rsp", "ss", "fs_base", "gs_base", "ds", "es", "fs", "gs",
    ]

    var raw = user_regs_struct()

    init() {}

    init(words: [UInt64]) {
        withUnsafeMutableBytes(of: &raw) { room in words.withUnsafeBytes { room.copyMemory(from: $0) } }
    }

    var words: [UInt64] {
        var copy = raw
        return withUnsafeBytes(of: &copy) { Array($0.bindMemory(to: UInt64.self)) }
    }

    /// - Parameter index: as in `names`.
    mutating func add(_ difference: UInt64, to index: Int) {
        withUnsafeMutableBytes(of: &raw) { room in
            let words = room.bindMemory(to: UInt64.self)
            words[index] = words[index] &+ difference
        }
    }

    static func == (one: Registers, other: Registers) -> Bool {
        withUnsafeBytes(of: one.raw) { a in
            withUnsafeBytes(of: other.raw) { b in memcmp(a.baseAddress!, b.baseAddress!, a.count) == 0 }
        }
    }

    /// The system call's number, at a stop of one.
    var call: Int {
        get { Int(truncatingIfNeeded: raw.orig_rax) }
        set { raw.orig_rax = UInt64(bitPattern: Int64(newValue)) }
    }

    var result: Int64 {
        get { Int64(bitPattern: raw.rax) }
        set { raw.rax = UInt64(bitPattern: newValue) }
    }

    /// The six arguments of a system call.
    func argument(_ index: Int) -> UInt64 {
        switch index {
        case 0: raw.rdi
        case 1: raw.rsi
        case 2: raw.rdx
        case 3: raw.r10
        case 4: raw.r8
        default: raw.r9
        }
    }

    /// What the program itself can tell apart: without the kernel's own notes (orig_rax; trap and resume flags).
    var visible: Registers {
        var copy = self
        copy.raw.orig_rax = 0
        copy.raw.eflags &= ~0x1_0100
        return copy
    }

    /// Names and values of what differs.
    func differences(from other: Registers) -> [(name: String, here: UInt64, there: UInt64)] {
        zip(Registers.names, zip(words, other.words)).compactMap { name, pair in
            pair.0 == pair.1 ? nil : (name, pair.0, pair.1)
        }
    }
}

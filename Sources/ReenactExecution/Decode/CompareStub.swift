/// Code that finds a recorded stop again without leaving the program: the instruction at the stop is overwritten by a
/// jump to it. It compares the registers and some words of memory with the recorded ones, traps where all are equal, and
/// else does what the overwritten instruction did. It touches neither the stack nor a register that it does not restore.
struct CompareStub {
    static let size = 0x2000
    /// Where data stands, after the code.
    private static let data = 0x1000
    private static let savedAccumulator = data
    private static let savedFlags = data + 8
    private static let hits = data + 16
    private static let registers = data + 32
    private static let words = data + 256
    static let wordsMax = 32

    private(set) var bytes = [UInt8](repeating: 0, count: size)
    /// Where rip stands after the trap, and where the program goes on from there.
    private(set) var trap: UInt64 = 0
    private(set) var resume: UInt64 = 0
    /// Right behind the moved instruction, and where that is in the program.
    private(set) var afterMoved: UInt64 = 0
    private(set) var next: UInt64 = 0
    private var at = 0
    private let base: UInt64

    /// - Returns: nil where the instruction can't be moved to `base`.
    init?(at base: UInt64, stop: Registers, probes: [StopPoint.Probe], code: [UInt8]) {
        guard let instructions = Instruction.group(code), probes.count <= CompareStub.wordsMax else { return nil }
        self.base = base
        save()
        var misses = compareRegisters(stop)
        for (index, probe) in probes.enumerated() { misses.append(compare(probe, index)) }
        restore()
        put([0xcc])
        trap = base + UInt64(at)
        resume = base + UInt64(at)
        for miss in misses { put32(Int32(at - (miss + 4)), at: miss) }
        restore()
        var origin = stop.raw.rip
        var rest = code
        for (index, instruction) in instructions.enumerated() {
            guard move(instruction, rest, from: origin, isLast: index == instructions.count - 1) else { return nil }
            origin += UInt64(instruction.length)
            rest.removeFirst(instruction.length)
        }
    }

    private mutating func put(_ values: [UInt8]) {
        bytes.replaceSubrange(at..<at + values.count, with: values)
        at += values.count
    }

    private mutating func put32(_ value: Int32, at place: Int) {
        withUnsafeBytes(of: value.littleEndian) { bytes.replaceSubrange(place..<place + 4, with: $0) }
    }

    private mutating func put64(_ value: UInt64, at place: Int) {
        withUnsafeBytes(of: value.littleEndian) { bytes.replaceSubrange(place..<place + 8, with: $0) }
    }

    /// An instruction's bytes and the distance to a place of the data.
    private mutating func put(_ opcode: [UInt8], data place: Int) {
        put(opcode)
        put32(Int32(place - (at + 4)), at: at)
        at += 4
    }

    /// mov %rax, saved; lahf; seto %al; mov %rax, flags; incq hits.
    private mutating func save() {
        put([0x48, 0x89, 0x05], data: CompareStub.savedAccumulator)
        put([0x9f, 0x0f, 0x90, 0xc0])
        put([0x48, 0x89, 0x05], data: CompareStub.savedFlags)
        put([0x48, 0xff, 0x05], data: CompareStub.hits)
    }

    /// mov flags, %rax; add $0x7f, %al; sahf; mov saved, %rax.
    private mutating func restore() {
        put([0x48, 0x8b, 0x05], data: CompareStub.savedFlags)
        put([0x04, 0x7f, 0x9e])
        put([0x48, 0x8b, 0x05], data: CompareStub.savedAccumulator)
    }

    /// jne, its distance left open.
    private mutating func unequal() -> Int {
        put([0x0f, 0x85])
        at += 4
        return at - 4
    }

    private mutating func compareRegisters(_ stop: Registers) -> [Int] {
        let raw = stop.raw
        let values = [
            raw.rax, raw.rcx, raw.rdx, raw.rbx, raw.rsp, raw.rbp, raw.rsi, raw.rdi, raw.r8, raw.r9, raw.r10, raw.r11,
            raw.r12, raw.r13, raw.r14, raw.r15,
        ]
        var misses: [Int] = []
        for (index, value) in values.enumerated() {
            put64(value, at: CompareStub.registers + 8 * index)
            if index == 0 { continue }
            // cmp data, register.
            put(
                [index >= 8 ? 0x4c : 0x48, 0x3b, 0x05 | UInt8(index & 7) << 3],
                data: CompareStub.registers + 8 * index)
            misses.append(unequal())
        }
        put([0x48, 0x8b, 0x05], data: CompareStub.savedAccumulator)
        put([0x48, 0x3b, 0x05], data: CompareStub.registers)
        misses.append(unequal())
        return misses
    }

    /// movabs address, %rax; cmp data, %rax.
    private mutating func compare(_ probe: StopPoint.Probe, _ index: Int) -> Int {
        put([0x48, 0xa1])
        put64(probe.address, at: at)
        at += 8
        put64(probe.value, at: CompareStub.words + 8 * index)
        put([0x48, 0x3b, 0x05], data: CompareStub.words + 8 * index)
        return unequal()
    }

    private mutating func jump(to target: UInt64) -> Bool {
        put([0xe9])
        return distance(to: target)
    }

    private mutating func distance(to target: UInt64) -> Bool {
        let value = Int64(bitPattern: target &- (base + UInt64(at) + 4))
        guard let short = Int32(exactly: value) else { return false }
        put32(short, at: at)
        at += 4
        return true
    }

    private mutating func move(
        _ instruction: Instruction, _ code: [UInt8], from origin: UInt64, isLast: Bool
    ) -> Bool {
        let next = origin + UInt64(instruction.length)
        func target(_ offset: Int) -> UInt64 {
            let raw = (0..<4).reduce(UInt32(0)) { $0 | UInt32(code[offset + $1]) << (8 * UInt32($1)) }
            return next &+ UInt64(bitPattern: Int64(Int32(bitPattern: raw)))
        }
        func near(_ offset: Int) -> UInt64 { next &+ UInt64(bitPattern: Int64(Int8(bitPattern: code[offset]))) }
        switch instruction.kind {
        case .shortJump(let offset): return jump(to: near(offset))
        case .shortBranch(let offset):
            put([0x0f, code[offset - 1] + 0x10])
            guard distance(to: near(offset)) else { return false }
        case .call(let offset):
            // lea -8(%rsp), %rsp; the return address in two halves; jmp.
            put([0x48, 0x8d, 0x64, 0x24, 0xf8, 0xc7, 0x04, 0x24])
            put32(Int32(bitPattern: UInt32(truncatingIfNeeded: next)), at: at)
            at += 4
            put([0xc7, 0x44, 0x24, 0x04])
            put32(Int32(bitPattern: UInt32(truncatingIfNeeded: next >> 32)), at: at)
            at += 4
            return jump(to: target(offset))
        case .jump(let offset): return jump(to: target(offset))
        case .branch(let offset):
            put(Array(code[offset - 2..<offset]))
            guard distance(to: target(offset)) else { return false }
        case .plain:
            let start = at
            put(Array(code[..<instruction.length]))
            if let offset = instruction.relativeOffset {
                let value = Int64(bitPattern: target(offset) &- (base + UInt64(at)))
                guard let short = Int32(exactly: value) else { return false }
                put32(short, at: start + offset)
            }
        case .fixed: return false
        }
        guard isLast else { return true }
        afterMoved = base + UInt64(at)
        self.next = next
        return jump(to: next)
    }
}

/// `rdrand` and `rdseed` (Intel SDM volume 2: 0F C7 /6 and /7 with a register, after an operand size prefix and REX): the
/// processor draws a number that no recording could repeat. A recorder makes each of them `ud0`, by one byte of its
/// opcode, and gives it its number when it faults.
struct DrawInstruction: Equatable {
    static let opcode: UInt8 = 0xc7
    /// The last byte of `ud0`'s opcode. Its operands are those of what stood there.
    static let mark: UInt8 = 0xff

    var length: Int
    /// Of the target register: 0 is rax, 15 is r15, as instructions number them.
    private var target: Int
    /// 2, 4 or 8 bytes.
    private var size: Int

    /// The instruction at the beginning of `code`, where it is one.
    ///
    /// - Parameter isMarked: as a recording has it; otherwise as the program came.
    init?(_ code: [UInt8], isMarked: Bool) {
        var rest = code[...]
        var (isNarrow, extended) = (false, UInt8(0))
        while rest.first == 0x66 {
            isNarrow = true
            rest.removeFirst()
        }
        if let prefix = rest.first, prefix & 0xf0 == 0x40 {
            extended = prefix
            rest.removeFirst()
        }
        let opcode = rest.prefix(3)
        guard opcode.count == 3, opcode.starts(with: [0x0f, isMarked ? DrawInstruction.mark : DrawInstruction.opcode]),
            let operand = opcode.last, operand >= 0xf0, code.count - rest.count <= 4
        else { return nil }
        length = code.count - rest.count + 3
        target = Int(operand & 7) | (extended & 1 != 0 ? 8 : 0)
        size = extended & 8 != 0 ? 8 : isNarrow ? 2 : 4
    }

    /// Registers after it has drawn `value`: with the carry flag, which says that there was a number to draw.
    func executed(_ registers: Registers, value: UInt64) -> Registers {
        var words = registers.words
        let index = DrawInstruction.order[target]
        switch size {
        case 8: words[index] = value
        case 4: words[index] = value & 0xffff_ffff
        default: words[index] = words[index] & ~0xffff | value & 0xffff
        }
        var after = Registers(words: words)
        // Overflow, sign, zero, adjust, parity; carry.
        after.raw.eflags = after.raw.eflags & ~0x8d4 | 1
        after.raw.rip += UInt64(length)
        after.raw.orig_rax = UInt64.max
        return after
    }

    /// Registers as instructions number them, by their place in `Registers.names`.
    private static let order =
        ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi"].map { index(of: $0) }
        + (8...15).map { index(of: "r\($0)") }

    private static func index(of name: String) -> Int { Registers.names.firstIndex(of: name) ?? 0 }
}

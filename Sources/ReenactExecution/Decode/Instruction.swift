/// Length and kind of one x86-64 instruction (Intel SDM volume 2, appendix A): enough to move it elsewhere.
struct Instruction: Equatable {
    var length = 0
    /// Where a displacement relative to the next instruction stands, for operands in memory.
    var relativeOffset: Int?
    var kind = Kind.plain

    enum Kind: Equatable {
        case plain
        /// `call`, `jmp`, or a conditional jump, with a 32 bit distance at this offset.
        case call(Int)
        case jump(Int)
        case branch(Int)
        /// The same with 8 bits.
        case shortJump(Int)
        case shortBranch(Int)
        /// Anything that must stay where it is.
        case fixed
    }

    /// Long enough to be overwritten by a jump, and it does the same elsewhere.
    var canBeMoved: Bool { length >= 5 && kind != .fixed }

    private var isTransfer: Bool { kind != .plain }

    /// The instructions at the beginning of `code` that a jump would overwrite; nil where one of them must stay.
    static func group(_ code: [UInt8]) -> [Instruction]? {
        var result: [Instruction] = []
        var length = 0
        while length < 5 {
            guard result.last?.isTransfer != true, let next = Instruction(Array(code.dropFirst(length))),
                next.kind != .fixed,
                !CounterInstruction.isOne(Array(code.dropFirst(length)))
            else { return nil }
            result.append(next)
            length += next.length
        }
        return result
    }

    /// Where a direct jump or branch leads; nil for anything else.
    func target(at address: UInt64, _ code: [UInt8]) -> UInt64? {
        let distance: Int64
        switch kind {
        case .shortJump(let offset), .shortBranch(let offset): distance = Int64(Int8(bitPattern: code[offset]))
        case .jump(let offset), .branch(let offset):
            let word = code[offset..<offset + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            distance = Int64(Int32(bitPattern: word))
        case .plain, .call, .fixed: return nil
        }
        return address &+ UInt64(length) &+ UInt64(bitPattern: distance)
    }

    init?(_ bytes: [UInt8]) {
        var cursor = Cursor(bytes: bytes)
        guard let parsed = cursor.parse(), parsed.length <= 15, parsed.length <= bytes.count else { return nil }
        self = parsed
    }

    fileprivate init() {}

    private struct Cursor {
        let bytes: [UInt8]
        var at = 0
        var hasOperandSize = false
        var hasAddressSize = false
        var hasRepeat = false
        var isWide = false
        var result = Instruction()

        mutating func take() -> UInt8? {
            guard at < bytes.count else { return nil }
            defer { at += 1 }
            return bytes[at]
        }

        mutating func parse() -> Instruction? {
            while let next = take() {
                switch next {
                case 0x66: hasOperandSize = true
                case 0x67: hasAddressSize = true
                case 0xf2, 0xf3: hasRepeat = true
                case 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65, 0xf0: break
                case 0x40...0x4f:
                    isWide = next & 8 != 0
                    guard let opcode = take() else { return nil }
                    return one(opcode)
                default: return one(next)
                }
            }
            return nil
        }

        mutating func finish(immediate: Int) -> Instruction? {
            at += immediate
            result.length = at
            return at <= bytes.count ? result : nil
        }

        /// ModRM, SIB and displacement; the value of the middle field.
        mutating func operands() -> UInt8? {
            guard let modrm = take() else { return nil }
            let (mode, register, memory) = (modrm >> 6, modrm >> 3 & 7, modrm & 7)
            if mode == 3 { return register }
            var base = memory
            if memory == 4 {
                guard let sib = take() else { return nil }
                base = sib & 7
                if mode == 0, base == 5 { at += 4 }
            } else if mode == 0, memory == 5 {
                result.relativeOffset = at
                at += 4
            }
            if mode == 1 { at += 1 }
            if mode == 2 { at += 4 }
            return register
        }

        mutating func modrm(immediate: Int = 0) -> Instruction? {
            operands() == nil ? nil : finish(immediate: immediate)
        }

        mutating func one(_ opcode: UInt8) -> Instruction? {
            let word = hasOperandSize ? 2 : 4
            switch opcode {
            case 0x0f: return two()
            case 0x00...0x3f:
                switch opcode & 7 {
                case 0...3: return modrm()
                case 4: return finish(immediate: 1)
                case 5: return finish(immediate: word)
                default: return nil
                }
            case 0x50...0x5f, 0x90...0x99, 0x9b...0x9f: return plainOrFixed(opcode)
            case 0x62: return extended()
            case 0x63, 0x84...0x8e, 0xd0...0xd3, 0xd8...0xdf: return modrm()
            case 0x8f: return modrm()
            case 0x68, 0xa9: return finish(immediate: word)
            case 0x69, 0x81: return modrm(immediate: word)
            case 0x6a, 0xa8, 0xb0...0xb7: return finish(immediate: 1)
            case 0x6b, 0x80, 0x83, 0xc0, 0xc1, 0xc6: return modrm(immediate: 1)
            case 0xc7: return modrm(immediate: word)
            case 0x6c...0x6f, 0xa4...0xa7, 0xaa...0xaf:
                if hasRepeat { result.kind = .fixed }
                return finish(immediate: 0)
            case 0x70...0x7f:
                result.kind = .shortBranch(at)
                return finish(immediate: 1)
            case 0xeb:
                result.kind = .shortJump(at)
                return finish(immediate: 1)
            case 0xe0...0xe3: return fixed(1)
            case 0xa0...0xa3: return finish(immediate: hasAddressSize ? 4 : 8)
            case 0xb8...0xbf: return finish(immediate: isWide ? 8 : word)
            case 0xc2, 0xca: return fixed(2)
            case 0xc8: return finish(immediate: 3)
            case 0xc9, 0xd7, 0xf5, 0xf8, 0xf9, 0xfc, 0xfd: return finish(immediate: 0)
            case 0xc4, 0xc5: return vector(opcode)
            case 0xc3, 0xcb, 0xcc, 0xce, 0xcf, 0xf1, 0xf4, 0xfa, 0xfb, 0xec...0xef: return fixed(0)
            case 0xcd, 0xe4...0xe7: return fixed(1)
            case 0xe8: return distance(.call(at))
            case 0xe9: return distance(.jump(at))
            case 0xf6, 0xf7:
                guard let register = operands() else { return nil }
                return finish(immediate: register > 1 ? 0 : opcode == 0xf6 ? 1 : word)
            case 0xfe: return modrm()
            case 0xff:
                guard let register = operands() else { return nil }
                if (2...5).contains(register) { result.kind = .fixed }
                return finish(immediate: 0)
            default: return nil
            }
        }

        /// `pushf` would store the trap flag of a step, `popf` may set it.
        mutating func plainOrFixed(_ opcode: UInt8) -> Instruction? {
            if opcode == 0x9c || opcode == 0x9d { result.kind = .fixed }
            return finish(immediate: 0)
        }

        mutating func fixed(_ immediate: Int) -> Instruction? {
            result.kind = .fixed
            return finish(immediate: immediate)
        }

        mutating func distance(_ kind: Kind) -> Instruction? {
            result.kind = hasOperandSize ? .fixed : kind
            return finish(immediate: 4)
        }

        mutating func two() -> Instruction? {
            guard let opcode = take() else { return nil }
            switch opcode {
            case 0x05, 0x07, 0x0b, 0x34, 0x35: return fixed(0)
            // ud0: it faults where it stands.
            case 0xff:
                result.kind = .fixed
                return modrm()
            case 0x06, 0x08, 0x09, 0x0e, 0x30...0x33, 0x36, 0x37, 0x77, 0xa0...0xa2, 0xa8...0xaa, 0xc8...0xcf:
                return finish(immediate: 0)
            case 0x38:
                guard take() != nil else { return nil }
                return modrm()
            case 0x3a:
                guard take() != nil else { return nil }
                return modrm(immediate: 1)
            case 0x80...0x8f: return distance(.branch(at))
            case 0x0f, 0x70...0x73, 0xa4, 0xac, 0xba, 0xc2, 0xc4...0xc6: return modrm(immediate: 1)
            default: return modrm()
            }
        }

        /// VEX: two or three bytes before the opcode.
        mutating func vector(_ first: UInt8) -> Instruction? {
            var map: UInt8 = 1
            guard let second = take() else { return nil }
            if first == 0xc4 {
                map = second & 0x1f
                guard take() != nil else { return nil }
            }
            return mapped(map)
        }

        /// EVEX.
        mutating func extended() -> Instruction? {
            guard let second = take(), take() != nil, take() != nil else { return nil }
            return mapped(second & 7)
        }

        mutating func mapped(_ map: UInt8) -> Instruction? {
            guard let opcode = take() else { return nil }
            switch map {
            case 1:
                if opcode == 0x77 { return finish(immediate: 0) }
                let hasImmediate = (0x70...0x73).contains(opcode) || opcode == 0xc2 || (0xc4...0xc6).contains(opcode)
                return modrm(immediate: hasImmediate ? 1 : 0)
            case 2, 5, 6: return modrm()
            case 3: return modrm(immediate: 1)
            default: return nil
            }
        }
    }
}

import CTrace

/// Finds `rdrand` and `rdseed` in text, and tells them from the same bytes inside other instructions and in data.
struct DrawFinder {
    struct Found: Equatable {
        /// Places of the byte that makes an instruction `ud0`.
        var marks: [UInt64] = []
        /// Places of what may be such instructions and may be something else.
        var doubts: [UInt64] = []
    }

    private let text: UnsafeRawBufferPointer
    private let functions: FunctionTable?
    /// What stands before all functions and behind them is data, which some linkers put beside them.
    private let extent: Range<UInt64>
    /// Functions that are longer are not read from their beginning.
    private static let longest: UInt64 = 1 << 16

    /// - Parameter text: a file, or a part of memory.
    init(_ text: UnsafeRawBufferPointer) {
        self.text = text
        functions = FunctionTable(text)
        extent = functions?.extent ?? 0..<UInt64(text.count)
    }

    /// - Parameter range: in the text.
    func find(in range: Range<UInt64>) -> Found {
        var found = Found()
        var at = Int(max(range.lowerBound, extent.lowerBound))
        let end = min(Int(min(range.upperBound, extent.upperBound)), text.count)
        while at < end {
            let next = Int(ct_find_draw(text.baseAddress! + at, end - at))
            guard next >= 0 else { break }
            let place = at + next
            at = place + 3
            switch verdict(place) {
            case true?: found.marks.append(UInt64(place + 1))
            case nil: found.doubts.append(UInt64(place))
            case false?: break
            }
        }
        return found
    }

    /// Whether an instruction has its opcode at `place`; nil where that is not sure.
    private func verdict(_ place: Int) -> Bool? {
        if let function = functions?.function(around: UInt64(place)),
            UInt64(place) - function.lowerBound < DrawFinder.longest,
            let isOne = reaches(place, from: Int(function.lowerBound))
        {
            return isOne
        }
        // Instructions that are read from a wrong place soon fall in with the right ones.
        var (reached, passed) = (0, 0)
        for start in max(place - 96, 0)..<max(place - 32, 0) {
            switch reaches(place, from: start) {
            case true?: reached += 1
            case false?: passed += 1
            case nil: break
            }
        }
        guard reached >= 24, reached > passed * 8 else { return false }
        return looksAtCarry(after: place + 3) ? true : nil
    }

    /// Whether the instructions from `start` on lead to one with its opcode at `place`; nil where they can't be read.
    private func reaches(_ place: Int, from start: Int) -> Bool? {
        var at = start
        while at <= place {
            let code = bytes(at)
            guard let instruction = Instruction(code) else { return nil }
            if at + instruction.length > place {
                guard let draw = DrawInstruction(code, isMarked: false) else { return false }
                return at + draw.length == place + 3
            }
            at += instruction.length
        }
        return false
    }

    /// A program asks by the carry flag whether there was a number.
    private func looksAtCarry(after place: Int) -> Bool {
        var at = place
        for _ in 0..<5 {
            var code = bytes(at)[...]
            guard let instruction = Instruction(Array(code)) else { return false }
            at += instruction.length
            while let prefix = code.first, prefix == 0x66 || prefix & 0xf0 == 0x40 { code.removeFirst() }
            guard var opcode = code.popFirst() else { return false }
            if opcode == 0x0f {
                opcode = code.popFirst() ?? 0
                // jb, setb, cmovb and their opposites.
                if [0x82, 0x83, 0x92, 0x93, 0x42, 0x43].contains(opcode) { return true }
                continue
            }
            // jb, jae; adc, sbb.
            if opcode == 0x72 || opcode == 0x73 || (0x10...0x15).contains(opcode) || (0x18...0x1d).contains(opcode) {
                return true
            }
            if 0x80...0x83 ~= opcode, let operand = code.first, [2, 3].contains(operand >> 3 & 7) { return true }
        }
        return false
    }

    private func bytes(_ at: Int) -> [UInt8] {
        guard at < text.count else { return [] }
        return Array(text[at..<min(at + 16, text.count)])
    }
}

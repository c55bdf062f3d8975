import Testing

@testable import ReenactExecution

@Suite struct FootstepsTests {
    /// glibc's loop over packed relocations: the branch at 0x0a is taken where a bit is 0.
    private let loop: [(place: UInt64, code: [UInt8])] = [
        (0x08, [0xa8, 0x01]),  // test $1, %al
        (0x0a, [0x74, 0x03]),  // je 0x0f
        (0x0c, [0x4c, 0x01, 0x31]),  // add %r14, (%rcx)
        (0x0f, [0x48, 0x83, 0xc1, 0x08]),  // add $8, %rcx
        (0x13, [0x48, 0xd1, 0xe8]),  // shr %rax
        (0x16, [0x75, 0xf0]),  // jne 0x08
    ]

    private func code(at place: UInt64) -> [UInt8] {
        Array((loop.filter { $0.place >= place }.flatMap(\.code) + [UInt8](repeating: 0x90, count: 16)).prefix(16))
    }

    @Test func `no stop where a branch that was never taken leads into what a jump would overwrite`() {
        var path = Footsteps()
        for _ in 0..<10 { for (place, _) in loop { path.append(0x7000 + place, code(at: place)) } }
        #expect(!path.canStop(0x700c, code(at: 0x0c)))
        // From there on nothing leads into the middle.
        #expect(path.canStop(0x700f, code(at: 0x0f)))
    }

    @Test func `a jump's target is counted from the next instruction`() throws {
        func target(_ code: [UInt8]) -> UInt64? { Instruction(code)?.target(at: 0x1000, code) }
        #expect(target([0x75, 0xf0]) == 0x0ff2)
        #expect(target([0xe9, 0x10, 0, 0, 0]) == 0x1015)
        #expect(target([0x0f, 0x84, 0xfa, 0xff, 0xff, 0xff]) == 0x1000)
        #expect(target([0xe8, 0, 0, 0, 0]) == nil)
    }
}

/// The dynamic linker, when it binds a function at its first call, saves the vector registers to the stack with XSAVEC
/// or XSAVE. These also write which parts of the state are in use, and the processor's answer to that is not the
/// program's alone: registers of zeros count as in use after a context switch, and not before. FXSAVE writes registers
/// and nothing else. It leaves out the upper halves, which the linker, made of SSE2 code, does not touch.
enum LazyBinding {
    /// Text that is longer is no dynamic linker.
    static let longest = 4 << 20

    /// What is to be written so that `text`, which stands at `address`, saves its registers with FXSAVE.
    static func changes(_ text: [UInt8], at address: UInt64) -> [MemoryWrite] {
        var found: [MemoryWrite] = []
        var saves = 0
        var restores = 0
        guard text.count > 256 else { return [] }
        text.withUnsafeBufferPointer { bytes in
            for at in 128..<bytes.count - 5 where bytes[at] == 0x0f && bytes[at + 3] == 0x24 && bytes[at + 4] == 0x40 {
                guard asksForVectors(bytes, before: at) else { continue }
                switch (bytes[at + 1], bytes[at + 2]) {
                // xsavec 0x40(%rsp), xsave 0x40(%rsp)
                case (0xc7, 0x64), (0xae, 0x64):
                    saves += 1
                    found.append(MemoryWrite(address: address + UInt64(at), bytes: [0x0f, 0xae, 0x44, 0x24, 0x40]))
                // xrstor 0x40(%rsp)
                case (0xae, 0x6c):
                    restores += 1
                    found.append(MemoryWrite(address: address + UInt64(at), bytes: [0x0f, 0xae, 0x4c, 0x24, 0x40]))
                default: break
                }
            }
        }
        return saves == restores ? found : []
    }

    /// The mask of the state's parts, 0xee, goes to eax shortly before; edx is cleared.
    private static func asksForVectors(_ bytes: UnsafeBufferPointer<UInt8>, before end: Int) -> Bool {
        (end - 128...end - 7).contains { at in
            bytes[at] == 0xb8 && bytes[at + 1] == 0xee && bytes[at + 2] == 0 && bytes[at + 3] == 0
                && bytes[at + 4] == 0 && bytes[at + 5] == 0x31 && bytes[at + 6] == 0xd2
        }
    }
}

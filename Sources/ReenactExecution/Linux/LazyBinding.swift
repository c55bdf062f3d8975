import Glibc

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
            for at in places(bytes) where bytes[at] == 0x0f && bytes[at + 3] == 0x24 && bytes[at + 4] == 0x40 {
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

    /// Where the mask of the state's parts, 0xee, went to eax shortly before, and edx was cleared.
    private static func places(_ bytes: UnsafeBufferPointer<UInt8>) -> [Int] {
        let mask: [UInt8] = [0xb8, 0xee, 0, 0, 0, 0x31, 0xd2]
        let start = bytes.baseAddress!
        var found: [Int] = []
        var from = 1
        while let hit = memchr(start + from, 0xee, bytes.count - from) {
            let at = UnsafeRawPointer(hit) - UnsafeRawPointer(start) - 1
            from = at + 2
            guard bytes.count - at > mask.count, memcmp(start + at, mask, mask.count) == 0 else { continue }
            // Those behind the one before are known already.
            let first = max(at + mask.count, (found.last ?? 127) + 1)
            let end = min(at + 128, bytes.count - 6)
            if first <= end { found += first...end }
        }
        return found
    }
}

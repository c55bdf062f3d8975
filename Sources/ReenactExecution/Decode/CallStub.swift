import CTrace

/// What a patched system call jumps to: it leaves the program's stack, calls the capsule, and goes on behind the
/// program's instruction; or makes the call itself, traced, with all registers as the program had them.
enum CallStub {
    static let size = 64
    /// Where the jump back stands after a call that was buffered, and the end of the traced call's instruction.
    static let exit = 30
    static let tracedEnd = 50

    /// - Returns: nil where the stub can't reach `origin`, the address behind the program's instruction.
    static func bytes(at place: UInt64, origin: UInt64) -> [UInt8]? {
        guard let done = jump(from: place + 30, to: origin), let traced = jump(from: place + 50, to: origin) else {
            return nil
        }
        let saved = little(UInt32(ct_capsule_saved_stack))
        // mov %rsp, saved; mov $top, %rsp; call *hook; mov saved, %rsp.
        var code: [UInt8] = [0x48, 0x89, 0x24, 0x25] + saved
        code += [0x48, 0xc7, 0xc4] + little(UInt32(ct_capsule_stack_top))
        code += [0xff, 0x14, 0x25] + little(UInt32(ct_capsule_hook_pointer))
        code += [0x48, 0x8b, 0x24, 0x25] + saved + done
        code += [UInt8](repeating: 0xcc, count: 40 - code.count)
        // mov saved, %rsp; syscall.
        code += [0x48, 0x8b, 0x24, 0x25] + saved + [0x0f, 0x05] + traced
        code += [UInt8](repeating: 0xcc, count: 56 - code.count)
        return code + withUnsafeBytes(of: origin.littleEndian) { Array($0) }
    }

    /// `jmp`, if the distance fits.
    static func jump(from place: UInt64, to target: UInt64) -> [UInt8]? {
        guard let distance = Int32(exactly: Int64(bitPattern: target &- (place + 5))) else { return nil }
        return [0xe9] + little(UInt32(bitPattern: distance))
    }

    private static func little(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
}

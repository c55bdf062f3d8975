/// Calls whose outputs depend on a command among their arguments.
extension Outputs {
    func byCommand(_ model: SystemCall, _ entry: Registers, result: Int64?) -> [Range<UInt64>]? {
        let first = entry.argument(0)
        switch model.name {
        case "ioctl": return ioctl(UInt32(truncatingIfNeeded: entry.argument(1)), entry.argument(2))
        case "fcntl":
            // F_GETLK, F_OFD_GETLK, F_GETOWN_EX, F_GET_RW_HINT, F_GET_FILE_RW_HINT.
            switch entry.argument(1) {
            case 5, 36: return [Outputs.range(entry.argument(2), 32)]
            case 16, 1035, 1037: return [Outputs.range(entry.argument(2), 8)]
            default: return [Outputs.range(entry.argument(2), 0)]
            }
        case "prctl": return prctl(first, entry)
        case "arch_prctl":
            // ARCH_GET_FS, ARCH_GET_GS; XSAVE permissions.
            switch first {
            case 0x1003, 0x1004, 0x1021, 0x1022, 0x1024, 0x1025: return [Outputs.range(entry.argument(1), 8)]
            default: return []
            }
        case "futex": return futex(entry)
        case "mincore": return [Outputs.range(entry.argument(2), (min(entry.argument(1), 1 << 36) + 4095) / 4096)]
        case "msgrcv":
            let size = result.map { UInt64(clamping: $0) } ?? entry.argument(2)
            return (result ?? 0) < 0 ? [] : [Outputs.range(entry.argument(1), 8 + min(size, 1 << 30))]
        // SECCOMP_GET_NOTIF_SIZES: struct seccomp_notif_sizes.
        case "seccomp": return first == 3 ? [Outputs.range(entry.argument(2), 6)] : []
        case "semctl":
            // IPC_STAT, SEM_STAT, IPC_INFO, SEM_INFO write; GETALL's size is the kernel's to know.
            switch entry.argument(2) & 0xff {
            case 2, 18, 3, 19: return [Outputs.range(entry.argument(3), 104)]
            case 13: return nil
            default: return []
            }
        default: return nil
        }
    }

    /// Requests say their direction and size in their own bits, but for those of old.
    private func ioctl(_ request: UInt32, _ argument: UInt64) -> [Range<UInt64>]? {
        if let size = oldSize(request) { return size == 0 ? [] : [Outputs.range(argument, size)] }
        switch request >> 30 {
        case 1: return []
        case 2, 3: return [Outputs.range(argument, UInt64(request >> 16 & 0x3fff))]
        default: return nil
        }
    }

    /// Of requests that do not say it; 0 for those that only set: terminals, descriptors' flags.
    private func oldSize(_ request: UInt32) -> UInt64? {
        switch request {
        case 0x5401: 36
        case 0x5405: 18
        case 0x5413: 8
        case 0x540f, 0x5411, 0x5415, 0x541b, 0x5424, 0x5429, 0x8901, 0x8903, 0x8904, 0x8905: 4
        case 0x8906, 0x8907: 16
        case 0x8910, 0x8913, 0x8915, 0x8917, 0x8919, 0x891b, 0x891d, 0x8921, 0x8927, 0x8933, 0x8942: 40
        case 0x5402, 0x5403, 0x5404, 0x5406...0x540e, 0x5410, 0x5412, 0x5414, 0x5420...0x5423, 0x5425, 0x5450...0x5452,
            0x8902, 0x894c:
            0
        default: nil
        }
    }

    private func prctl(_ option: UInt64, _ entry: Registers) -> [Range<UInt64>]? {
        switch option {
        case 16: return [Outputs.range(entry.argument(1), 16)]
        case 2, 5, 9, 11, 19, 25, 37: return [Outputs.range(entry.argument(1), 4)]
        case 40: return [Outputs.range(entry.argument(1), 8)]
        case 1, 3, 4, 7, 8, 14, 15, 21, 22, 23, 24, 27, 28, 29, 30, 33, 34, 36, 38, 39, 41, 42, 45, 46, 47, 50, 51, 53,
            0x5356_4d41:
            return []
        default: return nil
        }
    }

    private func futex(_ entry: Registers) -> [Range<UInt64>] {
        let word = [Outputs.range(entry.argument(0), 4)]
        let second = [Outputs.range(entry.argument(4), 4)]
        switch entry.argument(1) & 127 {
        // WAKE_OP, WAIT_REQUEUE_PI, CMP_REQUEUE_PI change the second word.
        case 5, 11, 12: return second
        // LOCK_PI, UNLOCK_PI, TRYLOCK_PI, LOCK_PI2.
        case 6, 7, 8, 13: return word
        default: return []
        }
    }
}

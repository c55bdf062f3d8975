import CTrace

/// `rdrand` and `rdseed`: numbers that the processor draws. A recording holds those of instructions that were found when
/// text was mapped. Where a replay differs, a program whose text has others is likely to have executed one.
enum HardwareNumbers {
    /// Text that is longer is not looked through.
    static let longest: UInt64 = 256 << 20

    static let remedy =
        "have it ask the kernel for random numbers (OpenSSL: OPENSSL_ia32cap=~0x4000000000000000:~0x40000; C++: "
        + "std::random_device(\"/dev/urandom\"))"

    /// Whether this processor has them: on others a program that executes one is told so by a signal.
    static let isOffered: Bool = {
        var words: [UInt32] = [0, 0, 0, 0]
        ct_cpuid(1, 0, &words)
        let draws = words[2] & 1 << 30 != 0
        ct_cpuid(7, 0, &words)
        return draws || words[1] & 1 << 18 != 0
    }()

    /// What to say of it; nothing where the text has none.
    static func suspicion(_ memory: ProcessMemory) -> String {
        var names: [String] = []
        for region in MemoryMap.of(memory.process)
        where region.isExecutable && !Capsule.contains(region.start) && region.length <= longest {
            let name = name(of: region)
            if !names.contains(name), isIn(region, memory) { names.append(name) }
        }
        guard !names.isEmpty else { return "" }
        return "; perhaps it executed rdrand or rdseed, which no recording holds and which seem to stand in "
            + names.prefix(3).joined(separator: ", ")
            + ": \(remedy)"
    }

    /// A copy in memory is shown as `/memfd:NAME (deleted)`.
    private static func name(of region: MemoryRegion) -> String {
        guard region.isFile else { return "memory that it wrote" }
        let copy = "/memfd:"
        guard region.name.hasPrefix(copy) else { return region.name }
        return String(region.name.dropFirst(copy.count).prefix { $0 != " " })
    }

    private static func isIn(_ region: MemoryRegion, _ memory: ProcessMemory) -> Bool {
        let step: UInt64 = 1 << 20
        var at = region.start
        while at < region.end {
            // Two bytes more, where an instruction may lie across.
            if stands(in: memory.read(at, Int(min(step + 2, region.end - at)))) { return true }
            at += step
        }
        return false
    }

    /// 0F C7 /6 and /7 of a register.
    static func stands(in code: [UInt8]) -> Bool {
        guard code.count > 2 else { return false }
        return code.withUnsafeBufferPointer { code in
            (0..<code.count - 2).contains { code[$0] == 0x0f && code[$0 + 1] == 0xc7 && code[$0 + 2] >= 0xf0 }
        }
    }
}

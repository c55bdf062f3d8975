/// Words of memory that tell one pass of a loop from the next: near the stack pointer, where registers point, and where
/// what stands there points.
enum Probes {
    static let max = 1500

    static func of(_ memory: ProcessMemory, _ registers: Registers) -> [StopPoint.Probe] {
        let regions = MemoryMap.of(memory.process).filter { Fingerprint.counts($0) }
        var found: [UInt64: UInt64] = [:]
        func look(_ address: UInt64, before: UInt64, words: Int) -> [UInt64] {
            let start = (address & ~7) &- before
            guard
                let region = regions.first(where: { address >= $0.start && address < $0.end }), found.count < max
            else { return [] }
            let from = Swift.max(start, region.start)
            let count = min(words * 8, Int(region.end - from))
            let bytes = memory.read(from, count)
            var values: [UInt64] = []
            for index in 0..<bytes.count / 8 {
                let value = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[index * 8 + $1]) << (8 * UInt64($1)) }
                found[from + UInt64(index) * 8] = value
                values.append(value)
            }
            return values
        }
        func isOwn(_ pointer: UInt64) -> Bool {
            regions.contains { pointer >= $0.start && pointer < $0.end && !$0.isFile }
        }
        let raw = registers.raw
        var next = look(raw.rsp, before: 0, words: 48)
        for pointer in [
            raw.rbp, raw.rax, raw.rbx, raw.rcx, raw.rdx, raw.rsi, raw.rdi, raw.r8, raw.r9, raw.r10, raw.r11, raw.r12,
            raw.r13,
            raw.r14, raw.r15,
        ] { next += look(pointer, before: 32, words: 16) }
        // Two steps further: interpreters keep what tells passes apart behind objects of objects. What stands in a file's
        // memory, types and tables, says little.
        for _ in 0..<2 {
            var further: [UInt64] = []
            for pointer in next where isOwn(pointer) && found[pointer & ~7] == nil {
                further += look(pointer, before: 0, words: 4)
            }
            for pointer in next where pointer >= 4096 && found[pointer & ~7] == nil {
                _ = look(pointer, before: 0, words: 4)
            }
            next = further
        }
        return found.sorted { $0.key < $1.key }.map { StopPoint.Probe(address: $0.key, value: $0.value) }
    }
}

/// The futexes a thread holds by its robust list: the kernel marks them where the thread ends without giving them back.
enum RobustList {
    static func words(_ head: UInt64, _ memory: ProcessMemory) -> [UInt64] {
        guard head >= 4096, let offset = memory.word(head + 8) else { return [] }
        var result: [UInt64] = []
        var entry = memory.word(head) ?? head
        while entry & ~1 != head, entry >= 4096, result.count < 1000 {
            result.append((entry & ~1) &+ offset)
            entry = memory.word(entry & ~1) ?? head
        }
        if let waiting = memory.word(head + 16), waiting >= 4096 { result.append((waiting & ~1) &+ offset) }
        return result
    }
}

/// Which memory a system call writes, given its row, its arguments, and its result where it is known.
struct Outputs {
    let memory: ProcessMemory

    /// - Parameter result: nil before the return: everything that may be written.
    /// - Returns: nil where only comparing memory can tell.
    func ranges(_ model: SystemCall, _ entry: Registers, result: Int64?) -> [Range<UInt64>]? {
        if model.conduct == .unknown { return nil }
        var ranges: [Range<UInt64>] = []
        for output in model.outputs {
            if case .byCommand = output {
                guard let own = byCommand(model, entry, result: result) else { return nil }
                ranges += own
            } else {
                ranges += self.ranges(output, entry, result: result)
            }
        }
        return ranges.filter { !$0.isEmpty && $0.lowerBound >= 4096 }
    }

    private func ranges(_ output: SystemCall.Output, _ entry: Registers, result: Int64?) -> [Range<UInt64>] {
        let succeeded = result.map { $0 >= 0 } ?? true
        switch output {
        case .bytes(let index, let size): return succeeded ? [Outputs.range(entry.argument(index), UInt64(size))] : []
        case .always(let index, let size): return [Outputs.range(entry.argument(index), UInt64(size))]
        case .result(let index, let unit, let limit):
            guard succeeded else { return [] }
            let most = min(entry.argument(limit), 1 << 31)
            let count = result.map { min(UInt64($0), most) } ?? most
            return [Outputs.range(entry.argument(index), count * UInt64(unit))]
        case .array(let index, let unit, let count):
            return [Outputs.range(entry.argument(index), min(entry.argument(count), 1 << 24) * UInt64(unit))]
        case .sized(let index, let length):
            guard succeeded, entry.argument(length) >= 4096 else { return [] }
            // Before the return the length says how much room there is, and may change at any moment.
            let size = result == nil ? 128 : min(UInt64(memory.word32(entry.argument(length)) ?? 0), 4096)
            return [Outputs.range(entry.argument(index), size), Outputs.range(entry.argument(length), 4)]
        case .vectors(let index, let count):
            guard succeeded else { return [] }
            return vectors(entry.argument(index), entry.argument(count), limit: result.map { UInt64($0) })
        case .message(let index):
            return succeeded ? message(entry.argument(index), limit: result.map { UInt64($0) }) : []
        case .messages(let index, let count):
            guard succeeded else { return [] }
            let messages = result.map { UInt64($0) } ?? min(entry.argument(count), 1024)
            return (0..<messages).flatMap { number -> [Range<UInt64>] in
                let at = entry.argument(index) &+ number * 64
                let size = result == nil ? nil : UInt64(memory.word32(at &+ 56) ?? 0)
                return message(at, limit: size) + [Outputs.range(at &+ 56, 4)]
            }
        case .descriptorSets:
            let size = (min(entry.argument(0), 1 << 20) + 63) / 64 * 8
            return (1...3).map { Outputs.range(entry.argument($0), size) } + [Outputs.range(entry.argument(4), 16)]
        case .byCommand: return []
        }
    }

    private func vectors(_ address: UInt64, _ count: UInt64, limit: UInt64?) -> [Range<UInt64>] {
        var rest = limit ?? UInt64.max
        var result: [Range<UInt64>] = []
        for index in 0..<min(count, 1024) where rest > 0 {
            guard let base = memory.word(address &+ index * 16), let length = memory.word(address &+ index * 16 + 8)
            else { break }
            let size = min(length, rest)
            result.append(Outputs.range(base, size))
            rest -= size
        }
        return result
    }

    /// struct msghdr: name, namelen, iov, iovlen, control, controllen, flags.
    private func message(_ at: UInt64, limit: UInt64?) -> [Range<UInt64>] {
        guard at >= 4096, let name = memory.word(at), let vectors = memory.word(at &+ 16),
            let count = memory.word(at &+ 24), let control = memory.word(at &+ 32), let length = memory.word(at &+ 40)
        else { return [] }
        let nameLength = limit == nil ? 128 : UInt64(memory.word32(at &+ 8) ?? 0)
        let controlLength = limit == nil ? 1024 : min(length, 1 << 16)
        return self.vectors(vectors, count, limit: limit) + [
            Outputs.range(at, 56), Outputs.range(name, min(nameLength, 128)), Outputs.range(control, controlLength),
        ]
    }

    static func range(_ address: UInt64, _ size: UInt64) -> Range<UInt64> {
        guard address >= 4096, size <= UInt64.max - address else { return 0..<0 }
        return address..<address + size
    }
}

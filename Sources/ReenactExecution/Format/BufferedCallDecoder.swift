/// The other direction of `BufferedCallCoder.swift`.
extension EventDecoder {
    /// A call from the buffer, by its first byte (`CallParts`).
    mutating func call(_ first: UInt8, in contexts: CallContexts) throws -> Event {
        let parts = CallParts(rawValue: first)
        let task = parts.contains(.task) ? try reader.small(below: 1 << 22) : contexts.lastTask
        let passed = parts.contains(.time) ? try reader.number() : contexts.lastPassed
        let most = min(contexts.count + 1, CallContexts.most)
        let index = parts.contains(.index) ? try reader.small(below: most) : contexts.next
        guard index >= 0, task >= 0 else { throw ByteReader.wrong("a buffered call like one that was not") }
        if index == contexts.count { contexts.add(lastRegisters(of: task)) }
        let known = contexts.context(index)
        let entry =
            parts.contains(.registers)
            ? try registers(task, from: known.pointee.registers) : set(known.pointee.registers, task)
        let result = known.pointee.result &+ (parts.contains(.result) ? try reader.signed() : 0)
        known.pointee.registers = entry
        known.pointee.result = result
        contexts.passed(index, task, passed)
        time = time &+ passed
        func event(_ effects: Effects) -> Event {
            Event(task: task, time: time, body: .call(entry: entry, result: result, effects))
        }
        if parts.contains(.isRemembered) { return event(try remembered()) }
        let shape = parts.contains(.shape) ? try reader.byte() : known.pointee.shape
        guard shape & 3 < 3, shape < 16 else { throw ByteReader.wrong("a buffered call of an unknown shape") }
        known.pointee.shape = shape
        var effects = Effects()
        if shape & 3 > 0 {
            effects.writes.append(
                try output(shape & 4 != 0, &known.pointee.outputs.0, contexts.words(index, output: 0)))
        }
        if shape & 3 > 1 {
            effects.writes.append(
                try output(shape & 8 != 0, &known.pointee.outputs.1, contexts.words(index, output: 1)))
        }
        return event(effects)
    }

    private mutating func output(
        _ isDifference: Bool, _ last: inout CallContexts.Output, _ words: UnsafeMutablePointer<UInt64>
    ) throws -> MemoryWrite {
        if isDifference {
            var mask = try reader.number()
            guard last.words > 0, last.words == 64 || mask >> UInt64(last.words) == 0 else {
                throw ByteReader.wrong("an output that differs from none")
            }
            while mask != 0 {
                let word = mask.trailingZeroBitCount
                mask &= mask - 1
                words[word] &+= UInt64(bitPattern: try reader.signed())
            }
            return MemoryWrite(
                address: last.address, bytes: Array(UnsafeRawBufferPointer(start: words, count: 8 * last.words)))
        }
        let write = try sparseWrite()
        let count = write.bytes.count
        last = CallContexts.Output(address: write.address, words: 0)
        if count % 8 == 0, count <= 8 * CallContexts.wordsMost {
            last.words = count / 8
            write.bytes.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(start: words, count: count).copyMemory(from: $0)
            }
        }
        return write
    }
}

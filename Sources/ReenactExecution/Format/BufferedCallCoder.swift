import CTrace

/// Calls from the buffer, most of the events: each stands as a difference to the last one from the same place
/// (`CallContexts`). Of output that is zeros it is written how many; of what the program wrote or read before, only
/// where.
extension EventEncoder {
    /// - Parameter keepsInput: what the program handed over will be the same in a replay.
    mutating func append(
        _ record: BufferedRecord, task: Int, time now: UInt64, entry: UnsafePointer<Registers>, _ past: PastIndex,
        keepsInput: Bool
    ) {
        let outputs = record.outputs
        if outputs.count == 1, outputs.first.bytes.count >= ct_kept_least {
            if outputs.first.isKept, keepsInput {
                begin(isRemembered: true, task, now, entry, record.result)
                writer.byte(Remembered.input.rawValue)
                return past.keep(outputs.first.bytes)
            }
            if !outputs.first.isKept, ct_is_zero(outputs.first.bytes.baseAddress!, outputs.first.bytes.count) == 0 {
                begin(isRemembered: true, task, now, entry, record.result)
                writer.byte(Remembered.output.rawValue)
                return remembered(outputs.first, past)
            }
        }
        let isHandedOver = outputs.count > 0 && outputs.first.isKept
        let count = isHandedOver ? 0 : outputs.count
        guard let index = contexts.index(task: task, entry.pointee) else {
            begin(10, task, now, entry.pointee, record.result)
            writer.number(count)
            if count > 0 { inFull(outputs.first) }
            if count > 1 { inFull(outputs.second) }
            return
        }
        known(index, task)
        let contexts = contexts
        let context = contexts.context(index)
        var shape = UInt8(count)
        var first = Difference()
        var second = Difference()
        var room = EventEncoder.headMost
        if count > 0 {
            first.compare(outputs.first, context.pointee.outputs.0, contexts.words(index, output: 0))
            shape |= first.isWorth ? 4 : 0
            room += outputs.first.bytes.count + EventEncoder.outputMost
        }
        if count > 1 {
            second.compare(outputs.second, context.pointee.outputs.1, contexts.words(index, output: 1))
            shape |= second.isWorth ? 8 : 0
            room += outputs.second.bytes.count + EventEncoder.outputMost
        }
        head(index, task, now, entry, record.result, shape, isRemembered: false, room) { cursor in
            if count > 0 {
                cursor.output(
                    outputs.first, first, &context.pointee.outputs.0, contexts.words(index, output: 0))
            }
            if count > 1 {
                cursor.output(
                    outputs.second, second, &context.pointee.outputs.1, contexts.words(index, output: 1))
            }
        }
    }

    private static let headMost = registersMost + 8 * ByteWriter.Cursor.numberMost
    /// A mask with all its words.
    private static let outputMost = (CallContexts.wordsMost + 4) * ByteWriter.Cursor.numberMost

    /// What comes before the remembered bytes.
    private mutating func begin(
        isRemembered: Bool, _ task: Int, _ now: UInt64, _ entry: UnsafePointer<Registers>, _ result: Int64
    ) {
        guard let index = contexts.index(task: task, entry.pointee) else {
            return begin(11, task, now, entry.pointee, result)
        }
        known(index, task)
        head(index, task, now, entry, result, 0, isRemembered: true, EventEncoder.headMost) { _ in }
    }

    private mutating func known(_ index: Int, _ task: Int) {
        if index == contexts.count { return contexts.add(registers(of: task)) }
        select(task)
    }

    /// - Parameter shape: how many outputs, and which of them are differences (4, 8).
    @inline(__always)
    private mutating func head(
        _ index: Int, _ task: Int, _ now: UInt64, _ entry: UnsafePointer<Registers>, _ result: Int64, _ shape: UInt8,
        isRemembered: Bool, _ room: Int, _ outputs: (inout ByteWriter.Cursor) -> Void
    ) {
        let contexts = contexts
        let known = contexts.context(index)
        let mask = ct_differing(entry, &known.pointee.registers, Int32(Registers.count))
        let passed = now &- time
        var parts: CallParts = isRemembered ? [.isCall, .isRemembered] : .isCall
        if task != contexts.lastTask { parts.insert(.task) }
        if passed != contexts.lastPassed { parts.insert(.time) }
        if !contexts.isNext(index) { parts.insert(.index) }
        if mask != 0 { parts.insert(.registers) }
        if result != known.pointee.result { parts.insert(.result) }
        if !isRemembered, shape != known.pointee.shape { parts.insert(.shape) }
        writer.write(room) { cursor in
            cursor.byte(parts.rawValue)
            if parts.contains(.task) { cursor.number(task) }
            if parts.contains(.time) { cursor.number(passed) }
            if parts.contains(.index) { cursor.number(index) }
            if mask != 0 { cursor.registers(mask, entry, from: &known.pointee.registers) }
            if parts.contains(.result) { cursor.signed(result &- known.pointee.result) }
            if parts.contains(.shape) { cursor.byte(shape) }
            outputs(&cursor)
        }
        if !isRemembered { known.pointee.shape = shape }
        contexts.passed(index, task, passed)
        time = now
        known.pointee.registers.take(mask, from: entry)
        known.pointee.result = result
        lastContext = index
    }

    private mutating func inFull(_ output: BufferedRecord.Output) {
        writer.write(output.bytes.count + 2 * ByteWriter.Cursor.numberMost) { $0.inFull(output) }
    }

    private mutating func remembered(_ output: BufferedRecord.Output, _ past: PastIndex) {
        let parts = past.parts(of: output.bytes)
        let end = past.bytes.end
        writer.number(output.address)
        writer.number(parts.count)
        for part in parts {
            let bytes = UnsafeRawBufferPointer(rebasing: output.bytes[part.range])
            if let position = part.position {
                put(
                    MemoryCopy(
                        address: 0, count: bytes.count, distance: end - position,
                        check: PastBytes.check(bytes)))
            } else {
                put(bytes)
            }
        }
        for part in parts where part.position == nil && part.range.count >= ct_kept_least {
            past.keep(UnsafeRawBufferPointer(rebasing: output.bytes[part.range]))
        }
    }
}

/// An output against the last one from the same place.
private struct Difference {
    /// Its words; 0 where it is not compared.
    var words = 0
    /// Of the words, which differ.
    var mask: UInt64 = 0
    var isWorth = false

    @inline(__always)
    mutating func compare(
        _ output: BufferedRecord.Output, _ last: CallContexts.Output, _ known: UnsafeMutablePointer<UInt64>
    ) {
        let count = output.bytes.count
        guard count % 8 == 0, count <= 8 * CallContexts.wordsMost else { return }
        words = count / 8
        guard last.words == words, last.address == output.address, words > 0 else { return }
        let here = output.bytes.baseAddress!.assumingMemoryBound(to: UInt64.self)
        for word in 0..<words where here[word] != known[word] { mask |= 1 << UInt64(word) }
        isWorth = mask.nonzeroBitCount <= max(2, words / 2)
    }
}

/// What stands behind a call's first byte; what does not is as it was the last time.
struct CallParts: OptionSet {
    let rawValue: UInt8
    static let isRemembered = CallParts(rawValue: 1)
    static let task = CallParts(rawValue: 2)
    /// Nanoseconds since the event before.
    static let time = CallParts(rawValue: 4)
    /// The context's number, where it is not the one that followed the last call's the last time.
    static let index = CallParts(rawValue: 8)
    static let registers = CallParts(rawValue: 16)
    static let result = CallParts(rawValue: 32)
    static let shape = CallParts(rawValue: 64)
    /// No other event's kind has it.
    static let isCall = CallParts(rawValue: 128)
}

extension ByteWriter.Cursor {
    @inline(__always)
    fileprivate mutating func words(
        _ mask: UInt64, _ here: UnsafePointer<UInt64>, _ there: UnsafePointer<UInt64>
    ) {
        number(mask)
        var rest = mask
        while rest != 0 {
            let word = rest.trailingZeroBitCount
            rest &= rest - 1
            signed(Int64(bitPattern: here[word] &- there[word]))
        }
    }

    /// A mask of those that differ, and the differences; at most `EventEncoder.registersMost` bytes.
    @inline(__always)
    mutating func registers(
        _ mask: UInt64, _ value: UnsafePointer<Registers>, from former: UnsafePointer<Registers>
    ) {
        words(mask, value.words, former.words)
    }

    fileprivate mutating func inFull(_ output: BufferedRecord.Output) {
        number(output.address)
        let isZero = ct_is_zero(output.bytes.baseAddress!, output.bytes.count) != 0
        number(output.bytes.count << 1 | (isZero ? 1 : 0))
        if !isZero { raw(output.bytes) }
    }

    @inline(__always)
    fileprivate mutating func output(
        _ output: BufferedRecord.Output, _ difference: Difference, _ last: inout CallContexts.Output,
        _ known: UnsafeMutablePointer<UInt64>
    ) {
        let here = output.bytes.baseAddress!.assumingMemoryBound(to: UInt64.self)
        if difference.isWorth { words(difference.mask, here, known) } else { inFull(output) }
        last = CallContexts.Output(address: output.address, words: difference.words)
        if difference.words > 0 { known.update(from: here, count: difference.words) }
    }
}

extension UnsafePointer<Registers> {
    fileprivate var words: UnsafePointer<UInt64> { UnsafeRawPointer(self).assumingMemoryBound(to: UInt64.self) }
}

extension Registers {
    /// Those of the mask.
    @inline(__always)
    fileprivate mutating func take(_ mask: UInt64, from other: UnsafePointer<Registers>) {
        withUnsafeMutableBytes(of: &raw) { here in
            let here = here.baseAddress!.assumingMemoryBound(to: UInt64.self)
            var rest = mask
            while rest != 0 {
                let index = rest.trailingZeroBitCount
                rest &= rest - 1
                here[index] = other.words[index]
            }
        }
    }
}

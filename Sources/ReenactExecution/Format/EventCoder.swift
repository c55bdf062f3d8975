import CTrace

/// Events as bytes. Registers stand as differences to the task's last ones, so order matters within a chunk.
struct EventEncoder {
    var writer = ByteWriter()
    /// Each task's last registers; those of the task that wrote last stand apart.
    private var last: [Int: Registers] = [:]
    private var lastTask = 0
    private var lastRegisters = Registers()
    /// Where the last registers stand instead, since a call from the buffer: most follow each other.
    var lastContext: Int?
    var time: UInt64
    let contexts = CallContexts()

    init(startTime: UInt64) { time = startTime }

    /// The next chunk.
    mutating func begin(at startTime: UInt64) {
        writer.removeAll()
        last = [:]
        (lastTask, lastRegisters, lastContext) = (0, Registers(), nil)
        time = startTime
        contexts.removeAll()
    }

    mutating func append(_ event: Event) {
        if case .call(let entry, let result, let effects) = event.body, effects.remembered != .nothing {
            return append(event, entry, result, effects)
        }
        writer.byte(event.body.kind)
        writer.number(event.task)
        writer.number(event.time &- time)
        time = event.time
        switch event.body {
        case .call(let entry, let result, let effects):
            registers(entry, event.task)
            writer.signed(result)
            self.effects(effects, event.task)
        case .enter(let entry): registers(entry, event.task)
        case .leave(let result, let effects):
            writer.signed(result)
            self.effects(effects, event.task)
        case .birth(let birth): self.birth(birth)
        case .signal(let delivery): signal(delivery, event.task)
        case .preempt(let point):
            registers(point.registers, event.task)
            writer.fixed(point.fingerprint)
            writer.number(point.probes.count)
            var address: UInt64 = 0
            for probe in point.probes {
                writer.signed(Int64(bitPattern: probe.address &- address))
                writer.number(probe.value)
                address = probe.address
            }
        case .counter(let at, let value):
            registers(at, event.task)
            writer.number(value)
        case .draw(let at, let value):
            registers(at, event.task)
            writer.fixed(value)
        case .end(let end):
            writer.signed(Int64(end.status))
            writes(end.writes)
        case .check(let value): writer.fixed(value)
        }
    }

    /// A call that is remembered, as it was read.
    private mutating func append(_ event: Event, _ entry: Registers, _ result: Int64, _ effects: Effects) {
        begin(11, event.task, event.time, entry, result)
        writer.byte(effects.remembered.rawValue)
        guard effects.remembered == .output else { return }
        let parts =
            effects.writes.map { (address: $0.address, copy: MemoryCopy?.none, bytes: $0.bytes) }
            + effects.copies.map { (address: $0.address, copy: $0, bytes: []) }
        writer.number(parts.map(\.address).min() ?? 0)
        writer.number(parts.count)
        for part in parts.sorted(by: { $0.address < $1.address }) {
            if let copy = part.copy {
                put(copy)
            } else {
                part.bytes.withUnsafeBytes { put($0) }
            }
        }
    }

    mutating func begin(_ kind: UInt8, _ task: Int, _ now: UInt64, _ entry: Registers, _ result: Int64) {
        writer.byte(kind)
        writer.number(task)
        writer.number(now &- time)
        time = now
        registers(entry, task)
        writer.signed(result)
    }

    mutating func put(_ copy: MemoryCopy) {
        writer.number(copy.count << 1 | 1)
        writer.number(copy.distance)
        writer.number(UInt64(copy.check))
    }

    mutating func put(_ bytes: UnsafeRawBufferPointer) {
        writer.number(bytes.count << 1)
        writer.raw(bytes)
    }

    private mutating func registers(_ value: Registers, _ task: Int) {
        var (value, former) = (value, registers(of: task))
        writer.write(EventEncoder.registersMost) {
            $0.registers(ct_differing(&value, &former, Int32(Registers.count)), &value, from: &former)
        }
        lastRegisters = value
        lastContext = nil
    }

    /// The last registers of this task.
    mutating func registers(of task: Int) -> Registers {
        select(task)
        return lastContext.map { contexts.context($0).pointee.registers } ?? lastRegisters
    }

    /// A mask, and the differences.
    static let registersMost = (Registers.count + 1) * ByteWriter.Cursor.numberMost

    /// Makes the last registers those of this task.
    mutating func select(_ task: Int) {
        guard task != lastTask else { return }
        last[lastTask] = lastContext.map { contexts.context($0).pointee.registers } ?? lastRegisters
        lastRegisters = last[task] ?? Registers()
        (lastTask, lastContext) = (task, nil)
    }

    private mutating func writes(_ list: [MemoryWrite]) {
        writer.number(list.count)
        for write in list {
            writer.number(write.address)
            writer.data(write.bytes)
        }
    }

    private mutating func effects(_ effects: Effects, _ task: Int) {
        var flags: UInt8 = effects.echo & 3
        if !effects.writes.isEmpty { flags |= 4 }
        if effects.registers != nil { flags |= 8 }
        if effects.extended != nil { flags |= 16 }
        if effects.mapping != nil { flags |= 32 }
        if effects.image != nil { flags |= 64 }
        if !effects.fileWrites.isEmpty || effects.isGeneric { flags |= 128 }
        writer.byte(flags)
        if !effects.writes.isEmpty { writes(effects.writes) }
        if let value = effects.registers { registers(value, task) }
        if let value = effects.extended { writer.data(value) }
        if let value = effects.mapping {
            writer.number(value.file)
            writer.number(value.offset)
            writer.number(value.size)
            writer.byte(value.isShared ? 1 : 0)
        }
        if let value = effects.image { image(value, task) }
        if flags & 128 != 0 {
            writer.byte(effects.isGeneric ? 1 : 0)
            writer.number(effects.fileWrites.count)
            for write in effects.fileWrites {
                writer.number(write.file)
                writer.number(write.offset)
                writer.data(write.bytes)
            }
        }
    }

    private mutating func image(_ image: ProgramImage, _ task: Int) {
        writer.text(image.path)
        writer.number(image.regions.count)
        for region in image.regions {
            writer.number(region.start)
            writer.number(region.end - region.start)
            writer.byte(UInt8(region.protection & 7) | (region.isStack ? 8 : 0) | (region.file == nil ? 0 : 16))
            if let file = region.file { writer.number(file) }
            writer.number(region.offset)
        }
        writes(image.writes)
        registers(image.registers, task)
        writer.data(image.extended)
    }

    private mutating func birth(_ birth: Birth) {
        writer.number(birth.child)
        writer.signed(Int64(birth.tid))
        writer.number(birth.flags)
        writer.number(birth.stack)
        writer.byte((birth.isThread ? 1 : 0) | (birth.sharesMemory ? 2 : 0))
        writes(birth.writes)
    }

    private mutating func signal(_ delivery: SignalDelivery, _ task: Int) {
        writer.signed(Int64(delivery.number))
        writer.data(delivery.information)
        writer.byte(delivery.isFault ? 1 : 0)
        registers(delivery.at, task)
        switch delivery.outcome {
        case .ignored: writer.byte(0)
        case .fatal: writer.byte(1)
        case .handler(let after, let extended, let frame):
            writer.byte(2)
            registers(after, task)
            writer.data(extended)
            writes(frame)
        }
    }
}

extension Event.Body {
    /// The byte that stands for it in the file.
    var kind: UInt8 {
        switch self {
        case .call: 1
        case .enter: 2
        case .leave: 3
        case .birth: 4
        case .signal: 5
        case .preempt: 6
        case .counter: 7
        case .end: 8
        case .check: 9
        // 10 and 11 are calls that a buffer held.
        case .draw: 12
        }
    }
}

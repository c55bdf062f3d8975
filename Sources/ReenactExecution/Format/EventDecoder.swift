import CTrace

/// The other direction of `EventEncoder`, on bytes that nobody vouches for.
struct EventDecoder {
    var reader: ByteReader
    private var last: [Int: Registers] = [:]
    /// The one that stands for its entry in `last`: mostly, the next event is of the same task.
    private var latest: (task: Int, registers: Registers)?
    var time: UInt64
    /// For output that is longer than what it is written with.
    private var room = RecordingFormat.outputMax
    private var contexts: CallContexts?

    init(_ bytes: [UInt8], startTime: UInt64) {
        reader = ByteReader(bytes)
        time = startTime
    }

    /// The next event, or nil at the end of the chunk.
    mutating func next() throws -> Event? {
        guard !reader.isAtEnd else { return nil }
        let kind = try reader.byte()
        if kind & CallParts.isCall.rawValue != 0 {
            let contexts = contexts ?? CallContexts()
            self.contexts = contexts
            return try call(kind, in: contexts)
        }
        let task = try reader.small(below: 1 << 22)
        time = time &+ (try reader.number())
        return Event(task: task, time: time, body: try body(kind, task))
    }

    private mutating func body(_ kind: UInt8, _ task: Int) throws -> Event.Body {
        switch kind {
        case 1:
            let entry = try registers(task)
            let result = try reader.signed()
            return .call(entry: entry, result: result, try effects(task))
        case 2: return .enter(entry: try registers(task))
        case 3:
            let result = try reader.signed()
            return .leave(result: result, try effects(task))
        case 4: return .birth(try birth())
        case 5: return .signal(try signal(task))
        case 6: return .preempt(try stopPoint(task))
        case 7:
            let at = try registers(task)
            return .counter(at: at, value: try reader.number())
        case 8:
            let status = Int32(truncatingIfNeeded: try reader.signed())
            return .end(End(status: status, writes: try writes()))
        case 9: return .check(try reader.fixed())
        case 10:
            let entry = try registers(task)
            let result = try reader.signed()
            return .call(entry: entry, result: result, Effects(writes: try sparseWrites()))
        case 11:
            let entry = try registers(task)
            let result = try reader.signed()
            return .call(entry: entry, result: result, try remembered())
        case 12:
            let at = try registers(task)
            return .draw(at: at, value: try reader.fixed())
        default: throw ByteReader.wrong("an event of the unknown kind \(kind)")
        }
    }

    private mutating func registers(_ task: Int) throws -> Registers {
        try registers(task, from: lastRegisters(of: task))
    }

    mutating func lastRegisters(of task: Int) -> Registers {
        if let latest, latest.task == task { return latest.registers }
        if let latest { last[latest.task] = latest.registers }
        return last[task] ?? Registers()
    }

    /// The last ones of the task.
    mutating func set(_ value: Registers, _ task: Int) -> Registers {
        if let latest, latest.task != task { last[latest.task] = latest.registers }
        latest = (task, value)
        return value
    }

    /// Those of the next event, as a difference to some.
    mutating func registers(_ task: Int, from base: Registers) throws -> Registers {
        let mask = try reader.number()
        guard mask >> UInt64(Registers.count) == 0 else { throw ByteReader.wrong("registers that do not exist") }
        var value = base
        var rest = mask
        while rest != 0 {
            let difference = UInt64(bitPattern: try reader.signed())
            value.add(difference, to: rest.trailingZeroBitCount)
            rest &= rest - 1
        }
        return set(value, task)
    }

    private mutating func writes() throws -> [MemoryWrite] {
        try (0..<reader.count()).map { _ in MemoryWrite(address: try reader.number(), bytes: try reader.data()) }
    }

    private mutating func sparseWrites() throws -> [MemoryWrite] {
        // A call has two outputs at most; zeros take no room, and must not be taken for more than they can be.
        try (0..<reader.small(below: 3)).map { _ in try sparseWrite() }
    }

    mutating func sparseWrite() throws -> MemoryWrite {
        let address = try reader.number()
        let length = try reader.number()
        guard length & 1 != 0 else { return MemoryWrite(address: address, bytes: try reader.data(length >> 1)) }
        guard length >> 1 <= UInt64(min(Int(ct_capsule_buffer_size), room)) else {
            throw ByteReader.wrong("a buffered call with too much output")
        }
        room -= Int(length >> 1)
        return MemoryWrite(address: address, bytes: [UInt8](repeating: 0, count: Int(length >> 1)))
    }

    /// A call whose output stands in the past, in parts or wholly, or becomes a part of it.
    mutating func remembered() throws -> Effects {
        var effects = Effects()
        switch try reader.byte() {
        case Remembered.input.rawValue: effects.remembered = .input
        case Remembered.output.rawValue:
            effects.remembered = .output
            var address = try reader.number()
            var room = UInt64(ct_capsule_buffer_size)
            for _ in 0..<(try reader.count()) {
                let head = try reader.number()
                guard head >> 1 <= room else { throw ByteReader.wrong("a buffered call with too much output") }
                room -= head >> 1
                if head & 1 != 0 {
                    let distance = try reader.number()
                    let check = UInt32(truncatingIfNeeded: try reader.number())
                    effects.copies.append(
                        MemoryCopy(address: address, count: Int(head >> 1), distance: distance, check: check))
                } else {
                    effects.writes.append(MemoryWrite(address: address, bytes: try reader.data(head >> 1)))
                }
                address = address &+ (head >> 1)
            }
        default: throw ByteReader.wrong("a call that is remembered in an unknown way")
        }
        return effects
    }

    private mutating func effects(_ task: Int) throws -> Effects {
        let flags = try reader.byte()
        var effects = Effects(echo: flags & 3)
        if flags & 4 != 0 { effects.writes = try writes() }
        if flags & 8 != 0 { effects.registers = try registers(task) }
        if flags & 16 != 0 { effects.extended = try reader.data() }
        if flags & 32 != 0 {
            effects.mapping = FileMapping(
                file: try reader.small(), offset: try reader.number(), size: try reader.number(),
                isShared: try reader.byte() == 1)
        }
        if flags & 64 != 0 { effects.image = try image(task) }
        if flags & 128 != 0 {
            effects.isGeneric = try reader.byte() == 1
            effects.fileWrites = try (0..<reader.count()).map { _ in
                FileWrite(file: try reader.small(), offset: try reader.number(), bytes: try reader.data())
            }
        }
        return effects
    }

    private mutating func image(_ task: Int) throws -> ProgramImage {
        let path = try reader.text()
        let regions = try (0..<reader.count()).map { _ in
            let start = try reader.number()
            let length = try reader.number()
            let flags = try reader.byte()
            guard length <= UInt64.max - start else { throw ByteReader.wrong("a memory region beyond all addresses") }
            let file = flags & 16 != 0 ? try reader.small() : nil
            return ProgramImage.Region(
                start: start, end: start + length, protection: Int32(flags & 7), file: file,
                offset: try reader.number(), isStack: flags & 8 != 0)
        }
        let contents = try writes()
        let start = try registers(task)
        return ProgramImage(
            path: path, regions: regions, writes: contents, registers: start, extended: try reader.data())
    }

    private mutating func birth() throws -> Birth {
        let child = try reader.small(below: 1 << 22)
        let tid = Int32(truncatingIfNeeded: try reader.signed())
        let (flags, stack, kind) = (try reader.number(), try reader.number(), try reader.byte())
        return Birth(
            child: child, tid: tid, flags: flags, stack: stack, isThread: kind & 1 != 0, sharesMemory: kind & 2 != 0,
            writes: try writes())
    }

    private mutating func signal(_ task: Int) throws -> SignalDelivery {
        let number = Int32(truncatingIfNeeded: try reader.signed())
        guard (1...64).contains(number) else { throw ByteReader.wrong("signal \(number)") }
        let information = try reader.data()
        let isFault = try reader.byte() == 1
        let at = try registers(task)
        let outcome: SignalDelivery.Outcome
        switch try reader.byte() {
        case 0: outcome = .ignored
        case 1: outcome = .fatal
        default:
            let after = try registers(task)
            let extended = try reader.data()
            outcome = .handler(after, extended: extended, frame: try writes())
        }
        return SignalDelivery(
            number: number, information: information, isFault: isFault, at: at, outcome: outcome)
    }

    private mutating func stopPoint(_ task: Int) throws -> StopPoint {
        let registers = try registers(task)
        let fingerprint = try reader.fixed()
        var address: UInt64 = 0
        let probes = try (0..<reader.count()).map { _ in
            address = address &+ UInt64(bitPattern: try reader.signed())
            return StopPoint.Probe(address: address, value: try reader.number())
        }
        return StopPoint(registers: registers, fingerprint: fingerprint, probes: probes)
    }
}

import CTrace

/// Pages for stubs, from which a jump reaches the text around them. They are not writable by the program, so that no
/// fingerprint counts them.
enum CallZone {
    static let size: UInt64 = 0x8000
    /// Beside programs at fixed addresses; below those that can be moved; above libraries, below the stack.
    static let places: [UInt64] = [
        Capsule.address + UInt64(ct_capsule_private_size) + UInt64(ct_capsule_shared_size), 0x5555_5000_0000,
        0x7fff_f880_0000,
    ]

    static func contains(_ address: UInt64) -> Bool { places.contains { address >= $0 && address < $0 + size } }
}

/// The system call instructions of one memory that were replaced by jumps to the capsule.
///
/// Two bytes are replaced by a short jump, to a jump in padding near by, to a stub. The instruction behind stays what it
/// was, so that signal frames, other threads and restarted calls find what they expect.
struct CallPatches {
    struct Patch {
        /// What was overwritten in padding, first to last.
        var jumps: [(address: UInt64, original: [UInt8])]
        var stub: UInt64

        func stands(at address: UInt64) -> Bool { jumps.contains { $0.address == address } }

        func meets(_ range: Range<UInt64>) -> Bool {
            jumps.contains { range.overlaps($0.address..<$0.address + UInt64($0.original.count)) }
        }
    }

    /// The capsule's shared pages are mapped.
    private(set) var hasBuffer = false
    private var cannotMap = false
    /// Mappings in which there are patches, or were.
    private(set) var guarded: [Range<UInt64>] = []
    /// Those that are still as they were: what is done to text with patches is seen.
    private var texts: [Range<UInt64>] = []
    /// By the patched instruction.
    private(set) var patches: [Int: Patch] = [:]
    /// All that was ever changed lies between.
    private var lowest: UInt64?
    private var highest: UInt64 = 0
    private var seen: [Int: Int] = [:]
    /// Of each zone.
    private var used = [UInt64](repeating: 0, count: CallZone.places.count)
    static let call: [UInt8] = [0x0f, 0x05]

    /// A traced call at this instruction that could have been buffered.
    ///
    /// - Returns: whether it has come so often that patching pays.
    mutating func isDue(_ site: UInt64, after times: Int) -> Bool {
        let site = Int(truncatingIfNeeded: site)
        guard patches[site] == nil else { return false }
        let count = seen[site, default: 0] + 1
        seen[site] = count
        return count == times
    }

    func stands(at site: UInt64) -> Bool { patches[Int(truncatingIfNeeded: site)] != nil }

    /// Patches an instruction of a stopped task, where that can be done.
    mutating func apply(
        _ site: UInt64, _ tracee: Tracee, _ memory: ProcessMemory, _ buffer: CallBuffer
    ) throws {
        guard !cannotMap, let text = text(around: site, memory) else { return }
        let start = max(text.lowerBound, site - min(site, 256))
        let code = masked(start, memory.read(start, Int(min(text.upperBound, site + 768) - start)))
        let place = Int(site - start)
        guard place + 2 < code.count, Array(code[place..<place + 2]) == CallPatches.call,
            let offsets = Padding.near(place, in: code, used: used(from: start, code.count))
        else { return }
        // Signals from outside wait until the task is as it was.
        var mask: UInt64 = 0
        guard ct_get_mask(tracee.tid, &mask) == 0, ct_set_mask(tracee.tid, .max) == 0 else { return }
        defer { ct_set_mask(tracee.tid, mask) }
        if !hasBuffer {
            hasBuffer = try buffer.map(into: tracee, memory)
            cannotMap = !hasBuffer
            guard hasBuffer else { return }
        }
        let places = offsets.map { start + UInt64($0) }
        guard let last = places.last, let stub = try stub(origin: site + 2, near: last, tracee, memory),
            let jump = CallStub.jump(from: last, to: stub)
        else { return }
        var writes = [(last, jump)]
        for (from, to) in zip([site] + places, places).reversed() {
            let distance = Int8(truncatingIfNeeded: Int64(bitPattern: to &- (from + 2)))
            writes.append((from, [0xeb, UInt8(bitPattern: distance)]))
        }
        patches[Int(truncatingIfNeeded: site)] = Patch(
            jumps: zip(places, offsets).map { place, offset in
                let count = place == last ? jump.count : 2
                return (place, Array(code[offset..<offset + count]))
            }, stub: stub)
        if !guarded.contains(text) { guarded.append(text) }
        if !texts.contains(text) { texts.append(text) }
        for (place, bytes) in writes {
            lowest = min(lowest ?? place, place)
            highest = max(highest, place + UInt64(bytes.count))
        }
        // The program's own instruction comes last.
        for (place, bytes) in writes { try memory.write(place, bytes) }
    }

    /// The mapping of a file's text; nil where it may be written to.
    private func text(around site: UInt64, _ memory: ProcessMemory) -> Range<UInt64>? {
        if let text = texts.first(where: { $0.contains(site) }) { return text }
        guard let region = MemoryMap.of(memory.process).first(where: { site >= $0.start && site < $0.end }),
            region.isFile, region.isExecutable, !region.isWritable, !region.isShared
        else { return nil }
        return region.start..<region.end
    }

    private mutating func stub(
        origin: UInt64, near padding: UInt64, _ tracee: Tracee, _ memory: ProcessMemory
    ) throws -> UInt64? {
        for (index, zone) in CallZone.places.enumerated() {
            let next = used[index]
            let place = zone + next
            guard next + UInt64(CallStub.size) <= CallZone.size, CallStub.jump(from: padding, to: place) != nil,
                let bytes = CallStub.bytes(at: place, origin: origin)
            else { continue }
            if next == 0 {
                let found = try Injection(tracee: tracee).call(9, [zone, CallZone.size, 5, 0x10_0022, UInt64.max, 0])
                used[index] = found == Int64(bitPattern: zone) ? 0 : CallZone.size
                guard found == Int64(bitPattern: zone) else { continue }
            }
            used[index] = next + UInt64(CallStub.size)
            try memory.write(place, bytes)
            return place
        }
        return nil
    }

    /// On the way to a stub, in it, or in the capsule.
    func isInside(_ instruction: UInt64) -> Bool {
        CallZone.contains(instruction) || Capsule.contains(instruction)
            || patches.values.contains { $0.stands(at: instruction) }
    }

    /// For a task that is inside: the stub's address, and the one behind the program's instruction.
    func stub(_ instruction: UInt64, _ memory: ProcessMemory) -> (place: UInt64, origin: UInt64)? {
        let place: UInt64
        if let zone = CallZone.places.first(where: { instruction >= $0 && instruction < $0 + CallZone.size }) {
            place = zone + (instruction - zone) / UInt64(CallStub.size) * UInt64(CallStub.size)
        } else if Capsule.contains(instruction) {
            // The stub's call left its return address at the stack's beginning.
            guard let back = memory.word(UInt64(ct_capsule_stack_top) - 8), CallZone.contains(back) else { return nil }
            return stub(back, memory)
        } else if let patch = patches.values.first(where: { $0.stands(at: instruction) }) {
            place = patch.stub
        } else {
            return nil
        }
        return memory.word(place + 56).map { (place, $0) }
    }

    /// Offsets of padding in which jumps stand.
    private func used(from start: UInt64, _ count: Int) -> [Range<Int>] {
        patches.values.flatMap(\.jumps).compactMap { jump in
            let offset = Int64(bitPattern: jump.address &- start)
            guard offset > -16, offset < count else { return nil }
            return Int(offset)..<Int(offset) + jump.original.count
        }
    }

    /// Whether text that we changed is among these addresses.
    func meets(_ range: Range<UInt64>) -> Bool {
        guard let lowest, range.upperBound > lowest, range.lowerBound < highest else { return false }
        return patches.contains { site, patch in
            range.contains(UInt64(site)) || range.contains(UInt64(site) + 1) || patch.meets(range)
        }
    }

    /// The program's own text.
    func masked(_ address: UInt64, _ code: [UInt8]) -> [UInt8] {
        guard !patches.isEmpty else { return code }
        var result = code
        func put(_ place: UInt64, _ bytes: [UInt8]) {
            for (index, byte) in bytes.enumerated() {
                let offset = Int64(bitPattern: place &+ UInt64(index) &- address)
                if offset >= 0, offset < result.count { result[Int(offset)] = byte }
            }
        }
        for (site, patch) in patches where UInt64(site) &- address &+ 1024 < 2048 + UInt64(code.count) {
            put(UInt64(site), CallPatches.call)
            for jump in patch.jumps { put(jump.address, jump.original) }
        }
        return result
    }

    /// What a call does to the memory map.
    ///
    /// - Parameter result: nil where it failed.
    mutating func follow(_ entry: Registers, _ result: UInt64?, _ memory: ProcessMemory) {
        guard !patches.isEmpty else { return }
        let first = CallPatches.pages(entry.argument(0), entry.argument(1))
        switch entry.call {
        case 9: if let result, let range = CallPatches.pages(result, entry.argument(1)) { forget(range, memory) }
        case 11: if let first { forget(first, memory) }
        case 25:
            if let first { forget(first, memory) }
            if let result, let range = CallPatches.pages(result, entry.argument(2)) { forget(range, memory) }
        case 10: if let first { withdraw(first, memory) }
        default: break
        }
    }

    private static func pages(_ start: UInt64, _ length: UInt64) -> Range<UInt64>? {
        guard start < 1 << 47, length < 1 << 47 else { return nil }
        return start..<start + (length + 4095) / 4096 * 4096
    }

    /// The range has been mapped anew or taken away.
    mutating func forget(_ range: Range<UInt64>, _ memory: ProcessMemory) {
        texts.removeAll { $0.overlaps(range) }
        for (site, patch) in patches where range.contains(UInt64(site)) || patch.meets(range) {
            if !range.contains(UInt64(site)) { try? memory.write(UInt64(site), CallPatches.call) }
            patches[site] = nil
            seen[site] = nil
        }
    }

    /// The range's protection has changed: the program may look at its text, or write to it, and finds its own.
    mutating func withdraw(_ range: Range<UInt64>, _ memory: ProcessMemory) {
        texts.removeAll { $0.overlaps(range) }
        for (site, patch) in patches where range.contains(UInt64(site)) || patch.meets(range) {
            patches[site] = nil
            seen[site] = nil
            try? memory.write(UInt64(site), CallPatches.call)
            for jump in patch.jumps { try? memory.write(jump.address, jump.original) }
        }
    }
}

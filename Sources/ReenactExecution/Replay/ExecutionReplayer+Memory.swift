extension ExecutionReplayer {
    /// Repeats a change of the memory map, at the recorded addresses.
    func map(
        _ task: ReplayedTask, _ event: Event, _ entry: Registers, _ result: Int64, _ effects: Effects
    ) throws {
        let injection = Injection(tracee: task.tracee)
        let place = UInt64(bitPattern: result)
        let isError = (-4095 ... -1).contains(result)
        switch SystemCalls.name(entry.call) {
        case "mmap":
            guard !isError else { return }
            try mapMemory(task, event, entry, place, effects)
        case "munmap", "mprotect":
            // A failure, too, may have changed a part.
            _ = try injection.call(entry.call, [entry.argument(0), entry.argument(1), entry.argument(2)])
        case "brk": try moveHeap(task, event, place)
        case "mremap":
            guard !isError else { return }
            let isInPlace = place == entry.argument(0)
            let flags: UInt64 = isInPlace ? 0 : 3 | entry.argument(3) & 4
            let found = try injection.call(
                25, [entry.argument(0), entry.argument(1), entry.argument(2), flags, place])
            try expect(found, result, "mremap", event)
        case "madvise":
            let advice = entry.argument(2)
            // DONTNEED, FREE, REMOVE; DONTFORK, DOFORK; WIPEONFORK, KEEPONFORK; DONTNEED_LOCKED; GUARD_INSTALL and
            // GUARD_REMOVE. ENOMEM says that a part is not mapped: the rest was advised.
            guard !isError || result == -12, [4, 8, 9, 10, 11, 18, 19, 24, 102, 103].contains(advice) else { return }
            _ = try injection.call(28, [entry.argument(0), entry.argument(1), advice == 8 ? 4 : advice])
        case "shmat":
            guard !isError, let mapping = effects.mapping else { return }
            let length = (mapping.size + 4095) / 4096 * 4096
            let protection: Int32 = entry.argument(2) & 0o10000 != 0 ? 1 : 3
            let found = try mapFile(
                injection, task.space, mapping.file, address: place, length: length, protection: protection, offset: 0,
                isShared: true)
            try expect(found, result, "shmat", event)
            task.space.segments[place] = length
        case "shmdt":
            guard !isError, let length = task.space.segments.removeValue(forKey: entry.argument(0)) else { return }
            _ = try injection.call(11, [entry.argument(0), length])
        default: break
        }
    }

    private func mapMemory(
        _ task: ReplayedTask, _ event: Event, _ entry: Registers, _ place: UInt64, _ effects: Effects
    ) throws {
        let injection = Injection(tracee: task.tracee)
        let flags = entry.argument(3)
        let found: Int64
        if let mapping = effects.mapping {
            try files.resize(mapping)
            found = try mapFile(
                injection, task.space, mapping.file, address: place, length: entry.argument(1),
                protection: Int32(truncatingIfNeeded: entry.argument(2) & 7), offset: mapping.offset,
                isShared: mapping.isShared)
        } else {
            // SHARED or PRIVATE, GROWSDOWN, NORESERVE; FIXED and ANONYMOUS.
            let kind: UInt64 = flags & 2 != 0 && flags & 1 == 0 ? 2 : 1
            found = try injection.call(
                9, [place, entry.argument(1), entry.argument(2) & 7, kind | flags & 0x4100 | 0x30, UInt64.max, 0])
        }
        try expect(found, Int64(bitPattern: place), "mmap", event)
    }

    private func moveHeap(_ task: ReplayedTask, _ event: Event, _ end: UInt64) throws {
        let space = task.space
        defer { space.heapEnd = end }
        guard space.heapEnd != 0 else { return }
        let (old, new) = ((space.heapEnd + 4095) / 4096 * 4096, (end + 4095) / 4096 * 4096)
        let injection = Injection(tracee: task.tracee)
        if new > old {
            let found = try injection.call(9, [old, new - old, 3, 0x32, UInt64.max, 0])
            try expect(found, Int64(bitPattern: old), "brk", event)
        } else if new < old {
            _ = try injection.call(11, [new, old - new])
        }
    }

    /// setrlimit and prlimit64 of the stack: beyond the new limit there is no memory.
    func limitStack(_ task: ReplayedTask, _ entry: Registers) throws {
        let pointer = entry.call == 160 ? entry.argument(1) : entry.call == 302 ? entry.argument(2) : 0
        let resource = entry.argument(entry.call == 160 ? 0 : 1)
        guard pointer != 0, resource == 3, let limit = task.memory.word(pointer), limit < 8 << 20,
            task.space.stackEnd > 8 << 20
        else { return }
        let bottom = task.space.stackEnd - (8 << 20)
        let top = task.space.stackEnd - limit / 4096 * 4096
        _ = try Injection(tracee: task.tracee).call(11, [bottom, top - bottom])
    }

    /// Maps a recorded file in the stopped task.
    func mapFile(
        _ injection: Injection, _ space: ReplayedSpace, _ file: Int, address: UInt64, length: UInt64, protection: Int32,
        offset: UInt64, isShared: Bool
    ) throws -> Int64 {
        let path = try files.path(of: file)
        if isShared { files.share(file) }
        try space.memory.write(Capsule.scratch, Array(path.utf8) + [0])
        // O_RDWR for shared memory; O_RDONLY.
        let descriptor = try injection.call(257, [UInt64(bitPattern: -100), Capsule.scratch, isShared ? 2 : 0])
        guard descriptor >= 0 else { return descriptor }
        let result = try injection.call(
            9,
            [address, length, UInt64(protection), isShared ? 0x11 : 0x12, UInt64(descriptor), offset])
        _ = try injection.call(3, [UInt64(descriptor)])
        return result
    }

    private func expect(_ found: Int64, _ wanted: Int64, _ what: String, _ event: Event) throws {
        guard found == wanted else {
            throw diverged(
                event,
                "\(what) gave \(hexadecimal(UInt64(bitPattern: found))), recorded "
                    + "\(hexadecimal(UInt64(bitPattern: wanted)))")
        }
    }
}

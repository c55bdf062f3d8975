import CTrace
import Glibc

extension ExecutionRecorder {
    /// fork, vfork or clone has made a child.
    func born(_ parent: RecordedTask, _ event: Int) throws {
        guard let call = parent.call else { return }
        let tid = Int32(try parent.tracee.eventMessage())
        while unknown[Int(tid)] == nil {
            var status: Int32 = 0
            let found = ct_wait(tid, &status, 0)
            if found == tid { unknown[Int(tid)] = WaitStatus(raw: status) } else if errno != EINTR { break }
        }
        let first = unknown.removeValue(forKey: Int(tid))
        try writeEntry(parent)
        parent.call?.hasChild = true
        if let mask = call.mask { ct_set_mask(tid, mask) }
        let flags: UInt64
        switch call.entry.call {
        case 57: flags = 17
        case 58: flags = 0x4111
        default: flags = call.entry.argument(0)
        }
        let isThread = flags & 0x10000 != 0
        let sharesMemory = flags & 0x100 != 0
        let space = sharesMemory ? parent.space : AddressSpace(try ProcessMemory(of: tid), at: now())
        let child = RecordedTask(
            number: taskCount, tid: tid, group: isThread ? parent.group : tid, space: space)
        taskCount += 1
        child.priority = schedule.birthPriority()
        child.lastRun = now()
        inherit(child, parent, flags: flags, isThread: isThread)
        if flags & 0x20_0000 != 0 { child.clearOnExit = call.entry.argument(3) }
        tasks[Int(tid)] = child
        if tasks.count == 2 { setSliceTimer() }
        let writes = sharesMemory ? [] : inFlight(of: parent, in: space.memory)
        try emit(
            parent,
            .birth(
                Birth(
                    child: child.number, tid: tid, flags: flags,
                    stack: call.entry.call == 56 ? call.entry.argument(1) : 0, isThread: isThread,
                    sharesMemory: sharesMemory,
                    writes: writes)))
        if let first, first.isGone || first.event != Int32(ct_event_stop) { child.state = .arrived(first) }
    }

    /// Calls of other threads that are under way may have written to what a child has a copy of.
    private func inFlight(of parent: RecordedTask, in memory: ProcessMemory) -> [MemoryWrite] {
        tasks.values.filter { $0.space === parent.space && $0 !== parent }.flatMap { task -> [MemoryWrite] in
            guard let call = task.call else { return [] }
            return read(Outputs(memory: memory).ranges(call.model, call.entry, result: nil) ?? [], memory)
        }
    }

    /// The first thread of a process has ended, and stays as a zombie until the others have.
    func endedEarly(_ task: RecordedTask) throws {
        let status = Int32(truncatingIfNeeded: (task.call?.entry.argument(0) ?? 0) & 0xff) << 8
        try writeEnd(task, status)
        task.hasEnded = true
    }

    /// A task is gone.
    func ended(_ task: RecordedTask, _ status: WaitStatus) throws {
        task.state = .gone
        if !task.hasEnded { try writeEnd(task, status.raw) }
        tasks[Int(task.tid)] = nil
        if tasks.count == 1 { setSliceTimer() }
        if task.tid == firstGroup { summary.status = status.exitCode ?? 128 + (status.fatalSignal ?? 0) }
        if current === task { current = nil }
    }

    private func writeEnd(_ task: RecordedTask, _ status: Int32) throws {
        try writeEntry(task)
        task.space.users -= 1
        let heir = tasks.values.first { $0.space === task.space && $0 !== task && !$0.hasEnded }
        // Memory is no longer seen under the id of one that is gone.
        if task.space.memory.process == task.tid, let heir { task.space.memory.process = heir.tid }
        var words = task.robustWords
        if task.clearOnExit != 0 { words.append(task.clearOnExit) }
        let writes = task.space.users > 0 ? read(words.map { Outputs.range($0, 4) }, task.space.memory) : []
        try emit(task, .end(End(status: status, writes: writes)))
    }

    /// exec: another program in the same process. The image is looked at when the call returns.
    func replaced(_ task: RecordedTask) throws {
        let former = Int32(truncatingIfNeeded: Int(try task.tracee.eventMessage()))
        var task = task
        if former != task.tid, let caller = tasks[Int(former)] {
            // A thread that is not the first has taken over the first one's id.
            task.state = .gone
            task.space.users -= 1
            try writeEntry(caller)
            try emit(task, .end(End(status: 0, writes: [])))
            tasks[Int(former)] = nil
            caller.tid = task.tid
            tasks[Int(caller.tid)] = caller
            if current === task { current = caller }
            task = caller
        }
        task.state = .stopped
        // A child of vfork leaves its parent's memory here.
        task.space.users -= 1
        task.space = AddressSpace(try ProcessMemory(of: task.tid), at: now())
        task.space.users = 1
        let isUnbuffered = task.classes.isUnbuffered
        task.classes = DescriptorClasses()
        task.classes.isUnbuffered = isUnbuffered
        task.clearOnExit = 0
        task.robustList = 0
    }

    /// What is to be changed in a dynamic linker: looked for once in each.
    private func lazyBinding(_ region: MemoryRegion, _ memory: ProcessMemory) -> [MemoryWrite] {
        let key = "\(region.device) \(region.inode) \(region.offset) \(region.length)"
        let known =
            linkers[key] ?? LazyBinding.changes(memory.read(region.start, Int(region.length)), at: 0)
        if region.isFile { linkers[key] = known }
        return known.map { MemoryWrite(address: region.start + $0.address, bytes: $0.bytes) }
    }

    /// The new program's memory, after the capsule has been put into it.
    func loaded(_ task: RecordedTask) throws -> ProgramImage {
        let changes = try prepare(task)
        var registers = try task.tracee.registers()
        registers.raw.orig_rax = UInt64.max
        try task.tracee.set(registers)
        var image = ProgramImage(
            path: (try? FileLink.read("/proc/\(task.tid)/exe")) ?? "", regions: [], writes: changes,
            registers: registers,
            extended: try task.tracee.extended())
        for region in MemoryMap.of(task.tid) where !region.isKernels && !Capsule.contains(region.start) {
            var file: Int?
            if region.isFile, let known = try files.file(region.name, inode: region.inode) {
                file = known.id
                if region.isExecutable { image.writes += try markDraws(region, file: known, task.memory) }
            }
            image.regions.append(
                ProgramImage.Region(
                    start: region.start, end: region.end, protection: region.protection, file: file,
                    offset: region.offset, isStack: region.name == "[stack]"))
            guard region.protection != 0 else { continue }
            if file == nil || region.isWritable {
                let bytes = task.memory.read(region.start, Int(region.length))
                image.writes += files.changes(bytes, at: region.start, file: file, offset: region.offset)
            }
        }
        return image
    }

    /// Puts the capsule into a new program, takes the kernel's pages out, and hides them from the auxiliary vector.
    ///
    /// - Returns: what it changed in the program's text.
    private func prepare(_ task: RecordedTask) throws -> [MemoryWrite] {
        let registers = try task.tracee.registers()
        let injection = Injection(tracee: task.tracee)
        let saved = task.memory.read(registers.raw.rip, Capsule.code.count)
        try task.memory.write(registers.raw.rip, Capsule.code)
        let isMapped = try Capsule.map { try injection.call($0, $1, at: registers.raw.rip) }
        try task.memory.write(registers.raw.rip, saved)
        guard isMapped else {
            throw ExecutionError(
                .refused,
                "the program occupies the address \(hexadecimal(Capsule.address)), which recording needs; "
                    + "link it to another address")
        }
        try Capsule.furnish(task.memory)
        var changes: [MemoryWrite] = []
        for region in MemoryMap.of(task.tid) where region.name != "[vsyscall]" {
            if region.isKernels { _ = try injection.call(11, [region.start, region.length]) }
            // A program begins in its dynamic linker, where it has one.
            if registers.raw.rip >= region.start, registers.raw.rip < region.end, region.length <= LazyBinding.longest {
                changes = lazyBinding(region, task.memory)
            }
        }
        for change in changes { try task.memory.write(change.address, change.bytes) }
        try AuxiliaryVector.hideKernelPages(task.memory, stack: registers.raw.rsp)
        return changes
    }
}

enum AuxiliaryVector {
    /// AT_SYSINFO_EHDR (33) becomes AT_IGNORE (1).
    static func hideKernelPages(_ memory: ProcessMemory, stack: UInt64) throws {
        guard let count = memory.word(stack) else { return }
        var at = stack + 8 * (count + 2)
        var known: (start: UInt64, words: [UInt64]) = (at, [])
        // Many at once: each look at the program's memory is a system call.
        func word() -> UInt64? {
            let index = Int((at - known.start) / 8)
            if index < known.words.count { return known.words[index] }
            known = (at, memory.words(at, 64))
            return known.words.first
        }
        while let word = word(), word != 0 { at += 8 }
        at += 8
        while let kind = word(), kind != 0 {
            if kind == 33 { try memory.write(at, word: 1) }
            at += 16
        }
    }
}

enum FileLink {
    static func read(_ path: String) throws -> String {
        var room = [UInt8](repeating: 0, count: 4096)
        let count = room.withUnsafeMutableBytes {
            readlink(path, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
        }
        guard count >= 0 else { throw ExecutionError(.inputOutput, "\(path): \(String(cString: strerror(errno)))") }
        return String(decoding: room.prefix(count), as: UTF8.self)
    }
}

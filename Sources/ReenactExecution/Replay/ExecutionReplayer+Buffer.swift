import CTrace
import Glibc

/// Runs of calls that a task makes without a stop: the capsule compares its registers with the recorded ones at each,
/// and puts the recorded result and output in place. Whether the recording had a buffer makes no difference.
extension ExecutionReplayer {
    /// Replays the calls that come next without a stop for each; false where there are none.
    ///
    /// - Parameter limit: the event that it has to stop right before; the call before it is left to `stepEvent`.
    func stepCalls(before limit: Int = .max) throws -> Bool {
        guard let buffer, let first = try reader.event(position), case .call = first.body,
            let task = tasks[first.task], !task.standsAtEntry, task.space.patches.hasBuffer
        else { return false }
        var batch = BatchPast(past)
        guard try fill(buffer, task, before: limit, &batch) > 0 else {
            past.rewind(to: batch.ends[0])
            return false
        }
        defer { buffer.control.pointee.limit = 0 }
        var made = 0
        while true {
            task.tracee.resume(ct_request_sysemu)
            let status = try task.tracee.wait()
            let count = Int(buffer.control.pointee.count)
            buffer.control.pointee.count = 0
            position += count
            made += count
            settle(batch, made, buffer)
            report.events += count
            report.registerChecks += count
            try traps.notice(task, status)
            if status.isCall {
                try standAtProgram(task)
                task.standsAtEntry = true
                return true
            }
            guard let event = try reader.event(position) else { throw ByteReader.wrong("it ends within a call") }
            if status.isGone { throw diverged(event, "the task ended, recorded a system call") }
            if status.event == 0, SignalCodes.isFault(status.signal, try task.tracee.signalInformation()) {
                let registers = try task.tracee.registers()
                throw diverged(
                    event,
                    "\(SignalCodes.name(status.signal)) at \(hexadecimal(registers.raw.rip)), recorded a system call")
            }
        }
    }

    /// Writes the next calls to the buffer: as many as follow each other in one task, come by patched instructions, and
    /// did nothing but return and write memory. After them comes another call of the task, where it stops.
    ///
    /// - Returns: how many.
    private func fill(
        _ buffer: CallBuffer, _ task: ReplayedTask, before limit: Int, _ batch: inout BatchPast
    ) throws -> Int {
        let control = buffer.control
        var (at, last, index, count) = (0, 0, position, 0)
        let end = min(options.last ?? Int.max, limit - 1)
        let latest = try reader.event(position).map { $0.time &+ stretch } ?? 0
        while index < end, let event = try reader.event(index), event.task == task.number,
            case .call(let entry, let result, let effects) = event.body, effects.isPlain, event.time <= latest,
            !BufferedCalls.changesMap(entry.call), task.space.patches.stands(at: entry.raw.rip &- 2),
            !effects.copies.contains(where: batch.awaits)
        {
            let before = past.end
            guard let writes = recalled(effects), !traps.watch(writes, in: task.space),
                let size = put(buffer, at, entry, result, writes, keeps: effects.remembered == .input)
            else {
                past.rewind(to: before)
                break
            }
            if effects.remembered == .input, let position = past.reserve(Int(result)) {
                let place = at + MemoryLayout<ct_record>.size + 16
                batch.captures.append((count, position, Int(result), place))
            }
            batch.ends.append(past.end)
            last = at
            at += size
            index += 1
            count += 1
        }
        if count > 0, try !isCall(index, of: task) {
            // It has to stop right after the last one.
            at = last
            count -= 1
        }
        control.pointee.used = 0
        control.pointee.count = 0
        control.pointee.limit = UInt64(at)
        return count
    }

    private func isCall(_ index: Int, of task: ReplayedTask) throws -> Bool {
        guard let event = try reader.event(index), event.task == task.number else { return false }
        switch event.body {
        case .call, .enter: return true
        default: return false
        }
    }

    private func put(
        _ buffer: CallBuffer, _ at: Int, _ entry: Registers, _ result: Int64, _ writes: [MemoryWrite], keeps: Bool
    ) -> Int? {
        var size = MemoryLayout<ct_record>.size
        for write in writes { size += 16 + (write.bytes.count + 7) / 8 * 8 }
        if keeps {
            guard result > 0, result <= ct_kept_most else { return nil }
            size += 16 + (Int(result) + 7) / 8 * 8
        }
        guard at + size <= Int(ct_capsule_buffer_size) else { return nil }
        let raw = entry.raw
        let record = ct_record(
            size: UInt32(size), call: UInt32(truncatingIfNeeded: raw.orig_rax), result: result,
            thread_pointer: raw.fs_base, instruction: raw.rip, flags: raw.eflags, stack: raw.rsp,
            registers: (
                raw.r15, raw.r14, raw.r13, raw.r12, raw.rbp, raw.rbx, raw.r10, raw.r9, raw.r8, raw.rdx, raw.rsi, raw.rdi
            ), outputs: UInt32(writes.count + (keeps ? 1 : 0)), unused: 0, time: 0)
        var place = buffer.bytes + at
        place.storeBytes(of: record, as: ct_record.self)
        place += MemoryLayout<ct_record>.size
        for write in writes {
            place.storeBytes(of: write.address, as: UInt64.self)
            (place + 8).storeBytes(of: UInt64(write.bytes.count), as: UInt64.self)
            write.bytes.withUnsafeBytes { (place + 16).copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
            place += 16 + (write.bytes.count + 7) / 8 * 8
        }
        if keeps {
            place.storeBytes(of: entry.argument(1), as: UInt64.self)
            (place + 8).storeBytes(of: UInt64(result) | BufferedRecord.kept, as: UInt64.self)
        }
        return size
    }

    /// A call that came through a stub: the task stands where it would without.
    func standAtProgram(_ task: ReplayedTask) throws {
        guard !task.space.patches.patches.isEmpty else { return }
        var registers = try task.tracee.registers()
        guard CallZone.contains(registers.raw.rip),
            let (_, origin) = task.space.patches.stub(registers.raw.rip, task.memory)
        else { return }
        registers.raw.rip = origin
        registers.raw.rcx = origin
        try task.tracee.set(registers)
    }

    /// A call has been replayed with a stop: its instruction may be worth a patch.
    func considerPatch(_ task: ReplayedTask, _ entry: Registers, _ result: Int64) throws {
        guard let buffer, entry.call >= 0, entry.call < ct_calls, entry.raw.rip > 4096 else { return }
        let succeeded = result >= 0 || result < -4095
        task.space.patches.follow(entry, succeeded ? UInt64(bitPattern: result) : nil, task.memory)
        guard BufferedCalls.canBe(entry.call), !BufferedCalls.changesMap(entry.call) else { return }
        let site = entry.raw.rip - 2
        // A debugger's int3 is no padding.
        let isPlanted = traps.isPlanted
        if isPlanted { traps.lift() }
        defer { if isPlanted { traps.plant([]) } }
        if task.space.patches.isDue(site, after: options.patchesAfter) {
            try task.space.patches.apply(site, task.tracee, task.memory, buffer)
        }
    }
}

extension Effects {
    /// Nothing but memory written by the kernel.
    var isPlain: Bool {
        rareRegisters.isEmpty && extended == nil && mapping == nil && rareImage.isEmpty && fileWrites.isEmpty
            && echo == 0
    }
}

import CTrace
import Glibc

/// Calls that are made inside the program and come out of the shared buffer.
///
/// Only the task that runs writes to the buffer, and whenever it stops, what it wrote is taken out before anything else
/// is done: the order of events is that of a recording without a buffer.
extension ExecutionRecorder {
    /// The calls that a task has made since it was let go become events.
    ///
    /// - Returns: how many.
    @discardableResult
    func drain(_ task: RecordedTask) throws -> Int {
        guard let buffer, buffer.control.pointee.count > 0 else { return 0 }
        let control = buffer.control
        if let open = unwritten, open !== task { try writeEntry(open) }
        let place = (try? task.tracee.registers()) ?? task.lastRegisters
        var entry = place
        let count = Int(control.pointee.count) - buffer.taken.calls
        let hasThreadPointer = control.pointee.reads_thread_pointer != 0
        var times = CallTimes(count: count, from: task.resumedAt, to: now(), waits(in: buffer))
        var at = buffer.taken.bytes
        var inFlight: [Range<UInt64>]?
        while at < Int(control.pointee.used) {
            let record = BufferedRecord(place: buffer.bytes + at)
            let size = record.size
            guard size >= MemoryLayout<ct_record>.size, at + size <= Int(control.pointee.used) else { break }
            let keeps = isKept(record, task, &inFlight)
            record.enter(&entry, hasThreadPointer: hasThreadPointer)
            try writer.append(record, task: task.number, time: times.next(), entry: &entry, keepsInput: keeps)
            at += size
        }
        summary.calls += count
        summary.buffered = (summary.buffered ?? 0) + count
        task.space.callsSinceCheck += count
        task.hasJustReturned = false
        control.pointee.waited = 0
        // What the capsule has begun to write stays where it is.
        if Capsule.isWriting(place.raw.rip) {
            buffer.taken = (at, Int(control.pointee.count))
            return count
        }
        control.pointee.count = 0
        control.pointee.used = 0
        buffer.taken = (0, 0)
        return count
    }

    /// Calls in the buffer that may have waited, and when they returned.
    private func waits(in buffer: CallBuffer) -> [(call: Int, time: UInt64)] {
        var result: [(call: Int, time: UInt64)] = []
        guard buffer.control.pointee.waited != 0 else { return [] }
        var (at, call) = (buffer.taken.bytes, 0)
        while at < Int(buffer.control.pointee.used) {
            let record = BufferedRecord(place: buffer.bytes + at)
            let (size, time) = (record.size, record.time)
            guard size > 0 else { break }
            if time > start { result.append((call, time - start)) }
            at += size
            call += 1
        }
        return result
    }

    /// Whether it waits in the kernel, inside the capsule.
    func waitsInside(_ task: RecordedTask) -> Bool { task.call == nil && buffer?.control.pointee.waits == 1 }

    /// A call that it waits in returns, as if a handler had interrupted it: the kernel would take some up again.
    func endWait(_ task: RecordedTask) throws {
        guard waitsInside(task), var registers = try? task.tracee.registers(),
            registers.raw.rip == Capsule.hook.callEnd, (-516 ... -512).contains(registers.result)
        else { return }
        registers.result = -Int64(EINTR)
        registers.raw.orig_rax = UInt64.max
        try task.tracee.set(registers)
    }

    /// Others can run now: a task that waits inside the capsule makes its call traced instead.
    func callOut(_ task: RecordedTask) {
        buffer?.control.pointee.may_wait = 0
        guard waitsInside(task), !task.isInterrupted else { return }
        task.isInterrupted = true
        task.tracee.resume(ct_request_interrupt)
    }

    /// Whether a replay finds the same bytes where the program handed some over: not where another call may write to
    /// them meanwhile, nor in text with our jumps.
    private func isKept(_ record: BufferedRecord, _ task: RecordedTask, _ inFlight: inout [Range<UInt64>]?) -> Bool {
        let outputs = record.outputs
        guard outputs.count > 0, outputs.first.isKept else { return false }
        let output = outputs.first
        let range = output.address..<output.address + UInt64(output.bytes.count)
        if tasks.count > 1 {
            let busy = inFlight ?? rangesInFlight(task.space)
            inFlight = busy
            if busy.contains(where: { $0.overlaps(range) }) { return false }
        }
        return !task.space.patches.meets(range)
    }

    private func rangesInFlight(_ space: AddressSpace) -> [Range<UInt64>] {
        guard tasks.values.contains(where: { $0.call != nil }) else { return [] }
        return pagesInFlight(space).map { $0..<$0 + Fingerprint.pageSize }
    }

    /// What the capsule has to know before a task goes on.
    func prepareBuffer(_ task: RecordedTask) {
        guard let buffer else { return }
        let control = buffer.control
        awaitsCall = false
        // A traced call that the kernel takes up again comes by the capsule once more.
        let isInCall = task.call != nil
        control.pointee.leaves =
            task.classes.isUnbuffered || task.heldMask != nil || task.holdsSince != nil || isInCall ? 1 : 0
        control.pointee.may_wait = othersCanRun(than: task) ? 0 : 1
        // It may have been stopped in the capsule, right before it waits.
        if preparedTask != task.number { control.pointee.waits = 0 }
        preparedTask = task.number
        if files.sharedFiles.count != knownShared { tellSharedFiles() }
        if options.checkEvery > 0 {
            let rest = options.checkEvery - 1 - Int(task.space.callsSinceCheck)
            control.pointee.most = UInt32(clamping: rest + buffer.taken.calls)
        }
        guardText(task.space)
        guard loadedClasses !== task.classes else { return }
        if let loadedClasses {
            loadedClasses.bytes.withUnsafeMutableBytes { $0.copyMemory(from: .init(buffer.classes)) }
        }
        task.classes.bytes.withUnsafeBytes { buffer.classes.copyMemory(from: $0) }
        loadedClasses = task.classes
    }

    /// How a task goes on: to the end of its call, to its next call, or to anything before.
    func request(for task: RecordedTask) -> Int {
        guard isFiltered, !task.stopsAtAll else { return Int(ct_request_syscall) }
        guard let call = task.call, !call.isRestarting else { return Int(ct_request_continue) }
        return Int(ct_request_syscall)
    }

    /// At the end of a slice, first: its next call is one where it can be stopped for little.
    func asksForCall() -> Bool {
        guard let buffer, !awaitsCall else { return false }
        awaitsCall = true
        buffer.control.pointee.leaves = 1
        ct_timer_once(1000)
        return true
    }

    /// A traced call that came through a stub: the task is made to stand behind its own instruction.
    func atProgram(_ task: RecordedTask, _ registers: Registers) throws -> Registers {
        task.lastRegisters = registers
        guard CallZone.contains(registers.raw.rip),
            let (_, origin) = task.space.patches.stub(registers.raw.rip, task.memory)
        else { return registers }
        var own = registers
        own.raw.rip = origin
        own.raw.rcx = origin
        try task.tracee.set(own)
        task.lastRegisters = own
        return own
    }

    /// A program with a filter of its own: calls that it answers never come to ours.
    func guardFilters(_ task: RecordedTask, _ entry: Registers) {
        guard isFiltered, entry.call == 317 || (entry.call == 157 && entry.argument(0) == 22) else { return }
        for other in tasks.values where other.group == task.group {
            other.stopsAtAll = true
            other.classes.isUnbuffered = true
        }
    }

    /// Patches the call's instruction where that pays, and keeps what is known of descriptors and text true.
    func afterTracedCall(_ task: RecordedTask, _ entry: Registers, _ result: Int64) throws {
        guard let buffer, isFiltered, entry.raw.rip > 4096 else { return }
        switch entry.call {
        case 3: forget(task, entry.argument(0))
        // FIONBIO, F_SETFL.
        case 16 where entry.argument(1) & 0xffff_ffff == 0x5421, 72 where entry.argument(1) & 0xffff_ffff == 4:
            forgetReady(task)
        case 33, 292: forget(task, entry.argument(1))
        // A thread with descriptors of its own.
        case 272: if entry.argument(0) & 0x400 != 0 { task.classes.isUnbuffered = true }
        case 436:
            loadedClasses = loadedClasses === task.classes ? nil : loadedClasses
            task.classes.bytes = [UInt8](repeating: 0, count: Int(ct_descriptors))
        default: break
        }
        let place = result >= 0 || result < -4095 ? UInt64(bitPattern: result) : nil
        task.space.patches.follow(entry, place, task.memory)
        guard entry.call >= 0, entry.call < ct_calls, !task.classes.isUnbuffered,
            buffer.shapes[entry.call].conduct != ct_conduct_traced
        else { return }
        let site = entry.raw.rip - 2
        if task.space.patches.isDue(site, after: options.patchesAfter) {
            try task.space.patches.apply(site, task.tracee, task.memory, buffer)
        }
    }

    func inherit(_ child: RecordedTask, _ parent: RecordedTask, flags: UInt64, isThread: Bool) {
        child.stopsAtAll = parent.stopsAtAll
        child.lastRegisters = parent.lastRegisters
        if child.space !== parent.space { child.space.patches = parent.space.patches }
        if isThread {
            child.classes = parent.classes
            if flags & 0x400 == 0 { child.classes.isUnbuffered = true }
            return
        }
        child.classes.isUnbuffered = parent.classes.isUnbuffered
        // Two processes with the same descriptors: neither knows what the other does with them.
        if flags & 0x400 != 0 {
            child.classes.isUnbuffered = true
            parent.classes.isUnbuffered = true
        }
    }

    /// Lets a task that was stopped inside the capsule or a stub go on to where the program goes on.
    ///
    /// - Returns: another stop that came instead.
    func leaveCapsule(_ task: RecordedTask) throws -> WaitStatus? {
        let registers = try task.tracee.registers()
        guard let (place, origin) = task.space.patches.stub(registers.raw.rip, task.memory) else { return nil }
        let exit = place + UInt64(CallStub.exit)
        let kept = task.memory.read(exit, 1)
        try task.memory.write(exit, [0xcc])
        defer { try? task.memory.write(exit, kept) }
        var faults = 0
        while true {
            try endWait(task)
            task.tracee.resume(ct_request_continue)
            let status = try waitLeaving(task)
            if status.isGone || status.event == Int32(ct_event_seccomp) {
                try drain(task)
                return status
            }
            guard status.event == 0 else { continue }
            var now = try task.tracee.registers()
            if status.signal == SIGTRAP, now.raw.rip == exit + 1 {
                now.raw.rip = origin
                now.raw.orig_rax = UInt64.max
                try task.tracee.set(now)
                try drain(task)
                return nil
            }
            let information = try task.tracee.signalInformation()
            if SignalCodes.isFault(status.signal, information) || status.signal == SIGSYS {
                faults += 1
                guard faults < 100 else {
                    throw ExecutionError(
                        .refused,
                        "task \(task.tid): the recorder's code in it gets \(SignalCodes.name(status.signal)) at "
                            + "\(hexadecimal(now.raw.rip)); record it with --no-buffer")
                }
            }
            task.pending.append(information)
        }
    }

    /// It may have been stopped right before it waited: then it is woken from that.
    private func waitLeaving(_ task: RecordedTask) throws -> WaitStatus {
        var status: Int32 = 0
        buffer?.control.pointee.may_wait = 0
        while true {
            if waitsInside(task) { ct_timer_once(1000) }
            if ct_wait(task.tid, &status, 0) == task.tid { return WaitStatus(raw: status) }
            guard errno == EINTR else { throw TaskGone() }
            if waitsInside(task) { task.tracee.resume(ct_request_interrupt) }
        }
    }

    /// Job control stopped a task inside the capsule: it is stopped again when it has left it.
    func leavesCapsuleFirst(_ task: RecordedTask, _ status: WaitStatus) throws -> Bool {
        guard buffer != nil, task.call == nil else { return false }
        let registers = try task.tracee.registers()
        guard task.space.patches.isInside(registers.raw.rip) else { return false }
        if let other = try leaveCapsule(task) { task.state = .arrived(other) }
        ct_kill(task.group, task.tid, status.signal)
        task.mustGoOn = true
        return true
    }
}

import CTrace
import Glibc

extension ExecutionRecorder {
    /// A task stands at the entry of a system call.
    func entered(_ task: RecordedTask) throws {
        var entry = try atProgram(task, try task.tracee.registers())
        if let mask = task.heldMask {
            ct_set_mask(task.tid, mask)
            task.heldMask = nil
        }
        if task.isInterrupted {
            _ = try putOff(task, entry)
            return
        }
        if task.call == nil, try handlesFirst(task, entry) { return }
        giveBack(task)
        if task.call != nil {
            // The kernel takes up what a signal without a handler had interrupted.
            task.call?.isRestarting = false
            return
        }
        guardFilters(task, entry)
        let model = adapted(SystemCalls.model(entry.call), entry)
        var call = RecordedTask.Call(model: model, entry: entry)
        if model.conduct == .unknown || model.outputs.contains(.byCommand),
            Outputs(memory: task.memory).ranges(model, entry, result: nil) == nil
        {
            call.before = MemorySnapshot(of: task.memory)
        }
        task.call = call
        // What it did since its last event is known when this call is written, not before.
        task.mustGoOn = true
        summary.calls += 1
        switch model.conduct {
        case .denied(_, let reason):
            if !reason.isEmpty {
                note("\(reason) can't be recorded exactly: the program was told that this kernel has no \(model.name)")
            }
            entry.raw.orig_rax = UInt64.max
            try task.tracee.set(entry)
        case .memory where model.name == "madvise" && entry.argument(2) == 8:
            // MADV_FREE leaves it to chance when pages are lost; DONTNEED loses them now.
            entry.raw.rdx = 4
            try task.tracee.set(entry)
        case .end: try ending(task, entry)
        case .birth:
            // Signals that come faster than a process can be copied would have it begin anew for ever.
            var mask: UInt64 = 0
            if ct_get_mask(task.tid, &mask) == 0, ct_set_mask(task.tid, .max) == 0 { task.call?.mask = mask }
        default: break
        }
    }

    /// Rows that depend on arguments.
    private func adapted(_ model: SystemCall, _ entry: Registers) -> SystemCall {
        if model.name == "prctl", entry.argument(0) == 26 {
            return .row(157, "prctl", model.arguments, [], .denied(errno: 1, reason: "the program's own PR_SET_TSC"))
        }
        // PR_SET_SYSCALL_USER_DISPATCH: calls would be given to the program's own handler, the capsule's too.
        if model.name == "prctl", entry.argument(0) == 59, entry.argument(1) != 0 {
            return .row(
                157, "prctl", model.arguments, [], .denied(errno: 22, reason: "dispatching calls to the program"))
        }
        return model
    }

    /// An interruption of ours came too late: the task is at a call's entry, and would give up waiting for it. The call
    /// is skipped, the task put back in front of it. The stop on the way takes the interruption's place: from there it
    /// goes on and makes the call, after which another has its turn.
    ///
    /// - Returns: whether it stands there.
    func putOff(_ task: RecordedTask, _ entry: Registers) throws -> Bool {
        task.isInterrupted = false
        var skipped = entry
        skipped.raw.orig_rax = UInt64.max
        try task.tracee.set(skipped)
        task.tracee.resume(ct_request_syscall)
        let status = try task.tracee.wait()
        guard status.isCall else {
            task.mustGoOn = true
            task.state = .arrived(status)
            return false
        }
        var before = entry
        before.raw.rip -= 2
        before.raw.rax = entry.raw.orig_rax
        before.raw.orig_rax = UInt64.max
        try task.tracee.set(before)
        task.mustGoOn = true
        return true
    }

    /// The last call of a task or of a process.
    private func ending(_ task: RecordedTask, _ entry: Registers) throws {
        try writeEntry(task)
        if entry.call == 231 { try check(task) }
        if entry.call == 60 { task.robustWords = RobustList.words(task.robustList, task.memory) }
    }

    /// A task stands at the return from a system call.
    func returned(_ task: RecordedTask) throws {
        guard let call = task.call else { return }
        if let mask = call.mask { ct_set_mask(task.tid, mask) }
        var after = try task.tracee.registers()
        if (-516 ... -512).contains(after.result) {
            task.call?.isRestarting = true
            return
        }
        var effects = Effects()
        switch call.model.conduct {
        case .denied(let errno, _):
            after.result = -errno
            after.raw.orig_rax = call.entry.raw.orig_rax
            try task.tracee.set(after)
        case .memory where call.model.name == "madvise":
            after.raw.rdx = call.entry.raw.rdx
            try task.tracee.set(after)
        case .exec where after.result == 0: effects.image = try loaded(task)
        case .memory where after.result >= 0 || after.result < -4095:
            try mapped(task, call.entry, after.result, &effects)
        default: break
        }
        if effects.image == nil {
            try observe(task, call, after, &effects)
            if [9, 10, 329].contains(call.entry.call) { try markDraws(task, call.entry, after.result, &effects) }
        } else {
            after = effects.image?.registers ?? after
        }
        task.call = nil
        task.knownPlace = after
        task.hasJustReturned = call.model.number == 15
        try afterTracedCall(task, call.entry, after.result)
        keepNotes(task, call, after.result)
        if call.isWritten {
            try emit(task, .leave(result: after.result, effects))
        } else {
            try emit(task, .call(entry: call.entry, result: after.result, effects))
        }
        if call.model.name == "sched_yield" || schedule.switchesAfterCall() { wantsSwitch = true }
        try checkNowAndThen(task)
    }

    /// Output and registers of a call that has returned.
    private func observe(
        _ task: RecordedTask, _ call: RecordedTask.Call, _ after: Registers, _ effects: inout Effects
    ) throws {
        let outputs = Outputs(memory: task.memory)
        if let ranges = outputs.ranges(call.model, call.entry, result: after.result) {
            effects.writes = read(ranges, task.memory)
        } else if let before = call.before {
            effects.writes = before.changes(in: task.memory)
            effects.isGeneric = true
        }
        var expected = call.entry
        expected.result = after.result
        if expected.visible != after.visible { effects.registers = after }
        if call.model.number == 15 { effects.extended = try task.tracee.extended() }
        if [1, 20].contains(call.model.number), after.result > 0 {
            effects.echo = echo(task, call.entry)
            if effects.echo == 0 { classifyOutput(task, call.entry.argument(0)) }
        }
        if !files.sharedFiles.isEmpty { effects.fileWrites += files.writes(task, call.entry, after.result) }
    }

    func read(_ ranges: [Range<UInt64>], _ memory: ProcessMemory) -> [MemoryWrite] {
        ranges.compactMap { range in
            guard !range.isEmpty else { return nil }
            let bytes = memory.read(range.lowerBound, Int(min(range.upperBound - range.lowerBound, 1 << 30)))
            return bytes.isEmpty ? nil : MemoryWrite(address: range.lowerBound, bytes: bytes)
        }
    }

    /// Facts that later events need.
    private func keepNotes(_ task: RecordedTask, _ call: RecordedTask.Call, _ result: Int64) {
        switch call.model.number {
        case 218: task.clearOnExit = call.entry.argument(0)
        case 273: task.robustList = result == 0 ? call.entry.argument(0) : 0
        default: break
        }
    }

    /// Which of the recorder's own outputs descriptor 1 or 2 is.
    private func echo(_ task: RecordedTask, _ entry: Registers) -> UInt8 {
        let descriptor = entry.argument(0)
        guard descriptor == 1 || descriptor == 2 else { return 0 }
        var theirs = stat()
        var ours = stat()
        guard stat("/proc/\(task.tid)/fd/\(descriptor)", &theirs) == 0 else { return 0 }
        for candidate in [Int32(descriptor), 3 - Int32(descriptor)] where fstat(candidate, &ours) == 0 {
            if theirs.st_dev == ours.st_dev, theirs.st_ino == ours.st_ino, theirs.st_rdev == ours.st_rdev {
                return UInt8(candidate)
            }
        }
        return 0
    }
}

import CTrace
import Glibc

extension ExecutionRecorder {
    /// Lets one task go on to its next stop.
    func step() throws {
        if stop.isRequested.load(ordering: .relaxed) {
            note("the recording was ended before the program")
            if let current, current.state == .going { try drain(current) }
            killAll()
            return
        }
        guard let task = pick() else { return try waitForAny() }
        do {
            if case .arrived(let status) = task.state { try handle(task, status) } else { try advance(task) }
        } catch is TaskGone {
            task.state = .going
            task.mustGoOn = false
        }
    }

    /// One that is alone is not looked at for its slice; only a wish to end the recording is.
    func setSliceTimer() {
        guard !schedule.isChaotic else { return ct_timer_set(Int64(options.slice / 1000)) }
        ct_timer_set(Int64(options.slice / 1000) * (tasks.count > 1 ? 1 : 10))
    }

    private var candidates: [RecordedTask] {
        tasks.values.filter(\.canGoOn)
    }

    func othersCanRun(than task: RecordedTask) -> Bool {
        tasks.count > 1
            && tasks.values.contains { $0 !== task && $0.canGoOn }
    }

    private func pick() -> RecordedTask? {
        if let current, tasks.count == 1, tasks[Int(current.tid)] === current {
            return current.state == .going ? nil : current
        }
        if let current, current.mustGoOn, current.canGoOn, tasks[Int(current.tid)] === current { return current }
        let time = now()
        if let current, !wantsSwitch, current.state == .stopped, tasks[Int(current.tid)] === current,
            time - scheduledAt < currentSlice
        {
            return current
        }
        var list = candidates
        if wantsSwitch, list.count > 1, let current { list.removeAll { $0 === current } }
        wantsSwitch = false
        guard let task = schedule.pick(list) else { return nil }
        task.lastRun = time
        current = task
        scheduledAt = time
        scheduledTime = ct_process_time(task.group)
        currentSlice = max(schedule.slice(options.slice), preemptCost * (schedule.isChaotic ? 3 : 12))
        if schedule.isChaotic { ct_timer_set(Int64(max(currentSlice / 1000, 200))) }
        return task
    }

    /// Resumes a task and waits until it stops, or until it waits in the kernel and another could run.
    private func advance(_ task: RecordedTask) throws {
        let signal = task.signalOnResume
        task.signalOnResume = 0
        task.mustGoOn = false
        task.state = .going
        (task.leftFrom, task.knownPlace) = (task.knownPlace, nil)
        if task.leftFrom == nil { task.heldEntry = nil }
        if let open = unwritten, open !== task { try writeEntry(open) }
        if task.call != nil, task.call?.isWritten == false { unwritten = task }
        prepareBuffer(task)
        task.resumedAt = now()
        if !task.tracee.resume(request(for: task), signal: signal) {
            // Killed by another: its end arrives.
            return
        }
        awaitCall(task)
        if let status = try awaitStop(task) { try handle(task, status) }
    }

    /// The task's next stop; nil where it waits in the kernel while others can run.
    private func awaitStop(_ task: RecordedTask) throws -> WaitStatus? {
        var status: Int32 = 0
        if task.call?.entry.call == 60 { return try awaitExit(task) }
        // The child's memory is the parent's as it is now: nobody may change it before the copy is made.
        if let call = task.call, call.model.conduct == .birth, !call.hasChild { return try task.tracee.wait() }
        // Most calls return at once; whether one waits is looked at after a while, and again after twice that. To yield
        // instead would, on a loaded machine, give away a whole slice each time.
        var patience: Int64 = 50
        if let call = task.call, call.model.mayWait, othersCanRun(than: task) {
            if waitsForSure(task, call) { return nil }
            ct_timer_once(patience)
        }
        while true {
            let found = ct_wait(-1, &status, 0)
            if found == task.tid {
                if options.interruptsLate { interruptLate(task, WaitStatus(raw: status)) }
                return WaitStatus(raw: status)
            }
            if found > 0 {
                arrived(found, WaitStatus(raw: status))
                if task.call != nil, isWaiting(task) { return try stopMeanwhile(task) }
                callOut(task)
                continue
            }
            if found < 0, errno == ECHILD { return nil }
            if stop.isRequested.load(ordering: .relaxed) { return nil }
            let isTime = ct_timer_fired() != 0
            if isTime, hasHeldLong(task) {
                task.isInterrupted = true
                task.tracee.resume(ct_request_interrupt)
                continue
            }
            guard isTime, othersCanRun(than: task) else { continue }
            if task.call != nil {
                if isWaiting(task) { return try stopMeanwhile(task) }
                patience = min(patience * 2, 5000)
                ct_timer_once(patience)
            } else if waitsInside(task) {
                callOut(task)
            } else if !task.isInterrupted, hasHadItsSlice(task) {
                if asksForCall() { continue }
                task.isInterrupted = true
                task.tracee.resume(ct_request_interrupt)
            }
        }
    }

    /// Time that passes while other programs have the processor does not count: on a busy machine a task would be stopped
    /// before it has done anything, again and again.
    private func hasHadItsSlice(_ task: RecordedTask) -> Bool {
        guard task.holdsSince == nil, now() - scheduledAt >= currentSlice else { return false }
        let spent = ct_process_time(task.group) - scheduledTime
        return spent < 0 || spent >= Int64(currentSlice / 2)
    }

    /// As if the interruption had been sent before the task stopped, or after.
    private func interruptLate(_ task: RecordedTask, _ status: WaitStatus) {
        lateStops += 1
        guard task.call == nil, lateStops % 3 != 0, othersCanRun(than: task) else { return }
        task.isInterrupted = true
        if lateStops % 3 == 1 { task.tracee.resume(ct_request_interrupt) }
    }

    /// It may have stopped between two looks.
    private func stopMeanwhile(_ task: RecordedTask) throws -> WaitStatus? {
        var status: Int32 = 0
        return ct_wait(task.tid, &status, 1) == task.tid ? WaitStatus(raw: status) : nil
    }

    /// A call whose arguments say that it waits, without a look at the task. Should it not, nothing is lost: it stops at
    /// its return.
    private func waitsForSure(_ task: RecordedTask, _ call: RecordedTask.Call) -> Bool {
        switch call.model.number {
        // futex: FUTEX_WAIT and FUTEX_WAIT_BITSET.
        case 202:
            let operation = call.entry.argument(1) & 0x7f
            return (operation == 0 || operation == 9)
                && task.memory.word32(call.entry.argument(0)) == UInt32(truncatingIfNeeded: call.entry.argument(2))
        // pause, nanosleep, rt_sigsuspend, clock_nanosleep
        case 34, 35, 130, 230: return true
        default: return false
        }
    }

    /// A thread that ends clears a word that others wait on: nobody goes on before it has. The first thread of a process
    /// stays as a zombie until the others are gone.
    private func awaitExit(_ task: RecordedTask) throws -> WaitStatus? {
        let isLast = !tasks.values.contains { $0.group == task.group && $0 !== task && !$0.hasEnded }
        if task.tid != task.group || isLast { return try task.tracee.wait() }
        var status: Int32 = 0
        while true {
            if ct_wait(task.tid, &status, 1) == task.tid { return WaitStatus(raw: status) }
            let state = task.tracee.state()
            if state == "Z" || state == nil {
                if state == "Z" { try endedEarly(task) }
                return nil
            }
            usleep(50)
        }
    }

    private func isWaiting(_ task: RecordedTask) -> Bool {
        guard let state = task.tracee.state() else { return true }
        // What waits for a disk is not long in coming, unless it is a parent that waits for vfork's child.
        return state == "S" || state == "Z" || (state == "D" && task.call?.model.conduct == .birth)
    }

    func waitForAny() throws {
        var status: Int32 = 0
        let found = ct_wait(-1, &status, 0)
        if found > 0 {
            arrived(found, WaitStatus(raw: status))
        } else if errno == ECHILD {
            for task in tasks.values { task.state = .gone }
            tasks = [:]
        }
    }

    func arrived(_ tid: Int32, _ status: WaitStatus) {
        guard let task = tasks[Int(tid)] else {
            unknown[Int(tid)] = status
            return
        }
        task.state = .arrived(status)
    }

    private func handle(_ task: RecordedTask, _ status: WaitStatus) throws {
        if try drain(task) > 0 { task.leftFrom = nil }
        if status.isGone { return try ended(task, status) }
        task.state = .stopped
        try endWait(task)
        switch Int(status.event) {
        case ct_event_exec: try replaced(task)
        case ct_event_clone, ct_event_fork, ct_event_vfork: try born(task, Int(status.event))
        case ct_event_vfork_done: break
        case ct_event_seccomp: if !task.stopsAtAll { try entered(task) }
        case ct_event_stop:
            if status.signal == SIGTRAP {
                try interrupted(task)
            } else {
                task.isInterrupted = false
                if try leavesCapsuleFirst(task, status) { return }
                // Stopped by job control: it stays so until SIGCONT.
                task.state = .going
                task.tracee.resume(ct_request_listen)
            }
        default:
            if status.isCall {
                if let call = task.call, !call.isRestarting { try returned(task) } else { try entered(task) }
            } else {
                try signalled(task, status.signal)
            }
        }
    }
}

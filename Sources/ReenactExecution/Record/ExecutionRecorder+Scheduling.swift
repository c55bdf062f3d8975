import CTrace
import Glibc

extension ExecutionRecorder {
    /// Lets one task go on to its next stop.
    func step() throws {
        if stop.isRequested.load(ordering: .relaxed) {
            note("the recording was ended before the program")
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

    private var candidates: [RecordedTask] {
        tasks.values.filter { task in
            if case .arrived = task.state { return true }
            return task.state == .stopped
        }
    }

    func othersCanRun(than task: RecordedTask) -> Bool {
        tasks.count > 1
            && tasks.values.contains { other in
                guard other !== task else { return false }
                if case .arrived = other.state { return true }
                return other.state == .stopped
            }
    }

    private func pick() -> RecordedTask? {
        if let current, tasks.count == 1, tasks[current.tid] === current {
            return current.state == .going ? nil : current
        }
        if let current, current.mustGoOn, current.state == .stopped { return current }
        let time = now()
        if let current, !wantsSwitch, current.state == .stopped, tasks[current.tid] === current,
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
        currentSlice = max(schedule.slice(options.slice), preemptCost * 12)
        if schedule.isChaotic { ct_timer_set(Int64(max(currentSlice / 1000, 200))) }
        return task
    }

    /// Resumes a task and waits until it stops, or until it waits in the kernel and another could run.
    private func advance(_ task: RecordedTask) throws {
        let signal = task.signalOnResume
        task.signalOnResume = 0
        task.mustGoOn = false
        task.state = .going
        if let open = unwritten, open !== task { try writeEntry(open) }
        if task.call != nil, task.call?.isWritten == false { unwritten = task }
        if !task.tracee.resume(ct_request_syscall, signal: signal) {
            // Killed by another: its end arrives.
            return
        }
        if let status = try awaitStop(task) { try handle(task, status) }
    }

    /// The task's next stop; nil where it waits in the kernel while others can run.
    private func awaitStop(_ task: RecordedTask) throws -> WaitStatus? {
        let mayWait = task.call?.model.mayWait ?? false
        var status: Int32 = 0
        if task.call?.entry.call == 60 { return try awaitExit(task) }
        // The child's memory is the parent's as it is now: nobody may change it before the copy is made.
        if let call = task.call, call.model.conduct == .birth, !call.hasChild { return try task.tracee.wait() }
        if mayWait, othersCanRun(than: task) {
            for attempt in 0..<10_000 {
                sched_yield()
                let found = ct_wait(-1, &status, 1)
                if found == task.tid { return WaitStatus(raw: status) }
                if found > 0 {
                    arrived(found, WaitStatus(raw: status))
                    continue
                }
                if found < 0, errno == ECHILD { return nil }
                if attempt > 0 || found == 0, task.tracee.state() != "R" {
                    // It may have stopped between the two looks.
                    let again = ct_wait(task.tid, &status, 1)
                    if again == task.tid { return WaitStatus(raw: status) }
                    return nil
                }
            }
        }
        while true {
            let found = ct_wait(-1, &status, 0)
            if found == task.tid { return WaitStatus(raw: status) }
            if found > 0 {
                arrived(found, WaitStatus(raw: status))
                if task.call != nil, isWaiting(task) { return nil }
                continue
            }
            if found < 0, errno == ECHILD { return nil }
            if stop.isRequested.load(ordering: .relaxed) { return nil }
            guard ct_timer_fired() != 0, othersCanRun(than: task) else { continue }
            if task.call != nil {
                if isWaiting(task) { return nil }
            } else if !task.isInterrupted, now() - scheduledAt >= currentSlice {
                task.isInterrupted = true
                task.tracee.resume(ct_request_interrupt)
            }
        }
    }

    /// A thread that ends clears a word that others wait on: nobody goes on before it has. The first thread of a process
    /// stays as a zombie until the others are gone.
    private func awaitExit(_ task: RecordedTask) throws -> WaitStatus? {
        if task.tid != task.group { return try task.tracee.wait() }
        var status: Int32 = 0
        while true {
            if ct_wait(task.tid, &status, 1) == task.tid { return WaitStatus(raw: status) }
            let state = task.tracee.state()
            if state == "Z" || state == nil {
                if state == "Z" { try endedEarly(task) }
                return nil
            }
            sched_yield()
        }
    }

    private func isWaiting(_ task: RecordedTask) -> Bool {
        let state = task.tracee.state()
        return state == "S" || state == "Z" || state == nil
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
        guard let task = tasks[tid] else {
            unknown[tid] = status
            return
        }
        task.state = .arrived(status)
    }

    private func handle(_ task: RecordedTask, _ status: WaitStatus) throws {
        if status.isGone { return try ended(task, status) }
        task.state = .stopped
        switch Int(status.event) {
        case ct_event_exec: try replaced(task)
        case ct_event_clone, ct_event_fork, ct_event_vfork: try born(task, Int(status.event))
        case ct_event_vfork_done: break
        case ct_event_stop:
            if status.signal == SIGTRAP {
                try interrupted(task)
            } else {
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

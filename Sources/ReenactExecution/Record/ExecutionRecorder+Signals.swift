import CTrace
import Glibc

extension ExecutionRecorder {
    /// A signal is about to be delivered.
    func signalled(_ task: RecordedTask, _ number: Int32) throws {
        // Any stop takes the place of one that was asked for, unless that was asked for after it: then it comes, and is
        // passed over.
        task.isInterrupted = false
        task.wasWaiting = waitsInside(task)
        let registers = try task.tracee.registers()
        if number == SIGSEGV, try readCounter(task, registers) { return }
        if number == SIGILL, try draw(task, registers) { return }
        let information = try signalInformation(task, number)
        if SignalCodes.isFault(number, information) {
            return try deliver(task, number, information, at: registers, isFault: true)
        }
        // Between a system call's end and the program: a place that is known.
        if task.call != nil || (isKnown(task, registers) && !task.hasJustReturned) {
            if let entry = task.heldEntry {
                task.heldEntry = nil
                try emit(task, .enter(entry: entry))
            }
            return try deliver(task, number, information, at: registers, isFault: false)
        }
        if !schedule.isChaotic || comesTooSoon(task), !task.space.patches.isInside(registers.raw.rip) {
            switch Disposition.of(number, tid: task.tid) {
            case .ignored:
                // It changes nothing, between calls.
                task.signalOnResume = number
                task.mustGoOn = true
                return
            case .caught:
                task.pending.append(information)
                return hold(task)
            default: break
            }
        }
        task.pending.append(information)
        try settle(task, canDeliver: true)
    }

    /// What the kernel says of a signal, or said of it before it was given back.
    private func signalInformation(_ task: RecordedTask, _ number: Int32) throws -> [UInt8] {
        let found = try task.tracee.signalInformation()
        guard let index = task.returned.firstIndex(where: { SignalCodes.number($0) == number }) else { return found }
        let first = task.returned.remove(at: index)
        guard SignalCodes.isOurs(found) else { return found }
        try task.tracee.set(signalInformation: first)
        return first
    }

    /// Where its last event left it, so that a replay has not to look for the place. Chaos leaves it there only behind a
    /// call that a signal ended, since the program hears of that after its handler, never before; and where there is no
    /// time for more.
    private func isKnown(_ task: RecordedTask, _ registers: Registers) -> Bool {
        guard !schedule.isChaotic || task.leftFrom?.result == -Int64(EINTR) || comesTooSoon(task) else { return false }
        return task.leftFrom?.visible == registers.visible
    }

    /// Our own interruption has come.
    func interrupted(_ task: RecordedTask) throws {
        guard task.isInterrupted else {
            task.mustGoOn = task.call == nil
            return
        }
        task.isInterrupted = false
        guard task.call == nil else { return }
        if task.pending.isEmpty, isKnown(task, try task.tracee.registers()) {
            wantsSwitch = true
            return
        }
        try settle(task, canDeliver: false)
    }

    /// Brings a task that was stopped anywhere to a place that a replay can find, writes that down, and then delivers
    /// the signals that came.
    ///
    /// - Parameter canDeliver: it was stopped by a signal, in whose place another can be put.
    private func settle(_ task: RecordedTask, canDeliver: Bool) throws {
        let began = now()
        task.holdsSince = nil
        var steps = 0
        var registers = try task.tracee.registers()
        // Signals that come faster than they can be recorded must not keep the program in one place.
        let nudge = (schedule.isChaotic ? schedule.below(20) : 0) + (task.hasJustReturned ? 40 : 0)
        let mustProgress = task.hasJustReturned
        task.hasJustReturned = false
        var path = Footsteps()
        while true {
            if task.space.patches.isInside(registers.raw.rip) {
                // Inside the capsule no place can be found again: it ends what it does.
                if let status = try leaveCapsule(task) {
                    // What it did before that is written nowhere yet.
                    task.mustGoOn = true
                    task.state = .arrived(status)
                    return
                }
                task.wasWaiting = false
                registers = try task.tracee.registers()
                if !schedule.isChaotic {
                    // Right behind a call, which is written.
                    wantsSwitch = true
                    return try deliverPending(task, registers, hasStepped: true, canDeliver: true)
                }
            }
            let code = task.space.patches.masked(registers.raw.rip, task.memory.read(registers.raw.rip, 16))
            if code.starts(with: [0x0f, 0x05]) {
                guard mustProgress, !task.pending.isEmpty else { break }
                // Given back to the kernel at the call's entry: the call is made, or interrupted, but not put off for
                // ever. Until then no other comes.
                task.mustGoOn = true
                var mask: UInt64 = 0
                if ct_get_mask(task.tid, &mask) == 0, ct_set_mask(task.tid, .max) == 0 { task.heldMask = mask }
                return
            }
            path.append(registers.raw.rip, code)
            if try readCounter(task, registers, code) || draw(task, registers, code) {
                // That is an event, and right behind it is a place that is known.
                wantsSwitch = true
                let behind = try task.tracee.registers()
                return try deliverPending(task, behind, hasStepped: true, canDeliver: canDeliver || steps > 0)
            }
            if steps >= nudge, path.canStop(registers.raw.rip, code) { break }
            guard steps < 2000 else { return try resumeUnsettled(task) }
            task.tracee.resume(ct_request_singlestep)
            let status = try task.tracee.wait()
            if status.isGone {
                task.state = .arrived(status)
                return
            }
            registers = try task.tracee.registers()
            if status.event != 0 || status.signal == SIGTRAP {
                try StoredFlags.mend(code, registers, task.memory)
                steps += 1
                continue
            }
            let information = try task.tracee.signalInformation()
            if SignalCodes.isFault(status.signal, information) {
                // The instruction is tried again when the task goes on.
                steps += 1
                return try resumeUnsettled(task)
            }
            task.pending.append(information)
        }
        try emit(task, .preempt(stopPoint(task, registers)))
        summary.preemptions += 1
        wantsSwitch = true
        preemptCost = now() - began
        task.settledAt = ct_process_time(task.group)
        try deliverPending(task, registers, hasStepped: steps > 0, canDeliver: canDeliver || steps > 0)
    }

    /// No place near by can be found again: the task goes on, and is stopped again later.
    private func resumeUnsettled(_ task: RecordedTask) throws {
        task.mustGoOn = true
        giveBack(task)
    }

    private func deliverPending(
        _ task: RecordedTask, _ registers: Registers, hasStepped: Bool, canDeliver: Bool
    ) throws {
        task.knownPlace = registers
        guard !task.pending.isEmpty else { return }
        // The first of them stops it again, right here.
        guard canDeliver else { return giveBack(task) }
        let first = task.pending.removeFirst()
        // The others come when the first one's handler has been entered.
        giveBack(task)
        try deliver(task, SignalCodes.number(first), first, at: registers, isFault: false, injects: hasStepped)
    }

    func stopPoint(_ task: RecordedTask, _ registers: Registers) -> StopPoint {
        let excluded = pagesInFlight(task.space)
        return StopPoint(
            registers: registers, fingerprint: Fingerprint.of(task.memory, excluding: excluded),
            probes: Probes.of(task.memory, registers).filter { probe in
                !excluded.contains(probe.address / Fingerprint.pageSize * Fingerprint.pageSize)
            })
    }

    /// Lets the kernel deliver a signal, and writes down what came of it.
    func deliver(
        _ task: RecordedTask, _ number: Int32, _ information: [UInt8], at registers: Registers, isFault: Bool,
        injects: Bool = false
    ) throws {
        summary.signals += 1
        try writeEntry(task)
        switch Disposition.of(number, tid: task.tid) {
        case .ignored, .stops:
            task.signalOnResume = number
            try emit(task, .signal(signal(number, information, registers, isFault, .ignored)))
            if task.call == nil, !isFault { task.knownPlace = registers }
        case .fatal:
            task.signalOnResume = number
            try emit(task, .signal(signal(number, information, registers, isFault, .fatal)))
            try check(task)
        case .caught:
            if injects { try task.tracee.set(signalInformation: information) }
            task.tracee.resume(ct_request_singlestep, signal: number)
            let status = try task.tracee.wait()
            guard !status.isGone, status.event == 0, status.signal == SIGTRAP else {
                // No room for the frame, or killed meanwhile: that is the next stop's matter.
                task.call = nil
                try emit(task, .signal(signal(number, information, registers, isFault, .ignored)))
                task.state = .arrived(status)
                return
            }
            let after = try task.tracee.registers()
            var frame = read([SignalFrame.extent(task.memory, after.raw.rsp)], task.memory)
            if let call = task.call {
                // What the interrupted call left behind: the rest of a sleep, sets of descriptors.
                let ranges = Outputs(memory: task.memory).ranges(call.model, call.entry, result: -4) ?? []
                frame = read(ranges, task.memory) + frame
                task.call = nil
            }
            let outcome = SignalDelivery.Outcome.handler(after, extended: try task.tracee.extended(), frame: frame)
            try emit(task, .signal(signal(number, information, registers, isFault, outcome)))
            task.knownPlace = after
        }
    }

    private func signal(
        _ number: Int32, _ information: [UInt8], _ at: Registers, _ isFault: Bool, _ outcome: SignalDelivery.Outcome
    ) -> SignalDelivery {
        SignalDelivery(number: number, information: information, isFault: isFault, at: at, outcome: outcome)
    }

    /// The time stamp counter: it faults, and gets its value here.
    private func readCounter(_ task: RecordedTask, _ registers: Registers, _ code: [UInt8]? = nil) throws -> Bool {
        let code = code ?? task.memory.read(registers.raw.rip, 3)
        guard let length = CounterInstruction.length(code) else { return false }
        let value = now() &* 2
        try emit(task, .counter(at: registers, value: value))
        try task.tracee.set(CounterInstruction.executed(registers, value: value, length: length))
        return true
    }
}

import CTrace

/// Signals that come between calls wait for the next one: there they cost an event. To find any other place again, a
/// replay needs a fingerprint of all memory, and a timer may be faster than that is made. None waits for longer than it
/// would cost to record it where it came, so that the program gets on, and they come in time.
extension ExecutionRecorder {
    private static let leastWait: UInt64 = 1_000_000
    private static let mostWait: UInt64 = 100_000_000

    private var longestWait: UInt64 {
        min(max(preemptCost, ExecutionRecorder.leastWait), ExecutionRecorder.mostWait)
    }

    /// A signal has come that is to wait.
    func hold(_ task: RecordedTask) {
        task.hasJustReturned = false
        task.mustGoOn = true
        guard task.holdsSince == nil else { return }
        task.holdsSince = now()
        task.heldTime = ct_process_time(task.group)
    }

    /// Chaos records signals where they come, as long as the task has as much time for itself as that takes.
    func comesTooSoon(_ task: RecordedTask) -> Bool {
        let spent = ct_process_time(task.group) - task.settledAt
        return task.settledAt > 0 && spent >= 0 && spent < Int64(preemptCost)
    }

    /// The task goes on.
    func awaitCall(_ task: RecordedTask) {
        guard task.holdsSince != nil, task.call == nil else { return }
        ct_timer_once(Int64(longestWait / 1000))
    }

    /// No call has come. Time that other programs had the processor does not count.
    func hasHeldLong(_ task: RecordedTask) -> Bool {
        guard let since = task.holdsSince, task.call == nil, !task.isInterrupted else { return false }
        let spent = ct_process_time(task.group) - task.heldTime
        if now() - since >= longestWait, spent < 0 || spent >= Int64(longestWait / 2) { return true }
        awaitCall(task)
        return false
    }

    /// Signals that waited go back to the kernel, which delivers them right away.
    func giveBack(_ task: RecordedTask) {
        task.holdsSince = nil
        guard !task.pending.isEmpty else { return }
        for information in task.pending { _ = SignalCodes.queue(task, information) }
        task.returned = Array((task.returned + task.pending).suffix(64))
        task.pending = []
    }

    /// It stands at a call's entry: signals that waited are handled before the call is made. For a replay it is as if
    /// the call had been interrupted by them and taken up again.
    ///
    /// - Returns: false where the call is made first: signals that come one upon the other must not keep it from that,
    ///   those that have no handler leave no trace that a replay would find, and one that came while the task waited in
    ///   this call ends the wait.
    func handlesFirst(_ task: RecordedTask, _ entry: Registers) throws -> Bool {
        task.heldEntry = nil
        guard !task.pending.isEmpty, !schedule.isChaotic else { return false }
        guard !task.wasWaiting,
            task.pending.allSatisfy({ Disposition.of(SignalCodes.number($0), tid: task.tid) == .caught })
        else {
            task.wasWaiting = false
            return false
        }
        let time = now()
        guard time - task.handledFirst > 500_000 || ExecutionRecorder.matter(entry.call) else { return false }
        task.handledFirst = time
        guard try putOff(task, entry) else { return true }
        task.heldEntry = entry
        task.knownPlace = try task.tracee.registers()
        giveBack(task)
        return true
    }

    /// Calls after which a signal is not handled any more, or otherwise: they change what is done about signals, which
    /// are blocked, or end what handles them.
    private static func matter(_ call: Int) -> Bool {
        [13, 14, 59, 60, 130, 231, 270, 271, 281, 322, 441].contains(call)
    }
}

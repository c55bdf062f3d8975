extension DebugSession {
    /// One instruction back where what ran before the target is what stands before it in the text, as mostly: its passes
    /// are counted, without a stop at any other instruction of the stretch.
    ///
    /// - Returns: false where it was another one, or passed too often; the replay stands anywhere in the stretch then.
    func stepBackInLine(to target: Place) throws -> Bool {
        let end = target.registers.raw.rip
        guard let task = replayer.tasks[target.task], let before = DebugSession.predecessor(of: end, task),
            let passes = try passes(of: before, to: target), passes > 0
        else { return false }
        try boundary(target.event)
        try passQuietly(before, times: passes, before: target.event)
        guard try step() == .step, try isAt(target) else { return false }
        try boundary(target.event)
        try passQuietly(before, times: passes, before: target.event)
        return true
    }

    /// What was read as an instruction may be the middle of one, where an int3 would change the program: a debug register
    /// waits there.
    private func withQuietStop<Value>(
        _ address: UInt64, and breakpoints: Set<UInt64>, _ body: () throws -> Value
    ) rethrows -> Value {
        let traps = replayer.traps
        let kept = (traps.breakpoints, traps.watches)
        (traps.breakpoints, traps.watches) = (breakpoints, [Traps.Watch(address: address, length: 1, kind: 0)])
        defer { (traps.breakpoints, traps.watches) = kept }
        return try body()
    }

    private func passQuietly(_ address: UInt64, times: Int, before event: Int) throws {
        try withQuietStop(address, and: []) {
            for index in 0..<times { _ = index == 0 ? try runOn(until: event + 1) : try resumeWithin(event) }
        }
    }

    static let passesMax = 2000

    /// How often an instruction is passed between the stretch's beginning and the target; nil where it is too often, or
    /// the target is not found again.
    private func passes(of address: UInt64, to target: Place) throws -> Int? {
        try withQuietStop(address, and: [target.registers.raw.rip]) {
            var passes = 0
            var stop = try runOn(until: target.event + 1)
            for _ in 0..<DebugSession.passesMax {
                guard stop == .breakpoint || stop == .watchpoint(address), replayer.position == target.event else {
                    return nil
                }
                if try isAt(target) { return passes }
                if let task = try current, try registers(of: task).raw.rip == address { passes += 1 }
                stop = try resumeWithin(target.event)
            }
            return nil
        }
    }

    /// Instructions are read from several beginnings before it; those that meet the address agree on the way soon.
    private static func predecessor(of address: UInt64, _ task: ReplayedTask) -> UInt64? {
        let length = 64
        guard address > UInt64(length) else { return nil }
        let code = task.text(address - UInt64(length), length)
        guard code.count == length else { return nil }
        var votes: [Int: Int] = [:]
        for first in 0..<length / 2 {
            var (at, last) = (first, first)
            while at < length, let instruction = Instruction(Array(code[at...].prefix(16))) {
                last = at
                at += instruction.length
            }
            if at == length { votes[last, default: 0] += 1 }
        }
        let most = votes.max { ($0.value, $1.key) < ($1.value, $0.key) }
        return most.map { address - UInt64(length - $0.key) }
    }
}

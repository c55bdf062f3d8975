import CTrace

extension DebugSession {
    /// A place that can be come to again.
    struct Place {
        var event: Int
        var task: Int
        var registers: Registers
        var probes: [StopPoint.Probe]
    }

    func place() throws -> Place? {
        guard let task = try current else {
            return Place(event: replayer.position, task: focus, registers: Registers(), probes: [])
        }
        let registers = try registers(of: task)
        return Place(
            event: replayer.position, task: task.number, registers: registers,
            probes: Probes.of(task.memory, registers))
    }

    func isAt(_ place: Place) throws -> Bool {
        guard replayer.position == place.event, let task = replayer.tasks[place.task] else {
            return replayer.position == place.event && place.probes.isEmpty
        }
        var (here, there) = (try registers(of: task).visible, place.registers.visible)
        if here != there, task.text(here.raw.rip, 2) == CallPatches.call {
            // Of a task at the entry of its call it is no longer known what the instruction has overwritten.
            (here.raw.rcx, here.raw.r11) = (there.raw.rcx, there.raw.r11)
        }
        return here == there
            && place.probes.allSatisfy { task.memory.word($0.address) == $0.value }
    }

    /// Where an event's stretch of instructions begins: all before it is done.
    func boundary(_ event: Int) throws { try approach(event) }

    /// One instruction back.
    func stepBack() throws -> Stop {
        guard let target = try place() else { return .beginning }
        if target.event <= firstEvent, try isAtBeginning(target) { return .beginning }
        try boundary(target.event)
        if try isAt(target) { return try endOfStretch(before: target.event) }
        if try stepBackInLine(to: target) { return .step }
        try boundary(target.event)
        let anchor = try anchor(for: target)
        var steps = 0
        while try !isAt(target) {
            _ = try step()
            steps += 1
            guard replayer.position <= target.event else {
                throw ExecutionError(
                    .diverged, "going back: the place was not found again before event \(target.event)")
            }
        }
        try boundary(target.event)
        try pass(target.registers.raw.rip, times: anchor, before: target.event)
        for _ in 0..<max(steps - 1, 0) { _ = try step() }
        return .step
    }

    private func isAtBeginning(_ target: Place) throws -> Bool {
        try boundary(target.event)
        return try isAt(target)
    }

    /// Passes of the target's instruction before the target: stepping begins at the last of them.
    private func anchor(for target: Place) throws -> Int {
        let traps = replayer.traps
        let kept = (traps.breakpoints, traps.watches)
        (traps.breakpoints, traps.watches) = ([target.registers.raw.rip], [])
        defer { (traps.breakpoints, traps.watches) = kept }
        var passes = 0
        while true {
            // From a pass on, the instruction itself has to be left first.
            let stop = passes == 0 ? try runOn(until: target.event + 1) : try resumeWithin(target.event)
            guard stop == .breakpoint, replayer.position == target.event else { break }
            if try isAt(target) { break }
            passes += 1
        }
        try boundary(target.event)
        try pass(target.registers.raw.rip, times: passes, before: target.event)
        return passes
    }

    func resumeWithin(_ event: Int) throws -> Stop {
        _ = try step()
        return try runOn(until: event + 1)
    }

    /// Goes to the n-th time that an instruction is reached within an event's stretch.
    func pass(_ address: UInt64, times: Int, before event: Int) throws {
        guard times > 0 else { return }
        let traps = replayer.traps
        let kept = (traps.breakpoints, traps.watches)
        (traps.breakpoints, traps.watches) = ([address], [])
        defer { (traps.breakpoints, traps.watches) = kept }
        for index in 0..<times { _ = index == 0 ? try runOn(until: event + 1) : try resumeWithin(event) }
    }

    /// Right before the instruction that an earlier event belongs to.
    private func endOfStretch(before event: Int) throws -> Stop {
        var index = event - 1
        while index >= firstEvent, let candidate = try replayer.reader.event(index) {
            switch candidate.body {
            case .call, .enter:
                try boundary(index)
                guard let task = replayer.tasks[candidate.task], task.space === replayer.traps.space else { break }
                if !task.standsAtEntry { try replayer.runToCall(task, candidate) }
                task.standsAtEntry = true
                return .step
            case .preempt(let point):
                try boundary(index)
                guard let task = replayer.tasks[candidate.task], task.space === replayer.traps.space else { break }
                try replayer.seek(task, candidate, point)
                return .step
            case .counter(let at, _), .draw(let at, _):
                try boundary(index)
                guard let task = replayer.tasks[candidate.task], task.space === replayer.traps.space else { break }
                try walk(task, to: at, event: index)
                return .step
            case .signal(let delivery) where delivery.isFault:
                try boundary(index)
                guard let task = replayer.tasks[candidate.task], task.space === replayer.traps.space else { break }
                try walk(task, to: delivery.at, event: index)
                return .step
            default: break
            }
            index -= 1
        }
        try boundary(firstEvent)
        return .beginning
    }

    /// To an instruction that faults: one stop before it.
    private func walk(_ task: ReplayedTask, to registers: Registers, event: Int) throws {
        let target = Place(event: event, task: task.number, registers: registers, probes: [])
        if try isAt(target) { return }
        let traps = replayer.traps
        let kept = (traps.breakpoints, traps.watches)
        (traps.breakpoints, traps.watches) = ([registers.raw.rip], [])
        defer { (traps.breakpoints, traps.watches) = kept }
        while try !isAt(target) {
            let stop = try runOn(until: event + 1)
            guard stop == .breakpoint, try !isAt(target) else { return }
            _ = try step()
        }
    }

    /// Back to the last breakpoint or change of a watched place before here.
    func resumeBack() throws -> Stop {
        guard let target = try place() else { return .beginning }
        var limit = target.event
        for checkpoint in checkpoints.filter({ $0.position <= target.event }).reversed() {
            try take(checkpoint)
            var last: (count: Int, stop: Stop)?
            var count = 0
            try visit(until: target, limit: limit) { stop in
                count += 1
                last = (count, stop)
            }
            if let last {
                try take(checkpoint)
                var seen = 0
                _ = try visitUntil(count: last.count, target: target, limit: limit, seen: &seen)
                if case .watchpoint = last.stop {
                    // The write itself is undone, so that the debugger sees the value change.
                    _ = try stepBack()
                }
                return last.stop
            }
            limit = checkpoint.position
        }
        try boundary(firstEvent)
        return .beginning
    }

    /// Goes forward to the target, telling of every stop on the way that a debugger asked for.
    private func visit(until target: Place, limit: Int, _ body: (Stop) -> Void) throws {
        var seen = 0
        while let stop = try next(target, limit) {
            seen += 1
            body(stop)
        }
    }

    private func visitUntil(count: Int, target: Place, limit: Int, seen: inout Int) throws -> Stop? {
        while seen < count, let stop = try next(target, limit) {
            seen += 1
            if seen == count { return stop }
        }
        return nil
    }

    /// The next stop that was asked for, before the target; nil when that is reached.
    private func next(_ target: Place, _ limit: Int) throws -> Stop? {
        let traps = replayer.traps
        let asked = traps.breakpoints
        defer { traps.breakpoints = asked }
        while true {
            if try isAt(target) || replayer.position > target.event
                || replayer.position >= limit && limit < target.event
            {
                return nil
            }
            if let task = try current, traps.breakpoints.contains(try registers(of: task).raw.rip) {
                _ = try step()
                if try isAt(target) { return nil }
            }
            if replayer.position == target.event { traps.breakpoints.insert(target.registers.raw.rip) }
            let stop = try runOn(until: replayer.position < target.event ? min(target.event, limit) : target.event + 1)
            switch stop {
            case .breakpoint:
                if try isAt(target) { return nil }
                guard let task = try current, asked.contains(try registers(of: task).raw.rip) else { continue }
                return stop
            case .watchpoint: return stop
            case .signal, .end, .beginning: return nil
            case .step: continue
            }
        }
    }
}

import CTrace
import Glibc
import ReenactLinux

/// A replay under a debugger's hands: forward and backward, by instruction or to the next stop.
///
/// A place is an event and a stop within the stretch of instructions before it. Going back means taking a checkpoint
/// from before, and going forward from there.
final class DebugSession {
    /// What a debugger is told.
    enum Stop: Equatable {
        case step
        case breakpoint
        case watchpoint(UInt64)
        case signal(Int32)
        case end
        case beginning
    }

    let replayer: ExecutionReplayer
    /// A task of the process that is debugged.
    var focus: Int
    private(set) var checkpoints: [Checkpoint] = []
    /// Where the last steps back went: copies ever closer to it.
    private var near: [Checkpoint] = []
    static let nearMax = 24
    private var lastCheckpoint: UInt64 = 0
    private var canCopy = true
    /// The first event that can be gone back to: right behind the start of the program that is looked at.
    var firstEvent: Int { max(replayer.traps.program + 1, 1) }
    static let checkpointsMax = 40

    init(_ replayer: ExecutionReplayer, at event: Int) throws {
        self.replayer = replayer
        focus = 0
        replayer.useBuffer()
        replayer.past.keepAll()
        replayer.stretch = 100_000_000
        guard try replayer.stepEvent() else { throw ByteReader.wrong("it has no events") }
        keepCheckpoint(force: true)
        try forward(to: event)
        if let next = try replayer.reader.event(replayer.position), replayer.tasks[next.task] != nil {
            focus = next.task
        }
        try normalise()
        replayer.traps.space = replayer.tasks[focus]?.space
        look()
    }

    /// What a debugger sets from now on is meant for the program that runs here.
    func look() { replayer.traps.program = replayer.traps.space?.program ?? 0 }

    /// The task that goes on next.
    var current: ReplayedTask? {
        get throws {
            guard let event = try replayer.reader.event(replayer.position) else { return nil }
            return replayer.tasks[event.task]
        }
    }

    /// Threads of the process in focus.
    var threads: [ReplayedTask] {
        let space = replayer.traps.space
        return replayer.tasks.values.filter { $0.space === space }.sorted { $0.number < $1.number }
    }

    /// Registers as the program would see them: before a call, not in it.
    func registers(of task: ReplayedTask) throws -> Registers {
        var registers = try task.tracee.registers()
        if task.standsAtEntry {
            registers.raw.rip -= 2
            registers.raw.rax = registers.raw.orig_rax
        }
        return registers
    }

    /// Replays events without a stop.
    func forward(to event: Int) throws {
        while replayer.position < event, try !isAtEnd() {
            if try replayer.stepCalls(before: event) { continue }
            guard try replayer.stepEvent() else { return }
            keepCheckpoint()
        }
    }

    /// The next event is the end of the process in focus, or there is none.
    func isAtEnd() throws -> Bool {
        guard let event = try replayer.reader.event(replayer.position) else { return true }
        if case .end = event.body, replayer.tasks.count == 1 { return true }
        if case .end = event.body, event.task == focus || replayer.tasks[event.task]?.space === replayer.traps.space {
            return threads.count <= 1
        }
        return false
    }

    /// Replays events that need no instruction of the program.
    func normalise() throws {
        while try !isAtEnd(), let event = try replayer.reader.event(replayer.position) {
            guard !event.needsProgram, try replayer.stepEvent() else { return }
            keepCheckpoint()
        }
    }

    func keepCheckpoint(force: Bool = false) {
        let time = UInt64(ct_now())
        guard canCopy, force || time - lastCheckpoint > 250_000_000 else { return }
        guard ProcessCopies.canBeCopied(replayer.tasks) else { return }
        if let last = checkpoints.last, last.position >= replayer.position { return }
        let wasPlanted = replayer.traps.isPlanted
        if wasPlanted { replayer.traps.lift() }
        defer { if wasPlanted { replayer.traps.plant(replayer.tasks.values) } }
        guard let copies = try? ProcessCopies.copy(replayer.tasks) else {
            canCopy = false
            return
        }
        checkpoints.append(Checkpoint(of: replayer, tasks: copies))
        lastCheckpoint = UInt64(ct_now())
        // Thin out: every other one of the older half.
        if checkpoints.count > DebugSession.checkpointsMax {
            let half = checkpoints.count / 2
            checkpoints = checkpoints.enumerated().filter { $0.offset == 0 || $0.offset >= half || $0.offset % 2 == 0 }
                .map(\.element)
        }
    }

    /// Back to the latest checkpoint at or before an event.
    func restore(before event: Int) throws {
        let closest = [checkpoints, near].compactMap { list in list.last { $0.position <= event } }
        guard let checkpoint = closest.max(by: { $0.position < $1.position }) else {
            throw ExecutionError(.notFound, "no checkpoint before event \(event); this is a bug: report it")
        }
        try take(checkpoint)
    }

    /// To an event, from the latest checkpoint before it. Who goes back once goes back again: on the way copies are left,
    /// each half as far from the event as the one before.
    func approach(_ event: Int) throws {
        try restore(before: event)
        var distance = event - replayer.position
        guard distance > 1 else { return try forward(to: event) }
        while distance > 0 {
            distance /= 2
            try forward(to: event - distance)
            guard try !isAtEnd(), canCopy, ProcessCopies.canBeCopied(replayer.tasks),
                let copies = try? ProcessCopies.copy(replayer.tasks)
            else { continue }
            let copy = Checkpoint(of: replayer, tasks: copies)
            let place = near.firstIndex { $0.position > copy.position } ?? near.count
            near.insert(copy, at: place)
        }
        // First goes what lies ahead, then what is far behind.
        while near.count > DebugSession.nearMax {
            if let last = near.last, last.position > event { near.removeLast() } else { near.removeFirst() }
        }
    }

    func take(_ checkpoint: Checkpoint) throws {
        replayer.traps.lift()
        replayer.end()
        replayer.tasks = try ProcessCopies.copy(checkpoint.tasks)
        replayer.position = checkpoint.position
        replayer.report = checkpoint.report
        replayer.past.rewind(to: checkpoint.past)
        try replayer.files.restore(checkpoint.files)
        replayer.traps.space = (replayer.tasks[focus] ?? replayer.tasks.values.first)?.space
        lastCheckpoint = UInt64(ct_now())
    }

    /// Goes on until something stops it.
    func resume() throws -> Stop {
        look()
        if let stop = try stepOffBreakpoint() { return stop }
        return try runOn()
    }

    private func stepOffBreakpoint() throws -> Stop? {
        guard let task = try current, replayer.traps.breakpoints.contains(try registers(of: task).raw.rip) else {
            return nil
        }
        let stop = try step()
        if case .step = stop { return nil }
        return stop
    }

    /// As `resume`, from a place that is not to be left first.
    func runOn(until limit: Int = .max) throws -> Stop {
        let traps = replayer.traps
        defer {
            traps.lift()
            traps.disarm(replayer.tasks.values)
        }
        while replayer.position < limit {
            if try isAtEnd() { return .end }
            traps.plant(replayer.tasks.values)
            let before = watched()
            do {
                if try replayer.stepCalls(before: limit) { continue }
                let event = try replayer.reader.event(replayer.position)
                if !(try replayer.stepEvent()) { return .end }
                keepCheckpoint()
                if case .signal(let delivery)? = event?.body, case .fatal = delivery.outcome,
                    replayer.tasks[event?.task ?? -1]?.space === traps.space
                {
                    return .signal(delivery.number)
                }
            } catch DebugStop.breakpoint { return .breakpoint } catch DebugStop.watchpoint(let address) {
                return .watchpoint(address)
            }
            // What the kernel wrote on the program's behalf.
            if let index = zip(before, watched()).enumerated().first(where: { $0.element.0 != $0.element.1 })?.offset {
                return .watchpoint(traps.watches[index].address)
            }
        }
        return .step
    }

    private func watched() -> [[UInt8]] {
        guard let space = replayer.traps.space, replayer.traps.isInForce else { return [] }
        return replayer.traps.watches.map { space.memory.read($0.address, $0.length) }
    }

    /// One instruction of the task whose turn it is; a system call counts as one.
    func step() throws -> Stop {
        try normalise()
        if try isAtEnd() { return .end }
        guard let event = try replayer.reader.event(replayer.position), let task = replayer.tasks[event.task] else {
            return .end
        }
        if try consumes(event, task) {
            guard try replayer.stepEvent() else { return .end }
            if case .signal(let delivery) = event.body, case .fatal = delivery.outcome {
                return .signal(delivery.number)
            }
            try normalise()
            return .step
        }
        let before = try task.tracee.registers()
        let code = task.text(before.raw.rip, 4)
        task.tracee.resume(ct_request_singlestep)
        var status = try task.tracee.wait()
        if status.signal == SIGTRAP, !status.isGone, try task.tracee.registers() == before {
            // The first step from the stop of a call only ends that.
            task.tracee.resume(ct_request_singlestep)
            status = try task.tracee.wait()
        }
        if status.isGone { throw replayer.diverged(event, "the task ended at a step") }
        if status.signal == SIGTRAP { try StoredFlags.mend(code, try task.tracee.registers(), task.memory) }
        if status.signal != SIGTRAP, SignalCodes.isFault(status.signal, try task.tracee.signalInformation()) {
            // The event says what comes of it; it faults once more then.
            guard try replayer.stepEvent() else { return .end }
            if case .signal(let delivery) = event.body, case .fatal = delivery.outcome {
                return .signal(delivery.number)
            }
            try normalise()
        }
        return .step
    }

    /// Whether the next instruction is the next event, or the event's place is reached.
    private func consumes(_ event: Event, _ task: ReplayedTask) throws -> Bool {
        let registers = try registers(of: task)
        switch event.body {
        case .call, .enter:
            return task.standsAtEntry || task.text(registers.raw.rip, 2) == CallPatches.call
        case .counter: return CounterInstruction.isOne(task.memory.read(registers.raw.rip, 3))
        case .draw: return DrawInstruction(task.memory.read(registers.raw.rip, 16), isMarked: true) != nil
        case .preempt(let point):
            if task.text(registers.raw.rip, 2) == CallPatches.call { return true }
            return registers.visible == point.registers.visible
                && point.probes.allSatisfy { task.memory.word($0.address) == $0.value }
        default: return false
        }
    }
}

extension Event {
    /// Its task has to go on to get there: a debugger can stand right before it.
    var needsProgram: Bool {
        switch body {
        case .leave, .birth, .end, .check: false
        case .signal(let delivery): delivery.isFault
        default: true
        }
    }
}

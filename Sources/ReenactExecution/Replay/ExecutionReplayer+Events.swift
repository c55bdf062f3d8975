import CTrace
import Glibc

extension ExecutionReplayer {
    func replay(_ event: Event) throws {
        switch event.body {
        case .call(let entry, let result, let effects):
            if tasks[event.task] == nil, effects.image != nil, position == 0 {
                return try begin(event, effects)
            }
            let task = try task(of: event)
            try runToEntry(task, event, entry)
            try leave(task, event, entry, result, effects)
        case .enter(let entry):
            let task = try task(of: event)
            try runToEntry(task, event, entry)
            task.call = entry
        case .leave(let result, let effects):
            let task = try task(of: event)
            guard let entry = task.call else { throw ByteReader.wrong("event \(position) returns from no call") }
            task.call = nil
            try leave(task, event, entry, result, effects)
        case .birth(let birth): try self.birth(try task(of: event), event, birth)
        case .signal(let delivery): try signal(try task(of: event), event, delivery)
        case .preempt(let point):
            report.preemptions += 1
            try seek(try task(of: event), event, point)
        case .counter(let registers, let value):
            let task = try task(of: event)
            try runToFault(task, event, SIGSEGV)
            try compare(event, registers, try task.tracee.registers(), "where the time stamp counter is read")
            let code = task.memory.read(registers.raw.rip, 3)
            guard let length = CounterInstruction.length(code) else {
                throw diverged(event, "no rdtsc at \(hexadecimal(registers.raw.rip))")
            }
            try task.tracee.set(CounterInstruction.executed(registers, value: value, length: length))
        case .draw(let registers, let value):
            let task = try task(of: event)
            try runToFault(task, event, SIGILL)
            try compare(event, registers, try task.tracee.registers(), "where the processor draws a number")
            guard let draw = DrawInstruction(task.memory.read(registers.raw.rip, 16), isMarked: true) else {
                throw diverged(event, "no rdrand at \(hexadecimal(registers.raw.rip))")
            }
            try task.tracee.set(draw.executed(registers, value: value))
        case .end(let end):
            sockets?.ended(event.task, at: event.time)
            try self.end(try task(of: event), end)
        case .check(let value):
            let task = try task(of: event)
            let found = fingerprint(task, without: nil)
            report.memoryChecks += 1
            guard found == value else {
                throw diverged(
                    event,
                    "memory differs: fingerprint \(hexadecimal(found)), recorded \(hexadecimal(value)); some input "
                        + "since the last check was not recorded exactly")
            }
        }
    }

    func pagesInFlight(_ space: ReplayedSpace) -> Set<UInt64> {
        var own: [Range<UInt64>] = []
        var foreign: [PagesInFlight.Foreign] = []
        for task in tasks.values {
            guard let entry = task.call else { continue }
            let ranges = Outputs(memory: task.memory).ranges(SystemCalls.model(entry.call), entry, result: nil) ?? []
            if task.space === space {
                own += ranges
            } else {
                foreign.append(PagesInFlight.Foreign(process: task.memory.process, ranges: ranges))
            }
        }
        return PagesInFlight.of(space.memory.process, own: own, foreign: foreign)
    }

    /// Lets the task run until it makes a system call, which is not executed.
    private func runToEntry(_ task: ReplayedTask, _ event: Event, _ entry: Registers) throws {
        if task.standsAtEntry {
            task.standsAtEntry = false
        } else {
            try runToCall(task, event)
        }
        let found = try task.tracee.registers()
        guard found.call == entry.call else {
            throw diverged(
                event,
                "system call \(SystemCalls.name(found.call)) at \(hexadecimal(found.raw.rip)), recorded "
                    + "\(SystemCalls.name(entry.call)) at \(hexadecimal(entry.raw.rip))")
        }
        try compare(event, entry, found, "at the entry of \(SystemCalls.name(entry.call))")
    }

    func runToCall(_ task: ReplayedTask, _ event: Event) throws {
        while true {
            task.tracee.resume(ct_request_sysemu)
            let status = try task.tracee.wait()
            try traps.notice(task, status)
            if status.isCall { return try standAtProgram(task) }
            if status.isGone { throw diverged(event, "the task ended, recorded a system call") }
            if try passes(task, status) { continue }
            let registers = try task.tracee.registers()
            throw diverged(
                event, "\(SignalCodes.name(status.signal)) at \(hexadecimal(registers.raw.rip)), recorded a system call"
            )
        }
    }

    /// Stops that mean nothing to the program: our own, and signals from outside.
    private func passes(_ task: ReplayedTask, _ status: WaitStatus) throws -> Bool {
        if status.event != 0 { return true }
        return !SignalCodes.isFault(status.signal, try task.tracee.signalInformation())
    }

    private func runToFault(_ task: ReplayedTask, _ event: Event, _ number: Int32) throws {
        while true {
            task.tracee.resume(ct_request_sysemu)
            let status = try task.tracee.wait()
            try traps.notice(task, status)
            if !status.isGone, !status.isCall, status.event == 0, status.signal == number,
                SignalCodes.isFault(number, try task.tracee.signalInformation())
            {
                return
            }
            if status.isGone { throw diverged(event, "the task ended, recorded \(SignalCodes.name(number))") }
            if status.isCall {
                let registers = try task.tracee.registers()
                throw diverged(
                    event,
                    "system call \(SystemCalls.name(registers.call)) at \(hexadecimal(registers.raw.rip)), "
                        + "recorded \(SignalCodes.name(number))")
            }
            if try !passes(task, status) {
                throw diverged(event, "\(SignalCodes.name(status.signal)), recorded \(SignalCodes.name(number))")
            }
        }
    }

    private func signal(_ task: ReplayedTask, _ event: Event, _ delivery: SignalDelivery) throws {
        if delivery.isFault {
            try runToFault(task, event, delivery.number)
            try compare(event, delivery.at, try task.tracee.registers(), "at \(SignalCodes.name(delivery.number))")
        } else if task.call == nil {
            let found = try task.standsAtEntry ? delivery.at : task.tracee.registers()
            try compare(event, delivery.at, found, "at \(SignalCodes.name(delivery.number))")
        }
        guard case .handler(let after, let extended, let frame) = delivery.outcome else { return }
        task.call = nil
        task.standsAtEntry = false
        for write in frame { try task.memory.write(write.address, write.bytes) }
        var registers = after
        registers.raw.orig_rax = UInt64.max
        try task.tracee.set(registers)
        try task.tracee.set(extended: extended)
    }

    /// Puts the recorded result and output of a call in place.
    private func leave(
        _ task: ReplayedTask, _ event: Event, _ entry: Registers, _ result: Int64, _ effects: Effects
    ) throws {
        if let image = effects.image {
            sockets?.executed(event.task, at: event.time)
            return try execute(task, event, image)
        }
        if SystemCalls.model(entry.call).conduct == .memory { try map(task, event, entry, result, effects) }
        if result == 0 { try limitStack(task, entry) }
        guard let writes = recalled(effects) else {
            throw diverged(event, "it reads again what the program wrote or read before, and that differs")
        }
        for write in writes { try task.memory.write(write.address, write.bytes) }
        if effects.remembered == .input { remember(task, entry, result) }
        for write in effects.fileWrites { try files.write(write) }
        var registers = effects.registers ?? entry
        if effects.registers == nil { registers.result = result }
        registers.raw.orig_rax = UInt64.max
        try task.tracee.set(registers)
        if let extended = effects.extended { try task.tracee.set(extended: extended) }
        try considerPatch(task, entry, result)
        sockets?.returned(event.task, task.memory, entry, result, at: event.time)
        // Going back and forth, each output appears once.
        if effects.echo != 0, options.echoes || options.onOutput != nil, position >= echoed {
            echoed = position + 1
            echo(task, entry, result, Int32(effects.echo))
        }
    }

    private func echo(_ task: ReplayedTask, _ entry: Registers, _ result: Int64, _ descriptor: Int32) {
        let ranges: [Range<UInt64>]
        if entry.call == 1 {
            ranges = [Outputs.range(entry.argument(1), UInt64(max(result, 0)))]
        } else {
            let model = SystemCall.row(20, "writev", "", [.vectors(1, count: 2)])
            ranges = Outputs(memory: task.memory).ranges(model, entry, result: result) ?? []
        }
        for range in ranges where !range.isEmpty {
            var bytes = task.memory.read(range.lowerBound, Int(range.upperBound - range.lowerBound))[...]
            options.onOutput?(descriptor, Array(bytes))
            while options.echoes, !bytes.isEmpty {
                let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress!, $0.count) }
                guard count > 0 else { return }
                bytes = bytes.dropFirst(count)
            }
        }
    }
}

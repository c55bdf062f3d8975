import CTrace
import Glibc

/// Finds the place again where a task was stopped between two instructions.
extension ExecutionReplayer {
    func seek(_ task: ReplayedTask, _ event: Event, _ point: StopPoint) throws {
        if try stands(task, point, without: nil) { return }
        if try isUnfinished(task, point.registers.raw.rip) {
            try runToInstruction(task, event, point.registers.raw.rip)
            if try stands(task, point, without: nil) { return }
        }
        let address = point.registers.raw.rip
        let code = traps.masked(address, task.space.patches.masked(address, task.memory.read(address, 16)))
        if code.starts(with: [0x0f, 0x05]) { return try seekCall(task, event, point) }
        guard let group = Instruction.group(code) else {
            throw diverged(event, "the instruction at \(hexadecimal(point.registers.raw.rip)) is not the recorded one")
        }
        if task.space === traps.space, traps.breakpoints.contains(point.registers.raw.rip) {
            return try seekBreakpoint(task, event, point)
        }
        let place = try roomForStub(task, event, near: point.registers.raw.rip)
        defer { _ = try? Injection(tracee: task.tracee).call(11, [place, UInt64(CompareStub.size)]) }
        // A task that stands on the instructions has to leave them before they are overwritten.
        let length = group.reduce(0) { $0 + $1.length }
        let range = point.registers.raw.rip..<point.registers.raw.rip + UInt64(length)
        while case let here = try task.tracee.registers().raw.rip, range.contains(here) {
            let code = task.text(here, 4)
            task.tracee.resume(ct_request_singlestep)
            _ = try task.tracee.wait()
            try StoredFlags.mend(code, try task.tracee.registers(), task.memory)
            if try stands(task, point, without: place..<place + UInt64(CompareStub.size)) { return }
        }
        try search(task, event, point, place, Array(code[..<length]))
    }

    /// Code that the program itself may write, as compilers in it do: what stands there now need not be what was stopped.
    private func isUnfinished(_ task: ReplayedTask, _ address: UInt64) throws -> Bool {
        let registers = try task.tracee.registers()
        guard !task.standsAtEntry, registers.raw.rip != address else { return false }
        let region = MemoryMap.of(task.memory.process).first { address >= $0.start && address < $0.end }
        return region.map { $0.isWritable || !$0.isExecutable } ?? true
    }

    /// Lets the task run to an instruction by a debug register, for which nothing is written to memory.
    private func runToInstruction(_ task: ReplayedTask, _ event: Event, _ address: UInt64) throws {
        guard traps.watches.count < 4 || task.space !== traps.space else { return }
        traps.arm(task)
        let control = UInt64(bitPattern: ct_get_debug_register(task.tid, 7)) & ~0xf000_00c0
        ct_set_debug_register(task.tid, 7, control)
        ct_set_debug_register(task.tid, 3, address)
        // Local, for execution, one byte.
        ct_set_debug_register(task.tid, 7, control | 0x40)
        defer { ct_set_debug_register(task.tid, 7, control) }
        while true {
            task.tracee.resume(ct_request_sysemu)
            let status = try task.tracee.wait()
            if status.isGone { throw diverged(event, "the task ended before the recorded stop") }
            let registers = try task.tracee.registers()
            if status.isCall {
                throw diverged(
                    event,
                    "system call \(SystemCalls.name(registers.call)) was reached, the recorded stop before it was not found"
                )
            }
            if status.event == 0, status.signal == SIGTRAP, registers.raw.rip == address {
                ct_set_debug_register(task.tid, 6, 0)
                return
            }
            try traps.notice(task, status)
            if status.event == 0, SignalCodes.isFault(status.signal, try task.tracee.signalInformation()) {
                throw diverged(
                    event,
                    "\(SignalCodes.name(status.signal)) at \(hexadecimal(registers.raw.rip)) before the recorded stop")
            }
        }
    }

    private func search(
        _ task: ReplayedTask, _ event: Event, _ point: StopPoint, _ place: UInt64, _ original: [UInt8]
    ) throws {
        let origin = point.registers.raw.rip
        let range = place..<place + UInt64(CompareStub.size)
        var conditions: [StopPoint.Probe] = []
        var patch: [UInt8] = [0xe9]
        let distance = Int32(truncatingIfNeeded: Int64(bitPattern: place &- (origin + 5)))
        withUnsafeBytes(of: distance.littleEndian) { patch.append(contentsOf: $0) }
        patch += [UInt8](repeating: 0x90, count: original.count - 5)
        var traps = 0
        while true {
            guard let stub = CompareStub(at: place, stop: point.registers, probes: conditions, code: original) else {
                throw diverged(event, "no code can be made for the instruction at \(hexadecimal(origin))")
            }
            if traps > 0 {
                var registers = try task.tracee.registers()
                registers.raw.rip = stub.resume
                try task.tracee.set(registers)
            }
            try task.memory.write(place, withSavedState(stub, task, place, isFirst: traps == 0))
            try task.memory.write(origin, patch)
            do { try runToTrap(task, event, stub, restoring: (origin, original)) } catch {
                try? task.memory.write(origin, original)
                throw error
            }
            try task.memory.write(origin, original)
            traps += 1
            var registers = try task.tracee.registers()
            registers.raw.rip = origin
            registers.raw.orig_rax = UInt64.max
            guard registers.visible == point.registers.visible else { continue }
            let wrong = mismatches(task, point)
            if wrong.isEmpty, fingerprint(task, without: range) == point.fingerprint {
                try task.tracee.set(registers)
                report.registerChecks += 1
                report.memoryChecks += 1
                return
            }
            if let first = wrong.first(where: { candidate in !conditions.contains(candidate) }),
                conditions.count < CompareStub.wordsMax
            {
                conditions.append(first)
                for other in wrong.dropFirst() where conditions.count < 8 && !conditions.contains(other) {
                    conditions.append(other)
                }
            }
            guard traps < 10_000 else {
                throw diverged(
                    event,
                    "the stop at \(hexadecimal(origin)) was not found: registers were as recorded \(traps) times, but "
                        + "memory was not")
            }
        }
    }

    /// What the stub keeps of the program must survive its being built anew.
    private func withSavedState(
        _ stub: CompareStub, _ task: ReplayedTask, _ place: UInt64, isFirst: Bool
    ) -> [UInt8] {
        guard !isFirst else { return stub.bytes }
        var bytes = stub.bytes
        let saved = task.memory.read(place + 0x1000, 24)
        if saved.count == 24 { bytes.replaceSubrange(0x1000..<0x1018, with: saved) }
        return bytes
    }

    private func runToTrap(
        _ task: ReplayedTask, _ event: Event, _ stub: CompareStub, restoring: (UInt64, [UInt8])
    ) throws {
        while true {
            task.tracee.resume(ct_request_sysemu)
            let status = try task.tracee.wait()
            if status.isGone { throw diverged(event, "the task ended before the recorded stop") }
            let registers = try task.tracee.registers()
            if status.isCall {
                try task.memory.write(restoring.0, restoring.1)
                throw diverged(
                    event,
                    "system call \(SystemCalls.name(registers.call)) was reached, the recorded stop before it was not found"
                )
            }
            if status.event == 0, status.signal == SIGTRAP, registers.raw.rip == stub.trap { return }
            try leaveStub(task, stub)
            try traps.notice(task, status)
            if status.event == 0, SignalCodes.isFault(status.signal, try task.tracee.signalInformation()) {
                throw diverged(
                    event,
                    "\(SignalCodes.name(status.signal)) at \(hexadecimal(registers.raw.rip)) before the recorded stop")
            }
        }
    }

    /// A stop right before a system call: the call itself marks the place.
    private func seekCall(_ task: ReplayedTask, _ event: Event, _ point: StopPoint) throws {
        if !task.standsAtEntry { try runToCall(task, event) }
        var found = try task.tracee.registers()
        task.standsAtEntry = true
        found.raw.rip -= 2
        found.raw.rax = found.raw.orig_rax
        var wanted = point.registers
        // What the instruction itself overwrites.
        (wanted.raw.rcx, wanted.raw.r11) = (found.raw.rcx, found.raw.r11)
        try compare(event, wanted, found, "right before a system call")
        report.memoryChecks += 1
        guard fingerprint(task, without: nil) == point.fingerprint else {
            throw diverged(event, "memory differs right before a system call")
        }
    }

    private func stands(_ task: ReplayedTask, _ point: StopPoint, without range: Range<UInt64>?) throws -> Bool {
        guard !task.standsAtEntry, try task.tracee.registers().visible == point.registers.visible,
            mismatches(task, point).isEmpty, fingerprint(task, without: range) == point.fingerprint
        else { return false }
        report.registerChecks += 1
        report.memoryChecks += 1
        return true
    }

    /// A debugger's breakpoint is where the stop was: each pass is looked at.
    private func seekBreakpoint(_ task: ReplayedTask, _ event: Event, _ point: StopPoint) throws {
        do { try runToCall(task, event) } catch DebugStop.breakpoint(let address)
            where address == point.registers.raw.rip
        {
            if try stands(task, point, without: nil) { return }
            throw DebugStop.breakpoint(address)
        }
        throw diverged(event, "a system call was reached, the recorded stop before it was not found")
    }

    /// A watchpoint may fire for the moved instruction: the task goes back to where the program knows itself.
    private func leaveStub(_ task: ReplayedTask, _ stub: CompareStub) throws {
        var registers = try task.tracee.registers()
        guard registers.raw.rip == stub.afterMoved else { return }
        registers.raw.rip = stub.next
        try task.tracee.set(registers)
    }

    func fingerprint(_ task: ReplayedTask, without range: Range<UInt64>?) -> UInt64 {
        let isPlanted = traps.isPlanted
        if isPlanted { traps.lift() }
        defer { if isPlanted { traps.plant([]) } }
        return Fingerprint.of(task.memory, excluding: pagesInFlight(task.space), without: range)
    }

    private func mismatches(_ task: ReplayedTask, _ point: StopPoint) -> [StopPoint.Probe] {
        // They stand in the order of their addresses, most of them side by side.
        var wrong: [StopPoint.Probe] = []
        var start = 0
        while start < point.probes.count {
            var end = start + 1
            while end < point.probes.count, point.probes[end].address == point.probes[end - 1].address &+ 8 { end += 1 }
            let words = task.memory.words(point.probes[start].address, end - start)
            for index in start..<end
            where index - start >= words.count || words[index - start] != point.probes[index].value {
                wrong.append(point.probes[index])
            }
            start = end
        }
        return wrong
    }

    /// Free pages so near that a jump reaches them, with everything that the moved instruction points to.
    private func roomForStub(_ task: ReplayedTask, _ event: Event, near address: UInt64) throws -> UInt64 {
        let size = UInt64(CompareStub.size)
        let injection = Injection(tracee: task.tracee)
        // Gaps between mappings, each at its end that is nearer.
        var candidates: [UInt64] = []
        var free: UInt64 = 1 << 20
        for region in MemoryMap.of(task.memory.process) where region.start < 1 << 47 {
            if region.start > free, region.start - free >= size {
                candidates.append(address < free ? free : region.start - size)
            }
            free = max(free, region.end)
        }
        func distance(_ place: UInt64) -> UInt64 { place > address ? place - address : address - place }
        for candidate in candidates.filter({ distance($0) < 2_000_000_000 }).sorted(by: { distance($0) < distance($1) })
        {
            let found = try injection.call(9, [candidate, size, 7, 0x10_0022, UInt64.max, 0])
            if found == Int64(bitPattern: candidate) { return candidate }
        }
        throw diverged(event, "no free memory near \(hexadecimal(address))")
    }
}

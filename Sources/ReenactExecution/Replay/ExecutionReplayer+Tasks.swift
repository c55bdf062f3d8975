import CTrace
import Glibc

extension ExecutionReplayer {
    /// The first program.
    func begin(_ event: Event, _ effects: Effects) throws {
        guard let image = effects.image else { return }
        let (tid, space) = try load(image, event)
        programs[event.task] = image.path
        tasks[event.task] = ReplayedTask(
            number: event.task, tid: tid, group: tid, recordedId: 0, space: space)
    }

    /// exec: a new process takes the place of the task; nothing of the old one is needed.
    func execute(_ task: ReplayedTask, _ event: Event, _ image: ProgramImage) throws {
        let (tid, space) = try load(image, event)
        programs[event.task] = image.path
        try dispose(task)
        task.space.users -= 1
        if traps.space === task.space { traps.space = space }
        task.tid = tid
        task.group = tid
        task.space = space
        task.call = nil
        space.users = 1
    }

    /// A process with the recorded memory and registers, and nothing else.
    private func load(_ image: ProgramImage, _ event: Event) throws -> (Int32, ReplayedSpace) {
        let tracee = try blank()
        let space = ReplayedSpace(try ProcessMemory(of: tracee.tid))
        let injection = Injection(tracee: tracee)
        for region in image.regions {
            var start = region.start
            // A stack grows in the recording; here it has all its room from the beginning.
            if region.isStack {
                space.stackEnd = region.end
                let below = image.regions.map(\.end).filter { $0 <= region.start }.max() ?? 0
                start = max(below + 0x10_0000, region.end - min(region.end, 8 << 20))
                start = min(start, region.start)
            }
            let length = region.end - start
            var result: Int64
            if let file = region.file {
                result = try mapFile(
                    injection, space, file, address: start, length: length, protection: region.protection,
                    offset: region.offset, isShared: false)
            } else {
                result = try injection.call(
                    9, [start, length, UInt64(region.protection), 0x4032, UInt64.max, 0])
            }
            guard result == Int64(bitPattern: start) else {
                kill(tracee.tid, SIGKILL)
                throw diverged(
                    event,
                    "no room at \(hexadecimal(start)) for the program's memory (errno \(-result)); raise the limit of "
                        + "memory, or vm.overcommit_memory")
            }
        }
        space.stackStart = image.registers.raw.rsp
        space.program = position
        for write in image.writes { try space.memory.write(write.address, write.bytes) }
        var registers = image.registers
        registers.raw.orig_rax = UInt64.max
        try tracee.set(registers)
        try tracee.set(extended: image.extended)
        return (tracee.tid, space)
    }

    /// A process that has only the capsule.
    private func blank() throws -> Tracee {
        var gate: Int32 = -1
        let pid = ct_blank(cpu, &gate)
        guard pid > 0 else {
            throw ExecutionError(.refused, "fork: \(String(cString: strerror(errno))); raise the limit of processes")
        }
        guard ct_seize(pid) == 0 else {
            let code = errno
            kill(pid, SIGKILL)
            throw ExecutionError(
                .refused, "ptrace: \(String(cString: strerror(code))); in a container, allow it (--cap-add=SYS_PTRACE)")
        }
        ct_release(gate)
        let tracee = Tracee(tid: pid)
        let status = try tracee.wait()
        guard !status.isGone, status.signal == SIGTRAP else {
            throw ExecutionError(.refused, "process \(pid): could not be prepared for a replay")
        }
        let registers = try tracee.registers()
        let memory = try ProcessMemory(of: pid)
        try memory.write(registers.raw.rip, Capsule.code)
        let injection = Injection(tracee: tracee)
        let place = try injection.call(
            9, [Capsule.address, Capsule.privateLength, 7, 0x10_0022, UInt64.max, 0], at: registers.raw.rip)
        guard place == Int64(Capsule.address) else {
            throw ExecutionError(
                .refused, "memory at \(hexadecimal(Capsule.address)) is taken; this is a bug: report it")
        }
        try Capsule.furnish(memory)
        _ = try injection.call(11, [0, Capsule.address])
        _ = try injection.call(
            11, [Capsule.address + Capsule.length, 0x7fff_ffff_f000 - Capsule.address - Capsule.length])
        return tracee
    }

    /// fork, vfork, clone: a real child, in the kernel's eyes one of ours.
    func birth(_ parent: ReplayedTask, _ event: Event, _ birth: Birth) throws {
        guard let entry = parent.call, tasks[birth.child] == nil else {
            throw ByteReader.wrong("event \(position) is a birth outside of clone")
        }
        // VM, FS, FILES, SIGHAND, THREAD, SYSVSEM; or PARENT, that it be our child, with or without VM.
        let flags: UInt64 = birth.isThread ? 0x50f00 : birth.sharesMemory ? 0x8100 : 0x8000
        let saved = try parent.tracee.registers()
        var child: Int32 = 0
        let result = try Injection(tracee: parent.tracee).callKeepingNothing(56, [flags], from: saved) { status in
            if [ct_event_fork, ct_event_vfork, ct_event_clone].contains(Int(status.event)) {
                child = Int32(truncatingIfNeeded: Int(try parent.tracee.eventMessage()))
            }
        }
        guard result > 0, child > 0 else {
            throw diverged(event, "clone failed (errno \(-result)); raise the limit of processes")
        }
        try parent.tracee.set(saved)
        let tracee = Tracee(tid: child)
        _ = try tracee.wait()
        var registers = entry
        registers.raw.rax = 0
        registers.raw.orig_rax = UInt64.max
        if birth.stack != 0 { registers.raw.rsp = birth.stack }
        if birth.flags & 0x8_0000 != 0 { registers.raw.fs_base = entry.argument(4) }
        try tracee.set(registers)
        programs[birth.child] = programs[event.task]
        let space = birth.sharesMemory ? parent.space : ReplayedSpace(try ProcessMemory(of: child))
        if !birth.sharesMemory {
            space.heapEnd = parent.space.heapEnd
            space.segments = parent.space.segments
            space.stackStart = parent.space.stackStart
            space.stackEnd = parent.space.stackEnd
            space.patches = parent.space.patches
            space.program = parent.space.program
            if traps.space === parent.space { traps.clean(space.memory) }
        }
        tasks[birth.child] = ReplayedTask(
            number: birth.child, tid: child, group: birth.isThread ? parent.group : child, recordedId: birth.tid,
            space: space)
        sockets?.born(birth.child, of: event.task, sharesDescriptors: birth.flags & 0x400 != 0)
        for write in birth.writes { try space.memory.write(write.address, write.bytes) }
        let id = withUnsafeBytes(of: birth.tid.littleEndian) { Array($0) }
        if birth.flags & 0x10_0000 != 0 { try parent.memory.write(entry.argument(2), id) }
        if birth.flags & 0x100_0000 != 0 { try space.memory.write(entry.argument(3), id) }
    }

    /// The task's real thread or process goes.
    private func dispose(_ task: ReplayedTask) throws {
        let companions = tasks.values.filter { $0.group == task.group && $0 !== task }
        if companions.isEmpty {
            kill(task.group, SIGKILL)
            try waitGone(task.tid)
            if task.group != task.tid { try? waitGone(task.group) }
            return
        }
        if task.space.memory.process == task.tid { task.space.memory.process = companions[0].tid }
        var registers = try task.tracee.registers()
        registers.raw.rip = Capsule.entry
        registers.raw.rax = 60
        registers.raw.rdi = 0
        registers.raw.orig_rax = UInt64.max
        try task.tracee.set(registers)
        task.tracee.resume(ct_request_continue)
        if task.tid != task.group { return try waitGone(task.tid) }
        // The first thread stays as a zombie until the others are gone.
        while let state = task.tracee.state(), state != "Z" { usleep(50) }
    }

    func end(_ task: ReplayedTask, _ end: End) throws {
        try dispose(task)
        tasks[task.number] = nil
        task.space.users -= 1
        if task.space.users > 0 {
            for write in end.writes { try task.memory.write(write.address, write.bytes) }
        }
        let status = WaitStatus(raw: end.status)
        if task.number == 0 { report.status = status.exitCode ?? 128 + (status.fatalSignal ?? 0) }
    }
}

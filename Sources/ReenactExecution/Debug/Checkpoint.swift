import CTrace
import Glibc

/// A replay at some place, kept as stopped copies of its processes: memory is shared until it is written.
final class Checkpoint {
    let position: Int
    let report: ExecutionReplayer.Report
    /// The end of what later events refer to.
    let past: UInt64
    /// Files that have been shared memory.
    let files: [Int: [UInt8]]
    let tasks: [Int: ReplayedTask]

    /// - Parameter tasks: copies of the replay's.
    init(of replayer: ExecutionReplayer, tasks: [Int: ReplayedTask]) {
        position = replayer.position
        report = replayer.report
        past = replayer.past.end
        files = replayer.files.state()
        self.tasks = tasks
    }

    deinit { ProcessCopies.kill(tasks) }
}

enum ProcessCopies {
    /// Shared memory can't be copied by fork: it would stay shared with the original.
    static func canBeCopied(_ tasks: [Int: ReplayedTask]) -> Bool {
        let spaces = Dictionary(tasks.values.map { (ObjectIdentifier($0.space), $0.space) }) { first, _ in first }
        return spaces.values.allSatisfy { space in
            // The buffer of calls is empty at every stop.
            !MemoryMap.of(space.memory.process).contains {
                $0.isShared && $0.isWritable && !Capsule.contains($0.start)
            }
        }
    }

    /// Stopped copies of all processes with all their threads.
    static func copy(_ tasks: [Int: ReplayedTask]) throws -> [Int: ReplayedTask] {
        var spaces: [ObjectIdentifier: ReplayedSpace] = [:]
        var groups: [ObjectIdentifier: Int32] = [:]
        var result: [Int: ReplayedTask] = [:]
        for task in tasks.values.sorted(by: { $0.number < $1.number }) {
            let key = ObjectIdentifier(task.space)
            let child: Tracee
            let space: ReplayedSpace
            if let known = spaces[key], let first = groups[key] {
                child = try clone(Tracee(tid: first), flags: 0x50f00)
                space = known
            } else {
                child = try clone(task.tracee, flags: 0x8000)
                space = ReplayedSpace(try ProcessMemory(of: child.tid))
                space.heapEnd = task.space.heapEnd
                space.segments = task.space.segments
                space.stackStart = task.space.stackStart
                space.stackEnd = task.space.stackEnd
                space.patches = task.space.patches
                space.program = task.space.program
                spaces[key] = space
                groups[key] = child.tid
            }
            var registers = try task.tracee.registers()
            if !task.standsAtEntry { registers.raw.orig_rax = UInt64.max }
            try child.set(registers)
            try child.set(extended: try task.tracee.extended())
            let copy = ReplayedTask(
                number: task.number, tid: child.tid, group: groups[key] ?? child.tid, recordedId: task.recordedId,
                space: space)
            copy.call = task.call
            copy.standsAtEntry = task.standsAtEntry
            result[task.number] = copy
        }
        return result
    }

    private static func clone(_ parent: Tracee, flags: UInt64) throws -> Tracee {
        let saved = try parent.registers()
        var child: Int32 = 0
        let result = try Injection(tracee: parent).callKeepingNothing(56, [flags], from: saved) { status in
            if [ct_event_fork, ct_event_vfork, ct_event_clone].contains(Int(status.event)) {
                child = Int32(truncatingIfNeeded: Int(try parent.eventMessage()))
            }
        }
        try parent.set(saved)
        guard result > 0, child > 0 else {
            throw ExecutionError(.refused, "a checkpoint: clone: errno \(-result); raise the limit of processes")
        }
        let tracee = Tracee(tid: child)
        _ = try tracee.wait()
        return tracee
    }

    static func kill(_ tasks: [Int: ReplayedTask]) {
        let groups = Set(tasks.values.map(\.group))
        for group in groups { _ = Glibc.kill(group, SIGKILL) }
        // A process's first thread is not gone before its others.
        for task in tasks.values where task.tid != task.group { reap(task.tid) }
        for group in groups { reap(group) }
    }

    private static func reap(_ tid: Int32) {
        while let status = try? Tracee(tid: tid).wait(), !status.isGone { _ = Glibc.kill(tid, SIGKILL) }
    }
}

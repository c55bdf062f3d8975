import CLinux
import Glibc
import ReenactLinux

/// Carries a plan from the clone to the first process's `execve`, then waits for its end.
struct NamespaceStart: Sendable {
    let spec: SandboxSpec
    let identity: IdentityMap
    let group: ControlGroup?

    /// Docker's default set, and what the runner needs for addresses, ports, mounts and the program's memory. The
    /// runner gives the latter up before it starts the program.
    static let capabilities: UInt64 = [
        0, 1, 3, 4, 5, 6, 7, 8, 10, 12, 13, 18, 19, 21, 27, 29, 31,
    ].reduce(0) { $0 | 1 << $1 }

    /// Runs on a thread that lives as long as the sandbox; `started` is called once.
    func run(_ life: Life, started: (Result<Life.Started, SandboxError>) -> Void) {
        let began = MonotonicClock.now()
        var pipes = SandboxPipes()
        let pid: Int32
        do throws(SandboxError) {
            pid = try start(life, &pipes)
        } catch {
            group?.remove()
            return started(.failure(error))
        }
        life.hold(report: pipes.report.read, log: pipes.log)
        started(.success(.init(pid: pid, report: pipes.report.read, nanoseconds: MonotonicClock.now() - began)))
        life.end(clinux_wait(pid))
    }

    private func start(_ life: Life, _ pipes: inout SandboxPipes) throws(SandboxError) -> Int32 {
        let steps = try SetupPlan.steps(spec, identity: identity, groupLimits: group != nil)
        try pipes.open()
        let image = SetupImage(steps: steps, spec: spec)
        var pidfd: Int32 = -1
        let pid = image.start(plan(pipes), &pidfd)
        guard pid > 0 else {
            pipes.closeAll()
            throw SandboxRemedy.clone(-pid)
        }
        life.hold(pidfd: pidfd, group: group)
        pipes.closeChildEnds()
        do throws(SandboxError) {
            try group?.add(pid)
            try identity.write(for: pid)
            var byte: UInt8 = 1
            _ = send(pipes.mapped.write, &byte, 1, Int32(MSG_NOSIGNAL))
            if let failure = firstFailure(pipes.failure.read) { throw error(failure, steps) }
            pipes.closeStartPipes()
            return pid
        } catch {
            life.kill()
            life.end(clinux_wait(pid))
            pipes.closeAll()
            life.drop()
            throw error
        }
    }

    private func plan(_ pipes: SandboxPipes) -> (inout clinux_sandbox_plan) -> Void {
        let user = spec.user ?? .init(uid: geteuid(), gid: getegid())
        let others = identity.isFull && user.uid != geteuid()
        return {
            $0.mapped_fd = pipes.mapped.read
            $0.failure_fd = pipes.failure.write
            $0.parent_fds = (pipes.mapped.write, pipes.failure.read)
            $0.log_fd = pipes.log
            $0.report_fd = pipes.report.write
            $0.uid = user.uid
            $0.gid = user.gid
            $0.drops_groups = others ? 1 : 0
            $0.capabilities = Self.capabilities
        }
    }

    /// Nothing where the pipe was closed without a word: by a good `execve`.
    private func firstFailure(_ descriptor: Int32) -> clinux_sandbox_failure? {
        var failure = clinux_sandbox_failure()
        while true {
            let count = read(descriptor, &failure, MemoryLayout<clinux_sandbox_failure>.size)
            if count < 0 && errno == EINTR { continue }
            return count == MemoryLayout<clinux_sandbox_failure>.size ? failure : nil
        }
    }

    private func error(_ failure: clinux_sandbox_failure, _ steps: [SetupStep]) -> SandboxError {
        if steps.indices.contains(Int(failure.step)) {
            return SandboxRemedy.step(steps[Int(failure.step)], failure.error)
        }
        switch failure.step {
        case Int32(CLINUX_FAILURE_IDENTITY):
            return SandboxError(stage: "identity", subject: "uid \(spec.user?.uid ?? geteuid())", errno: failure.error)
        case Int32(CLINUX_FAILURE_EXEC):
            return SandboxError(
                stage: "exec", subject: spec.program, errno: failure.error,
                remedy: "Is it built, and may this user read and execute it?")
        default: return SandboxError(stage: "descriptors", subject: "", errno: failure.error)
        }
    }
}

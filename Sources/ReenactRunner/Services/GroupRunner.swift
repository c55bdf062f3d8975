import CLinux
import Glibc
import ReenactLinux
import ReenactTimeline

/// Starts a runner for each service, lets the trigger be fired when all are ready, and hands their reports on.
///
/// Lines on the report descriptor begin with the service's number and a space; those of this runner itself with `-`.
final class GroupRunner {
    /// How far a service is.
    private enum State: Int, Comparable {
        case starting, ready, going, answered, over
        static func < (a: State, b: State) -> Bool { a.rawValue < b.rawValue }
    }

    private struct Service {
        var pid: pid_t
        var fd: Int32
        var state = State.starting
        var rest: [UInt8] = []
        var hasGo = false
        var hasEnd = false
        var hasFailed = false
    }

    /// Runners of services end by themselves; the sandbox ends those that do not.
    private static let lineMax = 64 << 20

    private let plan: GroupPlan
    private let reporter: Reporter
    private let loop: EventLoop
    private var services: [Service] = []

    init(plan: GroupPlan, reporter: Reporter) throws {
        self.plan = plan
        self.reporter = reporter
        loop = try EventLoop()
    }

    /// - Parameter executable: the runner's own file.
    /// - Returns: the exit status.
    func run(executable: String) -> Int32 {
        reporter.tell(.hello(nonce: plan.nonce))
        do {
            for number in plan.plans.indices { try start(number, executable) }
        } catch {
            reporter.tell(.failed(stage: "program", reason: "the services' runners cannot be started: \(error)"))
            return end(1)
        }
        let deadline = MonotonicClock.now() + Int64(plan.wallMilliseconds) * 1_000_000
        while services.contains(where: { $0.state < .over }), !reporter.isBroken {
            guard MonotonicClock.now() < deadline else {
                reporter.tell(
                    .failed(
                        stage: "limits", reason: "the services took \(plan.wallMilliseconds) ms, which is the limit"))
                return end(1)
            }
            loop.turn(longestWait: 100)
            reap()
            advance()
        }
        return end(0)
    }

    private func end(_ status: Int32) -> Int32 {
        for service in services where service.state < .over { kill(service.pid, SIGKILL) }
        reporter.tell(.done(time: reporter.time))
        return status
    }

    private func start(_ number: Int, _ executable: String) throws {
        var pair: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &pair) == 0 else { throw LinuxError("socketpair") }
        defer { close(pair[1]) }
        var child = ChildProcess(
            command: [executable, "--service", plan.plans[number], "\(pair[1])"],
            variables: ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"])
        child.keptDescriptor = pair[1]
        child.deathSignal = SIGKILL
        do {
            services.append(Service(pid: try child.start().pid, fd: pair[0]))
        } catch {
            close(pair[0])
            throw error
        }
        _ = rn_set_nonblocking(pair[0], 1)
        try loop.watch(pair[0], .read) { [weak self] _ in self?.read(number) }
    }

    private func reap() {
        var state: Int32 = 0
        // Orphans of services come to their own runners; what those leave comes here.
        while waitpid(-1, &state, WNOHANG) > 0 {}
    }

    // MARK: - Orders

    private func advance() {
        let (front, others) = (plan.front, services.indices.filter { $0 != plan.front })
        // A service that failed before it was called will not be there: then nothing can be set off.
        let isBroken = !services[front].hasGo && services.contains { $0.hasFailed || $0.state == .over }
        if isBroken || services[front].state >= .answered {
            for number in services.indices { tell(.end, to: number) }
            return
        }
        guard others.allSatisfy({ services[$0].state >= .ready }) else { return }
        for number in others { tell(.go, to: number) }
        if others.allSatisfy({ services[$0].state >= .going }) { tell(.go, to: front) }
    }

    private func tell(_ order: GroupOrder, to number: Int) {
        let isTold = order == .go ? services[number].hasGo : services[number].hasEnd
        guard !isTold, services[number].state < .over else { return }
        if order == .go { services[number].hasGo = true } else { services[number].hasEnd = true }
        var byte = order.rawValue
        _ = send(services[number].fd, &byte, 1, Int32(MSG_NOSIGNAL))
    }

    // MARK: - Reports

    private func read(_ number: Int) {
        while services[number].state < .over {
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, initialized in
                count = recv(services[number].fd, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
                initialized = max(0, count)
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return }
            guard count > 0, services[number].rest.count < Self.lineMax else {
                loop.unwatch(services[number].fd)
                close(services[number].fd)
                services[number].state = .over
                return
            }
            take(bytes, of: number)
        }
    }

    private func take(_ bytes: [UInt8], of number: Int) {
        var bytes = bytes[...]
        while let newline = bytes.firstIndex(of: UInt8(ascii: "\n")) {
            let line = services[number].rest + bytes[..<newline]
            services[number].rest = []
            bytes = bytes[(newline + 1)...]
            reporter.pass(line, of: number)
            note(line, of: number)
        }
        services[number].rest += bytes
    }

    /// What a line says of how far the service is.
    private func note(_ line: [UInt8], of number: Int) {
        guard Self.telling.contains(where: line.starts), let report = try? JSONText.decode(Report.self, from: line)
        else { return }
        let state: State? =
            switch report {
            case .stage("ready", _): .ready
            case .stage("observe", _), .failed: .answered
            case .round: .going
            default: nil
            }
        if case .failed = report { services[number].hasFailed = true }
        if let state, state > services[number].state { services[number].state = state }
    }

    private static let telling = ["{\"stage\"", "{\"failed\"", "{\"round\""].map { Array($0.utf8) }
}

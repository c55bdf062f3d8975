import Glibc
import ReenactLinux
import ReenactTimeline

/// Setting the failing code off, and watching what it does.
extension Attempt {
    /// How long a program that listens is waited for to listen inside as well.
    private static let patienceWithOthers: Int64 = 5_000_000_000
    /// How often the kernel is asked whether the program listens.
    private static let readyPeriod: Int64 = 2_000_000
    /// How long to wait for messages of hooks behind an answer that tells of a failure, and behind another one.
    private static let quietAfterFailure = 300
    private static let quietAfterSuccess = 100
    /// How long a program rests before a round is over.
    private static let restOfRound: Int64 = 15_000_000
    /// Behind a job's exception its worker still does what the recorded one did: it notes the failure, for one. At most
    /// so long, for a worker then asks for more work.
    private static let quietAfterJob = 200
    private static let patienceAfterJob: Int64 = 1_000_000_000

    /// How often what goes on is looked at.
    private static let watchPeriod: Int64 = 50_000_000
    /// How long a program rests that has got over the failure.
    private static let restBehindPlace: Int64 = 1_500_000_000
    private static let restBehindUnknownPlace: Int64 = 4_000_000_000

    // MARK: - Requests

    func fireRequests(at address: SocketAddress) throws(AttemptFailure) {
        var substitutions = SessionSubstitutions()
        for (index, request) in plan.trigger.requests.enumerated() where request.offset == nil {
            let isFailing = index == plan.trigger.requests.count - 1
            if isFailing { try awaitSubscriptions() }
            enter(isFailing ? .failing : .history)
            if isFailing {
                jumpClock()
                keepOrder()
            }
            guard let recorded = Base64.decode(request.base64) else {
                throw AttemptFailure(stage: "trigger", reason: "the request of event \(request.event) is not base64")
            }
            let client = client(for: request, substitutions.apply(to: recorded), substitutions, at: address)
            let answer = try fire(request, by: client, at: address)
            if let answer, let old = request.recordedAnswer.flatMap(Base64.decode) {
                substitutions.learn(recorded: old, live: answer)
            }
        }
        let together = plan.trigger.requests.filter { $0.offset != nil }
        if !together.isEmpty {
            try awaitSubscriptions()
            try fireTogether(together, substitutions, at: address)
        }
        reporter.stage("trigger")
        try observe()
    }

    /// Lets the program hear what it had heard before the failing request, as far as it subscribes to it in time.
    private func awaitSubscriptions() throws(AttemptFailure) {
        let wanted = plan.trigger.subscriptions.count
        guard wanted > 0 else { return }
        let began = MonotonicClock.now()
        var restsSince: Int64?
        func isDone() -> Bool {
            let now = MonotonicClock.now()
            guard now - began < Self.patienceWithOthers else { return true }
            guard subscribed.count >= wanted, !server.hasAnswers(dueBy: now + 100_000_000),
                ProcessTree.isAtRest(below: getpid())
            else {
                restsSince = nil
                return false
            }
            restsSince = restsSince ?? now
            return now - (restsSince ?? now) >= Self.restOfRound
        }
        var timer: EventLoop.TimerID?
        func tick() { timer = loop.after(nanoseconds: 5_000_000, tick) }
        tick()
        defer { if let timer { loop.cancel(timer) } }
        try wait(milliseconds: 10_000) { isDone() || (program.status != nil && !program.isAlive) }
    }

    /// Fires requests that were in flight at the same time, the failing one among them; answers go out in the order
    /// that the plan gives.
    private func fireTogether(
        _ requests: [Plan.TriggerPlan.Request], _ substitutions: SessionSubstitutions, at address: SocketAddress
    ) throws(AttemptFailure) {
        enter(.failing)
        jumpClock()
        var clients: [TriggerClient] = []
        // While a request is still to come, or its program has still to take it, there is more that may be asked.
        keepOrder { clients.allSatisfy { $0.isConnected || $0.outcome != nil } }
        for request in requests {
            let bytes = substitutions.apply(to: Base64.decode(request.base64) ?? [])
            let client = client(for: request, bytes, substitutions, at: address)
            clients.append(client)
            // What cannot be dialled is not answered, and that is told below.
            loop.after(nanoseconds: max(0, request.offset ?? 0)) { try? client.start() }
        }
        defer { for client in clients { client.cancel() } }
        try wait(milliseconds: plan.limits.triggerMilliseconds) {
            clients.allSatisfy { $0.outcome != nil } || (program.status != nil && !program.isAlive)
        }
        lastAnswerFailed = true
        // The failing one is told last: it is the answer that counts.
        for (request, client) in zip(requests, clients) {
            switch client.outcome {
            case .answer(let status, let bytes):
                lastAnswerFailed = status >= 500
                reporter.tell(
                    .answer(event: request.event, status: status, base64: Base64.encode(bytes), time: reporter.time))
            case .nothing(let reason):
                reporter.tell(.noAnswer(event: request.event, reason: reason, time: reporter.time))
            case nil: reporter.tell(.noAnswer(event: request.event, reason: "timeout", time: reporter.time))
            }
        }
    }

    /// From now on answers go out in the order of the plan, each when the program has dealt with the one before.
    func keepOrder(while allAsked: @escaping () -> Bool = { true }) {
        server.keep(order: plan.trigger.order) { allAsked() && ProcessTree.isAtRest(below: getpid()) }
    }

    /// Waits until the program listens.
    func awaitReady() throws(AttemptFailure) -> SocketAddress {
        guard let wanted = SocketAddress(plan.trigger.server) else {
            throw AttemptFailure(stage: "ready", reason: "\(plan.trigger.server) is no address")
        }
        let ours = server.inodes.union(links?.inodes ?? [])
        var others = plan.trigger.listeners.compactMap { SocketAddress($0) }
        // Ports that the kernel gave are others now: then their number must do.
        var listening = 0
        var placed: Int64?
        var place: SocketAddress?
        var timer: EventLoop.TimerID?
        func look() {
            place = ListeningSockets.place(of: wanted, except: ours)
            if place != nil { placed = placed ?? MonotonicClock.now() }
            if place != nil, !others.isEmpty {
                others.removeAll { ListeningSockets.place(of: $0, except: ours) != nil }
                listening = ListeningSockets.count(except: ours)
            }
            timer = loop.after(nanoseconds: Self.readyPeriod, look)
        }
        look()
        defer { if let timer { loop.cancel(timer) } }
        let limit = plan.limits.readyMilliseconds
        // A first process that ends may have left a daemon behind: only when nothing is left there is nothing to wait
        // for.
        try wait(milliseconds: limit) {
            // Some of them may start with the first request only.
            let isWhole =
                others.isEmpty || listening > plan.trigger.listeners.count
                || MonotonicClock.now() - (placed ?? .max) > Self.patienceWithOthers
            return place != nil && isWhole || (program.status != nil && !program.isAlive)
        }
        if let place {
            reporter.stage("ready")
            return place
        }
        if let status = program.status, !program.isAlive {
            tellExit()
            throw AttemptFailure(
                stage: "ready", reason: "the program ended with status \(status) before it listened on \(wanted)")
        }
        throw AttemptFailure(
            stage: "ready", reason: "the program did not listen on \(wanted) within \(limit) ms")
    }

    private func client(
        for request: Plan.TriggerPlan.Request, _ bytes: [UInt8], _ substitutions: SessionSubstitutions,
        at address: SocketAddress
    ) -> TriggerClient {
        if let opening = request.opening {
            let before = opening.map { substitutions.apply(to: Base64.decode($0) ?? []) }
            return TriggerClient(message: bytes, opening: before, address: address, loop: loop)
        }
        return TriggerClient(
            request: bytes, isHTTP: request.protocolName == "http", address: address, loop: loop)
    }

    /// Fires one request and tells what came.
    ///
    /// - Returns: the whole answer, where there was one.
    private func fire(
        _ request: Plan.TriggerPlan.Request, by client: TriggerClient, at address: SocketAddress
    ) throws(AttemptFailure) -> [UInt8]? {
        defer { client.cancel() }
        do { try client.start() } catch {
            throw AttemptFailure(stage: "trigger", reason: "\(address) cannot be dialled: \(error)")
        }
        try wait(milliseconds: plan.limits.triggerMilliseconds) {
            client.outcome != nil || (program.status != nil && !client.isConnected && !program.isAlive)
        }
        lastAnswerFailed = true
        switch client.outcome {
        case .answer(let status, let bytes):
            lastAnswerFailed = status >= 500
            reporter.tell(
                .answer(event: request.event, status: status, base64: Base64.encode(bytes), time: reporter.time))
            return bytes
        case .nothing(let reason):
            reporter.tell(.noAnswer(event: request.event, reason: reason, time: reporter.time))
        case nil:
            let reason = client.isConnected || program.status == nil ? "timeout" : "closed"
            reporter.tell(.noAnswer(event: request.event, reason: reason, time: reporter.time))
        }
        return nil
    }

    // MARK: - Commands and jobs

    /// Waits for the program's own end, or for a job's failure.
    func awaitCommand() throws(AttemptFailure) {
        let isJob = plan.trigger.kind == .job
        let isWatched = isJob || plan.trigger.exception != nil
        let began = MonotonicClock.now()
        var timer: EventLoop.TimerID?
        var restsSince: Int64?
        var isOver = false
        func tick() {
            if let rest = plan.trigger.rest { isOver = isOver || hasPassed(rest, since: &restsSince) }
            timer = loop.after(nanoseconds: Self.watchPeriod, tick)
        }
        if plan.trigger.patience != nil || plan.trigger.rest != nil { tick() }
        defer { if let timer { loop.cancel(timer) } }
        let ended = try wait(milliseconds: plan.limits.triggerMilliseconds) {
            program.status != nil || (isWatched && observations.has(plan.trigger.exception)) || hasGoneOn(since: began)
                || isOver
        }
        reporter.stage("trigger")
        tellExit()
        // A job's worker that goes on working without a failure is an answer too.
        if isOver, !isJob, program.status == nil {
            throw AttemptFailure(
                stage: "trigger", reason: "the command came through the place of the failure, and then did nothing more"
            )
        }
        if !ended, !isJob {
            throw AttemptFailure(
                stage: "trigger", reason: "the command did not end within \(plan.limits.triggerMilliseconds) ms")
        }
        try observe()
    }

    /// Whether the program has come through the place as often as it must, and has done nothing more for a while.
    private func hasPassed(_ rest: Plan.TriggerPlan.Rest, since restsSince: inout Int64?) -> Bool {
        let now = MonotonicClock.now()
        guard observations.hasPassed, observations.passes >= rest.passes ?? 1, !server.hasAnswers(dueBy: .max),
            ProcessTree.isAtRest(below: getpid())
        else {
            restsSince = nil
            return false
        }
        let quiet = rest.passes == nil ? Self.restBehindUnknownPlace : Self.restBehindPlace
        let last = max(restsSince ?? now, lastMeeting ?? 0, control?.lastMessage ?? 0)
        restsSince = restsSince ?? now
        return now - last >= quiet
    }

    /// Whether other code has gone on past the recorded failure, or has long done nothing that was recorded.
    private func hasGoneOn(since began: Int64) -> Bool {
        guard let patience = plan.trigger.patience else { return false }
        func since(_ time: Int64) -> Int64 { (MonotonicClock.now() - time) / 1_000_000 }
        return lastGoalMeeting.map { since($0) > Int64(patience.milliseconds) } ?? false
            || since(lastMeeting ?? began) > Int64(patience.silentMilliseconds)
    }

    // MARK: - Behind the trigger

    /// Waits until the hooks have told what there is to tell.
    func observe() throws(AttemptFailure) {
        let begin = MonotonicClock.now()
        let quiet = lastAnswerFailed ? Self.quietAfterFailure : Self.quietAfterSuccess
        // Where rounds follow, a program that rests has said what it had to say: what is told was seen without rounds.
        var restsSince: Int64?
        func hasRested() -> Bool {
            let now = MonotonicClock.now()
            guard plan.hasRounds, ProcessTree.isAtRest(below: getpid()) else {
                restsSince = nil
                return false
            }
            restsSince = restsSince ?? now
            return now - (restsSince ?? now) >= Self.restOfRound
        }
        // A decisive exception is followed at most by its own last words.
        func isQuiet() -> Bool {
            var last = max(begin, control?.lastMessage ?? 0)
            var needed = observations.hasDecisiveException ? 10 : quiet
            if program.status == nil, plan.trigger.kind != .request {
                guard MonotonicClock.now() - begin < Self.patienceAfterJob else { return true }
                last = max(last, lastMeeting ?? 0)
                needed = Self.quietAfterJob
            }
            return MonotonicClock.now() - last >= Int64(needed) * 1_000_000
        }
        // Without hooks only the program's end can still tell something.
        guard observations.isHooked else {
            try wait(milliseconds: lastAnswerFailed ? 50 : 0) { program.status != nil }
            reporter.stage("observe")
            return
        }
        var timer: EventLoop.TimerID?
        func tick() { timer = loop.after(nanoseconds: 5_000_000, tick) }
        tick()
        defer { if let timer { loop.cancel(timer) } }
        try wait(milliseconds: 5000) {
            isQuiet() || hasRested() || (program.status != nil && control?.hasClients != true)
        }
        reporter.stage("observe")
    }
}

import ReenactRunner
import ReenactSandbox
import ReenactTimeline

/// A case made into what an attempt needs: the runner's plan, and what the sandbox must show.
struct Preparation: Sendable {
    var plan: Plan
    var triggers: Triggers
    /// Files that exist in the sandbox only, the plan's own excepted.
    var files: [SandboxSpec.File]
    var replacement: CodeReplacement?
    var user: SandboxSpec.User?
    var hostName: String
    /// Directories that must be writable inside.
    var writable: [String]
    var notes: [String]
    /// Recorded files of the program's code.
    var code: [String]
    var host: HostView
    /// Data of real servers, shown writable and discarded.
    var engineData: [SandboxSpec.Replacement] = []
}

extension Preparation {
    /// What is hidden of a directory of cases or keys: all of it, but where the program's own files are in it (cases
    /// written into the project), the cases only.
    func hides(_ path: String) -> [String] {
        let directory = Paths.normal(path)
        let needed = [plan.program.workingDirectory, replacement?.directory ?? ""] + plan.program.command + code
        guard needed.contains(where: { $0 == directory || $0.hasPrefix(directory + "/") || directory == "/" }) else {
            return [directory]
        }
        return host.names(directory).filter { $0.hasSuffix(".reenact") }.map { "\(directory)/\($0)" }
    }
}

extension Preparation {
    /// A database file in the place of the recorded one.
    mutating func put(_ bytes: [UInt8], at path: String) {
        let path = Paths.normal(path, in: plan.program.workingDirectory)
        if let place = plan.files.first(where: { $0.path == path }) {
            files.removeAll { $0.path == place.source }
            files.append(.init(path: place.source, bytes: bytes))
            return
        }
        let source = "/run/reenact/fixtures/\(plan.files.count)"
        files.append(.init(path: source, bytes: bytes))
        plan.files.append(.init(path: path, source: source))
        writable.append(Paths.parent(path))
    }
}

/// Case to plan. Reads this machine through `HostView` only, changes nothing.
struct Planner: Sendable {
    let failure: Case
    let options: ReproductionOptions
    let host: HostView
    /// Authorities of an earlier plan for the same case; nil makes new ones where they are needed.
    var made: TrustedAuthorities?
    /// The authority of another service in the same sandbox.
    var shared: Plan.Authority?

    init(failure: Case, options: ReproductionOptions, host: HostView) {
        self.failure = failure
        self.options = options
        self.host = host
    }

    /// Where the sandbox shows the hooks.
    static let hooksPath = "/run/reenact/hooks"
    private static let databasesPath = "/run/reenact/databases"
    /// How far before the trigger the program's clock starts, at most.
    private static let lead: Int64 = 60_000_000_000

    /// - Throws: `ReproductionError`.
    func prepare() throws(ReproductionError) -> Preparation {
        let environment = failure.environment
        let secrets = SecretText(failure.sealed, unseal: options.unseal)
        let pushes = EarlyPushes(failure)
        let connections = failure.connections.map { pushes.brought(forward: secrets.restore($0)) }
        let triggers = try Triggers(
            failure, connections: Dictionary(connections.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }))
        let peers = PeerGroups.peers(of: connections)
        let variables = ProgramVariables(
            environment, secrets: secrets, overrides: options.variables, process: options.processVariables)
        let replacement = try options.code.map { (text) throws(ReproductionError) in
            try CodeInference(environment: environment, host: host).replacement(text)
        }
        let databases = dataFiles(secrets)
        let kept = keptFiles(secrets, behind: databases.places.count, replacement)
        var files = databases.files + kept.files
        var authority: Plan.Authority?
        if peers.contains(where: \.tls) {
            let prefixes = [environment.runtimePrefix, replacement?.directory ?? ""]
            let trusted: TrustedAuthorities
            if let made {
                trusted = made
            } else {
                trusted = try TrustedAuthorities(
                    failure, variables: variables.values, prefixes: prefixes, host: host, shared: shared)
            }
            authority = trusted.authority
            files += trusted.files
        }
        let server = failure.trigger.server
        // What failed by being slow is slow only where its peers are.
        var latency = options.latency
        if case .latency = failure.signature.rule.flatMap({ UserRule($0) }) { latency = .exact }
        // Nor does it do to answer at once what was answered when the program had given up.
        if GivenUp.isSo(failure) { latency = .exact }
        let limits = options.isTimeGiven ? options.limits : Patience.limits(options.limits, for: failure)
        var plan = Plan(
            nonce: "",
            program: .init(
                command: environment.command.map(secrets.restore), workingDirectory: environment.workingDirectory,
                variables: variables.values),
            clock: clock, names: environment.names, addresses: PeerGroups.addresses(of: peers, trigger: server),
            peers: peers, events: places, absent: absent(replacement),
            files: databases.places + kept.places,
            trigger: .init(
                kind: failure.trigger.kind, server: server, requests: triggers.requests(withHistory: false),
                patience: replacement == nil && !Patience.isOpenEnded(failure)
                    ? nil : Patience.of(failure, limit: limits.triggerMilliseconds),
                exception: Self.lastWord(of: failure), listeners: environment.listeners),
            latency: latency, limits: limits, authority: authority,
            hooks: options.hooks.isEmpty ? "" : Self.hooksPath)
        plan.program.overrides = overrides
        plan.program.process = environment.process ?? failure.connections.compactMap(\.process).min()
        plan.program.input = failure.events.lazy.compactMap(StandardInputDetail.init).first.map {
            .init(base64: Base64.encode(secrets.restore($0.bytes)), isFile: $0.isFile)
        }
        plan.locks = ForeignLocks.of(failure, restoring: secrets)
        plan.trigger.subscriptions = pushes.events
        // Other code may well ask in another order.
        if replacement == nil { plan.trigger.order = Interleavings(failure).unordered }
        return Preparation(
            plan: plan, triggers: triggers, files: files, replacement: replacement, user: user,
            hostName: environment.hostName, writable: writable(peers) + kept.places.map { Paths.parent($0.path) },
            notes: variables.notes + notes(secrets, peers) + kept.notes,
            code: environment.codeFiles, host: host)
    }

    /// The authorities that a plan of this case needs; nil where no peer spoke TLS.
    func authorities() throws(ReproductionError) -> TrustedAuthorities? {
        guard failure.connections.contains(where: { $0.tls != nil && $0.tls?.opaque == nil }) else { return nil }
        let secrets = SecretText(failure.sealed, unseal: options.unseal)
        let variables = ProgramVariables(
            failure.environment, secrets: secrets, overrides: options.variables, process: options.processVariables)
        return try TrustedAuthorities(
            failure, variables: variables.values, prefixes: [failure.environment.runtimePrefix], host: host)
    }

    /// What the recorded run made and must not find, but for code and the directories that hold it.
    private func absent(_ replacement: CodeReplacement?) -> [String] {
        let code = failure.environment.codeFiles + [replacement?.target, replacement?.directory].compactMap { $0 }
        return failure.environment.madeFiles.filter { made in
            !code.contains { $0 == made || $0.hasPrefix(made + "/") || made.hasPrefix($0 + "/") }
        }
    }

    /// A command, or a job's worker, starts where its recording started; a request finds the program up at most a minute.
    private var clock: Plan.Clock {
        let trigger = failure.trigger
        if trigger.kind != .request { return .init(atStart: failure.anchor.wallClock(at: 0), atTrigger: nil) }
        let atTrigger = failure.anchor.wallClock(at: trigger.time)
        return .init(atStart: atTrigger - min(max(trigger.time, 0), Self.lead), atTrigger: atTrigger)
    }

    /// The exception behind which a program that goes on need not be watched any longer.
    private static func lastWord(of failure: Case) -> Plan.TriggerPlan.LastWord? {
        guard failure.trigger.kind == .job || failure.trigger.kind == .command && failure.exitStatus == nil,
            let last = failure.exceptions.last, ExpectedFailure.isDecisive(last)
        else { return nil }
        return .init(
            type: last.type,
            count: failure.exceptions.filter { $0.type == last.type && ExpectedFailure.isDecisive($0) }.count)
    }

    private var places: [Plan.EventPlace] {
        failure.events.compactMap { event in
            guard let connection = event.connection, let request = event.request else { return nil }
            return Plan.EventPlace(
                connection: connection, requestOffset: request.offset, event: event.id, phase: event.phase)
        }
    }

    /// SQLite's files, and others that the failing code changed: as they were before it.
    private func dataFiles(_ secrets: SecretText) -> (files: [SandboxSpec.File], places: [Plan.File]) {
        var files: [SandboxSpec.File] = []
        var places: [Plan.File] = []
        let changed = changedFiles.map { Case.FileCopy(path: $0.path, time: $0.time, bytes: secrets.restore($0.bytes)) }
        for (index, file) in (failure.databases + changed).enumerated() {
            let source = "\(Self.databasesPath)/\(index)"
            files.append(.init(path: source, bytes: file.bytes))
            let path = Paths.normal(file.path, in: failure.environment.workingDirectory)
            places.append(.init(path: path, source: source))
        }
        return (files, places)
    }

    /// Credentials are not shown in a sandbox, whoever wrote them.
    private var changedFiles: [Case.FileCopy] { failure.changedFiles.filter { !SandboxSecrets.covers($0.path) } }

    /// The recorded user, where that is another than ours and we may become it.
    private var user: SandboxSpec.User? {
        guard host.ownUser() == 0, let recorded = host.user(failure.environment.user), recorded.uid != 0 else {
            return nil
        }
        return .init(uid: recorded.uid, gid: recorded.gid)
    }

    private func writable(_ peers: [Plan.Peer]) -> [String] {
        let environment = failure.environment
        let data = (failure.databases + changedFiles).map {
            Paths.parent(Paths.normal($0.path, in: environment.workingDirectory))
        }
        return [environment.workingDirectory, environment.variables["HOME"] ?? ""].filter { $0.hasPrefix("/") }
            + data + PeerGroups.socketDirectories(of: peers, trigger: failure.trigger.server)
    }

    /// Variables that the program's own scripts set are changed where they are read.
    private var overrides: [String] {
        failure.environment.scriptVariables.keys.sorted().compactMap { name in
            options.variables[name].map { "\(name)=\($0)" } ?? (options.unset.contains(name) ? name : nil)
        }
    }

    private func notes(_ secrets: SecretText, _ peers: [Plan.Peer]) -> [String] {
        var notes: [String] = []
        if secrets.closed > 0 {
            notes.append("\(secrets.closed) sealed secrets stay placeholders: the key that opens them is not here.")
        }
        for peer in peers {
            if let reason = peer.connections.compactMap({ $0.tls?.opaque }).first {
                notes.append("\(peer.server) was recorded as ciphertext (\(reason)); it cannot be played.")
            }
        }
        for file in failure.environment.files where SandboxSecrets.covers(file.path) {
            notes.append("The program read \(file.path), which a sandbox does not show.")
        }
        return notes
    }
}

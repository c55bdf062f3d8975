import ReenactLinux
import ReenactRunner
import ReenactSandbox
import ReenactTimeline

/// Cases of several services made into what one attempt needs.
struct GroupPreparation: Sendable {
    struct Part: Sendable {
        var preparation: Preparation
        var supply: FixtureSupply
    }

    let group: ServiceGroup
    let parts: [Part]
    /// Other code runs in one of them: all are told other things than were recorded.
    let isChanged: Bool

    /// Where services' doors and own files are; the runner's own directory.
    static let directory = "/run/reenact/services"
    /// Where other code lies until the service that it is for shows it in its place.
    private static let codeDirectory = "/.reenact-code"

    /// - Throws: `ReproductionError`.
    init(
        _ group: ServiceGroup, code: [String], options: ReproductionOptions, host: HostView, driver: any SandboxDriver
    ) throws(ReproductionError) {
        let codes = try GroupCode(code, group, host: host)
        self.group = group
        isChanged = !codes.texts.isEmpty
        var parts: [Part] = []
        var shared: Plan.Authority?
        for (number, member) in group.members.enumerated() {
            var options = options
            options.code = codes.texts[number]
            var planner = Planner(failure: member.failure, options: options, host: host)
            planner.shared = shared
            var preparation = try planner.prepare()
            shared = shared ?? preparation.plan.authority
            let reproduction = Reproduction(case: member.failure, options: options, driver: driver, host: host)
            let links = member.links
            preparation.plan.peers.removeAll { $0.transport == .tcp && links[$0.server] != nil }
            let supply = try reproduction.addDatabases(to: &preparation, isChanged: !codes.texts.isEmpty)
            if isChanged {
                preparation.plan.trigger.order = []
                preparation.plan.trigger.patience = Patience.of(
                    member.failure, limit: options.limits.triggerMilliseconds)
            }
            Self.adapt(&preparation, number, group)
            parts.append(Part(preparation: preparation, supply: supply))
        }
        // What one service brings, another one's recording need not have seen.
        let brought = Set(parts.flatMap { $0.preparation.plan.files.map(\.path) + $0.preparation.code })
        for number in parts.indices { parts[number].preparation.plan.absent.removeAll(where: brought.contains) }
        self.parts = parts
    }

    /// The door of a member.
    static func door(_ number: Int) -> String { "\(directory)/\(number).door" }

    /// Makes what is one service's own in the common file system its own by name, and tells it of the others.
    private static func adapt(_ preparation: inout Preparation, _ number: Int, _ group: ServiceGroup) {
        let member = group.members[number]
        let own = "/run/reenact/\(number)"
        func moved(_ path: String) -> String {
            for kind in ["/fixtures/", "/databases/"] where path.hasPrefix("/run/reenact" + kind) {
                return own + path.dropFirst("/run/reenact".count)
            }
            return path
        }
        for index in preparation.files.indices {
            preparation.files[index].path = moved(preparation.files[index].path)
        }
        for index in preparation.plan.files.indices {
            preparation.plan.files[index].source = moved(preparation.plan.files[index].source)
        }
        // Each service has servers of its own, with data of their own.
        for index in preparation.engineData.indices {
            let target = preparation.engineData[index].target
            preparation.engineData[index].target = "\(target)-\(number)"
            for engine in preparation.plan.engines.indices where preparation.plan.engines[engine].data == target {
                preparation.plan.engines[engine].data = "\(target)-\(number)"
            }
        }
        // An answer that a live service gives has no place in an order of recorded ones.
        let live = Set(member.failure.events.filter { member.links[$0.peer] != nil }.map(\.id))
        preparation.plan.trigger.order.removeAll { live.contains(abs($0)) }
        preparation.plan.trigger.listeners.removeAll { member.links[$0] != nil }
        var part = Plan.Part(
            isFront: number == group.front, hostName: preparation.hostName, door: door(number),
            links: member.links.sorted { $0.key < $1.key }.map {
                .init(server: $0.key, service: $0.value, door: door($0.value))
            })
        if let replacement = preparation.replacement {
            part.mounts = [.init(source: "\(codeDirectory)/\(number)", target: replacement.target)]
        }
        preparation.plan.part = part
        preparation.plan.nonce = "service-\(number)"
    }

    /// What the sandbox must show, for all of them.
    func specification(
        _ plans: [Plan], _ whole: GroupPlan, options: ReproductionOptions, runner: String
    ) throws(ReproductionError) -> SandboxSpec {
        let front = parts[group.front].preparation
        var spec = SandboxSpec(
            program: GroupRun.runnerPath,
            arguments: ["reenact-runner", "--group", GroupRun.planPath, GroupRun.reportDescriptor],
            variables: ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            hostName: front.hostName)
        spec.user = front.user
        spec.binds = [.init(source: runner, target: GroupRun.runnerPath)]
        if !options.hooks.isEmpty { spec.binds.append(.init(source: options.hooks, target: Planner.hooksPath)) }
        // Makes the directory of the doors.
        spec.files = [.init(path: "\(Self.directory)/README", bytes: Array("Doors of services.\n".utf8))]
        do {
            for (plan, path) in zip(plans, whole.plans) {
                spec.files.append(.init(path: path, bytes: Array(try JSONText.encode(plan).utf8), mode: 0o400))
            }
            spec.files.append(
                .init(path: GroupRun.planPath, bytes: Array(try JSONText.encode(whole).utf8), mode: 0o400))
        } catch {
            throw ReproductionError(.plan, "The plan cannot be written: \(error).")
        }
        var places = Set(spec.files.map(\.path))
        for (number, part) in parts.enumerated() {
            let preparation = part.preparation
            spec.files += preparation.files.filter { places.insert($0.path).inserted }
            spec.writable += preparation.writable
            spec.replacements += preparation.engineData
            if let replacement = preparation.replacement {
                spec.replacements.append(
                    .init(source: replacement.directory, target: "\(Self.codeDirectory)/\(number)"))
            }
        }
        spec.hidden = options.hidden.flatMap(hides)
        let written = spec.files.reduce(0) { $0 + $1.bytes.count }
        spec.limits = .init(
            memoryBytes: options.limits.memoryBytes * parts.count,
            processes: (options.limits.processes + 8) * parts.count, writtenBytes: (2 << 30) + 3 * written)
        return spec
    }

    /// What one service needs to see, no other hides.
    private func hides(_ path: String) -> [String] {
        let all = parts.map { $0.preparation.hides(path) }
        let whole = [Paths.normal(path)]
        return all.allSatisfy { $0 == whole } ? whole : all.filter { $0 != whole }.flatMap(\.self)
    }
}

import Glibc
import ReenactLinux
import ReenactTimeline
import ReenactTriage
import ReenactWire

/// Makes a case out of the journal: the slice that belongs to one failure, redacted.
final class CaseAssembler {
    let origin: Int64
    private let anchor: WallClockAnchor
    let probe: EnvironmentProbe
    private let databases: DatabaseCopies
    private let files: FileCopies
    let key: [UInt8]?
    private lazy var environment = probe.base()
    private var number = 0
    private let madeFiles = MadeFilesSearch()
    /// Bytes of earlier requests that a case may carry along.
    private static let historyBytesMax = 16 << 20

    init(
        origin: Int64, anchor: WallClockAnchor, probe: EnvironmentProbe, databases: DatabaseCopies, files: FileCopies,
        key: [UInt8]?
    ) {
        (self.origin, self.anchor, self.probe, self.key) = (origin, anchor, probe, key)
        (self.databases, self.files) = (databases, files)
    }

    func assemble(_ failure: Analyst.Failure, from journal: Journal, exitStatus: Int32?) -> Case {
        let attributor = Attributor(journal)
        let window = window(of: failure, attributor)
        var redaction = Redaction(key: key)
        learn(journal, &redaction)
        learn(statementsOf: journal, &redaction)
        let input = journal.input.map { hidden($0, &redaction) }
        let chosen = choose(journal, attributor, failure, window)
        learn(journal, without: Set(chosen.connections.map(\.id)), &redaction)
        let (connections, packed) = redacted(chosen.connections, &redaction)
        let builder = EventBuilder(
            journal: journal, attributor: attributor, trigger: failure.request, window: window, origin: origin)
        var drafts = builder.drafts(connections: connections)
        drafts.removeAll { $0.event.phase == .history && $0.event.kind == .statement && $0.event.start < chosen.since }
        let exceptions = ExceptionPicker(journal: journal, attributor: attributor, origin: origin)
            .pick(for: failure, window: window, tail: tail(of: journal)).map(redaction.sweep)

        var result = Case(
            id: newID(), anchor: anchor, failureTime: failure.time,
            signature: Signature(kind: failure.kind, outcome: failure.outcome),
            trigger: Trigger(
                kind: .command,
                summary: SecretArguments.hidden(probe.command) { redaction.placeholder(for: $0) }.joined(
                    separator: " "), time: 0),
            environment: environment)
        var eventOfRequest: [Attributor.RequestID: Int] = [:]
        for (index, draft) in drafts.enumerated() {
            if let request = draft.request { eventOfRequest[request] = index + 1 }
        }
        for (index, draft) in drafts.enumerated() {
            var event = draft.event
            event.id = index + 1
            if let input, StandardInputDetail(event) != nil {
                (event.summary, event.detail) = (input.event.summary, input.event.detail)
            }
            if event.connection != nil,
                let detail = packed[PackedPlace(connection: event.connection, offset: event.request?.offset)]
            {
                event.detail = detail
            }
            // Packed messages, too, are shown unpacked.
            event.summary = redaction.sweep(event.summary)
            event.result = redaction.sweep(event.result)
            event.detail = redaction.sweep(event.detail)
            result.events.append(event)
            if draft.request == nil {
                result.edges.append(
                    Edge(
                        event: index + 1, cause: draft.attribution.cause.flatMap { eventOfRequest[$0] },
                        source: draft.attribution.source, confidence: draft.attribution.confidence))
            }
        }
        result.signature.rule = failure.rule
        result.connections = connections.values.sorted { $0.id < $1.id }
        result.exceptions = exceptions
        result.outputTail = redaction.sweep(tail(of: journal))
        result.exitStatus = exitStatus
        setTrigger(&result, failure, journal, eventOfRequest)
        setExceptionEvents(&result)
        setEnvironment(&result, failure, journal, &redaction)
        setDatabases(&result, failure)
        if result.exceptions.isEmpty,
            let printed = PrintedException.find(result, failure, journal, attributor, window)
        {
            result.exceptions = [redaction.sweep(printed.record)]
            if let doubt = printed.doubt { result.holes.append(.init(kind: .unattributed, what: doubt)) }
        }
        if let job = JobTrigger.find(in: result) {
            result.trigger = job
            setExceptionEvents(&result)
            // The worker goes on, or ends for other reasons.
            if result.exceptions.last?.handling == .reported { result.signature.outcome = .none }
        }
        result.environment.madeFiles = madeFiles.find(for: result, journal, anchor)
        let since = result.trigger.kind == .request ? result.trigger.time : 0
        result.changedFiles = files.changed(since: since, anchor).map(redaction.sweep)
        let apart =
            (result.changedFiles + result.databases).map(\.path)
            + result.environment.madeFiles + result.environment.codeFiles
        result.keptFiles = KeptFiles.of(result.environment.files.map(\.path), without: apart)
            .map { redaction.hiding(SecretLines.ranges(in: $0.bytes), of: $0) }
        result.environment.listeners = journal.internalServers
        let line = failure.line.isEmpty ? complaint(of: result, failure, journal, attributor, window) : failure.line
        let program = ProgramName.of(
            command: result.environment.command, process: programWords(result, failure, journal, &redaction),
            isShellScript: { isShellScript($0, in: result.environment.workingDirectory) })
        SignatureMaker.complete(&result, line: redaction.sweep(line), program: program)
        result.holes = holes(journal, chosen, result, redaction)
        result.sealed = redaction.sealed
        return result
    }

    private func newID() -> String {
        number += 1
        return CaseID.make(wallClock: MonotonicClock.wallClock(), process: getpid(), number: number)
    }

    private func window(of failure: Analyst.Failure, _ attributor: Attributor) -> ClosedRange<Instant> {
        guard let request = failure.request, let window = attributor.windows.first(where: { $0.id == request }) else {
            return 0...max(0, failure.time)
        }
        return window.start...max(window.start, min(window.end, max(failure.time, window.start)))
    }

    // MARK: - Choosing

    struct Choice {
        var connections: [Connection]
        /// Earlier history was left out before this instant.
        var since: Instant
        var leftOut: Int
    }

    /// All connections of the failing request, of the start and of its time; of earlier requests as many as fit.
    private func choose(
        _ journal: Journal, _ attributor: Attributor, _ failure: Analyst.Failure, _ window: ClosedRange<Instant>
    ) -> Choice {
        var needed: [ConnectionLog] = []
        var history: [ConnectionLog] = []
        let own = journal.internalConnections
        for log in journal.logs.values where !own.contains(log.connection.id) {
            let isEarly =
                !journal.isStartup(log.connection.opened) && log.lastUse < window.lowerBound && !log.isWaiting
            if failure.request != nil, isEarly, log.connection.opened > (journal.firstRequest ?? 0) {
                history.append(log)
            } else if log.connection.opened <= window.upperBound {
                needed.append(log)
            }
        }
        history.sort { $0.connection.id > $1.connection.id }
        var bytes = 0
        var leftOut = 0
        var since: Instant = 0
        for log in history {
            bytes += log.storedBytes
            if bytes <= CaseAssembler.historyBytesMax {
                needed.append(log)
            } else {
                leftOut += 1
                since = max(since, log.connection.opened)
            }
        }
        needed.forEach { $0.prepareForCase() }
        return Choice(connections: needed.map(\.closedUp), since: since, leftOut: leftOut)
    }

    // MARK: - Parts

    /// What the program said of a request that failed without an exception, where only this request can be meant.
    private func complaint(
        of value: Case, _ failure: Analyst.Failure, _ journal: Journal, _ attributor: Attributor,
        _ window: ClosedRange<Instant>
    ) -> String {
        guard value.exceptions.isEmpty else { return "" }
        if value.trigger.kind == .command { return lastWords(journal) }
        guard value.trigger.kind == .request else { return "" }
        let others = attributor.windows.contains {
            $0.id != failure.request && $0.start <= window.upperBound && $0.end >= window.lowerBound
        }
        guard !others else { return "" }
        // Some programs write the log entry after the answer; behind the next request's start it may be that one's.
        let next = attributor.windows.lazy.map(\.start).first { $0 > window.upperBound }
        let end = min(window.upperBound.later(by: 100_000_000), next ?? .max)
        let lines = journal.output.filter { $0.time >= window.lowerBound && $0.time <= end }.map(\.text)
        let target = value.trigger.summary.split(separator: " ").dropFirst().first.map(String.init)
        return ComplaintLine.pick(lines.suffix(500), target: target, isLast: value.exitStatus ?? 0 != 0)
    }

    /// What a program said last of its failure: what comes from another stream, or stands in a buffer until the end, may
    /// have been said long before.
    private func lastWords(_ journal: Journal) -> String {
        let errors = journal.output.suffix(500).filter { $0.stream == 2 }.map(\.text)
        let others = journal.output.suffix(500).filter { $0.stream != 2 }.map(\.text)
        for (lines, isLast) in [(errors, false), (others, false), (errors, true)] where !lines.isEmpty {
            let line = ComplaintLine.pick(lines, target: nil, isLast: isLast)
            if !line.isEmpty { return line }
        }
        return ""
    }

    private func tail(of journal: Journal) -> String {
        var lines: [String] = []
        var bytes = 0
        for line in journal.output.reversed() {
            bytes += line.text.utf8.count + 1
            if bytes > 32768 { break }
            lines.append(line.text)
        }
        return lines.reversed().joined(separator: "\n")
    }

    private func setTrigger(
        _ result: inout Case, _ failure: Analyst.Failure, _ journal: Journal, _ ids: [Attributor.RequestID: Int]
    ) {
        guard let request = failure.request, let id = ids[request], let event = result.event(id),
            let log = journal.logs[request.connection]
        else { return }
        result.trigger = Trigger(
            kind: .request, event: id, summary: event.summary, server: log.connection.server, time: event.start)
    }

    /// Each exception is an event too, so that the timeline tells when it was raised.
    private func setExceptionEvents(_ result: inout Case) {
        let trigger = result.trigger.event
        for index in result.exceptions.indices where result.exceptions[index].trigger == nil {
            result.exceptions[index].trigger = trigger
        }
    }

    private func setEnvironment(
        _ result: inout Case, _ failure: Analyst.Failure, _ journal: Journal, _ redaction: inout Redaction
    ) {
        var made = result.environment
        for (name, value) in made.variables {
            let clean =
                SecretNames.isSecret(name) && !value.isEmpty
                ? redaction.placeholder(for: value) : redaction.sweep(value)
            if clean != value {
                made.variables[name] = clean
                made.maskedVariables.append(name)
            }
        }
        made.maskedVariables.sort()
        made.process = probe.process
        made.command = SecretArguments.hidden(made.command) { redaction.placeholder(for: $0) }.map(redaction.sweep)
        let pid =
            failure.exception?.process ?? failure.request.flatMap { journal.logs[$0.connection]?.connection.process }
            ?? result.exceptions.last?.process ?? mainProcess(journal) ?? journal.processes.keys.max()
        let facts = pid.flatMap { journal.processes[$0] }
        let hello = pid.flatMap { journal.hellos[$0] } ?? pid.flatMap { ancestor(of: $0, in: journal) }
        made.executable = facts?.executable ?? hello?.executable ?? ""
        made.arguments = SecretArguments.hidden(facts?.arguments ?? hello?.arguments ?? []) {
            redaction.placeholder(for: $0)
        }.map(redaction.sweep)
        made.scriptVariables = scriptVariables(facts, redaction)
        made.runtime = hello?.runtime ?? made.executable.split(separator: "/").last.map(String.init) ?? ""
        made.runtimePrefix = hello?.prefix ?? ""
        made.packages =
            pid.flatMap { journal.packages[$0] } ?? journal.packages.values.max { $0.count < $1.count } ?? [:]
        made.files = journal.files.sorted().compactMap(EnvironmentProbe.file)
        made.codeFiles = codeFiles(made, result, journal)
        made.names = names(result, journal)
        result.environment = made
    }

    /// A forked child is the same program as the parent that presented itself.
    private func ancestor(of pid: Int32, in journal: Journal) -> HookMessage.Hello? {
        guard let arguments = journal.processes[pid]?.arguments else { return journal.hellos.values.first }
        return journal.hellos.values.first { $0.arguments == arguments } ?? journal.hellos.values.first
    }

    private func codeFiles(_ environment: Environment, _ result: Case, _ journal: Journal) -> [String] {
        var files: Set<String> = []
        func add(_ path: String, in directory: String) {
            guard !path.isEmpty, !path.hasPrefix("-") else { return }
            let whole = path.hasPrefix("/") ? path : "\(directory)/\(path)"
            var status = stat()
            if stat(whole, &status) == 0, status.st_mode & S_IFMT == S_IFREG { files.insert(whole) }
        }
        for facts in journal.processes.values {
            add(facts.executable, in: "/")
            for argument in facts.arguments.prefix(20) {
                // A class path is a list.
                for part in argument.split(separator: ":").prefix(50) where !DataFiles.isOne(String(part)) {
                    add(String(part), in: facts.workingDirectory)
                }
            }
            // Traces of some languages name files without their directory.
            for frame in result.exceptions.flatMap(\.frames).prefix(50) { add(frame.file, in: facts.workingDirectory) }
        }
        for hello in journal.hellos.values {
            add(hello.executable, in: "/")
            for argument in hello.arguments.prefix(20) where !DataFiles.isOne(argument) {
                add(argument, in: hello.workingDirectory)
            }
        }
        for part in environment.command.prefix(20) where !DataFiles.isOne(part) {
            add(part, in: environment.workingDirectory)
        }
        for exception in result.exceptions {
            for frame in exception.frames.prefix(200) { add(frame.file, in: environment.workingDirectory) }
        }
        return files.sorted()
    }

    /// Names that the program used for its peers, so that the sandbox's resolver knows them.
    private func names(_ result: Case, _ journal: Journal) -> [String: [String]] {
        var names = journal.lookups.mapValues { $0.sorted() }
        for event in result.events where event.protocolName == "dns" && event.kind == .call {
            guard let name = event.detail["name"]?.string else { continue }
            let found = (event.detail["answers"]?.array ?? []).compactMap {
                $0["address"]?.string ?? $0["data"]?.string
            }
            if !found.isEmpty { names[name, default: []] += found.filter { !(names[name] ?? []).contains($0) } }
        }
        return names
    }

    private func setDatabases(_ result: inout Case, _ failure: Analyst.Failure) {
        for path in databases.paths {
            guard let first = databases.first(path) else { continue }
            let wrote = result.events.contains {
                $0.kind == .statement && $0.peer == path && $0.phase == .failing
                    && $0.detail["readonly"]?.bool == false && $0.outcome.rawValue != "ok"
                    && !$0.outcome.rawValue.hasPrefix("sqlite:")
            }
            let bytes: [UInt8]?
            let time: Instant
            if failure.request == nil {
                // The whole run is the failing one: it begins with the file as it was first met.
                (bytes, time) = (first.copy.flatMap(DatabaseCopies.bytes), first.time)
            } else {
                (bytes, time) = (databases.now(path), failure.time)
                if wrote {
                    result.holes.append(
                        .init(
                            kind: .unobserved,
                            what: "the failing request wrote to \(path) before it failed; the copy is from after that"))
                }
            }
            if let bytes {
                result.databases.append(.init(path: path, time: time, bytes: bytes))
            } else {
                result.holes.append(
                    .init(
                        kind: .dropped,
                        what:
                            "\(path) was not copied: it is larger than \(DatabaseCopies.bytesMax >> 20) MiB, or locked")
                )
            }
        }
    }
}

import ArgumentParser
import Dispatch
import Foundation
import ReenactCaseFile
import ReenactReproduction
import ReenactRunner
import ReenactStore
import ReenactTLS
import ReenactTimeline
import Synchronization

/// `reenact run`: makes a case happen again in a sandbox.
public struct RunCommand: ParsableCommand {
    /// What `--expect` takes.
    public enum Expectation: String, ExpressibleByArgument, CaseIterable, Sendable {
        /// Exit 0 when the failure is reproduced.
        case reproduced
        /// Exit 0 when it is gone.
        case fixed
    }

    public static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Make a case happen again in a sandbox, with every real service gone.",
        discussion: """
            Exit status: 0 reproduced, 1 not reproduced, 2 diverged, 3 inconclusive; 64 and above: usage or set-up. \
            With --expect fixed: 0 when the failure is gone, 1 when it is still there.

              reenact run CASE -n 10
              reenact run CASE --code ../fixed        other code against the same case
              reenact run CASE --code ../fixed --expect fixed     for a regression test

            With --together the cases of several services of one incident are re-enacted in one sandbox: every program \
            really runs, calls between them are real, and all other peers are stubs. The service that no other calls gets \
            the trigger, and decides the exit status.

              reenact run --together GATEWAY_CASE ORDERS_CASE
              reenact run --together GATEWAY_CASE ORDERS_CASE --code orders=../fixed --expect fixed
            """
    )

    @Argument(
        help: .init(
            "A case: its file, its id, or the beginning of its id. With --together one of each service.",
            valueName: "case"))
    var caseNames: [String]

    @Flag(name: .long, help: "Re-enact the cases of several services together: calls between them are real.")
    var together = false

    @OptionGroup var cases: CasesOption

    @Option(name: [.customShort("n"), .customLong("attempts")], help: "How many attempts.")
    var attempts: Int = 1

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Other code: a directory that stands for the recorded one (found by what is in it; or say which). "
                + "With --together for the service of that name; may be given again.",
            valueName: "[NAME=]DIR[=RECORDED]"))
    var code: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Who answers questions to databases: auto (the recording; with --code a real server with a solved fixture "
                + "what it does not hold), fixture (a real database with the fixture first), replay (the recording only).",
            valueName: "auto|fixture|replay"))
    var db: ReproductionOptions.Databases = .auto

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A fixture to use, as `reenact fixture` prints it and you edited it (docs/fixture-dsl.md).",
            valueName: "FILE"))
    var fixture: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The schema of its database before the recording, as SQL. Default: from the case.", valueName: "FILE"))
    var schema: String?

    @Option(name: .long, help: "How fast recorded peers answer: exact, scaled (a tenth), none.")
    var latency: Plan.Latency = .none

    @Option(
        name: .long, help: ArgumentHelp("A variable of the program, over the recorded one.", valueName: "NAME=VALUE"))
    var env: [String] = []

    @Option(name: .long, help: "reproduced (the default) or fixed: what exit status 0 means.")
    var expect: Expectation = .reproduced

    @Option(name: .long, help: "Seconds that the trigger may take. Default: from the recording.")
    var timeout: Int?

    @Option(name: .long, help: "Memory that the program may use, in MiB.")
    var memory: Int = 4096

    @Option(
        name: .long,
        help: "Where requests in flight are part of the trigger: draws other orders of their answers with this number.")
    var seed: UInt64?

    @Flag(
        name: .long, inversion: .prefixedNo,
        help: "With --code: where the failure is gone, see whether the recorded code still fails here.")
    var control = true

    @Flag(name: .long, help: "The result as JSON (docs/run-json.md).")
    var json = false

    @Flag(name: .shortAndLong, help: "Show the program's output and every step.")
    var verbose = false

    public init() {}

    public func validate() throws {
        guard (1...1000).contains(attempts) else { throw ValidationError("-n takes 1 to 1000") }
        guard (16...1 << 20).contains(memory) else { throw ValidationError("--memory takes 16 MiB and more") }
        if let timeout, !(1...3600).contains(timeout) { throw ValidationError("--timeout takes 1 to 3600 seconds") }
        if fixture != nil, db == .replay { throw ValidationError("--fixture and --db replay exclude each other") }
        if together {
            guard caseNames.count > 1 else { throw ValidationError("--together takes the cases of several services") }
            if fixture != nil || schema != nil || seed != nil {
                throw ValidationError("--fixture, --schema and --seed go with one case, not with --together")
            }
        } else {
            guard caseNames.count == 1 else {
                throw ValidationError(
                    "run takes one case; with --together the cases of several services, in one sandbox; "
                        + "`reenact test` runs many, one after the other")
            }
            guard code.count <= 1 else { throw ValidationError("--code is given twice; give it once") }
        }
        for pair in env where !pair.contains("=") || pair.hasPrefix("=") {
            throw ValidationError("--env \(pair): write NAME=VALUE")
        }
    }

    public func run() throws {
        if together { return try runTogether() }
        let result = try result(shows: verbose && !json)
        let text = json ? try JSONText.encode(result, pretty: true) : RunText(result, verbose: verbose).text
        try StandardOutput.write(text + "\n")
        throw ExitCode(exitCode(result.outcome))
    }

    private func runTogether() throws {
        let store = Surroundings.process.store(cases)
        let values = try caseNames.map { try CaseFile.read(try store.resolve($0)) }
        let reproduction = try GroupReproduction(values, code: code, options: try options(store))
        let notices = Notices()
        let shows = verbose && !json
        let result = try Blocking.value {
            try await reproduction.run { if shows { RunCommand.tell($0, notices) } }
        }
        let text = json ? try JSONText.encode(result, pretty: true) : GroupText(result, verbose: verbose).text
        try StandardOutput.write(text + "\n")
        throw ExitCode(exitCode(result.outcome))
    }

    /// Re-enacts the case as often as asked.
    func result(shows: Bool) throws -> RunResult {
        let notices = Notices()
        let reproduction = try prepare()
        return try Blocking.value {
            try await reproduction.run { if shows { RunCommand.tell($0, notices) } }
        }
    }

    /// For a regression test: gone is good, there is bad, and what can't be decided stays undecided.
    private func exitCode(_ outcome: Outcome) -> Int32 {
        guard expect == .fixed else { return outcome.exitCode }
        return switch outcome {
        case .notReproduced: 0
        case .reproduced: 1
        case .diverged: 2
        case .inconclusive: 3
        }
    }

    private func prepare() throws -> Reproduction {
        let store = Surroundings.process.store(cases)
        let value = try CaseFile.read(try store.resolve(caseNames[0]))
        var options = try options(store)
        options.code = code.first
        return Reproduction(case: value, options: options)
    }

    private func options(_ store: Store) throws -> ReproductionOptions {
        var limits = Plan.Limits(memoryBytes: memory << 20)
        if let timeout {
            limits.triggerMilliseconds = timeout * 1000
            limits.wallMilliseconds = limits.readyMilliseconds + timeout * 1000 + 30_000
        }
        let key = OwnerKey.existing()
        var variables: [String: String] = [:]
        for pair in env {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            variables[String(parts[0])] = String(parts[1])
        }
        var options = ReproductionOptions(
            variables: variables, attempts: attempts, latency: latency, limits: limits,
            hooks: try Installation.hooks(), runner: try Installation.runner(),
            unseal: { sealed in key.flatMap { try? Seal.open(sealed, key: $0) } },
            processVariables: ProcessInfo.processInfo.environment,
            hidden: [store.directory, (OwnerKey.path as NSString).deletingLastPathComponent], databases: db)
        options.fixture = try fixture.map { (path: $0, text: try FixtureInput.text($0)) }
        options.schema = try schema.map(FixtureInput.text)
        options.seed = seed
        options.isControlled = control
        options.isTimeGiven = timeout != nil
        return options
    }

    private static func tell(_ progress: Reproduction.Progress, _ notices: Notices) {
        switch progress {
        case .planned: notices.note("planned")
        case .attempt(let number, let count, let withHistory):
            notices.note("attempt \(number) of \(count)\(withHistory ? ", earlier requests first" : "")")
        case .ended(let number, let outcome): notices.note("attempt \(number): \(outcome.rawValue)")
        }
    }
}

extension Plan.Latency: ExpressibleByArgument {}
extension ReproductionOptions.Databases: ExpressibleByArgument {}

/// Lets a command wait for asynchronous work: the main thread sleeps until it is done.
enum Blocking {
    private final class Box<Value: Sendable>: Sendable {
        let value = Mutex<Swift.Result<Value, any Error>?>(nil)
    }

    static func value<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
        let box = Box<Value>()
        let done = DispatchSemaphore(value: 0)
        // Owned by this call, which does not return before it.
        Task {
            do {
                let value = try await work()
                box.value.withLock { $0 = .success(value) }
            } catch {
                box.value.withLock { $0 = .failure(error) }
            }
            done.signal()
        }
        done.wait()
        guard let result = box.value.withLock({ $0 }) else { throw CancellationError() }
        return try result.get()
    }
}

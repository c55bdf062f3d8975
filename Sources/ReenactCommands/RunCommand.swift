import ArgumentParser
import Foundation
import ReenactCaseFile
import ReenactReproduction
import ReenactRunner
import ReenactTLS
import ReenactTimeline

/// `reenact run`: makes a case happen again in a sandbox.
public struct RunCommand: AsyncParsableCommand {
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
            """
    )

    @Argument(help: "A case: its file, its id, or the beginning of its id.")
    var caseName: String

    @Option(name: .long, help: "Where cases are looked for. Default: $REENACT_CASES, or ./.reenact/cases.")
    var cases: String?

    @Option(name: [.customShort("n"), .customLong("attempts")], help: "How many attempts.")
    var attempts: Int = 1

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Other code: a directory that stands for the recorded one (found by what is in it; or say which).",
            valueName: "DIR[=RECORDED]"))
    var code: String?

    @Option(name: .long, help: "How fast recorded peers answer: exact, scaled (a tenth), none.")
    var latency: Plan.Latency = .none

    @Option(name: .long, help: ArgumentHelp("A variable of the program, over the recorded one.", valueName: "NAME=VALUE"))
    var env: [String] = []

    @Option(name: .long, help: "reproduced (the default) or fixed: what exit status 0 means.")
    var expect: Expectation = .reproduced

    @Option(name: .long, help: "Seconds that the trigger may take. Default: from the recording.")
    var timeout: Int?

    @Option(name: .long, help: "Memory that the program may use, in MiB.")
    var memory: Int = 4096

    @Flag(name: .long, help: "The result as JSON (docs/run-json.md).")
    var json = false

    @Flag(name: .shortAndLong, help: "Show the program's output and every step.")
    var verbose = false

    public init() {}

    public func validate() throws {
        guard (1...1000).contains(attempts) else { throw ValidationError("-n takes 1 to 1000") }
        guard (16...1 << 20).contains(memory) else { throw ValidationError("--memory takes 16 MiB and more") }
        if let timeout, !(1...3600).contains(timeout) { throw ValidationError("--timeout takes 1 to 3600 seconds") }
        for pair in env where !pair.contains("=") { throw ValidationError("--env \(pair): write NAME=VALUE") }
    }

    public func run() async throws {
        let terminal = Terminal()
        do {
            let result = try await reenact(terminal)
            print(json ? try JSONText.encode(result, pretty: true) : RunText(result, verbose: verbose).text)
            throw ExitCode(expect == .reproduced ? result.exitCode : RunCommand.fixedCode(result))
        } catch let error as ExitCode {
            throw error
        } catch {
            terminal.complain("\(error)")
            throw ExitCode(CommandExit.code(for: error))
        }
    }

    /// For a regression test: gone is good, there is bad, and what can't be decided stays undecided.
    private static func fixedCode(_ result: RunResult) -> Int32 {
        switch result.outcome {
        case .notReproduced: 0
        case .reproduced: 1
        case .diverged: 2
        case .inconclusive: 3
        }
    }

    private func reenact(_ terminal: Terminal) async throws -> RunResult {
        let path = try CaseLookup.path(caseName, cases: cases)
        let value = try CaseFile.read(path)
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
        let options = ReproductionOptions(
            code: code, variables: variables, attempts: attempts, latency: latency, limits: limits,
            hooks: try Installation.hooks(), runner: try Installation.runner(),
            unseal: { sealed in key.flatMap { try? Seal.open(sealed, key: $0) } },
            processVariables: ProcessInfo.processInfo.environment,
            hidden: [CasesDirectory.path(cases), (OwnerKey.path as NSString).deletingLastPathComponent])
        let shows = verbose && !json
        return try await Reproduction(case: value, options: options).run { progress in
            guard shows else { return }
            switch progress {
            case .planned: terminal.note("planned")
            case .attempt(let number, let count, let withHistory):
                terminal.note("attempt \(number) of \(count)\(withHistory ? ", earlier requests first" : "")")
            case .ended(let number, let outcome): terminal.note("attempt \(number): \(outcome.rawValue)")
            }
        }
    }
}

extension Plan.Latency: ExpressibleByArgument {}

/// Finds a case by what a person writes.
enum CaseLookup {
    struct NotFound: Error, CustomStringConvertible {
        var description: String
    }

    static func path(_ name: String, cases: String?) throws -> String {
        if FileManager.default.fileExists(atPath: name) { return name }
        let directory = CasesDirectory.path(cases)
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
            .filter { $0.hasSuffix(".reenact") && $0.hasPrefix(name) }
        guard let first = names.first else {
            throw NotFound(
                description: "no case \(name) here or in \(directory); `reenact list` shows what there is, --cases DIR looks elsewhere")
        }
        guard names.count == 1 || first == "\(name).reenact" else {
            throw NotFound(description: "\(name) could be \(names.count) cases (\(names.prefix(3).joined(separator: ", "))…); write more of its id")
        }
        return "\(directory)/\(first)"
    }
}

/// Exit statuses of errors (sysexits.h).
enum CommandExit {
    static func code(for error: any Error) -> Int32 {
        switch error {
        case is CaseLookup.NotFound: 66
        case is CaseFileError: 65
        case is Installation.Missing: 69
        case is ReproductionError: 69
        default: 70
        }
    }
}

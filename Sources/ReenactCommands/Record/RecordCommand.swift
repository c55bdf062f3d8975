import ArgumentParser
import Foundation
import ReenactCapture
import ReenactLinux
import ReenactStore
import ReenactTimeline

/// `reenact record`: runs a program as it is, and writes a case when it fails.
public struct RecordCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Run a program as it is, and write a case when it fails.",
        discussion: """
            No change to the program, no root, no proxy variables. Requests that come in, calls that go out \
            (HTTP, PostgreSQL, MySQL, Redis, DNS, and any other protocol as bytes), SQLite statements with their rows, and \
            exceptions with their local variables (Python, Node) are kept in a ring in memory. A case is written when \
            an answer has status 500 or more, an exception is unhandled or reported, the program exits with another \
            status than 0 or by a signal, or a rule of --when fires.

            The exit status is the program's own (128 and the signal's number, where a signal ended it).

            With --exec the whole execution is recorded instead, to be replayed bit for bit (docs/execution.md).

              reenact record -- gunicorn app:app
              reenact record --exec -- ./flaky-test
              reenact record --when 'status>=400' --cases ./cases -- ./server
              reenact record --neighbours /tmp/shop --cases ./orders -- ./orders      one for each service
            """
    )

    @OptionGroup var cases: CasesOption

    @Option(
        name: .long,
        help:
            "One more rule for what is a failure: status>=400, status=404, latency>500ms, log~PATTERN, header:NAME~PATTERN."
    )
    var when: [String] = []

    @Flag(name: .long, help: "Only the rules of --when count, not the built-in ones.")
    var onlyWhen = false

    @Option(
        name: .long,
        help: .init(
            "A directory shared by the recorders of services that call each other: when one writes a new case, the others "
                + "write what they did for it.", valueName: "DIR"))
    var neighbours: String?

    @Option(name: .long, help: "Memory for the recent past, in MiB.")
    var ring: Int = 64

    @Flag(name: .long, help: "Do not keep secrets even encrypted: the case then may not re-enact.")
    var noSeal = false

    @Flag(name: .long, help: "Leave the runtime's hooks out: no locals, no SQLite, attribution by time only.")
    var noHooks = false

    @Flag(name: .shortAndLong, help: "Say nothing but errors and the cases that are written.")
    var quiet = false

    @Flag(name: .long, help: "Tell of each case as a line of JSON on standard error.")
    var json = false

    @OptionGroup(title: "Exact execution recording") var execution: ExecutionOptions

    @Argument(parsing: .postTerminator, help: "The program and its arguments, behind --.")
    var command: [String] = []

    public init() {}

    public func validate() throws {
        guard !command.isEmpty else {
            throw ValidationError("nothing to run; write: reenact record -- COMMAND [ARGUMENTS]")
        }
        guard ring >= 1, ring <= 16384 else { throw ValidationError("--ring takes 1 to 16384 (MiB)") }
        try execution.check()
        guard !onlyWhen || !when.isEmpty else { throw ValidationError("--only-when needs a rule given with --when") }
    }

    public func run() throws {
        if execution.exec { throw ExitCode(try execution.record(command, quiet: quiet, json: json)) }
        do {
            throw ExitCode(try record(Notices()))
        } catch let error as ChildProcessError {
            // What a shell says of a program that it can't start.
            Notices().complain("\(error)")
            throw ExitCode(error.code == EACCES ? 126 : 127)
        } catch let error as CaptureError {
            throw CommandError(.usage, "\(error)")
        } catch let error as LinuxError {
            throw CommandError(.inputOutput, "\(error); nothing was recorded")
        }
    }

    private static func makeDirectory(_ path: String, for option: String) throws {
        do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
            throw CommandError(
                .inputOutput, "\(option): \(path) can't be made; name a directory that you may write to")
        }
    }

    private func record(_ terminal: Notices) throws -> Int32 {
        var rule = FailureRule(conditions: try when.map(FailureRule.parse))
        rule.hasBuiltIn = !onlyWhen
        let named = Surroundings.process.store(cases).directory
        let here = FileManager.default.currentDirectoryPath
        let place = named.hasPrefix("/") ? named : "\(here)/\(named)"
        // Told now, and not when the first case can't be kept.
        try Self.makeDirectory(place, for: "--cases")
        let store = StoreSink(store: Store(place))
        let shared = neighbours.map { $0.hasPrefix("/") ? $0 : "\(here)/\($0)" }
        if let shared { try Self.makeDirectory(shared, for: "--neighbours") }
        var options = Recorder.Options(
            command: command, workingDirectory: here,
            variables: ProcessInfo.processInfo.environment, hooks: noHooks ? nil : try Installation.hooks(),
            rule: rule, ringBytesMax: ring << 20, key: noSeal ? nil : try OwnerKey.load())
        options.neighbours = shared
        let (quiet, json, name) = (quiet, json, command[0])
        let result = try Recorder(options, sink: store).run { news in
            switch news {
            case .started(let pid): if !quiet, !json { terminal.note("recording \(name) (process \(pid))") }
            case .wrote(let receipt): RecordCommand.tell(receipt, terminal, quiet: quiet, json: json)
            case .lost(let reason): terminal.complain("a case could not be written: \(reason)")
            case .goesOn:
                if !quiet {
                    terminal.note("the first process has ended, others go on and are recorded; Ctrl-C ends it")
                }
            case .writing(let count):
                // One or two are there before anybody wonders.
                if count > 2, !quiet, !json {
                    terminal.note("the program has ended; writing what failed last (\(count))")
                }
            case .warning(let text): terminal.complain(text)
            }
        }
        return result.status
    }

    private static func tell(_ receipt: CaseReceipt, _ terminal: Notices, quiet: Bool, json: Bool) {
        if json {
            let line: JSONValue = [
                "case": .string(receipt.id), "path": .string(receipt.path), "new": .bool(receipt.isNew),
                "count": .integer(Int64(receipt.count)), "summary": .string(receipt.summary),
                "issue": .string(receipt.issue), "regression": .bool(receipt.resolved != nil),
            ]
            terminal.raw((try? JSONText.encode(line)) ?? "")
            return
        }
        if let resolved = receipt.resolved {
            terminal.complain(
                "issue \(receipt.issue) is back: it was resolved on \(resolved.prefix(10)) (reenact issues show "
                    + "\(receipt.issue))")
        }
        if receipt.isNew {
            terminal.note("case \(receipt.id): \(receipt.summary)")
            terminal.note("  reenact show \(receipt.path)")
        } else if !quiet {
            terminal.note("known, case \(receipt.id) for the \(receipt.count.ordinal) time: \(receipt.summary)")
        }
    }
}

extension Int {
    /// `2nd`, `11th`, `23rd`.
    var ordinal: String {
        let ending =
            switch (self % 10, self % 100) {
            case (_, 11...13): "th"
            case (1, _): "st"
            case (2, _): "nd"
            case (3, _): "rd"
            default: "th"
            }
        return "\(self)\(ending)"
    }
}

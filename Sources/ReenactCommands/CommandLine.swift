import ArgumentParser
import Glibc
import ReenactCapture
import ReenactCaseFile
import ReenactExecution
import ReenactFixtures
import ReenactReproduction
import ReenactSandbox
import ReenactStore

/// Why a command failed: `reenact: <thing>: <reason>; <way out>` on standard error, and an exit status.
public struct CommandError: Error, Sendable, CustomStringConvertible {
    /// Exit statuses that have a meaning, from sysexits.h where it has one.
    public enum Status: Int32, Sendable {
        case usage = 64
        case badCase = 65
        case notFound = 66
        case unavailable = 69
        case `internal` = 70
        case inputOutput = 74
    }

    public var status: Status
    /// `thing: reason; way out`.
    public var description: String

    public init(_ status: Status, _ description: String) {
        self.status = status
        self.description = description
    }

    /// Any error as one of ours.
    public init(_ error: any Error) {
        switch error {
        case let error as CommandError: self = error
        case let error as CaseFileError:
            let status: Status =
                switch error.code {
                case .notFound: .notFound
                case .notReadable, .noSpace, .notWritable: .inputOutput
                case .inconsistent: .internal
                default: .badCase
                }
            self.init(status, error.description)
        case let error as StoreError:
            let status: Status =
                switch error.code {
                case .notFound: .notFound
                case .ambiguous: .usage
                case .unusable: .inputOutput
                }
            self.init(status, error.description)
        case let error as Installation.Missing: self.init(.unavailable, error.description)
        case let error as ExecutionError: self.init(CommandError.status(of: error), error.description)
        case let error as ReproductionError:
            let status: Status =
                switch error.code {
                case .fixture: .badCase
                case .group: .usage
                case .plan, .code, .sandbox: .unavailable
                }
            self.init(status, "\(error)")
        case let error as SandboxError: self.init(.unavailable, "\(error)")
        case let error as FixtureError:
            let status: Status =
                switch error {
                case .badInput, .document, .unparsable, .schema: .badCase
                case .noDatabase: .notFound
                case .engine: .unavailable
                }
            self.init(status, "\(error)")
        default: self.init(.internal, "\(error); this is a bug: report it")
        }
    }
}

extension CommandError {
    static func status(of error: ExecutionError) -> Status {
        switch error.code {
        case .damaged, .unsuitable, .diverged: .badCase
        case .notFound: .notFound
        case .inputOutput: .inputOutput
        case .refused, .notStarted: .unavailable
        }
    }
}

/// The program `reenact`: parse, run, and turn every error into a line and a status.
public enum ReenactCommandLine {
    /// Runs the command line and returns the exit status.
    public static func run(_ arguments: [String]) -> Int32 {
        if arguments.count == 2, arguments[0] == Guardian.command, let channel = Int32(arguments[1]) {
            return Guardian.main(channel: channel)
        }
        do {
            if let request = ExecutionRequest(plain: arguments) { return try request.record() }
            if let request = ReplayRequest(plain: arguments) { return try request.run() }
            var command = try Reenact.parseAsRoot(arguments)
            try command.run()
            return 0
        } catch {
            return report(error, of: arguments)
        }
    }

    /// The help that tells more of what was asked for: `reenact show --help`.
    static func help(for arguments: [String]) -> String {
        let names = Set(Reenact.configuration.subcommands.compactMap { $0.configuration.commandName })
        return arguments.first.flatMap { names.contains($0) ? "reenact \($0) --help" : nil } ?? "reenact --help"
    }

    /// What the error means: the text for standard error (or output, for help), and the status.
    static func explain(_ error: any Error, of arguments: [String] = []) -> (text: String, status: Int32) {
        let status = Reenact.exitCode(for: error).rawValue
        // Help and version come as errors as well; so does a command's own wish for a status.
        if status == 0 { return (Reenact.fullMessage(for: error), 0) }
        if error is ExitCode { return ("", status) }
        if status == ExitCode.validationFailure.rawValue, !(error is CommandError) {
            let message = negativeNumber(in: arguments) ?? Reenact.message(for: error)
            return ("reenact: \(message); see `\(help(for: arguments))`", CommandError.Status.usage.rawValue)
        }
        let own = CommandError(error)
        return ("reenact: \(shortened(Terminal.neutral(own.description)))", own.status.rawValue)
    }

    /// `-n -1`: taken for an option without a value and another option, of which nobody would understand a word.
    private static func negativeNumber(in arguments: [String]) -> String? {
        let own = arguments.prefix { $0 != "--" }
        for (option, value) in zip(own, own.dropFirst()) where option.hasPrefix("-") && Double(option) == nil {
            if value.hasPrefix("-"), let number = Double(value), number.isFinite {
                return "\(option) \(value): it can't be less than 0; give a number above"
            }
        }
        return nil
    }

    /// A name of thousands of characters, echoed, would hide what was said of it.
    private static func shortened(_ text: String) -> String {
        guard text.utf8.count > 1500 else { return text }
        return "\(text.prefix(500))…\(text.suffix(500))"
    }

    private static func report(_ error: any Error, of arguments: [String]) -> Int32 {
        let (text, status) = explain(error, of: arguments)
        guard !text.isEmpty else { return status }
        if status == 0 {
            try? StandardOutput.write(text.hasSuffix("\n") ? text : text + "\n")
        } else {
            try? StandardOutput.write(text + "\n", to: STDERR_FILENO)
        }
        return status
    }
}

/// Standard output, with its errors noticed.
enum StandardOutput {
    static func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            // Whoever reads has seen enough, as `head` does.
            if count < 0, errno == EPIPE { return }
            guard count > 0 else {
                throw CommandError(
                    .inputOutput,
                    "standard output: \(String(cString: strerror(errno))); free some space or write elsewhere")
            }
            rest = rest.dropFirst(count)
        }
    }
}

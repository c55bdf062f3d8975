import Glibc
import ReenactLinux
import ReenactStore
import ReenactTimeline

/// What a command sees of the process that it runs in.
public struct Surroundings: Sendable {
    /// Environment variables.
    public var environment: [String: String]
    /// Columns of the terminal.
    public var width: Int
    public var colour: Bool
    /// ISO 8601, UTC: stands beside what a person decides.
    public var now: String

    public init(
        environment: [String: String] = [:], width: Int = 100, colour: Bool = false,
        now: String = "2026-01-01T00:00:00.000Z"
    ) {
        self.environment = environment
        self.width = width
        self.colour = colour
        self.now = now
    }

    /// Who decides.
    var user: String {
        ["USER", "LOGNAME"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? "someone"
    }

    /// The store that `--cases` names, or the default one.
    public func store(_ option: CasesOption) -> Store {
        Store(option.directory ?? Store.defaultDirectory(environment))
    }

    /// This process's own: colours on a terminal only, and never with `NO_COLOR`.
    public static var process: Surroundings {
        var environment: [String: String] = [:]
        for name in ["REENACT_CASES", "NO_COLOR", "TERM", "COLUMNS", "USER", "LOGNAME"] {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        let isTerminal = isatty(STDOUT_FILENO) == 1
        var size = winsize()
        var columns = environment["COLUMNS"].flatMap { Int($0) } ?? 100
        if isTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
            columns = Int(size.ws_col)
        }
        let colour = isTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
        return Surroundings(
            environment: environment, width: min(max(columns, 72), 120), colour: colour,
            now: ISO8601.text(MonotonicClock.wallClock()))
    }
}

import Glibc

/// Names of signals without `SIG`.
public enum SignalName {
    private static let names: [Int32: String] = [
        SIGHUP: "HUP", SIGINT: "INT", SIGQUIT: "QUIT", SIGILL: "ILL", SIGTRAP: "TRAP", SIGABRT: "ABRT", SIGBUS: "BUS",
        SIGFPE: "FPE", SIGKILL: "KILL", SIGUSR1: "USR1", SIGSEGV: "SEGV", SIGUSR2: "USR2", SIGPIPE: "PIPE",
        SIGALRM: "ALRM", SIGTERM: "TERM", SIGSYS: "SYS", SIGXCPU: "XCPU", SIGXFSZ: "XFSZ",
    ]

    /// `SEGV` for 11; the number where it has no name.
    public static func of(_ signal: Int32) -> String { names[signal] ?? String(signal) }
}

import CLinux
import Glibc
import ReenactLinux
import ReenactTLS
import ReenactTimeline

/// Looks at what the program runs in.
struct EnvironmentProbe: Sendable {
    let command: [String]
    let workingDirectory: String
    /// The program's variables without the hooks'.
    let variables: [String: String]
    /// The program's first process.
    var process: Int32?

    /// What does not depend on the failure.
    func base() -> Environment {
        var result = Environment(command: command, workingDirectory: workingDirectory)
        result.variables = variables
        result.hostName = hostName()
        result.timeZone = variables["TZ"] ?? EnvironmentProbe.systemTimeZone()
        result.locale = variables["LC_ALL"] ?? variables["LC_CTYPE"] ?? variables["LANG"] ?? "C"
        result.user = variables["USER"] ?? String(getuid())
        result.kernel = kernel()
        result.git = EnvironmentProbe.git(in: workingDirectory)
        return result
    }

    private func hostName() -> String {
        var name = [UInt8](repeating: 0, count: 256)
        _ = name.withUnsafeMutableBytes { gethostname($0.baseAddress!.assumingMemoryBound(to: CChar.self), 255) }
        return String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
    }

    private func kernel() -> String {
        var name = utsname()
        uname(&name)
        return withUnsafeBytes(of: name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private static func systemTimeZone() -> String {
        if let bytes = ProcFile.bytes("/etc/timezone") {
            let text = String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)
            if !text.isEmpty { return text }
        }
        let link = ProcFile.link("/etc/localtime") ?? ""
        return link.range(of: "zoneinfo/").map { String(link[$0.upperBound...]) } ?? "UTC"
    }

    /// Commit and state of the working tree; nil outside of one.
    static func git(in directory: String) -> Environment.Git? {
        guard let commit = output(["git", "-C", directory, "rev-parse", "HEAD"])?.split(separator: "\n").first else {
            return nil
        }
        let changes = output(["git", "-C", directory, "status", "--porcelain", "--untracked-files=no"])
        return .init(commit: String(commit), dirty: changes.map { !$0.isEmpty } ?? false)
    }

    /// What a small command prints, if it succeeds within two seconds.
    static func output(_ command: [String]) -> String? {
        var ends: [Int32] = [0, 0]
        guard rn_pipe(&ends) == 0 else { return nil }
        defer { close(ends[0]) }
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(null) }
        var child = ChildProcess(
            command: command, variables: ["PATH": "/usr/local/bin:/usr/bin:/bin", "GIT_OPTIONAL_LOCKS": "0"])
        child.standard = [null, ends[1], null]
        let started = try? child.start()
        close(ends[1])
        guard let started else { return nil }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        let deadline = MonotonicClock.now() + 2_000_000_000
        while bytes.count < 1 << 16 {
            let left = Int32(clamping: (deadline - MonotonicClock.now()) / 1_000_000)
            var wait = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
            guard left > 0, poll(&wait, 1, left) > 0 else {
                kill(started.pid, SIGKILL)
                break
            }
            let count = read(ends[0], &buffer, buffer.count)
            guard count > 0 else { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        var status: Int32 = 0
        waitpid(started.pid, &status, 0)
        return status == 0 ? String(decoding: bytes, as: UTF8.self) : nil
    }

    /// Name and hash of a file that the program read; nil where it is gone or large.
    static func file(_ path: String) -> Environment.File? {
        guard let bytes = DatabaseCopies.bytes(path) else { return nil }
        return .init(path: path, sha256: SHA256.hex(bytes), size: bytes.count)
    }
}

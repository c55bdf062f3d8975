import FoundationEssentials
import Glibc

/// A program of the machine, run by a test.
public struct TestProgram {
    public let pid: pid_t
    private let outputPath: String

    /// Starts it with both outputs going to one file.
    public init(_ arguments: [String], input: String = "") {
        let base = Scratch.path("program-\(UInt64.random(in: 0...UInt64.max))")
        outputPath = base + ".out"
        try? Data(input.utf8).write(to: URL(filePath: base + ".in"))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, base + ".in", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var pid: pid_t = 0
        let words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        let isStarted = posix_spawnp(&pid, arguments[0], &actions, nil, words, environ) == 0
        // waitpid(0) would wait for somebody else.
        self.pid = isStarted ? pid : -1
    }

    /// Waits for its end and gives status and output.
    public func wait() -> (status: Int32, output: String) {
        var status: Int32 = 0
        guard pid > 0 else { return (127, "") }
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let data = (try? Data(contentsOf: URL(filePath: outputPath))) ?? Data()
        return ((status >> 8) & 0xff, String(decoding: data, as: UTF8.self))
    }

    public func end() {
        guard pid > 0 else { return }
        kill(pid, SIGKILL)
        _ = wait()
    }
}

/// A directory of this test process.
public enum Scratch {
    private static let directory: String = {
        let path = "/tmp/reenact-tests-\(getpid())"
        mkdir(path, 0o700)
        atexit { try? FileManager.default.removeItem(atPath: "/tmp/reenact-tests-\(getpid())") }
        return path
    }()

    public static func path(_ name: String) -> String { directory + "/" + name }

    public static func write(_ text: String, _ name: String) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: path(name)))
        return path(name)
    }
}

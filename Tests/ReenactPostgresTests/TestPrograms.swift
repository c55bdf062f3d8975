import Foundation
import Glibc
import Synchronization

// Shared by the tests of several protocols, as a symbolic link.

/// A server process of a test, and its directory.
final class ServerProcess: @unchecked Sendable {
    // Safety: written in `init` only.
    let process = Process()
    let directory: String

    init(directory: String, _ command: [String]) throws {
        self.directory = directory
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    func stop() {
        // Redis inherits a mask that blocks SIGINT and does not lift it; it has nothing to lose either.
        process.interrupt()
        for _ in 0..<60 where process.isRunning { usleep(50_000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: directory)
    }
}

/// The Python with the clients of these tests: one environment for all of them, made at the first run.
enum TestPython {
    private static let made = Mutex<String?>(nil)

    static func path() throws -> String {
        try made.withLock { known in
            if let known { return known }
            let root = FileManager.default.currentDirectoryPath + "/.build/test-venvs/py"
            let python = root + "/bin/python"
            let clients = ["psycopg2", "psycopg", "asyncpg", "pg8000", "redis"]
            let probe = "import \(clients.joined(separator: ", ")); print('here')"
            if try Loopback.run([python, "-c", probe]).contains("here") == false {
                _ = try Loopback.run(["python3", "-m", "venv", root])
                let packages = ["psycopg2-binary", "psycopg[binary]", "asyncpg", "pg8000", "redis"]
                let printed = try Loopback.run([root + "/bin/pip", "install", "-q"] + packages)
                guard try Loopback.run([python, "-c", probe]).contains("here") else {
                    throw Loopback.Failure("cannot install the test clients: \(printed)")
                }
            }
            known = python
            return python
        }
    }
}

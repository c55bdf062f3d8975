import Foundation
import Glibc
import Synchronization

/// A PostgreSQL of the tests' own, in a temporary directory.
struct RealServer {
    static let binaries = "/usr/lib/postgresql/15/bin/"
    let process: ServerProcess
    let port: UInt16

    init() throws {
        let directory = "/tmp/reenact-pg-\(getpid())"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        // The server refuses to run as root.
        let user = geteuid() == 0 ? ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"] : []
        if !user.isEmpty { _ = try Loopback.run(["chown", "postgres:postgres", directory]) }
        let made = try Loopback.run(
            user + [
                Self.binaries + "initdb", "-D", directory + "/data", "-U", "me", "-A", "trust", "-E", "UTF8",
                "--locale",
                "C.UTF-8", "-N",
            ])
        guard made.contains("Success") else { throw Loopback.Failure("initdb: \(made)") }
        // One user has to prove a password.
        let rules = "host all scram 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n"
        try rules.write(toFile: directory + "/data/pg_hba.conf", atomically: false, encoding: .utf8)
        port = try Listener.freePort()
        process = try ServerProcess(
            directory: directory,
            user + [
                Self.binaries + "postgres", "-D", directory + "/data", "-p", "\(port)", "-h", "127.0.0.1", "-k", "",
                "-c",
                "fsync=off", "-c", "timezone=UTC",
            ])
        for _ in 0..<400 {
            if try psql(["-c", "SELECT 'up' AS x"]).contains("up") { break }
            usleep(50_000)
        }
        _ = try psql(["-c", "CREATE ROLE scram LOGIN SUPERUSER PASSWORD 'geheim'"])
    }

    private func psql(_ arguments: [String]) throws -> String {
        try Loopback.run(["psql", "-h", "127.0.0.1", "-p", "\(port)", "-U", "me", "-d", "postgres"] + arguments)
    }
}

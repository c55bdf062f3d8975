import Glibc
import Synchronization

/// A PostgreSQL server of our own in a temporary directory, reached through a socket there and nowhere else.
///
/// What comes out of recordings is run as a user that owns its database and has no power beyond it: no files, no programs.
public final class FixtureServer: Sendable {
    let directory: String
    static let guest = "guest"
    private let schema: String
    private let databases = Mutex<(made: Int, free: [String])>((0, []))

    private init(directory: String, schema: String) { (self.directory, self.schema) = (directory, schema) }

    /// Nil where the engine needs no server.
    static func start(_ dialect: SQLDialect, _ schema: String) throws(FixtureError) -> FixtureServer? {
        guard dialect == .postgres else { return nil }
        guard let binaries = binaries() else { throw .engine("PostgreSQL's programs are not installed") }
        var pattern = Array("/tmp/reenact-pg-XXXXXX".utf8CString)
        guard mkdtemp(&pattern) != nil else { throw .engine("no temporary directory can be made") }
        let directory = String(decoding: pattern.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let server = FixtureServer(directory: directory, schema: schema)
        do throws(FixtureError) {
            if geteuid() == 0 { try shell("chown nobody:nogroup \(directory)") }
            try server.watch(binaries)
            try shell(
                "cd \(directory) && \(prefix)\(binaries)/initdb -D data -U reenact -A trust -E UTF8 --locale=C.UTF-8 -N"
            )
            let settings = [
                "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "listen_addresses=",
                "timezone=UTC", "port=5432", "shared_buffers=32MB", "max_connections=80", "jit=off",
                "wal_level=minimal",
                "max_wal_senders=0", "unix_socket_directories=\(directory)", "max_locks_per_transaction=512",
            ].map { "-c \($0)" }.joined(separator: " ")
            try shell(
                "cd \(directory) && \(prefix)\(binaries)/pg_ctl -D data -w -t 60 -l log -o '\(settings)' start")
            let admin = try PostgresConnection(directory: directory, database: "postgres")
            try admin.must("CREATE ROLE \(Self.guest) LOGIN")
            // The search loads rows while triggers and foreign keys look away.
            try admin.must("GRANT SET ON PARAMETER session_replication_role TO \(Self.guest)")
            admin.close()
            server.giveBack(try server.makeDatabase())
            return server
        } catch {
            server.stop()
            throw error
        }
    }

    // MARK: databases

    /// A blank database with the schema, which is the taker's alone until it gives it back: what one holds in an open
    /// transaction would keep another waiting for its keys.
    func takeDatabase() throws(FixtureError) -> String {
        if let free = databases.withLock({ $0.free.popLast() }) { return free }
        return try makeDatabase()
    }

    /// - Parameter name: of a database in which nothing was committed.
    func giveBack(_ name: String) { databases.withLock { $0.free.append(name) } }

    /// Lines of a dump for psql itself, and those of roles that are not here.
    private static func isOfOwners(_ line: Substring) -> Bool {
        if line.hasPrefix("\\") { return true }
        guard line.hasSuffix(";") else { return false }
        if line.hasPrefix("ALTER ") && line.contains(" OWNER TO ") { return true }
        return ["GRANT ", "REVOKE ", "ALTER DEFAULT PRIVILEGES ", "CREATE SCHEMA public;", "COMMENT ON EXTENSION "]
            .contains(where: line.hasPrefix)
    }

    private func makeDatabase() throws(FixtureError) -> String {
        let number = databases.withLock { databases in
            databases.made += 1
            return databases.made
        }
        let name = number == 1 ? "fixture" : "fixture_\(number)"
        let admin = try PostgresConnection(directory: directory, database: "postgres")
        defer { admin.close() }
        try admin.must("CREATE DATABASE \(name) OWNER \(Self.guest)")
        // Since version 15 the schema belongs to the administrator.
        let own = try PostgresConnection(directory: directory, database: name)
        defer { own.close() }
        try own.must("ALTER SCHEMA public OWNER TO \(Self.guest)")
        let load = try PostgresConnection(directory: directory, database: name, user: Self.guest)
        defer { load.close() }
        try load.must(schema.split(separator: "\n").filter { !Self.isOfOwners($0) }.joined(separator: "\n"))
        return name
    }

    /// Stops the server and takes its directory away.
    public func stop() {
        guard let binaries = Self.binaries() else { return }
        try? Self.shell(stopping(binaries))
    }

    /// initdb and postgres refuse to run as root.
    private static var prefix: String {
        geteuid() == 0 ? "setpriv --reuid=nobody --regid=nogroup --clear-groups -- " : ""
    }

    private func stopping(_ binaries: String) -> String {
        "cd \(directory) && \(Self.prefix)\(binaries)/pg_ctl -D data -m immediate -w stop; cd / && rm -rf \(directory)"
    }

    /// The server is a daemon, and outlives whoever is killed: a shell stops it then, and ends with it.
    private func watch(_ binaries: String) throws(FixtureError) {
        let wait = "while kill -0 \(getpid()) && [ -d \(directory) ]; do sleep 1; done"
        try Self.shell(
            "(setsid sh -c '\(wait); [ -d \(directory) ] && { \(stopping(binaries)); }' >/dev/null 2>&1 </dev/null &)")
    }

    private static func binaries() -> String? {
        for version in (12...20).reversed() {
            let path = "/usr/lib/postgresql/\(version)/bin"
            if access("\(path)/postgres", X_OK) == 0 { return path }
        }
        return nil
    }

    /// What the server and its tools read in the environment is meant for somebody else's server.
    private static let foreign =
        "unset PGPORT PGDATA PGHOST PGHOSTADDR PGUSER PGPASSWORD PGPASSFILE PGDATABASE PGOPTIONS PGSERVICE PGSERVICEFILE "
        + "PGSSLMODE PGSSLROOTCERT PGREQUIREAUTH PGTARGETSESSIONATTRS PGTZ PGDATESTYLE PGCLIENTENCODING"

    private static func shell(_ command: String) throws(FixtureError) {
        guard let stream = popen("{ \(foreign); \(command); } 2>&1 </dev/null", "r") else { throw .engine("no shell") }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = fread(&buffer, 1, buffer.count, stream)
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        guard pclose(stream) == 0 else { throw .engine(String(String(decoding: bytes, as: UTF8.self).suffix(400))) }
    }
}

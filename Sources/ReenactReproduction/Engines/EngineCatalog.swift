import CLinux
import Glibc
import ReenactLinux
import ReenactRunner
import ReenactSandbox

/// The real servers of this machine that can stand behind stubs, ready to be started in a sandbox.
struct EngineCatalog: Sendable {
    var engines: [Plan.Engine] = []
    /// Prepared data, shown writable and discarded.
    var replacements: [SandboxSpec.Replacement] = []

    /// Where the sandbox shows prepared data.
    private static let postgresTarget = "/tmp/.reenact-postgres"
    private static let mariadbTarget = "/tmp/.reenact-mariadb"
    private static let places = [
        "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
    ]

    /// - Parameters:
    ///   - protocols: the recorded peers' protocols; servers for others are not looked for.
    ///   - user: whom the program runs as, where that is another user than ours.
    init(_ protocols: Set<String>, host: HostView, user: SandboxSpec.User?, path: String, cache: String) {
        // Root hands a server to somebody else: PostgreSQL insists, and none needs more.
        let server = host.ownUser() == 0 ? host.user("postgres") ?? host.user("nobody") : nil
        let account = server.map { Plan.Engine.User(uid: $0.uid, gid: $0.gid) }
        let directories = path.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") } + Self.places
        if protocols.contains("redis") {
            engines.append(Self.redis(directories, host: host, account))
        }
        if protocols.contains("postgres") {
            add(Self.postgres(directories, host: host, account), at: Self.postgresTarget, in: cache) {
                .postgres($0)
            }
        }
        if protocols.contains("mysql") {
            let (engine, installer) = Self.mariadb(directories, host: host, account)
            add(engine, at: Self.mariadbTarget, in: cache) { .mariadb($0, installer: installer) }
        }
    }

    /// A server with its prepared data, or the reason why there are none.
    private mutating func add(
        _ engine: Plan.Engine, at target: String, in cache: String, _ template: (Plan.Engine) -> EngineTemplate
    ) {
        var engine = engine
        if !engine.executable.isEmpty {
            do {
                replacements.append(.init(source: try template(engine).directory(in: cache), target: target))
                engine.data = target
            } catch {
                engine = .init(kind: engine.kind, title: engine.title, absence: "\(error)")
            }
        }
        engines.append(engine)
    }

    private static func redis(_ places: [String], host: HostView, _ user: Plan.Engine.User?) -> Plan.Engine {
        for name in ["redis-server", "valkey-server"] {
            guard let program = places.map({ "\($0)/\(name)" }).first(where: host.isFile) else { continue }
            // "Redis server v=7.0.15 sha=…"
            let version = ToolOutput.of([program, "--version"]).split(separator: " ").first { $0.hasPrefix("v=") }
            let title = version.map { "\(name) \($0.dropFirst(2))" } ?? name
            return .init(kind: .redis, title: title, executable: program, user: user)
        }
        return .init(
            kind: .redis, title: "redis-server",
            absence: "no redis-server is installed here, so other questions than the recorded ones stay unanswered "
                + "(Debian: apt install redis-server)")
    }

    private static func postgres(_ places: [String], host: HostView, _ user: Plan.Engine.User?) -> Plan.Engine {
        let versions = host.names("/usr/lib/postgresql").sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }
        let all = versions.map { "/usr/lib/postgresql/\($0)/bin" } + places
        // initdb beside it makes its data; a link leads to where both are.
        let programs = all.map { "\($0)/postgres" }.filter(host.isFile).map(resolved)
        guard let program = programs.first(where: { host.isFile(Paths.parent($0) + "/initdb") }) else {
            return .init(
                kind: .postgres, title: "PostgreSQL",
                absence: "no PostgreSQL server is installed here, so other questions than the recorded ones stay "
                    + "unanswered (Debian: apt install postgresql)")
        }
        // "postgres (PostgreSQL) 15.18 (Debian …)"
        let words = ToolOutput.of([program, "--version"]).split(separator: " ")
        return .init(
            kind: .postgres, title: words.count > 2 ? "PostgreSQL \(words[2])" : "PostgreSQL", executable: program,
            user: user)
    }

    private static func mariadb(
        _ places: [String], host: HostView, _ user: Plan.Engine.User?
    ) -> (engine: Plan.Engine, installer: String) {
        func find(_ names: [String]) -> String? {
            names.flatMap { name in places.map { "\($0)/\(name)" } }.first(where: host.isFile).map(resolved)
        }
        guard let program = find(["mariadbd"]), let installer = find(["mariadb-install-db"]) else {
            return (
                .init(
                    kind: .mysql, title: "MariaDB",
                    absence: "no MariaDB server is installed here, so other questions than the recorded ones stay "
                        + "unanswered (Debian: apt install mariadb-server)"), ""
            )
        }
        // "mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu …"
        let words = ToolOutput.of([program, "--no-defaults", "--version"]).split(separator: " ")
        let version = words.firstIndex(of: "Ver").flatMap { words.indices.contains($0 + 1) ? words[$0 + 1] : nil }
        let title = version.map { "MariaDB \($0.split(separator: "-")[0])" } ?? "MariaDB"
        return (.init(kind: .mysql, title: title, executable: program, user: user), installer)
    }

    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}

/// What a program of this machine prints.
enum ToolOutput {
    static func of(_ command: [String]) -> String {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return "" }
        for fd in ends { _ = rn_set_close_on_exec(fd, 1) }
        var child = ChildProcess(command: command, variables: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"])
        let input = open("/dev/null", O_RDONLY | O_CLOEXEC)
        child.standard = [input, ends[1], ends[1]]
        let pid = (try? child.start().pid) ?? -1
        close(ends[1])
        close(input)
        defer { close(ends[0]) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while text.count < 65536 {
            let count = read(ends[0], &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            text += buffer[..<count]
        }
        var status: Int32 = 0
        if pid > 0 { waitpid(pid, &status, 0) }
        return pid > 0 && status == 0 ? String(decoding: text, as: UTF8.self) : ""
    }
}

import Glibc
import ReenactTLS
import ReenactWire

/// Whether a program's TLS connection may be opened and closed again on its way, and as whom.
final class TLSPolicy {
    enum Decision {
        /// The program trusts the recording's authority: decrypt. The real server is checked against `caFile`.
        case decrypt(caFile: String?)
        /// Leave the ciphertext alone, and say why.
        case opaque(String)
    }

    let authority: CertificateAuthority
    private let directory: String
    /// The files that the recorder offers through the environment (see `HookVariables`), by what they add to.
    private var bundles: [String: String] = [:]
    private var unions: [[String]: String] = [:]
    private var facts: [Int32: ProcessFacts] = [:]
    private var trusting: Set<Int32> = []
    /// Authorities that programs loaded, by program: workers inherit what their parent loaded.
    private var loaded: [String: Set<String>] = [:]
    private var doubted: Set<String> = []
    /// Programs and servers for which the handshake with the program failed once.
    private var refusals: Set<String> = []

    init(directory: String) throws {
        authority = try CertificateAuthority(commonName: "Reenact recording")
        self.directory = directory
    }

    /// A file that holds those authorities (nil: the system's) and the recording's.
    func bundle(adding base: String?) -> String {
        let base = base ?? Bundle.systemPath ?? ""
        if let made = bundles[base] { return made }
        let path = "\(directory)/authorities-\(bundles.count).pem"
        // A base that can't be read would have been no use to the program either.
        if (try? Bundle.write(adding: authority.pem, to: base.isEmpty ? nil : base, at: path)) == nil {
            try? Bundle.write(adding: authority.pem, to: nil, at: path)
        }
        chmod(path, 0o644)
        bundles[base] = path
        return path
    }

    /// All authorities that the program was given, as one file: what the real server is checked against.
    private func own(_ process: ProcessFacts?) -> String? {
        var files = process.flatMap { loaded[$0.executable] } ?? []
        for name in TLSPolicy.variables {
            guard let value = process?.variables[name] else { continue }
            files.insert(bundles.first { $0.value == value }?.key ?? value)
        }
        files.remove(Bundle.systemPath ?? "")
        guard !files.isEmpty else { return nil }
        let key = files.sorted()
        if let made = unions[key] { return made }
        let path = "\(directory)/own-\(unions.count).pem"
        var text = ""
        for file in [Bundle.systemPath ?? ""] + key.flatMap(Self.certificates) {
            if let bytes = ProcFile.bytes(file) { text += String(decoding: bytes, as: UTF8.self) + "\n" }
        }
        guard (try? Bundle.write(adding: text, to: nil, at: path)) != nil else { return nil }
        unions[key] = path
        return path
    }

    /// A file, or the files of a directory of authorities.
    private static func certificates(_ path: String) -> [String] {
        let names = ProcFile.entries(path)
        return names.isEmpty ? [path] : names.sorted().prefix(500).map { "\(path)/\($0)" }
    }

    func learn(_ process: ProcessFacts) { facts[process.pid] = process }

    /// The hooks in that process have added the authority to what it trusts.
    func trusts(_ pid: Int32) { trusting.insert(pid) }

    /// The hooks in that process have seen it load authorities, and added the recording's.
    func trusts(_ pid: Int32, files: [String], pem: String) {
        trusting.insert(pid)
        refresh(pid)
        var files = Set(files.filter { $0 != Bundle.systemPath && $0 != "/etc/ssl/certs" && !isOurs($0) })
        if !pem.isEmpty {
            let path = "\(directory)/told-\(StableHash.hex(Array(pem.utf8)[...])).pem"
            if (try? Bundle.write(adding: pem, to: nil, at: path)) != nil { files.insert(path) }
        }
        let executable = subject(pid)
        guard (loaded[executable] ?? []).count < 100 else { return }
        loaded[executable, default: []].formUnion(files)
    }

    /// Whether what that process trusts is known: then a server that does not hold for us does not hold for it.
    func knowsTrust(of pid: Int32) -> Bool { trusting.contains(pid) || loaded[subject(pid)] != nil }

    /// True once for a program and a server: it may still load the authorities that it checks that server against.
    func mayLearn(_ pid: Int32, server: String) -> Bool { doubted.insert(subject(pid) + " " + server).inserted }

    private func isOurs(_ path: String) -> Bool { path.hasPrefix("\(directory)/") }

    /// A start script that became the program has another name and other variables than when it was first seen.
    private func refresh(_ pid: Int32) {
        if let now = ProcessFacts(pid: pid) { facts[pid] = now }
    }

    func refused(_ pid: Int32, server: String) { refusals.insert(subject(pid) + " " + server) }

    private func subject(_ pid: Int32) -> String { facts[pid]?.executable ?? "?" }

    // MARK: - PostgreSQL

    /// Whether a program whose PostgreSQL server speaks TLS may be told so, and shown a certificate of ours.
    ///
    /// Libpq and the drivers of these runtimes check it only where they were told whom to trust, which the hooks see. Of
    /// others that is not known: they are told only where they insist, as they would not go on otherwise.
    func mayOpenPostgres(of pid: Int32, server: String) -> Bool {
        refresh(pid)
        guard let process = facts[pid], !refusals.contains(subject(pid) + " " + server) else { return false }
        if Self.insistsOnTLS(process) { return true }
        guard process.variables["PGCHANNELBINDING"] == "disable" else { return false }
        let name = process.executable.split(separator: "/").last.map(String.init) ?? ""
        return ["python", "php", "ruby", "perl", "node", "psql", "pg_", "pgbench"].contains { name.hasPrefix($0) }
    }

    /// `sslmode=require` and the like in a variable or an argument.
    private static func insistsOnTLS(_ process: ProcessFacts) -> Bool {
        let modes = ["require", "verify-ca", "verify-full"]
        if let mode = process.variables["PGSSLMODE"], modes.contains(mode) { return true }
        return (process.variables.values + process.arguments).contains { text in
            text.contains("sslmode=") && modes.contains { text.contains("sslmode=\($0)") }
        }
    }

    /// As `decision`, for a stream that `mayOpenPostgres` let be opened.
    func postgresDecision(for pid: Int32, server: String) -> Decision {
        if refusals.contains(subject(pid) + " " + server) {
            return .opaque("the program refused the recording's certificate for \(server)")
        }
        return .decrypt(caFile: own(facts[pid]))
    }

    private static let variables = [
        "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "AWS_CA_BUNDLE",
    ]

    func decision(for pid: Int32, server: String) -> Decision {
        refresh(pid)
        if refusals.contains(subject(pid) + " " + server) {
            return .opaque("the program refused the recording's certificate for \(server)")
        }
        let process = facts[pid]
        let own = own(process)
        if knowsTrust(of: pid) { return .decrypt(caFile: own) }
        guard let process else { return .opaque("nothing is known of the program's trust") }
        let name = process.executable.split(separator: "/").last.map(String.init) ?? ""
        let reads: String?
        switch true {
        case name.hasPrefix("node"): reads = "NODE_EXTRA_CA_CERTS"
        case name == "curl": reads = "CURL_CA_BUNDLE"
        case name.hasPrefix("php"): reads = "PHP_INI_SCAN_DIR"
        case name.hasPrefix("python"), name.hasPrefix("java"): reads = nil
        default: reads = "SSL_CERT_FILE"
        }
        guard let reads, let value = process.variables[reads] else {
            return .opaque("\(name) was not given the recording's certificate authority")
        }
        if reads == "PHP_INI_SCAN_DIR" || isOurs(value) {
            return .decrypt(caFile: own)
        }
        return .opaque("\(name) uses certificates of its own (\(reads))")
    }
}

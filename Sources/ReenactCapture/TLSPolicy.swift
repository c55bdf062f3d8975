import ReenactTLS

/// Whether a program's TLS connection may be opened and closed again on its way, and as whom.
final class TLSPolicy {
    enum Decision {
        /// The program trusts the recording's authority: decrypt. The real server is checked against `caFile`.
        case decrypt(caFile: String?)
        /// Leave the ciphertext alone, and say why.
        case opaque(String)
    }

    let authority: CertificateAuthority
    /// Shows a program that the real server's certificate did not hold: nobody trusts this authority.
    let untrusted: CertificateAuthority
    /// The file that the recorder offers through the environment; see `HookVariables`.
    let bundlePath: String
    private var facts: [Int32: ProcessFacts] = [:]
    private var trusting: Set<Int32> = []
    /// Programs and servers for which the handshake with the program failed once.
    private var refusals: Set<String> = []

    init(bundlePath: String) throws {
        authority = try CertificateAuthority(commonName: "Reenact recording")
        untrusted = try CertificateAuthority(commonName: "Reenact: the server's certificate is not valid")
        self.bundlePath = bundlePath
        try Bundle.write(adding: authority.pem, to: Bundle.systemPath, at: bundlePath)
    }

    func learn(_ process: ProcessFacts) { facts[process.pid] = process }

    /// The hooks in that process have added the authority to what it trusts.
    func trusts(_ pid: Int32) { trusting.insert(pid) }

    func refused(_ pid: Int32, server: String) { refusals.insert(subject(pid) + " " + server) }

    private func subject(_ pid: Int32) -> String { facts[pid]?.executable ?? "?" }

    private static let variables = [
        "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "AWS_CA_BUNDLE",
    ]

    func decision(for pid: Int32, server: String) -> Decision {
        if refusals.contains(subject(pid) + " " + server) {
            return .opaque("the program refused the recording's certificate for \(server)")
        }
        let process = facts[pid]
        // What the program would have checked the server against, had it not been for us.
        let own = TLSPolicy.variables.lazy.compactMap { process?.variables[$0] }.first { $0 != self.bundlePath }
        if trusting.contains(pid) { return .decrypt(caFile: own) }
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
        if reads == "PHP_INI_SCAN_DIR" || value == bundlePath { return .decrypt(caFile: own) }
        return .opaque("\(name) uses certificates of its own (\(reads))")
    }
}

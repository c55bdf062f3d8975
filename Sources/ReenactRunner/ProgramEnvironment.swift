import Glibc

/// The program's environment: the recorded one, and what brings the hooks in.
struct ProgramEnvironment {
    /// The plan's directory of hooks; empty: none.
    var hooks: String
    /// The control socket.
    var control: String
    /// The clock's file; nil leaves the clock alone.
    var clock: String?
    /// The file with locks of others on databases.
    var locks: String?
    /// The recording's authority (PEM), and the bundle that ends with it.
    var authority: (file: String, bundle: String)?
    /// Frames of the failure whose place is watched.
    var place: String?
    /// `NAME=value` or `NAME`: changed in every process of the program.
    var overrides: [String] = []
    /// Whether a file is there.
    var exists: (String) -> Bool = { access($0, R_OK) == 0 }

    /// Variables that name a bundle of authorities: OpenSSL and Go, requests and botocore, curl, pip, git, gRPC,
    /// httplib2. Not AWS_CA_BUNDLE: some SDKs refuse to start with it (`HookVariables.continued`).
    static let bundleVariables = [
        "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT", "GIT_SSL_CAINFO",
        "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "HTTPLIB2_CA_CERTS",
    ]

    /// The whole environment.
    ///
    /// A variable that the program set itself for authorities stays: the driver has put the authority in that file.
    func variables(for recorded: [String: String]) -> [String: String] {
        var result = recorded
        result["REENACT_CONTROL"] = control
        if let clock { result["REENACT_CLOCK"] = clock }
        if let locks { result["REENACT_LOCKS"] = locks }
        if let place { result["REENACT_PLACE"] = place }
        if !overrides.isEmpty { result["REENACT_VARIABLES"] = overrides.joined(separator: "\u{1f}") }
        if !hooks.isEmpty {
            result["REENACT_HOOKS"] = hooks
            let preload = "\(hooks)/libreenact-preload.so"
            if exists(preload) { prepend(preload, to: "LD_PRELOAD", &result) }
            if exists("\(hooks)/python") { prepend("\(hooks)/python", to: "PYTHONPATH", &result) }
            let node = "\(hooks)/node/hook.cjs"
            if exists(node) {
                // Node splits at spaces; double quotes keep a path together.
                let quoted = node.contains(" ") ? "\"\(node)\"" : node
                let others = result["NODE_OPTIONS"].map { $0.isEmpty ? "" : " \($0)" } ?? ""
                result["NODE_OPTIONS"] = "--require \(quoted)\(others)"
            }
        }
        if let authority {
            result["REENACT_CA"] = authority.file
            // Node adds these to its own: the one certificate is enough, and parsing a bundle costs 50 ms.
            if result["NODE_EXTRA_CA_CERTS"] == nil { result["NODE_EXTRA_CA_CERTS"] = authority.file }
            for name in Self.bundleVariables where result[name] == nil { result[name] = authority.bundle }
        }
        return result
    }

    private func prepend(_ path: String, to name: String, _ variables: inout [String: String]) {
        // An empty element would mean the working directory.
        let rest = variables[name].map { $0.isEmpty ? "" : ":\($0)" } ?? ""
        variables[name] = path + rest
    }
}

import Glibc

/// The environment that brings the hooks, and the recording's certificate authority, into the program.
public enum HookVariables {
    /// What the hooks are given.
    public struct Paths {
        /// Holds `libreenact-preload.so`, `python/`, `node/`.
        public var hooks: String
        /// The control socket.
        public var control: String
        /// The recording's authority alone, PEM.
        public var authority: String
        /// A file with the given authorities (nil: the system's) and the recording's.
        public var bundle: (String?) -> String
        /// A directory with a php.ini fragment that names the bundle.
        public var phpIni: String
        /// For PYTHONHASHSEED, where the program has none of its own.
        public var hashSeed: String
        public init(
            hooks: String, control: String, authority: String, bundle: @escaping (String?) -> String, phpIni: String,
            hashSeed: String
        ) {
            self.hooks = hooks
            self.control = control
            self.authority = authority
            self.bundle = bundle
            self.phpIni = phpIni
            self.hashSeed = hashSeed
        }
    }

    /// Variables that name a file of authorities instead of the system's.
    static let bundles = ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "DENO_CERT"]

    /// Such variables that change more than that, and are therefore only continued where the program has them: with
    /// AWS_CA_BUNDLE the SDK for Go refuses a client that brings its own transport, and works with SSL_CERT_FILE.
    static let continued = ["AWS_CA_BUNDLE"]

    /// Whether a variable is the hooks', or one in which every shell keeps its own accounts.
    static func isOurs(_ name: String) -> Bool {
        name.hasPrefix("REENACT_") || own.contains(name) || bundles.contains(name) || continued.contains(name)
    }

    private static let own: Set = [
        "LD_PRELOAD", "PYTHONPATH", "NODE_OPTIONS", "PHP_INI_SCAN_DIR", "NODE_EXTRA_CA_CERTS", "PGCHANNELBINDING",
        "PYTHONHASHSEED", "_", "SHLVL", "PWD", "OLDPWD",
    ]

    /// The program's own variables with the hooks' added.
    public static func adding(_ paths: Paths, to variables: [String: String]) -> [String: String] {
        var result = variables
        func prepend(_ name: String, _ value: String, separator: String) {
            if let old = result[name], !old.isEmpty {
                result[name] = value + separator + old
            } else {
                result[name] = value
            }
        }
        // A runtime told of a file that is not there would not start.
        func isThere(_ part: String) -> Bool { access("\(paths.hooks)/\(part)", R_OK) == 0 }
        if isThere("libreenact-preload.so") {
            prepend("LD_PRELOAD", "\(paths.hooks)/libreenact-preload.so", separator: ":")
        }
        if isThere("python") { prepend("PYTHONPATH", "\(paths.hooks)/python", separator: ":") }
        if isThere("node/hook.cjs") {
            prepend("NODE_OPTIONS", "--require \(paths.hooks)/node/hook.cjs", separator: " ")
        }
        result["REENACT_CONTROL"] = paths.control
        result["REENACT_HOOKS"] = paths.hooks
        result["REENACT_CA"] = paths.authority
        // An empty element means the directories that PHP was built with.
        result["PHP_INI_SCAN_DIR"] = (result["PHP_INI_SCAN_DIR"] ?? "") + ":" + paths.phpIni
        for name in bundles { result[name] = paths.bundle(result[name]) }
        for name in continued { if let own = result[name], !own.isEmpty { result[name] = paths.bundle(own) } }
        result["NODE_EXTRA_CA_CERTS"] = result["NODE_EXTRA_CA_CERTS"].map(paths.bundle) ?? paths.authority
        // TLS that is opened on its way has another certificate: a client that binds its password's proof to that of the
        // server (SCRAM-SHA-256-PLUS) could not log in.
        if result["PGCHANNELBINDING"] == nil { result["PGCHANNELBINDING"] = "disable" }
        // A seed that is random but known: what depends on the order of a set can be made to happen again.
        if result["PYTHONHASHSEED"] == nil { result["PYTHONHASHSEED"] = paths.hashSeed }
        return result
    }
}

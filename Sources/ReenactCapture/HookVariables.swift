/// The environment that brings the hooks, and the recording's certificate authority, into the program.
public enum HookVariables {
    /// What the hooks are given.
    public struct Paths: Sendable {
        /// Holds `libreenact-preload.so`, `python/`, `node/`.
        public var hooks: String
        /// The control socket.
        public var control: String
        /// The recording's authority alone, PEM.
        public var authority: String
        /// The system's authorities and the recording's.
        public var bundle: String
        /// A directory with a php.ini fragment that names the bundle.
        public var phpIni: String
        public init(hooks: String, control: String, authority: String, bundle: String, phpIni: String) {
            self.hooks = hooks
            self.control = control
            self.authority = authority
            self.bundle = bundle
            self.phpIni = phpIni
        }
    }

    /// Names of the variables that are set or changed: what a case must not keep.
    public static let names = [
        "LD_PRELOAD", "PYTHONPATH", "NODE_OPTIONS", "REENACT_CONTROL", "REENACT_HOOKS", "REENACT_CA", "REENACT_CLOCK",
        "PHP_INI_SCAN_DIR", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
        "AWS_CA_BUNDLE", "GIT_SSL_CAINFO", "DENO_CERT",
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
        prepend("LD_PRELOAD", "\(paths.hooks)/libreenact-preload.so", separator: ":")
        prepend("PYTHONPATH", "\(paths.hooks)/python", separator: ":")
        prepend("NODE_OPTIONS", "--require \(paths.hooks)/node/hook.cjs", separator: " ")
        result["REENACT_CONTROL"] = paths.control
        result["REENACT_HOOKS"] = paths.hooks
        result["REENACT_CA"] = paths.authority
        // An empty element means the directories that PHP was built with.
        result["PHP_INI_SCAN_DIR"] = (result["PHP_INI_SCAN_DIR"] ?? "") + ":" + paths.phpIni
        for name in [
            "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "GIT_SSL_CAINFO",
            "DENO_CERT",
        ] where result[name] == nil {
            result[name] = paths.bundle
        }
        if result["NODE_EXTRA_CA_CERTS"] == nil { result["NODE_EXTRA_CA_CERTS"] = paths.authority }
        return result
    }

    /// The same without what `adding` added.
    public static func removing(_ paths: Paths, from variables: [String: String]) -> [String: String] {
        var result = variables
        func strip(_ name: String, _ value: String, separator: String) {
            guard let old = result[name] else { return }
            if old == value { result[name] = nil }
            if old.hasPrefix(value + separator) { result[name] = String(old.dropFirst((value + separator).count)) }
        }
        strip("LD_PRELOAD", "\(paths.hooks)/libreenact-preload.so", separator: ":")
        strip("PYTHONPATH", "\(paths.hooks)/python", separator: ":")
        strip("NODE_OPTIONS", "--require \(paths.hooks)/node/hook.cjs", separator: " ")
        for name in names where name.hasPrefix("REENACT_") { result[name] = nil }
        if let value = result["PHP_INI_SCAN_DIR"], value.hasSuffix(":" + paths.phpIni) {
            let rest = value.dropLast(paths.phpIni.count + 1)
            result["PHP_INI_SCAN_DIR"] = rest.isEmpty ? nil : String(rest)
        }
        for name in names where result[name] == paths.bundle || result[name] == paths.authority { result[name] = nil }
        return result
    }
}

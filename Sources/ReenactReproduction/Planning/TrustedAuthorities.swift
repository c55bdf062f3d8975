import ReenactRunner
import ReenactSandbox
import ReenactTLS
import ReenactTimeline

/// Files of trusted authorities with the sandbox's own added, since its stubs speak TLS in the recorded peers' place.
struct TrustedAuthorities: Sendable {
    var authority: Plan.Authority
    /// Copies to be put over the originals, and the bundle that the runner's variables name.
    var files: [SandboxSpec.File]

    static let bundlePath = "/run/reenact/ca-bundle.pem"

    /// Variables by which programs are told of a file of authorities.
    static let variables = [
        "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "AWS_CA_BUNDLE", "PIP_CERT",
        "GIT_SSL_CAINFO", "DENO_CERT", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "HTTPLIB2_CA_CERTS",
    ]
    private static let systemFiles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem", "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem", "/usr/lib/ssl/cert.pem",
    ]

    /// - Parameters:
    ///   - prefixes: directories of runtimes whose packages may bring bundles of their own.
    ///   - shared: the authority of another case in the same sandbox; nil makes a new one.
    init(
        _ failure: Case, variables: [String: String], prefixes: [String], host: HostView,
        shared: Plan.Authority? = nil
    ) throws(ReproductionError) {
        if let shared { authority = shared } else { authority = try Self.make() }
        let pem = Array("\n\(authority.certificate)".utf8)
        let system = Self.systemFiles.first(where: host.isFile).flatMap(host.read) ?? []
        files = [.init(path: Self.bundlePath, bytes: system + pem)]
        for path in Self.candidates(failure, variables: variables, prefixes: prefixes, host: host) {
            guard let bytes = host.read(path), Self.isBundle(bytes) else { continue }
            files.append(.init(path: path, bytes: bytes + pem))
        }
    }

    private static func make() throws(ReproductionError) -> Plan.Authority {
        do {
            let made = try CertificateAuthority(commonName: "Reenact sandbox")
            return .init(certificate: made.pem, privateKey: made.privateKeyPEM, bundlePath: bundlePath)
        } catch {
            throw ReproductionError(.sandbox, "No certificate authority can be made for the stubs: \(error).")
        }
    }

    private static func candidates(
        _ failure: Case, variables: [String: String], prefixes: [String], host: HostView
    ) -> [String] {
        let directory = failure.environment.workingDirectory
        var paths = systemFiles
        paths += Self.variables.compactMap { variables[$0] }.filter { !$0.isEmpty }
            .map { Paths.normal($0, in: directory) }
        paths += failure.environment.files.map(\.path).filter { path in
            [".pem", ".crt", ".cer"].contains { path.hasSuffix($0) }
        }
        for prefix in prefixes where !prefix.isEmpty {
            for version in host.names(prefix + "/lib") where version.hasPrefix("python3") {
                let packages = "\(prefix)/lib/\(version)/site-packages"
                paths += [
                    "certifi/cacert.pem", "pip/_vendor/certifi/cacert.pem", "botocore/cacert.pem",
                    "httplib2/cacerts.txt",
                ].map { "\(packages)/\($0)" }
            }
        }
        var seen: Set<String> = []
        return paths.filter { seen.insert($0).inserted && host.isFile($0) }
    }

    /// A file that also holds a key is somebody's identity, not a list of authorities.
    private static func isBundle(_ bytes: [UInt8]) -> Bool {
        guard bytes.count < 16 << 20 else { return false }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.contains("-----BEGIN CERTIFICATE-----") && !text.contains("PRIVATE KEY-----")
    }
}

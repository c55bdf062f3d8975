import FoundationEssentials

/// Files of trusted authorities.
public enum Bundle {
    /// Where Linux distributions keep the system's bundle, the most common first.
    public static let systemPaths = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem",
    ]

    /// The system's bundle, where there is one.
    public static var systemPath: String? { systemPaths.first { FileManager.default.fileExists(atPath: $0) } }

    /// Writes a bundle that holds everything in `base` and one authority more.
    ///
    /// - Parameters:
    ///   - pem: the authority to add.
    ///   - base: an existing bundle; nil, or a file that is not there, counts as empty.
    /// - Throws: `file`.
    public static func write(adding pem: String, to base: String?, at destination: String) throws(TLSError) {
        do {
            var data = Data()
            if let base, FileManager.default.fileExists(atPath: base) {
                data = try Data(contentsOf: URL(filePath: base))
                if let last = data.last, last != 0x0a { data.append(0x0a) }
            }
            data.append(contentsOf: pem.utf8)
            if !pem.hasSuffix("\n") { data.append(0x0a) }
            try data.write(to: URL(filePath: destination), options: .atomic)
        } catch {
            throw TLSError(code: .file, operation: "write bundle", reason: "\(error)")
        }
    }
}

import Foundation
import ReenactTLS

/// The key with which secrets in cases are sealed: it never leaves this user's own directory.
public enum OwnerKey {
    /// `$REENACT_KEY_FILE`, or `reenact/key` in the user's data directory.
    static var path: String {
        let environment = ProcessInfo.processInfo.environment
        if let named = environment["REENACT_KEY_FILE"] { return named }
        let data = environment["XDG_DATA_HOME"] ?? "\(environment["HOME"] ?? "/root")/.local/share"
        return "\(data)/reenact/key"
    }

    /// The key; made at first use. nil where the directory can't be written: secrets are then not kept.
    public static func load() throws -> [UInt8]? {
        if let key = existing() { return key }
        let key = try Seal.randomBytes(Seal.keyBytes)
        let directory = (path as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { return nil }
        // Two recorders that start at once: the first one's key stands.
        let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return existing() }
        defer { close(descriptor) }
        return write(descriptor, key, key.count) == key.count ? key : nil
    }

    /// The key, if there is one already.
    public static func existing() -> [UInt8]? {
        guard let data = FileManager.default.contents(atPath: path), data.count == Seal.keyBytes else { return nil }
        return Array(data)
    }
}

import Glibc
import ReenactLinux

/// A fresh directory for the control socket and its like, removed at the end.
struct PrivateDirectory {
    private let base: String

    init() throws {
        var template = Array("/tmp/reenact-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw LinuxError("mkdtemp /tmp/reenact-XXXXXX") }
        base = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func path(_ name: String) -> String { "\(base)/\(name)" }

    /// Removes it with the files that the runner made in it.
    func remove() {
        for name in ["control", "clock", "authority.pem", "hosts", "resolv.conf", "nsswitch.conf"] {
            unlink(path(name))
        }
        rmdir(base)
    }
}

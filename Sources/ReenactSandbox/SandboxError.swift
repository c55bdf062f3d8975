import Glibc

/// Why a sandbox could not be made: what was being done, the reason, and the way out where one is known.
public struct SandboxError: Error, Sendable, Equatable, CustomStringConvertible {
    /// `clone`, `identity`, `root`, `proc`, `code`, `exec`, …
    public var stage: String
    /// What it was about: a path, a namespace.
    public var subject: String
    /// The kernel's error number; 0 where it was not the kernel that said no.
    public var errno: Int32
    public var remedy: String

    init(stage: String, subject: String, errno: Int32, remedy: String = "") {
        self.stage = stage
        self.subject = subject
        self.errno = errno
        self.remedy = remedy
    }

    public var description: String {
        var text = "The sandbox could not be made: \(stage)"
        if !subject.isEmpty { text += " (\(subject))" }
        if errno != 0 { text += ": \(String(cString: strerror(errno)))" }
        text += "."
        if !remedy.isEmpty { text += " \(remedy)" }
        return text
    }
}

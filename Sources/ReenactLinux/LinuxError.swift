import Glibc

/// A system call that failed.
public struct LinuxError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was tried: `bind 127.0.0.1:5432`.
    public var operation: String
    /// The kernel's reason.
    public var code: Int32

    public init(_ operation: String, code: Int32 = Glibc.errno) {
        self.operation = operation
        self.code = code
    }

    public var description: String { "\(operation): \(LinuxError.text(of: code))" }

    /// The C library's sentence for an errno.
    public static func text(of code: Int32) -> String { String(cString: strerror(code)) }
}

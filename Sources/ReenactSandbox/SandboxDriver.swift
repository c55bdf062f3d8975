/// How strongly a sandbox keeps its inside from its outside; stands in every outcome.
public enum Isolation: String, Codable, Sendable {
    /// Linux namespaces: the same kernel. Keeps a program from harming by accident, not by intent.
    case namespaces
    /// A virtual machine on an emulated processor.
    case emulatedMachine
    /// A virtual machine on the processor's own virtualisation.
    case machine
}

/// Whether a driver works on this machine.
public enum Availability: Sendable, Equatable {
    case ready(Capabilities)
    /// What is missing, and the remedy, in one sentence.
    case unavailable(String)

    /// What a driver can do here.
    public struct Capabilities: Codable, Sendable, Equatable {
        public var isolation: Isolation
        /// True where files of any owner can be changed inside; otherwise those of the user only.
        public var anyOwner: Bool
        /// True where memory and processes of a whole sandbox are limited together, by a control group.
        public var groupLimits: Bool
    }
}

/// A way to make sandboxes. To add one, add a folder beside `Namespaces`.
public protocol SandboxDriver: Sendable {
    /// `namespaces`.
    var name: String { get }
    /// Finds out, by trying, whether the driver works here.
    func probe() async -> Availability
    /// Makes a sandbox and starts its first process.
    ///
    /// - Throws: `SandboxError`, with nothing left behind.
    func start(_ spec: SandboxSpec) async throws -> any Sandbox
}

/// A running sandbox.
public protocol Sandbox: Sendable {
    var isolation: Isolation { get }
    /// What the first process writes to its report descriptor. The caller reads it, and does not close it.
    var reportDescriptor: Int32 { get }
    /// Nanoseconds from the start of the work to the first process's `execve`.
    var startNanoseconds: Int64 { get }
    /// The last of what the first process wrote to its standard output and error.
    func logTail() -> String
    /// Waits for the end of the first process: its exit status, or 128 and the signal.
    func wait() async -> Int32
    /// Ends everything inside and takes the sandbox down. Never throws; may be called again, and from any thread.
    @discardableResult
    func destroy() async -> DestroyReport
}

/// What was found after a sandbox was taken down.
public struct DestroyReport: Codable, Sendable, Equatable {
    /// The first process was ended and reaped; the kernel ends and reaps all others before it.
    public var reaped: Bool
    /// What could not be removed: control groups, directories. Mounts and files end with the sandbox's own namespace.
    public var left: [String]
    public var nanoseconds: Int64

    /// Nothing is left.
    public var isClean: Bool { reaped && left.isEmpty }
}

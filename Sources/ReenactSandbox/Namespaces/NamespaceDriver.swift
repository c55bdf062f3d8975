import Glibc
import Synchronization

/// Sandboxes out of Linux namespaces and overlays, without root, in a few milliseconds.
public struct NamespaceDriver: SandboxDriver {
    public let name = "namespaces"
    private static let counter = Atomic<Int>(0)
    private static let swept: Void = ControlGroup.sweep()
    private let identity: IdentityMap

    public init() { identity = .current() }

    /// For tests: root with an ordinary user's map.
    init(identity: IdentityMap) { self.identity = identity }

    /// Makes a sandbox whose first process ends at once.
    public func probe() async -> Availability {
        do {
            let sandbox = try await start(SandboxSpec(program: "", arguments: []))
            _ = await sandbox.wait()
            await sandbox.destroy()
            let group = ControlGroup.make(.init(), name: Self.groupName())
            group?.remove()
            return .ready(
                .init(isolation: .namespaces, anyOwner: identity.isFull, groupLimits: group != nil))
        } catch {
            return .unavailable("\(error)")
        }
    }

    public func start(_ spec: SandboxSpec) async throws -> any Sandbox {
        _ = Self.swept
        if let user = spec.user, !identity.isFull, user.uid != geteuid() {
            throw SandboxError(
                stage: "identity", subject: "uid \(user.uid)", errno: EPERM,
                remedy: "Only root can run a program as another user.")
        }
        let start = NamespaceStart(
            spec: spec, identity: identity, group: ControlGroup.make(spec.limits, name: Self.groupName()))
        let life = Life()
        let started = try await withCheckedThrowingContinuation { continuation in
            SandboxThread.start { start.run(life) { continuation.resume(with: $0) } }
        }
        return NamespaceSandbox(life: life, started: started)
    }

    private static func groupName() -> String {
        "reenact-\(getpid())-\(counter.wrappingAdd(1, ordering: .relaxed).newValue)"
    }
}

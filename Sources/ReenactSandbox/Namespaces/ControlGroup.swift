import Glibc

/// A control group for one sandbox, where this user may make one: limits for all its processes together.
///
/// One a sandbox, never used again: the kernel takes the memory of a dead namespace off the group late.
struct ControlGroup: Sendable, Equatable {
    /// Directories, one a hierarchy.
    private var directories: [String]

    /// Nil where none can be made.
    static func make(_ limits: SandboxSpec.Limits, name: String) -> ControlGroup? {
        unified(limits, name) ?? split(limits, name)
    }

    /// Moves a process in, and all that it will start.
    func add(_ pid: Int32) throws(SandboxError) {
        for directory in directories where !Self.put("\(pid)", directory + "/cgroup.procs") {
            throw SandboxError(stage: "limits", subject: directory, errno: errno)
        }
    }

    /// Removes the group; what could not be removed.
    @discardableResult
    func remove() -> [String] {
        directories.filter { directory in
            // A group is busy for a moment after its last process was reaped.
            for _ in 0..<50 {
                if rmdir(directory) == 0 || errno == ENOENT { return false }
                usleep(2000)
            }
            return true
        }
    }

    /// Removes the groups of processes that were killed before they could.
    static func sweep() {
        for root in ["/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids"] {
            for name in HostFiles.names(in: root) ?? [] where name.hasPrefix("reenact-") {
                let owner = name.split(separator: "-").dropFirst().first.flatMap { Int32($0) }
                if let owner, kill(owner, 0) < 0, errno == ESRCH { rmdir("\(root)/\(name)") }
            }
        }
    }

    private static func unified(_ limits: SandboxSpec.Limits, _ name: String) -> ControlGroup? {
        let root = "/sys/fs/cgroup"
        let controllers = HostFiles.text(root + "/cgroup.subtree_control").split { " \n".contains($0) }
        guard controllers.contains("pids"), controllers.contains("memory") else { return nil }
        return group([
            (
                "\(root)/\(name)",
                [
                    ("memory.max", limits.memoryBytes + limits.writtenBytes), ("memory.swap.max", 0),
                    ("pids.max", limits.processes),
                ]
            )
        ])
    }

    private static func split(_ limits: SandboxSpec.Limits, _ name: String) -> ControlGroup? {
        group([
            (
                "/sys/fs/cgroup/memory/\(name)",
                [("memory.limit_in_bytes", limits.memoryBytes + limits.writtenBytes)]
            ),
            ("/sys/fs/cgroup/pids/\(name)", [("pids.max", limits.processes)]),
        ])
    }

    private static func group(_ wanted: [(String, [(String, Int)])]) -> ControlGroup? {
        var made = ControlGroup(directories: [])
        for (directory, values) in wanted {
            guard mkdir(directory, 0o755) == 0 else {
                made.remove()
                return nil
            }
            made.directories.append(directory)
            for (file, value) in values where !put("\(value)", "\(directory)/\(file)") && value != 0 {
                made.remove()
                return nil
            }
        }
        return made
    }

    private static func put(_ text: String, _ path: String) -> Bool {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        let bytes = Array(text.utf8)
        return write(file, bytes, bytes.count) == bytes.count
    }
}

import Glibc

/// The sandbox's root: the host's file system as it stands, every write kept apart in memory and thrown away.
///
/// A directory of the host becomes the lower layer of an overlay. In a user namespace the kernel refuses a lower
/// directory with mounts below it (they could be uncovered that way), so such a directory is made anew and its entries
/// are laid one by one. `/` always is one: it holds `/proc`.
struct RootLayout {
    /// Where the host's root and the new root are while the set-up runs.
    static let host = "/old"
    static let new = "/n"

    let table: MountTable
    let identity: IdentityMap
    private(set) var steps: [SetupStep] = []
    private var layers: [String: Int] = [:]
    private var count = 0

    /// Made anew by other steps, or not shown.
    private static let ownSteps: Set<String> = ["/proc", "/sys", "/dev", "/run"]
    /// Stores of container engines: full of mounts, of no use to a program, and not its business.
    private static let left: Set<String> = [
        "/var/lib/docker", "/var/lib/containerd", "/var/lib/containers", "/var/lib/kubelet", "/var/lib/lxc",
        "/var/lib/lxd", "/var/snap",
    ]
    private static let pseudo: Set<String> = [
        "proc", "sysfs", "cgroup", "cgroup2", "devpts", "devtmpfs", "debugfs", "tracefs", "securityfs", "pstore",
        "bpf", "mqueue", "hugetlbfs", "configfs", "fusectl", "binfmt_misc", "autofs", "nsfs", "rpc_pipefs", "efivarfs",
        "selinuxfs",
    ]
    /// Larger files of a directory that is made anew are bound, read-only, rather than copied.
    private static let copied = 256 * 1024

    init(table: MountTable, identity: IdentityMap) {
        self.table = table
        self.identity = identity
    }

    /// The whole root.
    mutating func coverRoot() {
        for name in HostFiles.names(in: "/") ?? [] where !Self.ownSteps.contains("/" + name) { cover("/" + name) }
    }

    /// Shows one entry of the host at its own place; the directory above it was made by earlier steps.
    private mutating func cover(_ path: String) {
        guard let entry = HostFiles.entry(path) else { return }
        let target = Self.new + path
        switch entry.kind {
        case .link:
            if let leads = HostFiles.link(path) { steps.append(.symlink("root", to: leads, at: target)) }
        case .directory: coverDirectory(path, entry)
        case .file: coverFile(path, entry)
        case .other: break
        }
    }

    private mutating func coverDirectory(_ path: String, _ entry: HostFiles.Entry) {
        let target = Self.new + path
        steps.append(.directory("root", target, mode: entry.mode))
        own(target, entry)
        if let type = table.type(at: path), Self.pseudo.contains(type) { return }
        if Self.left.contains(path) { return }
        guard let names = HostFiles.names(in: path) else {
            // Closed to this user outside, so it stays closed inside; it may let those through who know a name in it.
            overlay(path, at: path, entry, optional: true)
            return
        }
        if table.hasMounts(below: path) {
            for name in names { cover(path + "/" + name) }
        } else if !names.isEmpty {
            overlay(path, at: path, entry, optional: false)
        }
    }

    private mutating func coverFile(_ path: String, _ entry: HostFiles.Entry) {
        let target = Self.new + path
        // What is mounted on a file belongs to the host's machinery (a container's hosts file): its content is enough.
        if entry.size <= Self.copied, let bytes = HostFiles.read(path) {
            steps.append(.write("root", bytes, to: target, mode: entry.mode))
            own(target, entry)
        } else {
            steps.append(.touch("root", target))
            steps.append(SetupStep.bind("root", Self.host + path, on: target, readOnly: true).ifPossible)
        }
    }

    /// Lays an overlay of a directory of the host over a place of the new root that exists.
    mutating func overlay(
        _ source: String, at target: String, _ entry: HostFiles.Entry, stage: String = "root", optional: Bool = false
    ) {
        count += 1
        let upper = "/u\(count)"
        let work = "/w\(count)"
        steps.append(.directory(stage, upper, mode: entry.mode))
        own(upper, entry)
        steps.append(.directory(stage, work))
        let step = SetupStep.overlay(
            stage, lower: Self.host + source, on: Self.new + target,
            options: "lowerdir=.,upperdir=\(upper),workdir=\(work),userxattr")
        steps.append(optional ? step.ifPossible : stage == "root" ? step.ifPresent : step)
        layers[target] = count
    }

    private mutating func own(_ path: String, _ entry: HostFiles.Entry) {
        guard identity.isFull, entry.uid != 0 || entry.gid != 0 else { return }
        steps.append(SetupStep.owner("root", path, uid: entry.uid, gid: entry.gid).ifPossible)
    }

    /// Makes a directory writable for an ordinary user, who cannot copy up what others own.
    ///
    /// The overlay's own top directory is the user's, so it is laid as high as the user's own directories go.
    mutating func makeWritable(_ path: String, for uid: UInt32) {
        guard !identity.isFull, let real = HostFiles.resolved(path) else { return }
        let above = HostFiles.ancestors(of: real)
        guard let entry = HostFiles.entry(real), entry.kind == .directory else { return }
        var top = real
        for ancestor in above.dropFirst() {
            if layers[ancestor] != nil {
                // All between the layer's top, which is the user's inside, and here can be copied up.
                if isOwn(top, uid) { return }
                break
            }
            guard isOwn(ancestor, uid) else { break }
            top = ancestor
        }
        guard layers[top] == nil else { return }
        guard !Self.ownSteps.contains(where: { top == $0 || top.hasPrefix($0 + "/") }) else { return }
        overlay(top, at: top, HostFiles.entry(top) ?? entry, stage: "writable", optional: true)
    }

    private func isOwn(_ path: String, _ uid: UInt32) -> Bool {
        HostFiles.entry(path).map { $0.uid == uid && $0.gid == getegid() } ?? false
    }

    /// Shows other code over the recorded code.
    mutating func replace(_ replacement: SandboxSpec.Replacement) throws(SandboxError) {
        guard let source = HostFiles.resolved(replacement.source), let entry = HostFiles.entry(source) else {
            throw SandboxError(
                stage: "code", subject: replacement.source, errno: 2, remedy: "Give a directory that exists.")
        }
        var target = replacement.target
        var rest: [String] = []
        for ancestor in HostFiles.ancestors(of: target) {
            if let real = HostFiles.resolved(ancestor) {
                target = ([real] + rest.reversed()).joined(separator: "/")
                break
            }
            rest.append(String(ancestor[ancestor.index(after: ancestor.lastIndex(of: "/")!)...]))
        }
        steps.append(.directories("code", Self.new + target))
        overlay(source, at: target, entry, stage: "code")
    }
}

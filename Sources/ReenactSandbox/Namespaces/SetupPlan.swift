import Glibc

/// All steps of a sandbox's set-up, in order, made from what the host looks like now.
struct SetupPlan {
    /// Where the first root is seen from the second.
    private static let old = "/.reenact"

    static func steps(_ spec: SandboxSpec, identity: IdentityMap, groupLimits: Bool) throws(SandboxError) -> [SetupStep]
    {
        let uid = spec.user?.uid ?? geteuid()
        let table = MountTable(HostFiles.text("/proc/self/mountinfo"))
        var layout = RootLayout(table: table, identity: identity)
        layout.coverRoot()
        for path in spec.writable + ["/tmp", "/var/tmp"] { layout.makeWritable(path, for: uid) }
        for replacement in spec.replacements { try layout.replace(replacement) }

        var steps = base(writtenBytes: spec.limits.writtenBytes)
        steps += layout.steps
        steps += devices + kernelFiles + runDirectory(identity: identity, uid: uid)
        steps.append(.directory("root", RootLayout.new + old, mode: 0o700))
        steps.append(.pivot("root", to: RootLayout.new, old: RootLayout.new + old))
        steps += closed(spec)
        steps += shown(spec, uid: uid)
        steps.append(.detach("root", old))
        if !spec.hostName.isEmpty { steps.append(.hostName(String(spec.hostName.prefix(64)))) }
        steps.append(.loopback)
        steps += limits(spec.limits, groupLimits: groupLimits)
        return steps
    }

    /// A memory file system of our own with the host's root inside, as bubblewrap does it.
    private static func base(writtenBytes: Int) -> [SetupStep] {
        [
            .mount("root", "none", on: "/", type: "", flags: MountFlags.recursive | MountFlags.isPrivate),
            .mount(
                "root", "reenact", on: "/tmp", type: "tmpfs", flags: MountFlags.noSetUser | MountFlags.noDevices,
                data: "mode=0755,size=\(writtenBytes)"),
            .directory("root", "/tmp" + RootLayout.host),
            .directory("root", "/tmp" + RootLayout.new),
            .pivot("root", to: "/tmp", old: "/tmp" + RootLayout.host),
            .bind("root", RootLayout.new, on: RootLayout.new),
        ]
    }

    private static var devices: [SetupStep] {
        let dev = RootLayout.new + "/dev"
        var steps: [SetupStep] = [
            .directory("devices", dev),
            .mount(
                "devices", "reenact", on: dev, type: "tmpfs", flags: MountFlags.noSetUser, data: "mode=0755,size=1m"),
        ]
        for name in ["null", "zero", "full", "random", "urandom", "tty"] {
            steps.append(.touch("devices", "\(dev)/\(name)", mode: 0o666))
            let bound = SetupStep.bind("devices", "\(RootLayout.host)/dev/\(name)", on: "\(dev)/\(name)")
            steps.append(name == "tty" ? bound.ifPossible : bound)
        }
        let links = [
            ("/proc/self/fd", "fd"), ("/proc/self/fd/0", "stdin"), ("/proc/self/fd/1", "stdout"),
            ("/proc/self/fd/2", "stderr"), ("pts/ptmx", "ptmx"),
        ]
        for (target, name) in links { steps.append(.symlink("devices", to: target, at: "\(dev)/\(name)")) }
        steps += [
            .directory("devices", dev + "/shm", mode: 0o1777),
            .mount(
                "devices", "reenact", on: dev + "/shm", type: "tmpfs",
                flags: MountFlags.noSetUser | MountFlags.noDevices, data: "mode=1777,size=1g"),
            .directory("devices", dev + "/pts"),
            SetupStep.mount(
                "devices", "devpts", on: dev + "/pts", type: "devpts",
                flags: MountFlags.noSetUser | MountFlags.noExecution, data: "newinstance,ptmxmode=0666,mode=620"
            ).ifPossible,
        ]
        return steps
    }

    /// `/proc` of the new pid namespace, `/sys` of the new network namespace.
    private static var kernelFiles: [SetupStep] {
        let careful = MountFlags.noSetUser | MountFlags.noDevices | MountFlags.noExecution
        return [
            .directory("proc", RootLayout.new + "/proc", mode: 0o555),
            .mount("proc", "proc", on: RootLayout.new + "/proc", type: "proc", flags: careful),
            .directory("sys", RootLayout.new + "/sys", mode: 0o555),
            SetupStep.mount(
                "sys", "sysfs", on: RootLayout.new + "/sys", type: "sysfs", flags: careful | MountFlags.readOnly
            ).ifPossible,
        ]
    }

    /// A new `/run` with the directories of the host's, and nothing in them: it is where services put their sockets.
    private static func runDirectory(identity: IdentityMap, uid: UInt32) -> [SetupStep] {
        let run = RootLayout.new + "/run"
        var steps: [SetupStep] = [
            .directory("run", run),
            .mount(
                "run", "reenact", on: run, type: "tmpfs", flags: MountFlags.noSetUser | MountFlags.noDevices,
                data: "mode=0755,size=1g"),
        ]
        var directories: [String] = []
        for name in HostFiles.names(in: "/run") ?? [] {
            directories.append("/run/" + name)
            directories += (HostFiles.names(in: "/run/" + name) ?? []).map { "/run/\(name)/\($0)" }
        }
        for path in directories.prefix(300) {
            guard let entry = HostFiles.entry(path) else { continue }
            if entry.kind == .link, let leads = HostFiles.link(path) {
                steps.append(SetupStep.symlink("run", to: leads, at: RootLayout.new + path).ifPossible)
            }
            guard entry.kind == .directory else { continue }
            steps.append(SetupStep.directory("run", RootLayout.new + path, mode: entry.mode).ifPossible)
            if identity.isFull, entry.uid != 0 || entry.gid != 0 {
                steps.append(
                    SetupStep.owner("run", RootLayout.new + path, uid: entry.uid, gid: entry.gid).ifPossible)
            }
        }
        steps.append(.directory("run", run + "/reenact"))
        return steps
    }

    /// What must not be seen, and ways out.
    private static func closed(_ spec: SandboxSpec) -> [SetupStep] {
        var steps: [SetupStep] = [.touch("secrets", old + "/empty", mode: 0o444)]
        for path in SandboxSecrets.present(extra: spec.hidden) {
            // Below a directory that shows another's files it is those that count; what is not there hides nothing.
            guard let entry = HostFiles.entry(shownPlace(of: path, spec)) else { continue }
            steps.append(
                entry.kind == .directory
                    ? .mount(
                        "secrets", "reenact", on: path, type: "tmpfs",
                        flags: MountFlags.readOnly | MountFlags.noSetUser | MountFlags.noDevices,
                        data: "mode=0755,size=4k")
                    : .bind("secrets", old + "/empty", on: path, readOnly: true))
        }
        for path in SandboxSecrets.sockets(HostFiles.read("/proc/net/unix") ?? []) {
            steps.append(.hideSocket(path, cover: old + "/empty"))
        }
        return steps
    }

    /// The host's place of what the sandbox has under that path.
    private static func shownPlace(of path: String, _ spec: SandboxSpec) -> String {
        let over = spec.replacements.filter { replacement in
            let target = HostFiles.resolved(replacement.target) ?? replacement.target
            return path.hasPrefix(target + "/")
        }.max { $0.target.utf8.count < $1.target.utf8.count }
        guard let over else { return path }
        return over.source + path.dropFirst((HostFiles.resolved(over.target) ?? over.target).count)
    }

    /// Files and directories that the sandbox is given.
    private static func shown(_ spec: SandboxSpec, uid: UInt32) -> [SetupStep] {
        var steps: [SetupStep] = []
        for bind in spec.binds {
            let source = old + RootLayout.host + (HostFiles.resolved(bind.source) ?? bind.source)
            if HostFiles.entry(HostFiles.resolved(bind.source) ?? bind.source)?.kind == .directory {
                steps.append(.directories("bind", bind.target))
            } else {
                steps.append(.directories("bind", parent(bind.target)))
                steps.append(.touch("bind", bind.target))
            }
            steps.append(.bind("bind", source, on: bind.target, readOnly: true))
        }
        var files = spec.files
        for path in ["/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf"]
        where !files.contains(where: { $0.path == path }) {
            files.append(.init(path: path, bytes: HostFiles.read(path) ?? []))
        }
        for (index, file) in files.enumerated() {
            steps.append(SetupStep.directories("files", parent(file.path)).ifPossible)
            let isOwn = file.path.hasPrefix("/run/")
            let place = isOwn ? file.path : "\(old)/f\(index)"
            steps.append(.write("files", file.bytes, to: place, mode: file.mode))
            if let user = spec.user { steps.append(.owner("files", place, uid: user.uid, gid: user.gid)) }
            guard !isOwn else { continue }
            steps.append(SetupStep.touch("files", file.path).ifPossible)
            steps.append(.bind("files", place, on: file.path))
        }
        return steps
    }

    private static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    private static func limits(_ limits: SandboxSpec.Limits, groupLimits: Bool) -> [SetupStep] {
        var steps: [SetupStep] = [
            .limit("core", Int(RLIMIT_CORE.rawValue), to: 0),
            .limit("nproc", Int(__RLIMIT_NPROC.rawValue), to: UInt64(limits.processes)),
            .limit("fsize", Int(RLIMIT_FSIZE.rawValue), to: UInt64(max(limits.writtenBytes, 16 << 30))),
        ]
        // Per process, so it is the weaker limit: for machines where no control group can be made.
        if !groupLimits { steps.append(.limit("data", Int(RLIMIT_DATA.rawValue), to: UInt64(limits.memoryBytes))) }
        return steps
    }
}

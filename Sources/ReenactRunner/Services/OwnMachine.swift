import CLinux
import Glibc
import ReenactLinux
import ReenactStubs

/// A machine of its own for one service of a group: network, host name, `/etc`, code.
enum OwnMachine {
    /// Why this is no service's place in a sandbox of ours; nil where it is one.
    ///
    /// Like `Network.refusal`: a plan must not be believed alone. Only a runner that is the first process of its name
    /// space starts services, and there is no device but loopback in it.
    static func refusal(
        parent: pid_t = getppid(), first: String? = link("/proc/1/exe"), own: String? = link("/proc/self/exe"),
        devices: String = FileBytes.text("/proc/net/dev")
    ) -> String? {
        guard parent == 1, let first, first == own else {
            return "the plan is for a service in a sandbox, and no runner is the first process here"
        }
        return Network.refusal(pid: 1, devices: devices)
    }

    /// Leaves the sandbox's common machine. The working files lie in `directory`.
    static func enter(_ part: Plan.Part, directory: PrivateDirectory) throws(AttemptFailure) {
        try attempt("have a machine of its own", rn_own_machine())
        if !part.hostName.isEmpty { try attempt("be named \(part.hostName)", rn_set_host_name(part.hostName)) }
        // What the network's set-up writes there is this service's own affair.
        for path in ["/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf"] {
            let copy = directory.path(String(path.dropFirst(5)))
            do { try FileBytes.write(Array(FileBytes.text(path).utf8), to: copy, mode: 0o644) } catch {
                throw AttemptFailure(stage: "network", reason: "\(error)")
            }
            try attempt("have \(path) of its own", rn_show_over(copy, path))
        }
        for mount in part.mounts {
            Directories.make(parentOf: mount.target + "/")
            try attempt("show \(mount.source) as \(mount.target)", rn_show_over(mount.source, mount.target))
        }
    }

    private static func attempt(_ what: String, _ error: Int32) throws(AttemptFailure) {
        guard error != 0 else { return }
        throw AttemptFailure(stage: "network", reason: "the service can't \(what): \(LinuxError.text(of: error))")
    }

    /// What a link of /proc leads to.
    private static func link(_ path: String) -> String? {
        var text = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &text, text.count)
        return count > 0 ? String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }
}

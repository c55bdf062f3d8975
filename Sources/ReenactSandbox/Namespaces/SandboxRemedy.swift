import Glibc

/// What a person can do where the kernel does not allow a sandbox.
enum SandboxRemedy {
    private static let container =
        "In a container, start it with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined "
        + "--security-opt systempaths=unconfined`, or with `--privileged`."

    /// The namespaces themselves were refused.
    static func clone(_ error: Int32) -> SandboxError {
        var remedy = container
        if number("/proc/sys/user/max_user_namespaces") == 0 {
            remedy = "User namespaces are switched off: `sysctl -w user.max_user_namespaces=15000` as root."
        } else if number("/proc/sys/kernel/unprivileged_userns_clone") == 0 {
            remedy = "Allow user namespaces: `sysctl -w kernel.unprivileged_userns_clone=1` as root."
        } else if error == ENOSPC || error == EUSERS {
            remedy = "Too many namespaces: raise user.max_user_namespaces with sysctl, as root."
        } else if error == EAGAIN || error == ENOMEM {
            remedy = "The machine is out of processes or memory."
        } else if error == ENOSYS {
            remedy = "Linux 5.11 or later is needed. \(container)"
        }
        return SandboxError(stage: "new namespaces", subject: "clone3", errno: error, remedy: remedy)
    }

    /// A step of the set-up was refused.
    static func step(_ step: SetupStep, _ error: Int32) -> SandboxError {
        var remedy = ""
        if error == EPERM || error == EACCES {
            remedy = container
            if number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1 {
                remedy =
                    "AppArmor restricts user namespaces: "
                    + "`sysctl -w kernel.apparmor_restrict_unprivileged_userns=0` as root."
            }
        }
        if error == ENODEV { remedy = "The kernel has no such file system: `modprobe overlay` as root." }
        if error == ENOSPC {
            remedy = "What is written inside is limited; the files that were to be put there are larger."
        }
        return SandboxError(stage: step.stage, subject: step.subject, errno: error, remedy: remedy)
    }

    private static func number(_ path: String) -> Int? {
        Int(HostFiles.text(path).filter { $0 != "\n" })
    }
}

import Glibc
import ReenactLinux

/// Process identifiers: programs put theirs into names, messages and questions.
enum ProcessNumber {
    /// Makes the next process of this namespace one of that number, where it is free and the kernel knows the file
    /// (CONFIG_CHECKPOINT_RESTORE). Source: Linux, Documentation/admin-guide/sysctl/kernel.rst, ns_last_pid
    static func next(_ number: Int32) {
        guard number > 1 else { return }
        try? FileBytes.write(Array("\(number - 1)".utf8), to: "/proc/sys/kernel/ns_last_pid")
    }
}

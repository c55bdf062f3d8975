/// What `waitpid` says of a task.
struct WaitStatus: Equatable, Sendable {
    var raw: Int32

    var exitCode: Int32? { raw & 0x7f == 0 ? (raw >> 8) & 0xff : nil }
    var fatalSignal: Int32? { raw & 0x7f != 0 && raw & 0x7f != 0x7f ? raw & 0x7f : nil }
    var isGone: Bool { raw & 0x7f != 0x7f }
    /// The signal of a stop, without the mark of a system call.
    var signal: Int32 { (raw >> 8) & 0x7f }
    var isCall: Bool { raw & 0xff == 0x7f && raw >> 8 == (5 | 0x80) }
    /// A ptrace event's number; 0 for none.
    var event: Int32 { isGone ? 0 : raw >> 16 & 0xffff }
}

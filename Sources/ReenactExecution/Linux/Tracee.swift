import CTrace
import Glibc

/// One stopped task, by its kernel id. Only the thread that traces it may use this.
struct Tracee: Sendable, Hashable {
    var tid: Int32

    func registers() throws -> Registers {
        var registers = Registers()
        guard ct_get_registers(tid, &registers.raw) == 0 else { throw lost("its registers") }
        return registers
    }

    func set(_ registers: Registers) throws {
        guard withUnsafePointer(to: registers.raw, { ct_set_registers(tid, $0) }) == 0 else {
            throw lost("setting its registers")
        }
    }

    /// Floating point and vector state, as `PTRACE_GETREGSET` has it.
    func extended() throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 16384)
        var size = bytes.count
        guard ct_get_extended(tid, &bytes, &size) == 0 else { throw lost("its vector registers") }
        return Array(bytes.prefix(size))
    }

    func set(extended: [UInt8]) throws {
        guard ct_set_extended(tid, extended, extended.count) == 0 else { throw lost("setting its vector registers") }
    }

    func signalInformation() throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 128)
        guard ct_get_siginfo(tid, &bytes) == 0 else { throw lost("its signal") }
        return bytes
    }

    func set(signalInformation: [UInt8]) throws {
        guard ct_set_siginfo(tid, signalInformation) == 0 else { throw lost("setting its signal") }
    }

    func eventMessage() throws -> UInt {
        var message: UInt = 0
        guard ct_event_message(tid, &message) == 0 else { throw lost("its event") }
        return message
    }

    /// Lets it go on; false where it is gone.
    @discardableResult
    func resume(_ request: UInt32, signal: Int32 = 0) -> Bool { ct_resume(Int32(request), tid, signal) == 0 }

    @discardableResult
    func resume(_ request: Int, signal: Int32 = 0) -> Bool { ct_resume(Int32(request), tid, signal) == 0 }

    /// Waits for this one.
    func wait() throws -> WaitStatus {
        var status: Int32 = 0
        while true {
            let found = ct_wait(tid, &status, 0)
            if found == tid { return WaitStatus(raw: status) }
            guard found < 0, errno == EINTR else { throw lost("waiting for it") }
        }
    }

    /// The letter of its state in /proc: R, S, D, Z, t; nil where it is gone.
    func state() -> Character? {
        guard let text = ProcFile.read("/proc/\(tid)/stat"), let end = text.lastIndex(of: UInt8(ascii: ")")),
            end + 2 < text.count
        else { return nil }
        return Character(UnicodeScalar(text[end + 2]))
    }

    private func lost(_ what: String) -> any Error {
        if errno == ESRCH { return TaskGone() }
        return ExecutionError(
            .refused, "task \(tid): \(what): \(String(cString: strerror(errno))); was it killed from outside?")
    }
}

/// The task was killed while it was looked at: its end is the next thing that is heard of it.
struct TaskGone: Error {}

/// Small files of /proc.
enum ProcFile {
    static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var result: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = Glibc.read(descriptor, &room, room.count)
            guard count > 0 else { break }
            result.append(contentsOf: room.prefix(count))
        }
        return result
    }

    static func text(_ path: String) -> String? { read(path).map { String(decoding: $0, as: UTF8.self) } }
}

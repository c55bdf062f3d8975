import CTrace
import Glibc

/// The pages that the tracer shares with the capsules of all processes it records or replays.
final class CallBuffer {
    let descriptor: Int32
    let control: UnsafeMutablePointer<ct_control>
    /// Bytes and calls that are events already, while a task stands inside the capsule: what that is writing stands
    /// behind them, and it knows where.
    var taken = (bytes: 0, calls: 0)

    init?() {
        descriptor = ct_memfd("reenact-calls")
        guard descriptor >= 0, let shared = ct_shared_map(descriptor) else {
            if descriptor >= 0 { close(descriptor) }
            return nil
        }
        control = shared
        control.pointee.mark = UInt64.random(in: 1 ... .max)
        control.pointee.reads_thread_pointer = ct_reads_thread_pointer() != 0 ? 1 : 0
        control.pointee.limit = UInt64(ct_capsule_buffer_size)
        control.pointee.most = .max
    }

    deinit {
        munmap(control, Int(ct_capsule_shared_size))
        close(descriptor)
    }

    var bytes: UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(control) + Int(ct_capsule_buffer) - Int(ct_capsule_shared)
    }

    var classes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            start: UnsafeMutableRawPointer(control) + MemoryLayout<ct_control>.offset(of: \.classes)!,
            count: Int(ct_descriptors))
    }

    /// How each call is treated: what the tables say of its outputs, if it is among those that can be buffered.
    func setShapes() {
        for (number, shape) in BufferedCalls.shapes { shapes[number] = shape }
    }

    /// By number; those that are not buffered are traced.
    var shapes: UnsafeMutablePointer<ct_shape> {
        (UnsafeMutableRawPointer(control) + MemoryLayout<ct_control>.offset(of: \.shapes)!)
            .assumingMemoryBound(to: ct_shape.self)
    }

    /// Maps the pages in a stopped task, whose capsule is in place.
    func map(into tracee: Tracee, _ memory: ProcessMemory) throws -> Bool {
        try memory.write(Capsule.scratch, Array("/proc/\(getpid())/fd/\(descriptor)".utf8) + [0])
        let injection = Injection(tracee: tracee)
        // O_RDWR, O_NONBLOCK, O_NOCTTY: should the name mean something else there.
        let opened = try injection.call(257, [UInt64(bitPattern: -100), Capsule.scratch, 0x902])
        guard opened >= 0 else { return false }
        let place = try injection.call(
            9, [UInt64(ct_capsule_shared), UInt64(ct_capsule_shared_size), 3, 0x10_0001, UInt64(opened), 0])
        _ = try injection.call(3, [UInt64(opened)])
        guard place == Int64(ct_capsule_shared) else { return false }
        // In a namespace of processes of its own the name may be that of another file.
        if memory.word(UInt64(ct_capsule_shared)) == control.pointee.mark { return true }
        _ = try injection.call(11, [UInt64(ct_capsule_shared), UInt64(ct_capsule_shared_size)])
        return false
    }
}

/// A seccomp filter that the recorder itself runs under, as in a container.
enum OuterFilter {
    static var isPresent: Bool {
        guard let text = ProcFile.text("/proc/self/status"),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Seccomp:") })
        else { return false }
        return line.contains("2")
    }
}

/// One call in the buffer.
struct BufferedRecord {
    let place: UnsafeMutableRawPointer

    /// Makes registers those of the call's entry, as a traced call has them; what the capsule does not write down,
    /// segments, stays.
    @inline(__always)
    func enter(_ registers: inout Registers, hasThreadPointer: Bool) {
        let record = place.assumingMemoryBound(to: ct_record.self)
        let saved = UnsafeRawPointer(place).advanced(by: MemoryLayout<ct_record>.offset(of: \.registers)!)
            .assumingMemoryBound(to: UInt64.self)
        registers.raw.r15 = saved[0]
        registers.raw.r14 = saved[1]
        registers.raw.r13 = saved[2]
        registers.raw.r12 = saved[3]
        registers.raw.rbp = saved[4]
        registers.raw.rbx = saved[5]
        registers.raw.r10 = saved[6]
        registers.raw.r9 = saved[7]
        registers.raw.r8 = saved[8]
        registers.raw.rdx = saved[9]
        registers.raw.rsi = saved[10]
        registers.raw.rdi = saved[11]
        registers.raw.rax = UInt64(bitPattern: -38)
        registers.raw.orig_rax = UInt64(record.pointee.call)
        registers.raw.rip = record.pointee.instruction
        registers.raw.rcx = record.pointee.instruction
        registers.raw.r11 = record.pointee.flags
        registers.raw.eflags = record.pointee.flags
        registers.raw.rsp = record.pointee.stack
        if hasThreadPointer { registers.raw.fs_base = record.pointee.thread_pointer }
    }

    /// What stands behind the registers: bytes that the kernel wrote, or such that the program handed over.
    struct Output {
        var address: UInt64
        var bytes: UnsafeRawBufferPointer
        var isKept: Bool
    }

    var size: Int { Int(place.load(as: UInt32.self)) }
    /// When it returned, where it may have waited; otherwise 0.
    var time: UInt64 { place.load(fromByteOffset: MemoryLayout<ct_record>.offset(of: \.time)!, as: UInt64.self) }
    var result: Int64 { place.load(fromByteOffset: MemoryLayout<ct_record>.offset(of: \.result)!, as: Int64.self) }

    /// Two at most, in order.
    var outputs: (count: Int, first: Output, second: Output) {
        let none = Output(address: 0, bytes: UnsafeRawBufferPointer(start: nil, count: 0), isKept: false)
        let offset = MemoryLayout<ct_record>.offset(of: \.outputs)!
        let count = Int(place.load(fromByteOffset: offset, as: UInt32.self))
        guard count > 0 else { return (0, none, none) }
        let first = output(place + MemoryLayout<ct_record>.size)
        guard count > 1 else { return (1, first, none) }
        let length = MemoryLayout<ct_record>.size + 16 + (first.bytes.count + 7) / 8 * 8
        return (2, first, output(place + length))
    }

    private func output(_ at: UnsafeMutableRawPointer) -> Output {
        let length = (at + 8).load(as: UInt64.self)
        let bytes = UnsafeRawBufferPointer(start: at + 16, count: Int(length & ~BufferedRecord.kept))
        return Output(
            address: at.load(as: UInt64.self), bytes: bytes, isKept: length & BufferedRecord.kept != 0)
    }

    /// CT_KEPT, which Swift does not see.
    static let kept: UInt64 = 1 << 63
}

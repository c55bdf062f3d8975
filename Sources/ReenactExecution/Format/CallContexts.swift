import Glibc

/// What calls from one place, at one depth of the stack, were like the last time: the next one from there differs in
/// little. Encoder and decoder keep the same ones, anew in each chunk.
final class CallContexts {
    /// More are not told apart; the calls beyond are written in full.
    static let most = 4096
    /// Outputs that are longer are written in full, always.
    static let wordsMost = 64

    struct Context {
        var registers = Registers()
        var result: Int64 = 0
        var outputs = (Output(), Output())
        /// How many outputs, and in which form.
        var shape: UInt8 = 0
        /// The context of the call that came after it the last time; -1 where none did.
        var next = -1
    }

    struct Output {
        var address: UInt64 = 0
        /// How many words of eight bytes; 0 where there is nothing to compare with.
        var words = 0
    }

    private struct Slot {
        var key: UInt64
        /// One more than it is; 0 where there is none.
        var index: Int
    }

    private(set) var count = 0
    /// The last call's.
    private(set) var lastTask = -1
    private(set) var lastPassed: UInt64 = 0
    private var last = -1
    // Memory that is touched where it is needed only.
    private let list: UnsafeMutablePointer<Context>
    private let words: UnsafeMutablePointer<UInt64>
    private let slots: UnsafeMutablePointer<Slot>
    private static let slotCount = 2 * most

    init() {
        list = .allocate(capacity: CallContexts.most)
        words = .allocate(capacity: CallContexts.most * 2 * CallContexts.wordsMost)
        slots = .allocate(capacity: CallContexts.slotCount)
        memset(slots, 0, CallContexts.slotCount * MemoryLayout<Slot>.stride)
    }

    deinit {
        list.deallocate()
        words.deallocate()
        slots.deallocate()
    }

    func removeAll() {
        memset(slots, 0, CallContexts.slotCount * MemoryLayout<Slot>.stride)
        (count, last, lastTask, lastPassed) = (0, -1, -1, 0)
    }

    /// The one that came after the last call's the last time; -1 where none did.
    var next: Int { last < 0 ? -1 : list[last].next }

    func isNext(_ index: Int) -> Bool { next == index }

    /// A call has been written or read.
    func passed(_ index: Int, _ task: Int, _ nanoseconds: UInt64) {
        if last >= 0 { list[last].next = index }
        (last, lastTask, lastPassed) = (index, task, nanoseconds)
    }

    /// For the encoder: a context's number; that of the next new one where it is not known, nil where there is no room
    /// for more.
    func index(task: Int, _ entry: Registers) -> Int? {
        // Two that are alike in this would only be written less well.
        var key = entry.raw.rip &* 0x9e37_79b9_7f4a_7c15 ^ entry.raw.rsp
        key = (key ^ key >> 31 ^ UInt64(task)) &* 0xff51_afd7_ed55_8ccd ^ entry.raw.orig_rax
        var at = Int((key ^ key >> 33) % UInt64(CallContexts.slotCount))
        while slots[at].index > 0 {
            if slots[at].key == key { return slots[at].index - 1 }
            at = (at + 1) % CallContexts.slotCount
        }
        guard count < CallContexts.most else { return nil }
        slots[at] = Slot(key: key, index: count + 1)
        return count
    }

    /// The next number's.
    func add(_ registers: Registers) {
        precondition(count < CallContexts.most)
        list[count] = Context(registers: registers)
        count += 1
    }

    func context(_ index: Int) -> UnsafeMutablePointer<Context> {
        precondition(index < count)
        return list + index
    }

    /// Room for the words of an output.
    func words(_ index: Int, output: Int) -> UnsafeMutablePointer<UInt64> {
        precondition(index < count && output < 2)
        return words + (2 * index + output) * CallContexts.wordsMost
    }
}

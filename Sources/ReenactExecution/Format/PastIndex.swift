import CTrace
import Glibc

/// Finds a recorded program's earlier bytes again: whole stretches, or pieces of them that follow each other.
///
/// The recorder keeps hashes, not the bytes: those of 64 bits, from a start that each recording draws anew, so that no
/// program can aim at two that are alike. A replay, which has the bytes, compares their checksum.
final class PastIndex {
    /// Of an output: where it stands in the past; nil where it does not.
    struct Part: Equatable {
        var range: Range<Int>
        var position: UInt64?
    }

    /// How far the past goes; nothing is put there.
    let bytes = PastBytes()
    private let seed = UInt64.random(in: 0 ... .max)
    private static let piece = 512
    /// By hash; what comes last stands there.
    private var slots: UnsafeMutablePointer<Slot>?
    private static let slotCount: UInt64 = 1 << 16
    /// Of the stretch that was looked at last: most are kept right afterwards.
    private var hashes: [UInt64] = []

    private struct Slot {
        var hash: UInt64
        /// One more than it is; 0 where there is none.
        var position: UInt64
    }

    deinit { free(slots) }

    /// They become a part of the past.
    func keep(_ new: UnsafeRawBufferPointer) {
        guard let position = bytes.reserve(new.count), let base = new.baseAddress else { return }
        var whole = UInt64(new.count)
        for at in stride(from: 0, to: new.count, by: PastIndex.piece) {
            let size = min(PastIndex.piece, new.count - at)
            let hash = ct_hash(base + at, size, seed)
            whole = PastIndex.mixed(whole, hash)
            if size == PastIndex.piece { set(hash, position + UInt64(at)) }
        }
        set(whole, position)
    }

    /// The bytes in order, each part copied from the past or new.
    func parts(of new: UnsafeRawBufferPointer) -> [Part] {
        guard let base = new.baseAddress, slots != nil else { return [Part(range: 0..<new.count, position: nil)] }
        hashes.removeAll(keepingCapacity: true)
        var whole = UInt64(new.count)
        for at in stride(from: 0, to: new.count, by: PastIndex.piece) {
            let hash = ct_hash(base + at, min(PastIndex.piece, new.count - at), seed)
            whole = PastIndex.mixed(whole, hash)
            hashes.append(hash)
        }
        if let position = find(whole, new.count) { return [Part(range: 0..<new.count, position: position)] }
        var result: [Part] = []
        var written = 0
        var at = 0
        while at + PastIndex.piece <= new.count {
            guard let position = find(hashes[at / PastIndex.piece], PastIndex.piece) else {
                at += PastIndex.piece
                continue
            }
            let end = at + extent(from: at, new.count, position)
            if at > written { result.append(Part(range: written..<at, position: nil)) }
            result.append(Part(range: at..<end, position: position))
            written = end
            at = end
        }
        if written < new.count { result.append(Part(range: written..<new.count, position: nil)) }
        return result
    }

    private static func mixed(_ sum: UInt64, _ hash: UInt64) -> UInt64 {
        (sum ^ hash) &* 0x9e37_79b9_7f4a_7c15 ^ sum >> 29
    }

    private func set(_ hash: UInt64, _ position: UInt64) {
        if slots == nil {
            slots = calloc(Int(PastIndex.slotCount), MemoryLayout<Slot>.stride)?.assumingMemoryBound(to: Slot.self)
        }
        slots?[Int(hash % PastIndex.slotCount)] = Slot(hash: hash, position: position + 1)
    }

    private func find(_ hash: UInt64, _ count: Int) -> UInt64? {
        guard let slot = slots?[Int(hash % PastIndex.slotCount)], slot.position > 0, slot.hash == hash else {
            return nil
        }
        let position = slot.position - 1
        guard bytes.end - position <= PastBytes.reach, position + UInt64(count) <= bytes.end,
            position % PastBytes.span + UInt64(count) <= PastBytes.span
        else { return nil }
        return position
    }

    /// How many bytes from there on are equal: pieces that follow each other there as here.
    private func extent(from at: Int, _ count: Int, _ position: UInt64) -> Int {
        var same = PastIndex.piece
        while at + same + PastIndex.piece <= count,
            position % PastBytes.span + UInt64(same + PastIndex.piece) <= PastBytes.span,
            find(hashes[(at + same) / PastIndex.piece], PastIndex.piece) == position + UInt64(same)
        { same += PastIndex.piece }
        return same
    }
}

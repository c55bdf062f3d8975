import CTrace
import Glibc

/// Finds a recorded program's earlier bytes again: whole stretches, or pieces of them from which a match is extended. What
/// is found was compared byte by byte.
final class PastIndex {
    /// Of an output: where it stands in the past; nil where it does not.
    struct Part: Equatable {
        var range: Range<Int>
        var position: UInt64?
    }

    let bytes = PastBytes()
    private static let piece = 512
    /// By hash; what comes last stands there.
    private var slots: UnsafeMutablePointer<Slot>?
    private static let slotCount: UInt64 = 1 << 16

    private struct Slot {
        var hash: UInt64
        /// One more than it is; 0 where there is none.
        var position: UInt64
    }

    deinit { free(slots) }

    /// They become a part of the past.
    func keep(_ new: UnsafeRawBufferPointer) {
        guard let position = bytes.append(new), let base = new.baseAddress else { return }
        var whole = UInt64(new.count)
        for at in stride(from: 0, to: new.count, by: PastIndex.piece) {
            let size = min(PastIndex.piece, new.count - at)
            let hash = ct_hash(base + at, size, 0)
            whole = PastIndex.mixed(whole, hash)
            if size == PastIndex.piece { set(hash, position + UInt64(at)) }
        }
        set(whole, position)
    }

    /// The bytes in order, each part copied from the past or new.
    func parts(of new: UnsafeRawBufferPointer) -> [Part] {
        guard let base = new.baseAddress, slots != nil else { return [Part(range: 0..<new.count, position: nil)] }
        var hashes: [UInt64] = []
        hashes.reserveCapacity(new.count / PastIndex.piece + 1)
        var whole = UInt64(new.count)
        for at in stride(from: 0, to: new.count, by: PastIndex.piece) {
            let hash = ct_hash(base + at, min(PastIndex.piece, new.count - at), 0)
            whole = PastIndex.mixed(whole, hash)
            hashes.append(hash)
        }
        if let position = find(whole, base, new.count) { return [Part(range: 0..<new.count, position: position)] }
        var result: [Part] = []
        var written = 0
        var at = 0
        while at + PastIndex.piece <= new.count {
            guard let position = find(hashes[at / PastIndex.piece], base + at, PastIndex.piece) else {
                at += PastIndex.piece
                continue
            }
            let end = at + extent(base + at, new.count - at, position)
            if at > written { result.append(Part(range: written..<at, position: nil)) }
            result.append(Part(range: at..<end, position: position))
            written = end
            at = (end + PastIndex.piece - 1) / PastIndex.piece * PastIndex.piece
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

    private func find(_ hash: UInt64, _ wanted: UnsafeRawPointer, _ count: Int) -> UInt64? {
        guard let slot = slots?[Int(hash % PastIndex.slotCount)], slot.position > 0, slot.hash == hash else {
            return nil
        }
        let position = slot.position - 1
        guard bytes.end - position <= PastBytes.reach, position + UInt64(count) <= bytes.end,
            let there = bytes.bytes(at: position, count: count)?.baseAddress, memcmp(there, wanted, count) == 0
        else { return nil }
        return position
    }

    /// How many bytes from there on are equal.
    private func extent(_ wanted: UnsafeRawPointer, _ most: Int, _ position: UInt64) -> Int {
        let limit = min(UInt64(most), bytes.end - position, PastBytes.span - position % PastBytes.span)
        guard let there = bytes.bytes(at: position, count: Int(limit)) else { return PastIndex.piece }
        let here = UnsafeRawBufferPointer(start: wanted, count: Int(limit))
        var same = PastIndex.piece
        while same + 64 <= Int(limit), memcmp(here.baseAddress! + same, there.baseAddress! + same, 64) == 0 {
            same += 64
        }
        while same < Int(limit), here[same] == there[same] { same += 1 }
        return same
    }
}

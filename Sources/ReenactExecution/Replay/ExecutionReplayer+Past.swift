import CTrace

/// Outputs that stand in the recording once, where the program wrote or read them first.
extension ExecutionReplayer {
    /// What an event writes, with what it copies from before; nil where that is not what it was in the recording. What is
    /// new and long becomes a part of the past.
    func recalled(_ effects: Effects) -> [MemoryWrite]? {
        guard effects.remembered == .output else { return effects.writes }
        var result = effects.writes
        for copy in effects.copies {
            guard let bytes = past.bytes(distance: copy.distance, count: copy.count),
                PastBytes.check(bytes) == copy.check
            else { return nil }
            result.append(MemoryWrite(address: copy.address, bytes: Array(bytes)))
        }
        for write in effects.writes where write.bytes.count >= ct_kept_least {
            write.bytes.withUnsafeBytes { _ = past.append($0) }
        }
        return result
    }

    /// A call that was replayed with a stop has handed over bytes to which later events refer.
    func remember(_ task: ReplayedTask, _ entry: Registers, _ result: Int64) {
        let address = entry.argument(1)
        let bytes = traps.masked(address, task.text(address, Int(min(max(result, 0), Int64(ct_kept_most)))))
        bytes.withUnsafeBytes { _ = past.append($0) }
    }

    /// The calls that a replay writes to the buffer ahead, and the past as they make it.
    struct BatchPast {
        /// The past's end before the first call, and after each.
        var ends: [UInt64]
        /// What the capsule copies from the program, by the call that it belongs to.
        var captures: [(call: Int, position: UInt64, count: Int, place: Int)] = []

        init(_ past: PastBytes) { ends = [past.end] }

        /// Whether a copy would be of bytes that are not there yet.
        func awaits(_ copy: MemoryCopy) -> Bool {
            guard let first = captures.first, let end = ends.last, copy.distance <= end else { return false }
            return end - copy.distance + UInt64(copy.count) > first.position
        }
    }

    /// So many calls of the batch have been made.
    func settle(_ batch: BatchPast, _ made: Int, _ buffer: CallBuffer) {
        for capture in batch.captures where capture.call < made {
            past.put(
                UnsafeRawBufferPointer(start: buffer.bytes + capture.place, count: capture.count), at: capture.position)
        }
        past.rewind(to: batch.ends[min(made, batch.ends.count - 1)])
    }
}

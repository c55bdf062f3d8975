import CTrace

/// One number for all memory that a process can write: equal memory gives equal numbers, in recording and replay.
///
/// Pages of zeros count nothing, since a page that was never touched and one that was read are the same to the program.
enum Fingerprint {
    static let pageSize: UInt64 = 4096

    /// - Parameter excluded: addresses of pages that a waiting system call may write to at any moment.
    /// - Parameter hidden: memory of the replay's own.
    static func of(
        _ memory: ProcessMemory, excluding excluded: Set<UInt64> = [], without hidden: Range<UInt64>? = nil
    ) -> UInt64 {
        var sum: UInt64 = 0
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 4096)
        defer { room.deallocate() }
        for region in MemoryMap.of(memory.process) where counts(region) {
            for range in ranges(region, memory) {
                // The kernel may have made one region of it and the program's own beside it.
                for part in parts(of: range, without: hidden) { sum &+= hash(part, memory, room) }
            }
            for page in excluded where page >= region.start && page < region.end {
                sum &-= hash(page..<page + pageSize, memory, room)
            }
        }
        return sum
    }

    static func parts(of range: Range<UInt64>, without hidden: Range<UInt64>?) -> [Range<UInt64>] {
        guard let hidden, hidden.overlaps(range) else { return [range] }
        return [
            range.lowerBound..<max(hidden.lowerBound, range.lowerBound),
            min(hidden.upperBound, range.upperBound)..<range.upperBound,
        ].filter { !$0.isEmpty }
    }

    static func counts(_ region: MemoryRegion) -> Bool {
        region.isWritable && region.isReadable && !region.isKernels && !Capsule.contains(region.start)
    }

    /// What has to be looked at: all of a file's mapping, and those pages of other memory that exist.
    static func ranges(_ region: MemoryRegion, _ memory: ProcessMemory) -> [Range<UInt64>] {
        if region.isFile { return [region.start..<region.end] }
        return memory.present(region.start, region.end) ?? [region.start..<region.end]
    }

    private static func hash(
        _ range: Range<UInt64>, _ memory: ProcessMemory, _ room: UnsafeMutableRawBufferPointer
    ) -> UInt64 {
        var sum: UInt64 = 0
        var at = range.lowerBound
        while at < range.upperBound {
            let count = min(Int(range.upperBound - at), room.count)
            let filled = memory.read(at, into: UnsafeMutableRawBufferPointer(rebasing: room[..<count]))
            sum &+= ct_hash_pages(room.baseAddress!, filled, at)
            guard filled == count else {
                // Past the end of a mapped file: skip the page.
                at = (at + UInt64(filled)) / pageSize * pageSize + pageSize
                continue
            }
            at += UInt64(count)
        }
        return sum
    }
}

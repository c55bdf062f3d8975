/// Pages that system calls under way may write to at any moment: no fingerprint counts them.
enum PagesInFlight {
    /// Memory that a call of a task in another process may write to.
    struct Foreign {
        var process: Int32
        var ranges: [Range<UInt64>]
    }

    /// - Parameter own: memory that calls of the process's own threads may write to.
    static func of(_ process: Int32, own: [Range<UInt64>], foreign: [Foreign]) -> Set<UInt64> {
        var pages = pages(of: own)
        var here: [MemoryRegion]?
        for other in foreign where other.ranges.contains(where: { !$0.isEmpty }) {
            let theirs = MemoryMap.of(other.process).filter { $0.isShared && $0.isFile }
            guard !theirs.isEmpty else { continue }
            let ours = here ?? MemoryMap.of(process).filter { $0.isShared && $0.isFile }
            here = ours
            for page in PagesInFlight.pages(of: other.ranges) {
                guard let region = theirs.first(where: { page >= $0.start && page < $0.end }) else { continue }
                let place = region.offset + (page - region.start)
                for mine in ours where mine.inode == region.inode && mine.device == region.device {
                    guard place >= mine.offset, place - mine.offset < mine.length else { continue }
                    pages.insert(mine.start + (place - mine.offset))
                }
            }
        }
        return pages
    }

    static func pages(of ranges: [Range<UInt64>]) -> Set<UInt64> {
        var pages: Set<UInt64> = []
        for range in ranges where !range.isEmpty {
            var page = range.lowerBound / Fingerprint.pageSize * Fingerprint.pageSize
            let last = min(range.upperBound, range.lowerBound &+ (64 << 20))
            while page < last {
                pages.insert(page)
                page += Fingerprint.pageSize
            }
        }
        return pages
    }
}

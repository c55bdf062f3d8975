import Glibc
import Testing

@testable import ReenactExecution

@Suite struct PastBytesTests {
    /// A recorder's past and a replay's, over two rounds of the ring.
    @Test(arguments: [false, true]) func `what is found in the past is what a replay finds there`(keepsAll: Bool) throws
    {
        let seed = UInt64.random(in: 0 ... .max)
        var random = Random(state: seed)
        let index = PastIndex()
        let replayed = PastBytes()
        if keepsAll { replayed.keepAll() }
        let pool = (0..<40).map { _ in
            (0..<(2000 + random.below(12_000))).map { _ in random.next() }.withUnsafeBytes { Array($0) }
        }
        func keep(_ bytes: UnsafeRawBufferPointer) {
            index.keep(bytes)
            replayed.append(bytes)
        }
        var (copied, fresh) = (0, 0)
        while index.bytes.end < 2 * PastBytes.span {
            let block = pool[random.below(pool.count)]
            // The whole, or from somewhere on; with or without something else before it.
            let start = random.below(3) == 0 ? random.below(block.count / 512) * 512 : 0
            let isStrange = random.below(4) == 0
            let new = (isStrange ? [UInt8](repeating: UInt8(random.below(256)), count: 700) : []) + block[start...]
            if random.below(3) == 0 {
                // Written by the program.
                new.withUnsafeBytes { keep($0) }
            } else {
                let end = index.bytes.end
                try new.withUnsafeBytes { bytes in
                    let parts = index.parts(of: bytes)
                    #expect(parts.map(\.range.count).reduce(0, +) == new.count, "seed \(seed)")
                    for part in parts {
                        guard let position = part.position else {
                            fresh += part.range.count
                            continue
                        }
                        copied += part.range.count
                        let found = replayed.bytes(distance: end - position, count: part.range.count)
                        let there = try #require(found?.baseAddress, "seed \(seed)")
                        let isSame = memcmp(there, bytes.baseAddress! + part.range.lowerBound, part.range.count) == 0
                        #expect(isSame, "seed \(seed)")
                    }
                    for part in parts where part.position == nil {
                        keep(UnsafeRawBufferPointer(rebasing: bytes[part.range]))
                    }
                }
            }
            #expect(index.bytes.end == replayed.end, "seed \(seed)")
        }
        #expect(copied > fresh, "seed \(seed)")
    }

    @Test func `nothing is found that is not there`() {
        let past = PastBytes()
        #expect(past.bytes(distance: 1, count: 1) == nil)
        _ = past.reserve(100)
        #expect(past.bytes(distance: 101, count: 1) == nil)
        #expect(past.bytes(distance: 10, count: 11) == nil)
        #expect(past.bytes(distance: UInt64.max, count: 0) == nil)
        #expect(past.bytes(distance: 10, count: 10) != nil)
        #expect(past.reserve(Int(PastBytes.span) + 1) == nil)
    }
}

import ReenactTimeline
import Testing

@testable import ReenactCapture

struct StreamGapsTests {
    @Test(arguments: 0..<50 as Range<UInt64>)
    func `closing gaps and opening them again leads back to every kept byte`(seed: UInt64) {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var gaps = StreamGaps()
        var isGone = [Bool](repeating: false, count: 200)
        for _ in 0..<random(12) {
            let added = (0..<random(4)).map { _ in
                let start = random(190)
                return StreamRange(offset: start, length: random(10))
            }
            for range in added { for place in range.offset..<range.end { isGone[place] = true } }
            gaps.add(added)
        }
        var kept = 0
        for place in isGone.indices where !isGone[place] {
            #expect(gaps.closed(place) == kept, "seed \(seed), place \(place)")
            #expect(gaps.original(kept) == place, "seed \(seed), place \(place)")
            kept += 1
        }
        let parts = gaps.kept(of: StreamRange(offset: 20, length: 100))
        let expected = (20..<120).filter { !isGone[$0] }
        #expect(parts.flatMap { Array($0.offset..<$0.end) } == expected, "seed \(seed)")
        #expect(gaps.touches(StreamRange(offset: 20, length: 100)) == (expected.count < 100), "seed \(seed)")
    }
}

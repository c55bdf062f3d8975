import Synchronization

/// Chance that can be had again: the seed is in the failure's message.
final class Coin: Sendable {
    struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            // SplitMix64, https://prng.di.unimi.it/splitmix64.c
            state &+= 0x9e37_79b9_7f4a_7c15
            var value = state
            value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
            value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
            return value ^ (value >> 31)
        }
    }

    private let generator: Mutex<Generator>

    init(seed: UInt64) { generator = Mutex(Generator(state: seed)) }

    func toss() -> Bool { generator.withLock { Bool.random(using: &$0) } }
}

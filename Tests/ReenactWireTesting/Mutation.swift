import ReenactTesting

/// Damages bytes: flips, cuts, repeats and inserts, as a hostile or broken peer would.
public func mutated(_ bytes: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...6, using: &generator) {
        guard !bytes.isEmpty else { return bytes }
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert([0, 0x0a, 0x0d, 0x20, 0xff, 0x22, 0x39].randomElement(using: &generator) ?? 0, at: place)
        case 3: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 0...20, using: &generator)))
        case 4: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 16)], at: place)
        default: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &generator)
        }
    }
    return bytes
}

import ReenactWire
import ReenactTesting
import ReenactWireTesting
import Testing

@testable import ReenactHTTP

struct HTTPFuzzTests {
    @Test(arguments: 1...4)
    func `damaged bytes never trap, and nothing ends that did not begin`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        for round in 0..<1500 {
            guard let (name, original) = Transcripts.all.randomElement(using: &generator) else { return }
            var dialogue = original
            for index in dialogue.lines.indices {
                switch dialogue.lines[index] {
                case .client(let bytes) where Bool.random(using: &generator):
                    dialogue.lines[index] = .client(mutated(bytes, using: &generator))
                case .server(let bytes) where Bool.random(using: &generator):
                    dialogue.lines[index] = .server(mutated(bytes, using: &generator))
                default: break
                }
            }
            if Bool.random(using: &generator) { dialogue.lines.shuffle(using: &generator) }
            let whole = dialogue.exchanges(HTTP.recorder())
            let cut = Dialogue.Cut.random(seed: UInt64(round))
            #expect(!whole.ended.contains { $0.ordinal < 0 }, "seed \(seed), round \(round), \(name)")
            if whole.failure == nil {
                #expect(
                    dialogue.exchanges(HTTP.recorder(), cut: cut).ended == whole.ended,
                    "seed \(seed), round \(round), \(name)")
            }
            var play = Play(HTTP.stub(), dialogue.recorded(HTTP.recorder()))
            for segment in dialogue.connection().segments where segment.side == .client {
                play.send(segment.bytes, cut: cut)
            }
        }
    }

    @Test(arguments: 1...2)
    func `damaged JSON, forms and values never trap`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let samples = [
            "{\"a\":[1,2.50,-3e-7,{\"b\":\"\\ud83d\\ude00\\u00e9\\n\"}],\"password\":\"x\\\\\",\"t\":true,\"n\":null}",
            "[1700000000,\"2026-11-21T08:15:02Z\",\"6f1c1d1e-0000-4000-8000-000000000001\",1e999999999999]",
            "a=1&password=%41%zz&b=+&=&&x", "4111 1111 1111 1111 5555-5555-5555-4444",
        ]
        for _ in 0..<5000 {
            let bytes = mutated(Array((samples.randomElement(using: &generator) ?? "").utf8), using: &generator)
            if let json = CanonicalJSON(bytes) {
                // Canonical text is a fixed point.
                let once = json.bytes
                #expect(CanonicalJSON(once).map { $0.bytes } ?? once == once, "seed \(seed): \(bytes)")
            }
            JSONFields.forEach(in: bytes) { _, range in _ = bytes[range] }
            _ = CardNumbers.ranges(in: bytes)
            _ = FormPairs(bytes, in: bytes.indices).canonicalWithoutVolatile(byName: true)
        }
        #expect(CanonicalJSON(Array(repeating: UInt8(ascii: "["), count: 65_536)) == nil)
    }
}

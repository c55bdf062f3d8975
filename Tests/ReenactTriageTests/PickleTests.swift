import ReenactTimeline
import Testing

@testable import ReenactTriage

struct PickleTests {
    /// Written by CPython's `pickle.dumps`, protocols 0, 2 and 4.
    @Test(arguments: [
        #"(lp0\nI1\naNaVx\np1\na."#, "\\x80\\x02]q\\x00(K\\x01NX\\x01\\x00\\x00\\x00xq\\x01e.",
        "\\x80\\x04\\x95\\x0b\\x00\\x00\\x00\\x00\\x00\\x00\\x00]\\x94(K\\x01N\\x8c\\x01x\\x94e.",
    ])
    func `the protocols of Python give the same list`(text: String) throws {
        let bytes = Self.bytes(text)
        #expect(Pickle.parse(bytes) == [1, nil, "x"])
    }

    @Test func `a job's call is read as data`() {
        // ('jobs.send', None, (47, -1), {'retry': False}), protocol 4
        let text =
            "\\x80\\x04\\x95\\x29\\x00\\x00\\x00\\x00\\x00\\x00\\x00(\\x8c\\x09jobs.send\\x94NK/J\\xff\\xff\\xff\\xff\\x86\\x94}\\x94\\x8c\\x05retry\\x94\\x89st\\x94."
        #expect(PackedText.document(text) == ["jobs.send", nil, [47, -1], ["retry": false]])
    }

    @Test func `an object keeps its class and members, and nothing is called`() {
        // copyreg of protocol 2: class A, state {'n': 3}
        let text = "\\x80\\x02c__main__\\nA\\nq\\x00)\\x81q\\x01}q\\x02X\\x01\\x00\\x00\\x00nq\\x03K\\x03sb."
        #expect(Pickle.parse(Self.bytes(text)) == ["class": "__main__.A", "n": 3])
        let harm = "cos\\nsystem\\n(S'true'\\ntR."
        #expect(Pickle.parse(Self.bytes(harm)) == ["class": "os.system", "arguments": ["true"]])
    }

    @Test func `a list that holds itself ends`() {
        #expect(Pickle.parse(Self.bytes("\\x80\\x02]q\\x00h\\x00a.")) != nil)
    }

    @Test func `a list of very many single appends is read in its own length`() {
        var bytes: [UInt8] = [0x80, 2, 0x5d]
        for _ in 0..<300_000 { bytes += [0x4b, 1, 0x61] }
        bytes.append(UInt8(ascii: "."))
        #expect(Pickle.parse(bytes)?.array?.count == 300_000)
    }

    @Test func `damaged bytes give nothing, and never a trap`() {
        let whole = Self.bytes(
            "\\x80\\x04\\x95\\x29\\x00\\x00\\x00\\x00\\x00\\x00\\x00(\\x8c\\x09jobs.send\\x94NK/J\\xff\\xff\\xff\\xff\\x86\\x94}\\x94\\x8c\\x05retry\\x94\\x89st\\x94."
        )
        for place in whole.indices {
            for byte in UInt8.min...UInt8.max {
                var damaged = whole
                damaged[place] = byte
                _ = Pickle.parse(damaged)
            }
            _ = Pickle.parse(Array(whole[..<place]) + [UInt8(ascii: ".")])
        }
    }

    /// `\x..` and `\n` as Python shows them.
    private static func bytes(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "x") {
                bytes.append(UInt8(String(decoding: rest.dropFirst().prefix(2), as: UTF8.self), radix: 16)!)
                rest = rest.dropFirst(3)
            } else if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "n") {
                bytes.append(0x0a)
                rest = rest.dropFirst()
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}

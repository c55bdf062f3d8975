import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactReproduction

struct PickleTests {
    /// `pickle.dumps(('jobs.invoice', None, (12, {'address': {'street': None, 'zip': '1'}}), {}))`
    private let job: [UInt8] =
        [0x80, 4, 0x95, 63, 0, 0, 0, 0, 0, 0, 0] + Array("(".utf8) + [0x8C, 12] + Array("jobs.invoice".utf8)
        + [0x94] + Array("NK".utf8) + [12] + Array("}".utf8) + [0x94, 0x8C, 7] + Array("address".utf8) + [0x94]
        + Array("}".utf8) + [0x94] + Array("(".utf8) + [0x8C, 6] + Array("street".utf8) + [0x94] + Array("N".utf8)
        + [0x8C, 3] + Array("zip".utf8) + [0x94, 0x8C, 1] + Array("1".utf8) + [0x94] + Array("us".utf8)
        + [0x86, 0x94] + Array("}".utf8) + [0x94] + Array("t".utf8) + [0x94] + Array(".".utf8)

    @Test func `arguments are read, exchanged, and read again`() throws {
        let pickle = try #require(Pickle(job))
        #expect(pickle.document == ["jobs.invoice", .null, [12, ["address": ["street": .null, "zip": "1"]]], [:]])
        let path: [AnswerEdit.Step] = [.index(2), .index(1), .key("address"), .key("street")]
        for value in ["Main Street", 7, .number(1.5), true, ["a": [1, .null]]] as [JSONValue] {
            let changed = try #require(pickle.replacing(path, by: value))
            let again = try #require(Pickle(changed))
            #expect(AnswerEdit.value(at: path, in: again.document) == value)
            // The frame is as long as what is in it.
            #expect(changed.count == 11 + Int(changed[3]) && again.document != pickle.document)
        }
    }

    @Test func `what is a container, opaque or not there stays`() throws {
        let pickle = try #require(Pickle(job))
        #expect(pickle.replacing([.index(2)], by: 1) == nil)
        #expect(pickle.replacing([.index(9)], by: 1) == nil)
        #expect(pickle.replacing([], by: 1) == nil)
    }

    @Test func `damaged ones are nothing, and never trap`() {
        for count in 0..<job.count { #expect(Pickle(Array(job.prefix(count))) == nil) }
        for place in job.indices {
            for byte: UInt8 in [0, 40, 46, 117, 0x94, 255] {
                var damaged = job
                damaged[place] = byte
                _ = Pickle(damaged)?.document
            }
        }
    }

    @Test func `bytes that are not packed stand in zlib's container`() {
        // zlib.compress(b"abc", 0)
        #expect(StoredZlib.packed(Array("abc".utf8)) == [0x78, 1, 1, 3, 0, 0xFC, 0xFF, 97, 98, 99, 2, 0x4D, 1, 0x27])
        #expect(StoredZlib.packed([UInt8](repeating: 1, count: 70000)).count == 70000 + 2 + 10 + 4)
    }
}

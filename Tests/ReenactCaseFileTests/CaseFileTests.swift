import ReenactSamples
import ReenactTimeline
import Testing

@testable import ReenactCaseFile

struct CaseFileTests {
    @Test(arguments: [Samples.ihatemoney(), Samples.datasette(), Samples.rq(), Samples.corepack()])
    func `what is read is what was written`(value: Case) throws {
        let directory = try TemporaryDirectory()
        try CaseFile.write(value, to: directory.file("a.reenact"))
        #expect(try CaseFile.read(directory.file("a.reenact")) == value)
        #expect(directory.names == ["a.reenact"])
    }

    @Test func `a second write replaces the first`() throws {
        let directory = try TemporaryDirectory()
        try CaseFile.write(Samples.rq(), to: directory.file("a.reenact"))
        try CaseFile.write(Samples.corepack(), to: directory.file("a.reenact"))
        #expect(try CaseFile.read(directory.file("a.reenact")).id == Samples.corepack().id)
    }

    @Test func `equal cases give equal bytes`() throws {
        let directory = try TemporaryDirectory()
        try CaseFile.write(Samples.ihatemoney(), to: directory.file("a"))
        try CaseFile.write(Samples.ihatemoney(), to: directory.file("b"))
        #expect(try directory.bytes("a") == directory.bytes("b"))
    }

    @Test func `bytes that occur twice are stored once`() throws {
        let directory = try TemporaryDirectory()
        var value = Samples.rq()
        let bytes = [UInt8](repeating: 7, count: 300_000)
        value.databases = (0..<3).map { .init(path: "/\($0).db", time: 5, bytes: bytes) }
        value.keptFiles = [.init(path: "/etc/app.ini", time: 0, bytes: bytes)]
        value.changedFiles = [.init(path: "/state.json", time: 0, bytes: bytes), .init(path: "/b", time: 0, bytes: [])]
        try CaseFile.write(value, to: directory.file("a"))
        #expect(try directory.bytes("a").count < 500_000)
        #expect(try CaseFile.read(directory.file("a")) == value)
    }

    @Test func `odd texts survive`() throws {
        let directory = try TemporaryDirectory()
        var value = Samples.rq()
        value.outputTail = "nul \u{0} behind, ünïcode 🐘, \u{1B}[31m"
        value.environment.variables = ["": "", "A=B": "\n"]
        value.databases = [.init(path: "", time: 0, bytes: [])]
        let nested = ExceptionRecord(
            type: "C", message: "", language: "java", handling: .printed, time: 0, process: 1, frames: [])
        var middle = nested
        middle.causes = [nested, nested]
        value.exceptions[0].causes = [middle]
        let path = directory.file("name with % and ?#.reenact")
        try CaseFile.write(value, to: path)
        #expect(try CaseFile.read(path) == value)
    }

    @Test func `a summary tells the head without reading the rest`() throws {
        let directory = try TemporaryDirectory()
        let value = Samples.ihatemoney()
        try CaseFile.write(value, to: directory.file("a"))
        let summary = try CaseFile.summary(directory.file("a"))
        #expect(summary.id == value.id)
        #expect(summary.signature == value.signature)
        #expect(summary.trigger == value.trigger)
        #expect(summary.throwSite?.function == "json")
        #expect(summary.throwSite?.line == 1120)
        #expect(summary.eventCount == value.events.count)
        #expect(summary.runtime == "python 3.11.7")
    }

    @Test func `a full disk is named and leaves nothing behind`() throws {
        let directory = try TemporaryDirectory()
        let error = #expect(throws: CaseFileError.self) {
            try CaseFile.write(Samples.ihatemoney(), to: directory.file("a"), pagesMax: 20)
        }
        #expect(error?.code == .noSpace)
        #expect(error?.description.contains("the disk is full; free some space") == true)
        #expect(directory.names.isEmpty)
    }

    @Test func `a directory that is not there is named`() throws {
        let directory = try TemporaryDirectory()
        let error = #expect(throws: CaseFileError.self) {
            try CaseFile.write(Samples.rq(), to: directory.file("missing/a"))
        }
        #expect(error?.code == .notWritable)
        #expect(error?.remedy == "make its directory first")
    }

    @Test func `two events with one id are the recorder's bug and say so`() throws {
        let directory = try TemporaryDirectory()
        var value = Samples.rq()
        value.events[1].id = 1
        let error = #expect(throws: CaseFileError.self) { try CaseFile.write(value, to: directory.file("a")) }
        #expect(error?.code == .inconsistent)
        #expect(directory.names.isEmpty)
    }

    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `SHA-256 agrees with FIPS 180-4`(text: String, digest: String) {
        #expect(SHA256.hex(Array(text.utf8)) == digest)
    }

    @Test func `SHA-256 agrees over a million bytes`() {
        let digest = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        #expect(SHA256.hex([UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)) == digest)
    }
}

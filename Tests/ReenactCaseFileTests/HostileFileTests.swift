import Glibc
import ReenactSamples
import ReenactTesting
import ReenactTimeline
import Testing

@testable import ReenactCaseFile

struct HostileFileTests {
    /// A good case, then altered by someone with SQL.
    private func altered(_ sql: String) throws -> CaseFileError? {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.reenact")
        try CaseFile.write(Samples.ihatemoney(), to: path)
        let database = try SQLiteConnection(path: path, mode: .readWrite)
        try database.execute(sql)
        return #expect(throws: CaseFileError.self) { try CaseFile.read(path) }
    }

    @Test(arguments: [
        "CREATE VIEW evil AS SELECT * FROM meta",
        "DROP TABLE edge; CREATE VIEW edge AS SELECT 1 AS place, 1 AS event, 1 AS cause, 'thread' AS source, 1.0 AS confidence",
        "CREATE TRIGGER evil AFTER INSERT ON meta BEGIN DELETE FROM event; END",
        "CREATE VIRTUAL TABLE evil USING fts5(a)",
        "CREATE INDEX evil ON event (abs(id))",
        "CREATE TABLE evil (a)",
        "DROP TABLE hole; CREATE TABLE hole (place INTEGER PRIMARY KEY, kind TEXT AS (hex(zeroblob(9))))",
        "ALTER TABLE hole ADD COLUMN evil",
        "ANALYZE",
    ])
    func `a schema that is not ours is refused`(sql: String) throws {
        let error = try altered(sql)
        #expect(error?.code == .refused)
        #expect(error?.remedy.contains("do not trust") == true)
    }

    @Test(arguments: [
        ("UPDATE blob SET bytes = x'00' WHERE rowid = 1", "altered"),
        ("DELETE FROM blob", "missing"),
        ("UPDATE event SET kind = 'spell'", "not a word"),
        ("UPDATE event SET detail = '{'", "not JSON"),
        ("UPDATE event SET start = 9223372036854775807", "can't be a time"),
        ("UPDATE event SET request_offset = -5 WHERE request_offset IS NOT NULL", "can't be a size"),
        ("UPDATE event SET start = 'noon'", "number is missing"),
        ("UPDATE segment SET connection = 99", "no connection"),
        ("UPDATE frame SET exception = exception + 99", "no exception"),
        ("UPDATE local SET frame = frame + 99", "no frame"),
        ("UPDATE cause SET cause = 1", "contradict"),
        ("UPDATE edge SET confidence = 7.5", "between 0 and 1"),
        ("DELETE FROM meta WHERE key = 'kind'", "missing"),
        ("UPDATE meta SET value = 'x' WHERE key = 'anchor'", "not a number"),
        ("UPDATE connection SET process = 99999999999", "too large"),
        ("UPDATE connection SET tls = 1, tls_complaint = '{\"fault\": \"ugly\"}'", "certificate cannot be read"),
    ])
    func `content that contradicts itself is damaged, and says how`(sql: String, reason: String) throws {
        let error = try altered(sql)
        #expect(error?.code == .damaged)
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    }

    @Test func `files of the older formats are read`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.reenact")
        try CaseFile.write(Samples.ihatemoney(), to: path)
        let database = try SQLiteConnection(path: path, mode: .readWrite)
        try database.execute("PRAGMA user_version = 3")
        #expect(try CaseFile.read(path) == Samples.ihatemoney())
        try database.execute("ALTER TABLE frame DROP COLUMN expression; PRAGMA user_version = 2")
        #expect(try CaseFile.read(path) == Samples.ihatemoney())
        try database.execute("ALTER TABLE connection DROP COLUMN tls_complaint; PRAGMA user_version = 1")
        #expect(try CaseFile.read(path) == Samples.ihatemoney())
        try database.execute("PRAGMA user_version = 2")
        #expect(throws: CaseFileError.self) { try CaseFile.read(path) }
    }

    @Test func `the part of a line that failed comes back`() throws {
        var value = Samples.ihatemoney()
        let frame = value.exceptions[0].frames.count - 1
        value.exceptions[0].frames[frame].expression = "response.json()"
        let directory = try TemporaryDirectory()
        let path = directory.file("a.reenact")
        try CaseFile.write(value, to: path)
        #expect(try CaseFile.read(path) == value)
    }

    @Test func `what was wrong with a certificate comes back`() throws {
        var value = Samples.ihatemoney()
        let certificate = PeerCertificate(pem: "-----BEGIN", standing: .foreignRoot, notBefore: -1, notAfter: 1 << 40)
        value.connections[0].tls = .init(complaint: .init(fault: .untrusted, certificate: certificate))
        let directory = try TemporaryDirectory()
        let path = directory.file("a.reenact")
        try CaseFile.write(value, to: path)
        #expect(try CaseFile.read(path) == value)
    }

    @Test func `a newer format asks for a newer reenact`() throws {
        let error = try altered("PRAGMA user_version = 7")
        #expect(error?.code == .newerFormat)
        #expect(error?.reason == "this build reads formats 1 to 5, the file is 7")
        #expect(error?.remedy == "update reenact")
    }

    @Test func `another SQLite database is no case`() throws {
        let error = try altered("PRAGMA application_id = 5")
        #expect(error?.code == .notACase)
    }

    @Test func `limits are kept`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a")
        try CaseFile.write(Samples.ihatemoney(), to: path)
        func code(_ limits: CaseFileLimits) -> CaseFileError.Code? {
            #expect(throws: CaseFileError.self) { try CaseFile.read(path, limits: limits) }?.code
        }
        #expect(code(.init(fileBytesMax: 1000)) == .tooLarge)
        #expect(code(.init(valueBytesMax: 40)) != nil)
        #expect(code(.init(rowsMax: 30)) == .tooLarge)
        #expect(code(.init(contentBytesMax: 300)) == .tooLarge)
    }

    @Test func `a slow file is given up`() throws {
        let directory = try TemporaryDirectory()
        var value = Samples.rq()
        value.holes = (0..<200_000).map { .init(kind: .dropped, what: "hole \($0)") }
        try CaseFile.write(value, to: directory.file("a"))
        let error = #expect(throws: CaseFileError.self) {
            try CaseFile.read(directory.file("a"), limits: .init(secondsMax: 0.02))
        }
        #expect(error?.code == .tookTooLong)
    }

    @Test func `what is no file is named`() throws {
        let directory = try TemporaryDirectory()
        func code(_ path: String) -> CaseFileError.Code? {
            #expect(throws: CaseFileError.self) { try CaseFile.read(path) }?.code
        }
        #expect(code(directory.file("missing")) == .notFound)
        #expect(code(directory.path) == .notACase)
        #expect(code("/dev/zero") == .notACase)
        mkfifo(directory.file("pipe"), 0o600)
        #expect(code(directory.file("pipe")) == .notACase)
        try directory.write([], to: "empty")
        #expect(code(directory.file("empty")) == .notACase)
        try directory.write(Array("{}".utf8), to: "text")
        #expect(code(directory.file("text")) == .notACase)
    }

    @Test func `every truncation is refused`() throws {
        let directory = try TemporaryDirectory()
        try CaseFile.write(Samples.ihatemoney(), to: directory.file("a"))
        let whole = try directory.bytes("a")
        for count in stride(from: 0, to: whole.count, by: 997) {
            try directory.write(Array(whole.prefix(count)), to: "b")
            let error = #expect(throws: CaseFileError.self) { try CaseFile.read(directory.file("b")) }
            #expect(error?.code == .truncated || count < 100)
        }
    }

    @Test func `flipped bits never trap and never hang`() throws {
        let directory = try TemporaryDirectory()
        try CaseFile.write(Samples.ihatemoney(), to: directory.file("a"))
        let whole = try directory.bytes("a")
        var random = SystemRandomNumberGenerator.seeded(20_261_121)
        for _ in 0..<1500 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                // Half of the hits go to page headers and cell pointers, where they hurt most.
                let page = Int.random(in: 0..<(bytes.count / 4096), using: &random) * 4096
                let offset = Int.random(in: 0..<(Bool.random(using: &random) ? 64 : 4096), using: &random)
                bytes[page + offset] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
            try directory.write(bytes, to: "b")
            _ = try? CaseFile.read(directory.file("b"))
            _ = try? CaseFile.summary(directory.file("b"))
        }
    }
}

extension SystemRandomNumberGenerator {
    static func seeded(_ seed: UInt64) -> SeededGenerator { SeededGenerator(seed: seed) }
}

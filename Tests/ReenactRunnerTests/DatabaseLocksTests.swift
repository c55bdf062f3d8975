import Glibc
import Testing

@testable import ReenactRunner

struct DatabaseLocksTests {
    @Test func `the file says for each lock which statement of its text meets it, and how long to hold it`() {
        let bytes = DatabaseLocks.bytes([
            .init(path: "/d.db", sql: "UPDATE t SET a = 1", phase: .failing, occurrence: 2, nanoseconds: 300)
        ])
        func word(_ place: Int) -> Int {
            (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
        }
        #expect(word(4) == bytes.count)
        #expect(word(8) == bytes.count - 8 && word(8) % 8 == 0)
        #expect([word(12), word(16), word(20), word(24)] == [1, 2, 0, 300])
        #expect([word(32), word(36)] == [5, 18])
        #expect(String(decoding: bytes[40..<63], as: UTF8.self) == "/d.dbUPDATE t SET a = 1")
    }

    @Test func `a program that is used again meets the locks of its trigger again, not those of its start`() throws {
        let place = "/tmp/reenact-locks-\(getpid())"
        defer { unlink(place) }
        let locks = try DatabaseLocks(
            [
                .init(path: "/a", sql: "b", phase: .startup, occurrence: 1, nanoseconds: 1),
                .init(path: "/a", sql: "b", phase: .failing, occurrence: 1, nanoseconds: 1),
            ], path: place)
        let file = open(place, O_RDWR)
        defer { close(file) }
        func count(_ record: Int) -> UInt32 {
            var value: UInt32 = 9
            pread(file, &value, 4, off_t(8 + 40 * record + 12))
            return value
        }
        var one: UInt32 = 1
        for record in [0, 1] { pwrite(file, &one, 4, off_t(8 + 40 * record + 12)) }
        locks.enter(.failing)
        #expect([count(0), count(1)] == [1, 0])
    }
}

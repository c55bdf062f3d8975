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
}

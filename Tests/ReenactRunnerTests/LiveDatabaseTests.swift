import Foundation
import ReenactTimeline
import Testing

@testable import ReenactRunner

struct LiveDatabaseTests {
    private func file(_ counter: UInt8, size: Int = 200) -> [UInt8] {
        var bytes = [UInt8](repeating: 7, count: size)
        for at in [24, 40, 92] { bytes.replaceSubrange(at..<(at + 4), with: [0, 0, 1, counter]) }
        return bytes
    }

    @Test func `a file that is exchanged has counters that no version had`() {
        let bytes = LiveDatabase.renumbered(file(4), after: file(9))
        for at in [24, 40, 92] { #expect(Array(bytes[at..<(at + 4)]) == [0, 0, 1, 10]) }
        #expect(bytes.count == 200 && bytes[100] == 7)
    }

    @Test func `it stays the same file, and nothing is exchanged beside a journal`() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "live-\(getpid())-\(UUID().uuidString)").path
        defer { for end in ["", "-wal"] { try? FileManager.default.removeItem(atPath: path + end) } }
        try Data(file(1, size: 400)).write(to: URL(filePath: path))
        let open = try FileHandle(forReadingFrom: URL(filePath: path))
        try LiveDatabase.exchange(.init(path: path, base64: Base64.encode(file(2))))
        let seen = try #require(try open.readToEnd())
        #expect(seen.count == 200 && seen[27] == 3)
        try Data().write(to: URL(filePath: path + "-wal"))
        #expect(throws: (any Error).self) {
            try LiveDatabase.exchange(.init(path: path, base64: Base64.encode(file(2))))
        }
    }
}

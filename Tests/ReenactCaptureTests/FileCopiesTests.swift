import Foundation
import ReenactLinux
import ReenactTimeline
import Testing

@testable import ReenactCapture

struct FileCopiesTests {
    private let root = FileManager.default.temporaryDirectory.path + "/copies-\(UUID().uuidString)"

    private func put(_ text: String, _ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        let path = "\(root)/\(name)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test func `a file comes back as it was when the trigger came, not as others had left it before or after`() throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        let copies = FileCopies()
        let path = try put("first", "state.json")
        let same = try put("same", "lock")
        copies.changing(path, at: 10)
        _ = try put("second", "state.json")
        copies.changing(path, at: 20)
        copies.changing(same, at: 20)
        _ = try put("third", "state.json")
        copies.changing(path, at: 30)
        try FileManager.default.removeItem(atPath: path)
        // The file's birth is later than the origin of this anchor, by which it would count as made by the run.
        let late = WallClockAnchor(unixNanoseconds: MonotonicClock.wallClock() + 60_000_000_000)
        func text(_ since: Instant) -> [String] {
            copies.changed(since: since, late).map { String(decoding: $0.bytes, as: UTF8.self) }
        }
        #expect(text(0) == ["first"] && text(15) == ["second"] && text(25) == ["third"] && text(31) == [])
        #expect(copies.changed(since: 0, WallClockAnchor(unixNanoseconds: 0)) == [])
    }

    @Test func `what is no small data file is not copied, and memory is bounded`() throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        let copies = FileCopies()
        let late = WallClockAnchor(unixNanoseconds: MonotonicClock.wallClock() + 60_000_000_000)
        for path in [
            try put(String(repeating: "x", count: FileCopies.bytesMax + 1), "large"),
            try put("SQLite format 3\u{0}", "db"), try put("x", "db-wal"), "/dev/zero", root, "relative",
            "\(root)/none",
        ] {
            copies.changing(path, at: 1)
        }
        let log = try put("0", "log")
        for time in 1...40 {
            copies.changing(log, at: Instant(time))
            _ = try put("\(time)", "log")
        }
        try FileManager.default.removeItem(atPath: root)
        let found = copies.changed(since: 0, late)
        #expect(found.map(\.path) == [log] && found.first?.bytes == Array("0".utf8))
        #expect(copies.changed(since: 40, late).first?.bytes == Array("39".utf8))
    }
}

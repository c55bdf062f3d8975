import Foundation
import ReenactLinux
import Testing

@testable import ReenactCapture

struct MadeFilesTests {
    @Test func `what came to be since is told, a new directory as one, and what is older is not`() throws {
        let root = FileManager.default.temporaryDirectory.path + "/made-\(UUID().uuidString)"
        let files = FileManager.default
        try files.createDirectory(atPath: root + "/old/deep", withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: root + "/old/kept"))
        defer { try? files.removeItem(atPath: root) }
        // The kernel stamps files by a clock of some milliseconds.
        usleep(30_000)
        let since = MonotonicClock.wallClock()
        usleep(30_000)
        try files.createDirectory(atPath: root + "/new/inner", withIntermediateDirectories: true)
        try Data("x".utf8).write(to: URL(fileURLWithPath: root + "/old/deep/fresh"))
        try files.createDirectory(atPath: root + "/old/__pycache__", withIntermediateDirectories: true)
        let handle = try #require(FileHandle(forWritingAtPath: root + "/old/kept"))
        handle.write(Data("changed".utf8))
        try handle.close()
        #expect(MadeFiles().list(below: [root], since: since) == [root + "/new", root + "/old/deep/fresh"])
        #expect(MadeFiles(foundMax: 1).list(below: [root], since: since).count == 1)
        #expect(MadeFiles().list(below: ["", "/", root + "/none"], since: since) == [])
    }
}

import Foundation
import Testing

@testable import ReenactCapture

struct KeptFilesTests {
    @Test func `small files are kept, but for what the run made, what is large and what is not there`() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("kept-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory.appendingPathComponent("made"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        func put(_ name: String, _ count: Int) throws -> String {
            let path = directory.appendingPathComponent(name).path
            try Data(repeating: 65, count: count).write(to: URL(fileURLWithPath: path))
            return path
        }
        let small = try put("app.ini", 10)
        let paths = [
            try put("large", KeptFiles.bytesMax + 1), small, try put("made/a", 10), directory.path + "/gone",
            "/etc/passwd",
        ]
        let kept = KeptFiles.of(paths, without: [directory.path + "/made"])
        #expect(kept.map(\.path) == [small] && kept.first?.bytes.count == 10)
    }

    @Test func `of more than fits the smallest are kept`() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("kept-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let count = KeptFiles.totalMax / KeptFiles.bytesMax
        var paths: [String] = []
        for index in 0...count {
            let path = directory.appendingPathComponent("\(100 + index)").path
            try Data(repeating: 65, count: KeptFiles.bytesMax - index).write(to: URL(fileURLWithPath: path))
            paths.append(path)
        }
        #expect(KeptFiles.of(paths, without: []).map(\.path) == Array(paths.dropFirst()))
    }

    @Test(arguments: [
        "/run/secrets/db", "/srv/ada/.pgpass", "/srv/ada/.netrc", "/srv/app/server.key", "/srv/app/store.P12",
        "/srv/ada/.ssh/id_ed25519", "/proc/self/environ", "/srv/ada/.aws/credentials",
    ])
    func `files that are a secret as a whole are not kept`(path: String) { #expect(KeptFiles.isWithheld(path)) }

    @Test func `configuration, templates and data may be kept`() {
        for path in ["/srv/app/config.yaml", "/srv/app/.env", "/srv/proc/rates.csv", "/etc/app/keys.txt"] {
            #expect(!KeptFiles.isWithheld(path))
        }
    }
}

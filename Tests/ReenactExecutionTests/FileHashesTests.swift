import CTrace
import Foundation
import Glibc
import Testing

@testable import ReenactExecution

/// What is kept of large files' contents.
struct FileHashesTests {
    private let place = NSTemporaryDirectory() + "file-hashes-\(UUID().uuidString)"
    private let size = FileHashes.smallest + 4096

    private var kept: String { place + "/reenact/file-hashes" }

    private func file(_ name: String, _ byte: UInt8) throws -> String {
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        let path = "\(place)/\(name)"
        try Data(repeating: byte, count: size).write(to: URL(filePath: path))
        return path
    }

    private func information(_ path: String, settled: Bool = true) throws -> stat {
        var information = stat()
        try #require(stat(path, &information) == 0)
        // Nobody can set a file's ctime: what is told of it can be.
        if settled { (information.st_mtim.tv_sec, information.st_ctim.tv_sec) = (1_000_000, 1_000_000) }
        return information
    }

    private func hash(_ path: String, _ information: stat) throws -> UInt64 {
        let bytes = try Data(contentsOf: URL(filePath: path))
        return bytes.withUnsafeBytes { FileHashes(cache: place).hash(of: $0, information) }
    }

    private func plain(_ byte: UInt8) -> UInt64 { ct_hash([UInt8](repeating: byte, count: size), size, 0) }

    @Test func `a file that is as it was is not read again`() throws {
        defer { try? FileManager.default.removeItem(atPath: place) }
        let path = try file("program", 7)
        let known = try information(path)
        #expect(try hash(path, known) == plain(7))
        // Other contents under the same times: what is kept is told.
        try Data(repeating: 9, count: size).write(to: URL(filePath: path))
        #expect(try hash(path, known) == plain(7))
    }

    @Test(arguments: 0..<4) func `one whose times or size differ is read`(place number: Int) throws {
        defer { try? FileManager.default.removeItem(atPath: place) }
        let path = try file("program", 7)
        var known = try information(path)
        #expect(try hash(path, known) == plain(7))
        try Data(repeating: 9, count: size).write(to: URL(filePath: path))
        switch number {
        case 0: known.st_mtim.tv_nsec += 1
        case 1: known.st_ctim.tv_nsec += 1
        case 2: known.st_ctim.tv_sec += 1
        default: known.st_size += 1
        }
        #expect(try hash(path, known) == plain(9))
    }

    @Test func `what was changed a moment ago is not kept`() throws {
        defer { try? FileManager.default.removeItem(atPath: place) }
        let path = try file("program", 7)
        #expect(try hash(path, try information(path, settled: false)) == plain(7))
        #expect(!FileManager.default.fileExists(atPath: kept))
    }

    @Test func `what is kept and damaged is not believed`() throws {
        defer { try? FileManager.default.removeItem(atPath: place) }
        let path = try file("program", 7)
        let known = try information(path)
        _ = try hash(path, known)
        var damaged = try Data(contentsOf: URL(filePath: kept))
        damaged[41] ^= 1
        try damaged.write(to: URL(filePath: kept))
        #expect(try hash(path, known) == plain(7))
        try Data(damaged.prefix(30)).write(to: URL(filePath: kept))
        #expect(try hash(path, known) == plain(7))
        #expect(try Data(contentsOf: URL(filePath: kept)).count == 56)
    }

    @Test func `what others may write to is not believed`() throws {
        defer { try? FileManager.default.removeItem(atPath: place) }
        let path = try file("program", 7)
        let known = try information(path)
        _ = try hash(path, known)
        try #require(chmod(kept, 0o666) == 0)
        try Data(repeating: 9, count: size).write(to: URL(filePath: path))
        #expect(try hash(path, known) == plain(9))
    }

    @Test func `it is begun anew when it is full`() throws {
        defer { try? FileManager.default.removeItem(atPath: place) }
        let path = try file("program", 7)
        var known = try information(path)
        _ = try hash(path, known)
        try Data(repeating: 0, count: 4096 * 56).write(to: URL(filePath: kept))
        try #require(chmod(kept, 0o600) == 0)
        known.st_ino += 1
        #expect(try hash(path, known) == plain(7))
        #expect(try Data(contentsOf: URL(filePath: kept)).count == 56)
    }
}

import FoundationEssentials
import ReenactSamples
import ReenactStore
import ReenactTimeline
import Testing

@testable import ReenactCommands

/// A store in a directory that goes with the test.
final class TemporaryStore {
    let directory: String
    let store: Store

    init(_ cases: [Case] = [Samples.ihatemoney(), Samples.datasette(), Samples.rq(), Samples.corepack()]) throws {
        directory = FileManager.default.temporaryDirectory.path + "/reenact-commands-\(UUID().uuidString)"
        store = Store(directory)
        for value in cases { _ = try store.add(value) }
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    var files: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).filter { $0.hasSuffix(".reenact") }
            .sorted()
    }

    func run(_ arguments: String..., colour: Bool = false, width: Int = 100) throws -> String {
        let command = try #require(try Reenact.parseAsRoot(arguments + ["--cases", directory]) as? any TextCommand)
        return try command.output(Surroundings(width: width, colour: colour))
    }

    func json(_ arguments: String...) throws -> JSONValue {
        let command = try #require(try Reenact.parseAsRoot(arguments + ["--cases", directory]) as? any TextCommand)
        return try #require(JSONParser.parse(try command.output(Surroundings())))
    }
}

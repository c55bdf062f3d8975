import FoundationEssentials
import ReenactSamples
import ReenactStore
import ReenactTimeline
import Testing

@testable import ReenactCommands

struct ShowTests {
    /// A store in a directory of its own, with these cases in it.
    static func store(_ cases: [Case] = [Samples.ihatemoney(), Samples.datasette(), Samples.rq(), Samples.corepack()]) throws -> String {
        let directory = FileManager.default.temporaryDirectory.path + "/reenact-commands-\(UUID().uuidString)"
        let store = Store(directory)
        for value in cases { _ = try store.add(value) }
        return directory
    }

    static func run(_ arguments: [String], colour: Bool = false, width: Int = 100) throws -> String {
        let command = try #require(try Reenact.parseAsRoot(arguments) as? any TextCommand)
        return try command.output(Surroundings(width: width, colour: colour))
    }

    @Test func `sample pages`() throws {
        let directory = try Self.store()
        let out = ProcessInfo.processInfo.environment["REENACT_SAMPLES"]
        guard let out else { return }
        for value in [Samples.ihatemoney(), Samples.datasette(), Samples.rq(), Samples.corepack()] {
            _ = try Store(out).add(value)
        }
        _ = directory
    }
}

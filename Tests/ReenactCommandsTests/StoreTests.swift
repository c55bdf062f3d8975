import FoundationEssentials
import ReenactSamples
import ReenactStore
import ReenactTimeline
import Testing

@testable import ReenactCommands

struct StoreTests {
    private func again(_ value: Case, _ id: String, later: Int64 = 5_000_000_000) -> Case {
        var value = value
        value.id = id
        value.anchor.unixNanoseconds += later
        return value
    }

    @Test func `the second identical failure counts up the first`() throws {
        let temporary = try TemporaryStore([Samples.rq()])
        for number in 2...8 {
            let result = try temporary.store.add(again(Samples.rq(), "20261122-00000\(number)-aaaa"))
            #expect(result == .same(as: Samples.rq().id, count: number))
        }
        #expect(temporary.files == ["20261121-081802-0b17.reenact"])
        let entry = try #require(try temporary.store.list().cases.first)
        #expect(entry.count == 8)
        #expect(entry.samples.count == 5)
        #expect(entry.lastTime > entry.time)
        #expect(try temporary.store.resolve("20261122-000003-aaaa").hasSuffix("0b17.reenact"))
    }

    @Test func `another cause at the same place is another case`() throws {
        let temporary = try TemporaryStore([Samples.ihatemoney()])
        var other = again(Samples.ihatemoney(), "20261122-000002-aaaa")
        other.events[9].outcome = "http:200"
        other.events[9].detail = [
            "method": "GET", "host": "a", "target": "/", "status": 200, "responseBody": ["text": "<html>"],
        ]
        guard case .new = try temporary.store.add(other) else {
            Issue.record("counted as the same")
            return
        }
    }

    @Test func `the index is made anew from the files`() throws {
        let temporary = try TemporaryStore()
        let before = try temporary.store.list().cases
        for damage in [
            "",
            "no database at all, but long enough to be looked at as a header of one hundred bytes or more, so there",
        ] {
            try? FileManager.default.removeItem(atPath: temporary.directory + "/index.db")
            if !damage.isEmpty {
                try Data(damage.utf8).write(to: URL(fileURLWithPath: temporary.directory + "/index.db"))
            }
            #expect(try temporary.store.list().cases == before)
        }
    }

    @Test func `files that come, go or are damaged are noticed`() throws {
        let temporary = try TemporaryStore([Samples.rq(), Samples.corepack()])
        let file = temporary.directory + "/\(Samples.rq().id).reenact"
        try FileManager.default.moveItem(atPath: file, toPath: temporary.directory + "/moved.reenact")
        #expect(try temporary.store.list().cases.count == 2)
        try FileManager.default.removeItem(atPath: temporary.directory + "/moved.reenact")
        #expect(try temporary.store.list().cases.map(\.id) == [Samples.corepack().id])
        try Data("junk".utf8).write(to: URL(fileURLWithPath: file))
        let listing = try temporary.store.list()
        #expect(listing.cases.count == 1)
        #expect(listing.unreadable.map(\.code) == [.notACase])
        #expect(try temporary.run("list").contains("✗"))
    }

    @Test func `many recorders at once lose nothing`() async throws {
        let temporary = try TemporaryStore([])
        let store = temporary.store
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<6 {
                group.addTask {
                    for round in 0..<5 {
                        var value = [Samples.rq(), Samples.corepack(), Samples.datasette()][round % 3]
                        value.id = "20261122-\(worker)-\(round)"
                        _ = try store.add(value)
                    }
                }
            }
            try await group.waitForAll()
        }
        let cases = try store.list().cases
        #expect(cases.count == 3)
        #expect(cases.map(\.count).reduce(0, +) == 30)
        #expect(temporary.files.count == 3)
    }

    @Test func `a case is found by path, id, beginning and latest`() throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        let path = temporary.directory + "/20261121-081802-0b17.reenact"
        for name in [path, "20261121-081802-0b17", "20261121-0818", "20261121-081802-0b17.reenact"] {
            #expect(try store.resolve(name) == path)
        }
        #expect(try store.resolve("latest").hasSuffix(".reenact"))
        #expect(throws: StoreError.self) { try store.resolve("20261121") }
        #expect(throws: StoreError.self) { try store.resolve("nothing") }
        #expect(throws: StoreError.self) { try store.resolve("/nowhere.reenact") }
    }

    @Test func `an id from elsewhere can't leave the directory`() throws {
        let temporary = try TemporaryStore([])
        var value = Samples.rq()
        value.id = "../../evil/\u{0}x"
        _ = try temporary.store.add(value)
        #expect(temporary.files == ["------evil--x.reenact"])
    }

    @Test func `where cases are kept`() {
        #expect(Store.defaultDirectory(["REENACT_CASES": "/x"]) == "/x")
        #expect(Store.defaultDirectory([:]) == ".reenact/cases")
    }
}

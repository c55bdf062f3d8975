import FoundationEssentials
import ReenactSamples
import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactCapture

struct NeighboursTests {
    private let anchor = WallClockAnchor(unixNanoseconds: 1_000_000_000)

    private func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.path + "/neighbours-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }

    private func exchange(_ question: String, at start: Int64, _ identifiers: [String] = []) -> Exchange {
        var exchange = Exchange(ordinal: 0, request: .init(offset: 0, length: 1), requestStart: start)
        exchange.summary = question
        exchange.identifiers = identifiers
        return exchange
    }

    private func id(_ connection: Int) -> Attributor.RequestID { .init(connection: connection, ordinal: 0) }

    @Test func `a case is told to the others once, and not to oneself`() throws {
        try withDirectory { directory in
            var value = Case(
                id: "20261121-a", anchor: anchor, failureTime: 90,
                signature: .init(kind: .status, exceptionType: "KeyError", operation: "GET /buy"),
                trigger: .init(kind: .request, event: 1, summary: "GET /buy", time: 0),
                environment: .init(command: ["x"], workingDirectory: "/"))
            value.events = [
                Event(
                    id: 1, kind: .call, phase: .failing, protocolName: "http", start: 10, end: 40,
                    summary: "GET /orders",
                    detail: [
                        "requestHeaders": [["traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"]]
                    ]),
                Event(id: 2, kind: .call, phase: .startup, protocolName: "http", start: 1, summary: "GET /token"),
            ]
            let one = Neighbours(directory: directory, anchor: anchor)
            let other = Neighbours(directory: directory, anchor: anchor)
            try one.post(value)
            #expect(one.news().isEmpty)
            let letters = other.news()
            #expect(letters.map(\.failure) == ["GET /buy: KeyError"])
            let call = try #require(letters.first?.calls.first)
            #expect(letters[0].calls.count == 1, "what belongs to the start is nobody's trigger")
            #expect(call.question == "GET /orders" && call.start == 1_000_000_010 && call.end == 1_000_000_040)
            #expect(call.identifiers == ["4bf92f3577b34da6a3ce929d0e0e4736"])
            #expect(other.news().isEmpty)
            #expect(
                Neighbours(directory: directory, anchor: anchor).news().isEmpty, "what lay there is of another time")
        }
    }

    @Test func `a damaged letter is passed over`() throws {
        try withDirectory { directory in
            let neighbours = Neighbours(directory: directory, anchor: anchor)
            try Data("{\"caseID\": 7".utf8).write(to: URL(fileURLWithPath: directory + "/x.calls"))
            try Data().write(to: URL(fileURLWithPath: directory + "/y.calls"))
            #expect(neighbours.news().isEmpty)
        }
    }

    @Test func `a call is the same question at its time, with its identifiers where both have some`() throws {
        try withDirectory { directory in
            let neighbours = Neighbours(directory: directory, anchor: anchor)
            let start = anchor.wallClock(at: 50_000_000)
            var call = Neighbours.Call(question: "GET /a", start: start, end: start + 20_000_000, identifiers: [])
            let early = (id(1), exchange("GET /a", at: 10_000_000))
            let first = (id(2), exchange("GET /a", at: 51_000_000, ["t1"]))
            let second = (id(3), exchange("GET /a", at: 52_000_000, ["t2"]))
            let other = (id(4), exchange("GET /b", at: 51_000_000))
            #expect(neighbours.answers(to: call, among: [early, other, second, first]) == id(2))
            call.identifiers = ["t2"]
            #expect(neighbours.answers(to: call, among: [early, other, second, first]) == id(3))
            call.identifiers = ["t9"]
            #expect(neighbours.answers(to: call, among: [first, second]) == nil)
            #expect(neighbours.answers(to: call, among: [(id(5), exchange("GET /a", at: 60_000_000))]) == id(5))
        }
    }
}

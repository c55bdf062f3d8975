import ReenactTimeline
import Testing

@testable import ReenactReproduction

struct InquiryTests {
    private func conditions(_ count: Int) -> [Condition] {
        (1...count).map {
            Condition(recorded: "c\($0)", changed: "", event: $0, change: .variable(name: "V\($0)", value: ""))
        }
    }

    /// Fails for as long as `fails` says so of the conditions that were left as they are.
    private func ask(
        _ count: Int, budget: Int? = nil, unknown: Set<Int> = [], fails: @escaping @Sendable (Set<Int>) -> Bool
    ) async throws -> Inquiry.Answer {
        let all = conditions(count)
        var inquiry = Inquiry(all, budget: budget) { changes in
            let changed = Set(changes.compactMap(\.event))
            let left = Set(all.compactMap(\.event)).subtracting(changed)
            let result = !changed.isDisjoint(with: unknown) ? "unknown" : fails(left) ? "still-fails" : "gone"
            return .init(changes: changes.map(\.recorded), result: result, reason: "", milliseconds: 1)
        }
        return try await inquiry.run()
    }

    @Test(arguments: [1, 2, 7, 20, 40])
    func `one necessary condition is found within the budget`(_ count: Int) async throws {
        let answer = try await ask(count) { $0.contains(1) }
        #expect(answer.events == [1] && answer.isSufficient == true)
        #expect(answer.experiments.count <= count / 2 + 10)
    }

    @Test func `two conditions that are needed together are both found`() async throws {
        let answer = try await ask(12) { $0.isSuperset(of: [3, 9]) }
        #expect(Set(answer.events) == [3, 9] && answer.state == "determined")
    }

    @Test func `of two that are enough each none is called necessary`() async throws {
        let answer = try await ask(4) { $0.contains(1) || $0.contains(4) }
        #expect(answer.state == "not-determined" && !answer.alternatives.isEmpty)
    }

    @Test func `what can't be told is unknown, not innocent`() async throws {
        let answer = try await ask(4, unknown: [2]) { $0.contains(3) }
        #expect(answer.unknown == ["c2"] && answer.events == [3] && answer.isSufficient == nil)
    }

    @Test func `what does not fail again determines nothing`() async throws {
        let answer = try await ask(3) { _ in false }
        #expect(answer.state == "not-determined" && answer.experiments.count == 1)
    }

    @Test func `a budget bounds the attempts`() async throws {
        let answer = try await ask(40, budget: 3) { $0.contains(40) }
        #expect(answer.experiments.count <= 3 && !answer.unknown.isEmpty)
    }

    @Test func `another answer moves what follows on its connection`() throws {
        var value = Case(
            id: "x", anchor: .init(unixNanoseconds: 0), failureTime: 9, signature: .init(kind: .exit),
            trigger: .init(kind: .command, summary: "", time: 0), environment: .init(command: [], workingDirectory: ""))
        var line = Connection(id: 1, direction: .outbound, transport: .tcp, server: "s", opened: 0)
        line.segments = [
            Segment(side: .server, time: 1, offset: 0, bytes: Array("aaBB".utf8)),
            Segment(side: .server, time: 2, offset: 4, bytes: Array("Bcc".utf8)),
        ]
        value.connections = [line]
        value.events = [
            Event(id: 1, kind: .call, connection: 1, start: 1, summary: "", response: .init(offset: 2, length: 3)),
            Event(id: 2, kind: .call, connection: 1, start: 2, summary: "", response: .init(offset: 5, length: 2)),
        ]
        let changed = value.answering(1, with: Array("longer".utf8))
        let connection = try #require(changed.connections.first)
        let whole = connection.bytes(.init(offset: 0, length: 100), from: .server)
        #expect(String(decoding: whole, as: UTF8.self) == "aalongercc")
        let second = try #require(changed.events[1].response)
        #expect(String(decoding: connection.bytes(second, from: .server), as: UTF8.self) == "cc")
    }
}

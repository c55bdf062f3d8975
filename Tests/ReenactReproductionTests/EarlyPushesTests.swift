import ReenactTimeline
import Testing

@testable import ReenactReproduction

struct EarlyPushesTests {
    private func subscribed() -> Case {
        var failure = Case.sample()
        failure.trigger.time = 9_000_000_000
        var connection = Connection.tcp(70, .outbound, "127.0.0.1:6379", "PSUBSCRIBE a*\r\n", "+1\r\n")
        connection.segments[0].time = 1_000_000_000
        connection.segments[1].time = 1_000_500_000
        for (place, time) in [6_800_000_000, 6_900_000_000, 12_000_000_000].enumerated() {
            connection.segments.append(
                .init(side: .server, time: Instant(time), offset: 4 + place, bytes: [UInt8(ascii: "m")]))
        }
        failure.connections.append(connection)
        failure.events.append(
            Event(
                id: failure.events.count + 1, kind: .call, phase: .startup, protocolName: "redis",
                peer: "127.0.0.1:6379", connection: 70, start: 1_000_000_000, summary: "PSUBSCRIBE a*",
                result: "subscribed, 3 messages", outcome: .ok, detail: ["pushCount": 3]))
        return failure
    }

    @Test func `messages from before the request come at once, later ones when they came`() throws {
        let failure = subscribed()
        let pushes = EarlyPushes(failure)
        #expect(pushes.events == [failure.events.count])
        let connection = try #require(failure.connections.last)
        let times = pushes.brought(forward: connection).segments.map(\.time)
        #expect(times == [1_000_000_000, 1_000_500_000, 1_005_500_000, 1_010_500_000, 12_000_000_000])
        #expect(pushes.brought(forward: failure.connections[0]) == failure.connections[0])
    }

    @Test func `a command is not waited for`() {
        var failure = subscribed()
        failure.trigger.kind = .command
        #expect(EarlyPushes(failure).events.isEmpty)
    }
}

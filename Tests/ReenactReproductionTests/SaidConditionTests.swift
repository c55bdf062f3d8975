import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactReproduction

/// What could have been otherwise in what a client asked or said.
struct SaidConditionTests {
    private func message(_ id: Int, _ text: String) -> Event {
        var event = Event.http(
            id, .request, id == 3 ? .failing : .history, 1, "websocket \(text)", start: Int64(id) * 100)
        event.outcome = .ok
        event.detail = ["websocket": "127.0.0.1:80", "request": ["text": .string(text)]]
        return event
    }

    @Test func `a null in a message becomes what an earlier message had there`() throws {
        var failure = Case.sample()
        let place = try #require(failure.events.firstIndex { $0.id == failure.trigger.event })
        let request = failure.events[place].request
        failure.events[place] = message(failure.events[place].id, #"{"op": "move", "to": null}"#)
        failure.events[place].request = request
        failure.events[0] = message(1, #"{"op": "move", "to": [4, 4]}"#)
        let found = InputConditions.find(Subject(failure, host: machine([:])))
        let null = try #require(found.first { $0.recorded.contains("was null") })
        #expect(null.changed.hasPrefix("[4,4]") && null.stage == .suspect)
        #expect(null.change == .input(.message([.key("to")], [4, 4])))
        // One masked frame of text, its mask of zeros.
        let changed = try #require(ChangedCase(failure, [null])?.failure)
        let event = try #require(changed.trigger.event.flatMap(changed.event))
        let connection = try #require(event.connection.flatMap(changed.connection))
        let bytes = connection.bytes(try #require(event.request), from: .client)
        let text = Array(#"{"op":"move","to":[4,4]}"#.utf8)
        #expect(bytes == [0x81, 0x80 | UInt8(text.count), 0, 0, 0, 0] + text)
    }

    @Test func `a field that came several times can come once`() {
        #expect(FormFields.once("tag", in: "tag=a&x=1&tag=b") == "tag=a&x=1")
        #expect(FormFields.once("x", in: "tag=a&x=1&tag=b") == nil)
        let request = Array("GET /notes?tag=a&tag=b HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        let changed = InputEdit.once("tag").applied(to: request).map { String(decoding: $0, as: UTF8.self) }
        #expect(changed?.hasPrefix("GET /notes?tag=a HTTP/1.1\r\n") == true)
    }

    @Test func `JSON in a file without an ending can be otherwise`() {
        var failure = Case.sample()
        failure.trigger = .init(kind: .command, summary: "log", time: 0)
        failure.keptFiles = [
            .init(
                path: "/srv/shop/w/frames", time: 0, bytes: Array(#"[[1, 2, "a"], [3, null, "b"], [5, 6, "c"]]"#.utf8)),
            .init(path: "/srv/shop/run", time: 0, bytes: Array("#!/bin/sh\n".utf8)),
        ]
        let found = KeptFileConditions.find(Subject(failure, host: machine([:])))
        #expect(found.contains { $0.recorded.hasPrefix("[1][1] of w/frames was null") })
        #expect(!found.contains { $0.recorded.contains("run") })
    }

    @Test func `what is undone after a refused statement does not lead to the failure`() {
        var failure = Case.sample()
        let end = failure.exceptions.last?.time ?? failure.failureTime
        func statement(_ id: Int, _ sql: String, _ error: JSONValue) -> Event {
            var event = Event.http(id, .call, .failing, 3, sql, start: end - 100 + Int64(id))
            event.protocolName = "mysql"
            event.detail = ["sql": .string(sql), "error": error]
            return event
        }
        failure.events += [
            statement(70, "update account set cents = 1", ["code": 1205]), statement(71, "ROLLBACK", .null),
            statement(72, "select 1", .null), statement(73, "ROLLBACK", .null),
        ]
        let calls = Set(PathPrefix.calls(of: failure).map(\.id))
        #expect(calls.isSuperset(of: [70, 72, 73]) && !calls.contains(71))
    }
}

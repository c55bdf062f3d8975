import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactReproduction

/// What answers of the same kind had when all was well.
struct HealthyAnswerTests {
    private func redis(_ id: Int, _ key: String, _ reply: String) -> Event {
        var event = Event.http(id, .call, id == 9 ? .failing : .history, 3, "GET \(key)", start: Int64(id) * 100)
        event.protocolName = "redis"
        event.detail = ["command": "GET", "args": [.string(key)], "reply": .string(reply)]
        event.response = StreamRange(offset: 0, length: 0)
        return event
    }

    private func subject(_ events: [Event]) -> Subject {
        var failure = Case.sample()
        failure.events = [failure.events[2]] + events
        return Subject(failure, host: machine([:]))
    }

    @Test func `a document in Redis learns what it lacks from the key of the same form that is most like it`() throws {
        let events = [
            redis(4, "task-meta-a1", #"{"status": "FAILURE", "result": {"exc_type": "ValueError"}}"#),
            redis(5, "task-meta-a2", #"{"status": "SUCCESS", "result": 3}"#),
            redis(6, "session-a2", #"{"status": "FAILURE", "result": {"wrong": 1}}"#),
            redis(9, "task-meta-a3", #"{"status": "FAILURE", "result": {"done": 5}}"#),
        ]
        let found = RedisConditions.find(subject(events)).filter { $0.event == 9 }
        let missing = try #require(found.first { $0.recorded.contains("had no result.exc_type") })
        #expect(missing.changed.contains("ValueError") && missing.changed.contains("event 4"))
        #expect(!found.contains { $0.recorded.contains("wrong") })
    }

    @Test func `what nobody has read yet is learned from what the program wrote under such a key`() throws {
        var written = redis(5, "product:a1", "OK")
        written.detail = [
            "command": "SETEX", "reply": "OK",
            "args": ["product:a1", "3600", #"{"name": "Lamp", "price": {"amount": 40}}"#],
        ]
        let events = [written, redis(9, "product:b2", #"{"name": "Desk", "price": 210}"#)]
        let found = RedisConditions.find(subject(events)).filter { $0.event == 9 && $0.recorded.contains("price") }
        #expect(found.first?.changed == #"{"amount":40} (as in event 5 of 20261121-081502-4f2a)"#)
    }

    @Test func `what is missing as a whole is learned as a whole`() throws {
        let events = [
            redis(4, "post-1", #"{"tags": ["a", "b"], "words": 7}"#), redis(9, "post-2", #"{"words": 3}"#),
        ]
        let found = RedisConditions.find(subject(events)).filter { $0.event == 9 && $0.recorded.contains("tags") }
        #expect(found.map(\.recorded) == ["GET post-2 had no tags"])
    }

    @Test func `a header that only some of the good answers have is learned from one of those`() throws {
        func answer(_ id: Int, _ phase: Event.Phase, _ connection: Int) -> Event {
            var event = Event.http(
                id, .call, phase, connection, "GET /items", start: Int64(id) * 100, peer: "10.1.2.3:80")
            event.outcome = "http:200"
            event.detail = ["method": "GET", "host": "api", "target": .string("/items?page=\(id)"), "status": 200]
            return event
        }
        var failure = Case.sample()
        let heads = [
            "HTTP/1.1 200 OK\r\nX-Total: 3\r\nContent-Length: 2\r\n\r\n[]",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        ]
        for (index, head) in heads.enumerated() {
            failure.connections.append(.tcp(10 + index, .outbound, "10.1.2.3:80", "GET /items", head))
        }
        var events = [answer(5, .history, 10), answer(6, .failing, 11), answer(7, .failing, 12)]
        for index in events.indices {
            events[index].response = StreamRange(offset: 0, length: heads[index].utf8.count)
        }
        failure.events = [failure.events[2]] + events
        let found = HTTPConditions.find(Subject(failure, host: machine([:]))).filter { $0.event == 7 }
        let missing = try #require(found.first { $0.recorded.contains("had no field X-Total") })
        #expect(missing.changed.contains("3") && missing.changed.contains("event 5"))
    }

    @Test(arguments: [("AssertionError", true), ("json.JSONDecodeError", false)])
    func `a page that the program could not read is exchanged for another page of that peer`(
        type: String, isLearned: Bool
    ) throws {
        func page(_ id: Int, _ phase: Event.Phase, _ path: String) -> Event {
            var event = Event.http(id, .call, phase, id, "GET \(path)", start: Int64(id) * 100, peer: "10.1.2.3:80")
            event.outcome = "http:200"
            event.detail = [
                "method": "GET", "host": "blog", "target": .string(path), "status": 200,
                "responseBody": ["contentType": "text/html; charset=utf-8", "text": "<p>"],
            ]
            event.response = StreamRange(offset: 0, length: head.utf8.count)
            return event
        }
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\n<p>"
        var failure = Case.sample()
        failure.exceptions = [.sample(type: type, message: "")]
        failure.connections += [10, 11].map { .tcp($0, .outbound, "10.1.2.3:80", "GET /", head) }
        failure.events = [failure.events[2], page(10, .history, "/one"), page(11, .failing, "/two")]
        let found = HTTPConditions.find(Subject(failure, host: machine([:]))).filter {
            $0.event == 11 && $0.kind == .answer
        }
        #expect(found.contains { $0.changed.contains("event 10") } == isLearned)
    }

    @Test(arguments: [
        ("SELECT * FROM t WHERE id = 47 AND n2 = 'o''k'", "SELECT * FROM t WHERE id = ? AND n2 = ?"),
        (#"INSERT INTO t VALUES (1, NULL, 'a\'b', 2.5)"#, "INSERT INTO t VALUES (?)"),
        ("SELECT a1 FROM t WHERE b IS NULL AND c IN (1, 2, 3)", "SELECT a1 FROM t WHERE b IS NULL AND c IN (?)"),
        ("SELECT $1, x FROM t LIMIT 10", "SELECT $1, x FROM t LIMIT ?"), ("SELECT 'open", "SELECT ?"),
    ])
    func `a statement without the values that are written into it`(sql: String, form: String) {
        #expect(StatementForm.of(sql) == form)
    }

    @Test func `a row that was not there is learned from the same question for another, with the values asked for`()
        throws
    {
        func statement(_ id: Int, _ key: Int, _ rows: [[JSONValue]]) -> Event {
            var event = Event.http(id, .call, id == 9 ? .failing : .history, 3, "SELECT", start: Int64(id) * 100)
            event.protocolName = "mysql"
            event.detail = [
                "sql": .string("SELECT id, name FROM authors WHERE id = \(key)"), "columns": ["id", "name"],
                "rows": .array(rows.map(JSONValue.array)), "rowCount": .integer(Int64(rows.count)),
            ]
            event.response = StreamRange(offset: 0, length: 0)
            return event
        }
        let found = RowConditions.find(subject([statement(4, 2, [["2", "Bob"]]), statement(9, 7, [])]))
        let row = try #require(found.first { $0.event == 9 && $0.changed.contains("the row of event 4") })
        guard case .edit(9, .insertRow(let values)) = row.change else { throw ReproductionError(.plan, "no row") }
        #expect(values == ["7", "Bob"])
    }
}

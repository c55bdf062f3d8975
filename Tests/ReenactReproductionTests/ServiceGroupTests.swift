import ReenactRunner
import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactReproduction

/// A gateway that asked for orders, which asked a database; made by hand.
struct ServiceGroupTests {
    private static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"total\": 20}"

    private static func question(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n" }

    private func service(
        _ id: String, _ name: String, at server: String, path: String, calls: [(peer: String, path: String)] = []
    ) -> Case {
        var value = Case(
            id: id, anchor: .init(unixNanoseconds: 0), failureTime: 900,
            signature: .init(kind: .rule, outcome: "http:200", operation: "GET \(path)"),
            trigger: .init(kind: .request, event: 1, summary: "GET \(path)", server: server, time: 100),
            environment: Environment(command: ["python3", "/srv/\(name).py"], workingDirectory: "/srv"))
        value.environment.codeFiles = ["/srv/\(name).py"]
        value.connections = [.tcp(1, .inbound, server, Self.question(path), Self.answer)]
        value.events = [event(1, .request, path, peer: "client")]
        for (index, call) in calls.enumerated() {
            value.connections.append(.tcp(index + 2, .outbound, call.peer, Self.question(call.path), Self.answer))
            value.events.append(event(index + 2, .call, call.path, peer: call.peer))
        }
        return value
    }

    private func event(_ id: Int, _ kind: Event.Kind, _ path: String, peer: String) -> Event {
        var event = Event.http(id, kind, .failing, id, "GET \(path)", start: 100 + Int64(id), peer: peer)
        event.request = .init(offset: 0, length: Self.question(path).utf8.count)
        event.response = .init(offset: 0, length: Self.answer.utf8.count)
        event.outcome = "http:200"
        event.result = "200, 13 B"
        return event
    }

    private var two: [Case] {
        [
            service("20261121-a", "orders", at: "10.0.0.5:80", path: "/orders", calls: [("10.0.0.9:99", "/stock")]),
            service("20261121-b", "gateway", at: "10.0.0.4:80", path: "/buy", calls: [("10.0.0.5:80", "/orders")]),
        ]
    }

    private func message(_ cases: [Case]) -> String {
        do throws(ReproductionError) {
            _ = try ServiceGroup(cases)
            return ""
        } catch {
            return error.code == .group ? error.description : "another error: \(error)"
        }
    }

    @Test func `the service that nobody calls is the front, and its calls lead to the others`() throws {
        let group = try ServiceGroup(two)
        #expect(group.members.map(\.name) == ["orders", "gateway"])
        #expect(group.front == 1 && group.inOrder == [1, 0])
        #expect(group.members[1].links == ["10.0.0.5:80": 0])
        #expect(group.members[0].links.isEmpty, "what is not among the cases stays a stub")
    }

    @Test func `a service is meant by its name, number, address or case`() throws {
        let group = try ServiceGroup(two)
        #expect(group.number(of: "gateway") == 1 && group.number(of: "1") == 0)
        #expect(group.number(of: "10.0.0.4:80") == 1 && group.number(of: "20261121-a") == 0)
        #expect(group.number(of: "20261121") == nil && group.number(of: "nobody") == nil)
    }

    @Test func `of several cases of one service the latest is used, and holds the calls before it`() throws {
        var earlier = service("20261121-0", "orders", at: "10.0.0.5:80", path: "/other")
        earlier.trigger.time = 50
        let caller = service(
            "20261121-b", "gateway", at: "10.0.0.4:80", path: "/buy",
            calls: [("10.0.0.5:80", "/other"), ("10.0.0.5:80", "/orders")])
        let group = try ServiceGroup([earlier, two[0], caller])
        #expect(group.members.map(\.failure.id) == ["20261121-a", "20261121-b"] && group.front == 1)
        #expect(group.members[1].links == ["10.0.0.5:80": 0])
        #expect(group.notes.count == 1 && group.notes[0].contains("20261121-0"), "\(group.notes)")
    }

    @Test func `cases that nothing joins are refused, and the stranger is named`() {
        let stranger = service("20261121-c", "mail", at: "10.0.0.7:25", path: "/send")
        let text = message(two + [stranger])
        #expect(text.contains("nothing joins mail (20261121-c)") && text.contains("reenact incident"), "\(text)")
        #expect(message([two[0], two[0]]).contains("named twice"))
    }

    @Test func `a service that takes its peer's port everywhere is refused with the remedy`() {
        let cases = [
            two[0],
            service("20261121-b", "gateway", at: "0.0.0.0:80", path: "/buy", calls: [("10.0.0.5:80", "/orders")]),
        ]
        let text = message(cases)
        #expect(
            text.contains("gateway listens at every address on port 80, and calls orders at 10.0.0.5:80"), "\(text)")
        #expect(text.contains("Record gateway with an address of its own"))
    }

    @Test func `one address of two services is a gateway between them`() {
        let cases = [
            service("20261121-a", "orders", at: "10.0.0.5:80", path: "/orders"),
            service("20261121-d", "stock", at: "10.0.0.6:80", path: "/stock"),
            service(
                "20261121-b", "front", at: "10.0.0.4:80", path: "/buy",
                calls: [("127.0.0.1:8080", "/orders"), ("127.0.0.1:8080", "/stock")]),
        ]
        #expect(message(cases).contains("nothing joins"), "bytes alone join at the same place only")
        let traced = cases.map { failure in
            var failure = failure
            for index in failure.events.indices {
                failure.events[index].detail = [
                    "method": "GET", "target": .string(String(failure.events[index].summary.dropFirst(4))),
                    "requestHeaders": [["traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"]],
                ]
            }
            return failure
        }
        #expect(message(traced).contains("a gateway between them"), "\(message(traced))")
    }

    @Test func `other code goes to the service that is named, or that it fits`() throws {
        let group = try ServiceGroup(two)
        let host = machine([
            "/srv/orders.py": "", "/srv/gateway.py": "", "/new/orders.py": "", "/both/orders.py": "",
            "/both/gateway.py": "",
        ])
        #expect(try GroupCode(["/new"], group, host: host).texts == [0: "/new"])
        #expect(try GroupCode(["gateway=/both=/srv"], group, host: host).texts == [1: "/both=/srv"])
        #expect(try GroupCode(["1=/new", "2=/both"], group, host: host).texts == [0: "/new", 1: "/both"])
        #expect(throws: ReproductionError.self) { try GroupCode(["/both"], group, host: host) }
        #expect(throws: ReproductionError.self) { try GroupCode(["orders=/new", "/new"], group, host: host) }
    }

    // MARK: - Calls between them

    private func records(_ path: String?, answer: String = ServiceGroupTests.answer) -> [AttemptRecord] {
        var records = [AttemptRecord.done(), AttemptRecord.done()]
        records[0].answers = []
        guard let path else { return records }
        var passed = Connection.tcp(1, .outbound, "10.0.0.5:80", Self.question(path), answer)
        for index in passed.segments.indices { passed.segments[index].time += 40 }
        records[1].passed = [.init(connection: passed, service: 0)]
        return records
    }

    @Test func `a call that passed is the recorded one, and its answer the callee's`() throws {
        let group = try ServiceGroup(two)
        let calls = LinkedCalls(records("/orders"), group)
        #expect(calls.calls.count == 1 && calls.calls[0].event?.id == 2)
        let done = calls.completing(records("/orders"), group)
        #expect(done[1].meetings.map(\.encounter.event) == [2])
        #expect(done[0].answers.map(\.status) == [200] && done[0].answers[0].event == 1)
        let told = GroupResult.told(calls, group)
        #expect(told[0].from == "gateway" && told[0].to == "orders" && told[0].isSameBody == true)
        #expect(told[0].recorded == "200, 13 B" && told[0].seen?.hasPrefix("200") == true)
    }

    @Test func `a call that was not recorded is answered all the same, and a recorded one that did not come is told`()
        throws
    {
        let group = try ServiceGroup(two)
        let calls = LinkedCalls(records("/other"), group)
        #expect(calls.calls.map { $0.event?.id } == [nil, 2])
        #expect(calls.calls[0].encounter?.relaxations == ["answered by a live service"])
        #expect(calls.calls[1].exchange == nil && GroupResult.told(calls, group)[1].seen == nil)
        #expect(!LinkedCalls(records(nil), group).isCalled(0))
    }

    @Test func `who did not fail is judged by its answer`() throws {
        let group = try ServiceGroup(two)
        func judged(_ answer: String, isChanged: Bool) -> RunResult.Attempt {
            let seen = records("/orders", answer: answer)
            let record = LinkedCalls(seen, group).completing(seen, group)[0]
            let failure = group.members[0].failure
            return Bystander.judged(
                Judge(failure, isChanged: isChanged).judge(record, withHistory: false), failure, record,
                isChanged: isChanged)
        }
        #expect(judged(Self.answer, isChanged: false).outcome == .reproduced)
        let other = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"total\": \"\"}"
        #expect(judged(other, isChanged: true).outcome == .notReproduced)
        #expect(judged(other, isChanged: true).reason.contains("It answered otherwise"))
        let number = Self.answer.replacing("20}", with: "21}")
        #expect(judged(number, isChanged: false).reason.contains("but for numbers"))
        #expect(judged(number, isChanged: true).outcome == .notReproduced)
    }

    // MARK: - The report

    @Test func `lines of several runners become a record each, in any cut`() throws {
        let lines =
            "- {\"hello\":{\"nonce\":\"n\"}}\n1 {\"hello\":{\"nonce\":\"b\"}}\n0 {\"hello\":{\"nonce\":\"a\"}}\n"
            + "1 {\"stage\":{\"name\":\"ready\",\"time\":7}}\n0 {\"done\":{\"time\":9}}\n- {\"done\":{\"time\":10}}\n"
        let bytes = Array(lines.utf8)
        for cut in bytes.indices {
            var collector = GroupCollector(nonce: "n", services: ["a", "b"])
            let areTaken = [collector.take(bytes[..<cut]), collector.take(bytes[cut...])]
            #expect(areTaken == [true, true])
            #expect(collector.isDone)
            let (records, own) = collector.finish()
            #expect(records[0].isDone && records[1].stages == ["ready": 7] && own.hasHello)
        }
        var collector = GroupCollector(nonce: "n", services: ["a"])
        let isTaken = collector.take(Array("7 {}\n".utf8)[...])
        #expect(!isTaken, "no such service")
    }
}

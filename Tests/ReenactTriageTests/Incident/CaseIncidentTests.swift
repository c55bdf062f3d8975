import ReenactTimeline
import Testing

@testable import ReenactTriage

/// Cases of a shop, its orders and its stock, made by hand: each asked the next one.
struct CaseIncidentTests {
    private let trace = "4bf92f3577b34da6a3ce929d0e0e4736"

    /// - Parameters:
    ///   - skew: nanoseconds that the machine's clock is ahead.
    ///   - calls: whom it asked, with which answer.
    private func failure(
        _ id: String, _ name: String, at server: String, from start: Int64, to end: Int64, skew: Int64 = 0,
        traced: Bool = true, path: String,
        calls: [(peer: String, path: String, outcome: OutcomeClass, start: Int64, end: Int64)] = [],
        message: String = "boom"
    ) -> Case {
        let header: JSONValue = traced ? [["traceparent", .string("00-\(trace)-00f067aa0ba902b7-01")]] : []
        var environment = Environment(
            command: ["/usr/bin/python3", "/srv/\(name).py", "8000"], workingDirectory: "/srv")
        environment.hostName = name
        let origin: Int64 = 1_700_000_000_000_000_000
        var value = Case(
            id: id, anchor: .init(unixNanoseconds: origin + skew), failureTime: end,
            signature: .init(
                kind: .status, exceptionType: "RuntimeError", message: message, frames: ["work \(name).py"],
                outcome: "http:500", operation: "GET \(path)"),
            trigger: .init(kind: .request, event: 1, summary: "GET \(path)", server: server, time: start),
            environment: environment)
        func request(_ path: String) -> [UInt8] { Array("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n".utf8) }
        var inbound = Connection(id: 1, direction: .inbound, transport: .tcp, server: server, opened: start)
        inbound.segments = [Segment(side: .client, time: start, offset: 0, bytes: request(path))]
        value.connections = [inbound]
        value.events = [
            Event(
                id: 1, kind: .request, phase: .failing, protocolName: "http", peer: "client", connection: 1,
                start: start,
                end: end, summary: "GET \(path)", outcome: "http:500",
                request: .init(offset: 0, length: request(path).count),
                detail: ["method": "GET", "target": .string(path), "requestHeaders": header, "status": 500])
        ]
        for (number, call) in calls.enumerated() {
            var line = Connection(
                id: number + 2, direction: .outbound, transport: .tcp, server: call.peer, opened: call.start)
            line.segments = [Segment(side: .client, time: call.start, offset: 0, bytes: request(call.path))]
            value.connections.append(line)
            let status = Int64(call.outcome.rawValue.split(separator: ":").last ?? "") ?? 0
            value.events.append(
                Event(
                    id: number + 2, kind: .call, phase: .failing, protocolName: "http", peer: call.peer,
                    connection: number + 2, start: call.start, end: call.end, summary: "GET \(call.path)",
                    outcome: call.outcome, request: .init(offset: 0, length: request(call.path).count),
                    detail: [
                        "method": "GET", "target": .string(call.path), "requestHeaders": header,
                        "status": .integer(status),
                    ]))
        }
        value.exceptions = [
            ExceptionRecord(
                type: "RuntimeError", message: message, language: "python", handling: .reported, time: end - 1,
                process: 1, frames: [.init(function: "work", file: "/srv/\(name).py", line: 3)])
        ]
        return value
    }

    private func three(traced: Bool = true, skew: Int64 = 0) -> [Case] {
        [
            failure(
                "c", "gateway", at: "127.0.0.1:8001", from: 100, to: 900, traced: traced, path: "/buy",
                calls: [("127.0.0.1:8002", "/orders", "http:500", 200, 800)]),
            failure(
                "b", "orders", at: "127.0.0.1:8002", from: 250, to: 750, skew: skew, traced: traced, path: "/orders",
                calls: [("127.0.0.1:8003", "/stock", "http:500", 300, 700)]),
            failure("a", "stock", at: "127.0.0.1:8003", from: 350, to: 650, traced: traced, path: "/stock"),
        ]
    }

    private func incident(_ cases: [Case], causes: [String: CaseCause] = [:]) throws -> CaseIncident {
        let graph = CaseGraph(cases)
        let group = try #require(graph.groups.first)
        return CaseIncident(group, graph, causes: causes)
    }

    @Test(arguments: [true, false])
    func `the chain goes down to the service that nobody else failed`(_ isTraced: Bool) throws {
        let found = try incident(three(traced: isTraced))
        #expect(found.chain.map(\.component) == ["gateway", "orders", "stock"])
        #expect(found.ranking.first?.component == "stock" && found.ranking.map(\.rank) == [1, 2, 3])
        #expect(
            found.links.map(\.evidence) == (isTraced ? ["trace and bytes", "trace and bytes"] : ["bytes", "bytes"]))
        #expect(found.sentence.hasPrefix("stock misbehaved first") && found.sentence.contains("orders and gateway"))
    }

    @Test func `the order of the names does not matter`() throws {
        #expect(try incident(three()).chain == incident(three().reversed()).chain)
    }

    @Test func `a clock that is an hour ahead is brought back by the messages`() throws {
        let hour: Int64 = 3_600_000_000_000
        let found = try incident(three(skew: hour))
        let orders = try #require(found.timeline.first { $0.component == "orders" })
        let asked = try #require(found.timeline.first { $0.summary.contains("asked orders") })
        let answered = try #require(found.timeline.last { $0.component == "orders" })
        let got = try #require(found.timeline.first { $0.component == "gateway" && $0.summary.hasPrefix("got") })
        #expect(asked.time <= orders.time && answered.time <= got.time && orders.uncertainty <= 100)
        #expect(found.contradictoryClocks.isEmpty)
    }

    @Test func `messages that no clock can explain are told`() throws {
        var cases = three()
        // Answered before it was asked, for longer than the caller waited.
        cases[1].events[0].end = 5000
        #expect(try incident(cases).contradictoryClocks.contains("b"))
    }

    @Test func `a peer without a case is named by its address`() throws {
        let cause = CaseCause(sentence: "it answered null", event: 2, isProven: true, confidence: 0.97)
        let found = try incident(Array(three().prefix(2)), causes: ["b": cause])
        #expect(found.ranking.first?.component == "127.0.0.1:8003" && found.ranking.first?.signal == "experiment")
        #expect(found.chain.last?.caseID == nil)
    }

    @Test func `a wrong input is the affair of whoever sent it`() throws {
        let cause = CaseCause(sentence: "amount was -87", event: 1, isProven: true, confidence: 0.97, value: "-87")
        let found = try incident(three(), causes: ["a": cause])
        #expect(found.ranking.first?.component == "orders")
    }

    @Test func `a wrong input that came from outside is the affair of who could not deal with it`() throws {
        let cause = CaseCause(sentence: "the path was /buy", event: 1, isProven: true, confidence: 0.97, value: "/buy")
        let found = try incident([three()[0]], causes: ["c": cause])
        #expect(found.ranking.first?.component == "gateway")
    }

    @Test func `strangers are no incident`() {
        var other = failure("d", "other", at: "127.0.0.1:8009", from: 1, to: 9, traced: false, path: "/else")
        other.events[0].detail = .null
        let graph = CaseGraph(three() + [other])
        #expect(graph.groups.map(\.count).sorted() == [1, 3])
    }

    @Test func `a circle of calls ends`() throws {
        let first = failure(
            "a", "one", at: "127.0.0.1:1", from: 1, to: 100, path: "/1",
            calls: [("127.0.0.1:2", "/2", "http:500", 10, 90)])
        let second = failure(
            "b", "two", at: "127.0.0.1:2", from: 20, to: 80, path: "/2",
            calls: [("127.0.0.1:1", "/1", "http:500", 30, 70)])
        let found = try incident([first, second])
        #expect(found.chain.count <= 3)
    }

    @Test func `a storm of a hundred cases is put together in bounded time`() throws {
        let cases = (0..<100).flatMap { number in
            three(traced: false).map { failure in
                var failure = failure
                failure.id += "\(number)"
                return failure
            }
        }
        let graph = CaseGraph(cases)
        #expect(graph.links.count <= 200)
        #expect(!graph.groups.isEmpty)
    }
}

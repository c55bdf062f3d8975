import ReenactExecution
import ReenactTimeline
import Testing

@testable import ReenactCommands

struct ExecutionTimelineTests {
    private func take(_ timeline: ExecutionTimeline, _ socket: Int, _ time: UInt64, _ body: SocketEvent.Body) {
        timeline.take(SocketEvent(socket: socket, task: 0, time: time, body: body))
    }

    @Test func `bytes of sockets become requests and calls in order of time`() throws {
        let timeline = ExecutionTimeline()
        take(timeline, 1, 10, .opened(isInbound: true, isDatagram: false, server: "", client: "10.0.0.9:999", errno: 0))
        take(timeline, 1, 20, .received(Array("GET /orders/7 HTTP/1.1\r\nHost: shop\r\n\r\n".utf8)))
        take(
            timeline, 2, 30, .opened(isInbound: false, isDatagram: false, server: "10.0.0.2:6379", client: "", errno: 0)
        )
        take(timeline, 2, 40, .sent(Array("*2\r\n$3\r\nGET\r\n$1\r\na\r\n".utf8)))
        take(timeline, 2, 50, .received(Array("$2\r\nhi\r\n".utf8)))
        take(timeline, 1, 60, .sent(Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi".utf8)))
        take(
            timeline, 3, 70, .opened(isInbound: false, isDatagram: false, server: "10.0.0.3:1", client: "", errno: 111))
        take(timeline, 1, 80, .closed)
        let events = timeline.events()
        #expect(events.map(\.protocolName) == ["http", "redis", ""])
        #expect(events.map(\.kind) == [.request, .call, .transport])
        #expect(events.map(\.id) == [1, 2, 3])
        let first = try #require(events.first)
        #expect(first.summary == "GET /orders/7" && first.outcome == "http:200")
        #expect(first.start == 20 && first.end == 60)
        #expect(ExecutionTimeline.line(first).contains("GET /orders/7"))
        #expect(events.last?.outcome == "refused")
    }

    @Test func `what was sent unseen leaves a gap and no wrong answer`() {
        let timeline = ExecutionTimeline()
        take(timeline, 1, 10, .opened(isInbound: true, isDatagram: false, server: "", client: "10.0.0.9:999", errno: 0))
        take(timeline, 1, 20, .received(Array("GET /file HTTP/1.1\r\n\r\n".utf8)))
        take(timeline, 1, 30, .sentUnseen(5000))
        take(timeline, 1, 40, .sent(Array("HTTP/1.1 500 No\r\n\r\n".utf8)))
        take(timeline, 9, 50, .sent([1, 2, 3]))
        #expect(timeline.events().allSatisfy { $0.outcome != "http:500" })
        #expect(timeline.events().first?.summary == "GET /file")
    }
}

import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactCapture

/// Two requests on two connections, [100, 200] and [150, 300], and calls on one shared connection.
struct AttributorTests {
    private let journal = Journal(bytesMax: 1 << 20)
    private let request = "GET /a HTTP/1.1\r\nHost: h\r\nX-Request-Id: "
    private let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)

    init() {
        add(1, inode: 11, from: 100, to: 200, id: "one-1234567890")
        add(2, inode: 12, from: 150, to: 300, id: "two-1234567890")
        journal.firstRequest = 100
    }

    private func add(_ id: Int, inode: UInt64, from: Instant, to: Instant, id name: String) {
        let log = ConnectionLog(
            Connection(id: id, direction: .inbound, transport: .tcp, server: "127.0.0.1:80", opened: from - 10),
            inode: inode)
        log.received(Array((request + name + "\r\n\r\n").utf8)[...], side: .client, offset: 0, time: from)
        log.received(answer[...], side: .server, offset: 0, time: to)
        log.catchUp()
        journal.logs[id] = log
        journal.acceptedByInode[inode] = [id]
    }

    private func call(
        at time: Instant, headers: String = "", sends: [ConnectionLog.SendStamp] = []
    )
        -> Attributor.Attribution
    {
        let log = ConnectionLog(
            Connection(id: 9, direction: .outbound, transport: .tcp, server: "127.0.0.1:81", opened: 0), inode: 99)
        let bytes = Array("GET /b HTTP/1.1\r\nHost: h\r\n\(headers)\r\n".utf8)
        log.received(bytes[...], side: .client, offset: 0, time: time)
        log.received(answer[...], side: .server, offset: 0, time: time + 1)
        log.sends = sends
        journal.logs[9] = log
        log.catchUp()
        return Attributor(journal).attribute(log.exchanges.all[0], on: log)
    }

    @Test func `a printed line belongs to the request in flight, or to the one that was just answered`() {
        let attributor = Attributor(journal)
        func line(_ time: Instant, slack: Instant = 50) -> (Int?, Bool) {
            let found = attributor.ofLine(at: time, slack: slack)
            return (found.cause?.connection, found.source == .ambiguous)
        }
        #expect(line(120) == (1, false) && line(250) == (2, false))
        #expect(line(160) == (2, true), "of two in flight the last to begin, and it is a guess")
        #expect(line(340) == (2, true))
        #expect(line(400) == (nil, true) && line(50) == (nil, true))
    }

    @Test func `what the runtime says counts most`() {
        let stamp = ConnectionLog.SendStamp(offset: 0, length: 40, context: .init(inode: 12, offset: 80), time: 160)
        let found = call(at: 160, sends: [stamp])
        #expect(found.cause == .init(connection: 2, ordinal: 0) && found.source == .runtimeContext)
    }

    @Test func `a request's number on its socket is understood too`() {
        let stamp = ConnectionLog.SendStamp(offset: 0, length: 40, context: .init(inode: 11, number: 1), time: 160)
        #expect(call(at: 160, sends: [stamp]).cause == .init(connection: 1, ordinal: 0))
    }

    @Test func `an identifier in the bytes decides where the runtime is silent`() {
        let found = call(at: 160, headers: "X-Request-Id: one-1234567890\r\n")
        #expect(found.cause == .init(connection: 1, ordinal: 0) && found.source == .identifier)
    }

    @Test func `alone in its time is a cause, with less confidence`() {
        let found = call(at: 120)
        #expect(found.cause == .init(connection: 1, ordinal: 0) && found.source == .uniqueWindow)
        #expect(found.confidence < 0.95)
    }

    @Test func `two in flight and nothing else is ambiguous, never a guess`() {
        let found = call(at: 160)
        #expect(found.cause == nil && found.source == .ambiguous)
    }

    @Test(arguments: [(Instant(190), 1, Edge.Source.lease), (250, 2, .uniqueWindow)])
    func `a transaction lends its connection until its request is answered`(
        time: Instant, connection: Int, source: Edge.Source
    ) {
        let log = ConnectionLog(
            Connection(id: 9, direction: .outbound, transport: .tcp, server: "127.0.0.1:81", opened: 0), inode: 99)
        var offsets = (client: 0, server: 0)
        for (start, words, reply) in [(Instant(120), ["MULTI"], "+OK"), (time, ["GET", "a"], "+QUEUED")] {
            let command = "*\(words.count)\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
            let bytes = (asked: Array(command.utf8), came: Array("\(reply)\r\n".utf8))
            log.received(bytes.asked[...], side: .client, offset: offsets.client, time: start)
            log.received(bytes.came[...], side: .server, offset: offsets.server, time: start + 1)
            offsets = (offsets.client + bytes.asked.count, offsets.server + bytes.came.count)
        }
        log.catchUp()
        journal.logs[9] = log
        let found = Attributor(journal).attribute(log.exchanges.all[1], on: log)
        #expect(found.cause == .init(connection: connection, ordinal: 0))
        #expect(found.source == source)
    }

    @Test func `two contradicting stamps are no runtime context`() {
        let stamps = [11, 12].map {
            ConnectionLog.SendStamp(
                offset: 0, length: 40, context: .init(inode: UInt64($0), offset: 80), time: 160)
        }
        #expect(call(at: 160, sends: stamps).source == .ambiguous)
    }

    @Test func `before the first request it is the program's start`() {
        let found = call(at: 50)
        #expect(found.cause == nil && found.source == .uniqueWindow && found.confidence == 1)
    }
}

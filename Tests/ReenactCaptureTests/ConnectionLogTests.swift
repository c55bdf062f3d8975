import ReenactProtocols
import ReenactTesting
import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactCapture

/// What a long life leaves of a connection: the ring lets exchanges go, and the rest must still be readable.
struct ConnectionLogTests {
    private func log(_ direction: Connection.Direction, port: Int) -> ConnectionLog {
        ConnectionLog(
            Connection(id: 1, direction: direction, transport: .tcp, server: "127.0.0.1:\(port)", opened: 0), inode: 1)
    }

    private final class Feed {
        let log: ConnectionLog
        var client = 0
        var server = 0
        init(_ log: ConnectionLog) { self.log = log }
        func ask(_ bytes: [UInt8], at time: Instant) {
            log.received(bytes[...], side: .client, offset: client, time: time)
            client += bytes.count
        }
        func answer(_ bytes: [UInt8], at time: Instant) {
            log.received(bytes[...], side: .server, offset: server, time: time)
            server += bytes.count
        }
    }

    private func exchanges(of connection: Connection) throws -> [Exchange] {
        let named = try #require(Protocols.named(connection.protocolName))
        return Tape.exchanges(of: connection, recorder: named.recorder(), event: { _ in (0, .failing) }).map(\.exchange)
    }

    private func get(_ path: String) -> [UInt8] { Array("GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n".utf8) }
    private func ok(_ body: String) -> [UInt8] {
        Array("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
    }

    @Test(arguments: [Connection.Direction.inbound, .outbound])
    func `a keep-alive connection whose beginning was let go reads from there on`(
        direction: Connection.Direction
    ) throws {
        let log = log(direction, port: 80)
        let feed = Feed(log)
        for number in 0..<100 {
            feed.ask(get("/\(number)"), at: Instant(number * 10))
            feed.answer(ok("answer \(number)"), at: Instant(number * 10 + 5))
        }
        let before = log.storedBytes
        #expect(log.trim(before: 900) == 90)
        #expect(log.storedBytes < before / 3)
        feed.ask(get("/last"), at: 2000)
        log.prepareForCase()
        let read = try exchanges(of: log.closedUp)
        #expect(read.count == 11 && read[0].summary == "GET /90" && read[10].summary == "GET /last")
        #expect(read[9].result.hasPrefix("200"))
        #expect(log.exchange(closedUpAt: read[3].request.offset)?.ordinal == 93)
        #expect(log.exchange(closedUpAt: read[10].request.offset)?.ordinal == 100)
    }

    private func message(_ type: Character, _ body: [UInt8]) -> [UInt8] {
        let length = UInt32(body.count + 4)
        return [type.asciiValue ?? 0] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) } + body
    }

    @Test func `a statement prepared an hour ago is still known when all else of that time is gone`() throws {
        let log = log(.outbound, port: 5432)
        let feed = Feed(log)
        let startup: [UInt8] = [0, 3, 0, 0] + Array("user\0a\0\0".utf8)
        feed.ask([0, 0, 0, UInt8(startup.count + 4)] + startup, at: 1)
        feed.answer(message("R", [0, 0, 0, 0]) + message("Z", [0x49]), at: 2)
        feed.ask(message("P", Array("s1\0SELECT 47\0".utf8) + [0, 0]) + message("S", []), at: 3)
        feed.answer(message("1", []) + message("Z", [0x49]), at: 4)
        let run =
            message("B", Array("\0s1\0".utf8) + [0, 0, 0, 0, 0, 0]) + message("E", Array("\0".utf8) + [0, 0, 0, 0])
        let rows =
            message("2", []) + message("D", [0, 1, 0, 0, 0, 2, 0x34, 0x37]) + message("C", Array("SELECT 1\0".utf8))
        for number in 0..<50 {
            feed.ask(run + message("S", []), at: Instant(10 + number * 10))
            feed.answer(rows + message("Z", [0x49]), at: Instant(15 + number * 10))
        }
        #expect(log.trim(before: 495) == 48)
        log.prepareForCase()
        let read = try exchanges(of: log.closedUp)
        #expect(read.count == 4, "\(read.map(\.summary))")
        #expect(read.suffix(2).allSatisfy { $0.summary == "SELECT 47" && $0.outcome == "rows:1" })
    }

    @Test func `an answer too large to keep does not hide those behind it`() throws {
        let log = log(.outbound, port: 5432)
        let feed = Feed(log)
        let startup: [UInt8] = [0, 3, 0, 0] + Array("user\0a\0\0".utf8)
        feed.ask([0, 0, 0, UInt8(startup.count + 4)] + startup, at: 1)
        feed.answer(message("R", [0, 0, 0, 0]) + message("Z", [0x49]), at: 2)
        feed.ask(message("Q", Array("SELECT big\0".utf8)), at: 3)
        let cell = [UInt8](repeating: 0x61, count: 100_000)
        for _ in 0..<60 { feed.answer(message("D", [0, 1, 0, 1, 0x86, 0xa0] + cell), at: 4) }
        feed.answer(message("C", Array("SELECT 60\0".utf8)) + message("Z", [0x49]), at: 5)
        feed.ask(message("Q", Array("SELECT small\0".utf8)), at: 6)
        feed.answer(
            message("D", [0, 1, 0, 0, 0, 1, 0x31]) + message("C", Array("SELECT 1\0".utf8)) + message("Z", [0x49]),
            at: 7)
        log.prepareForCase()
        #expect(log.connection.droppedFromServer > 1_000_000)
        let read = try exchanges(of: log.closedUp)
        #expect(read.map(\.summary).last == "SELECT small" && read.last?.outcome == "rows:1", "\(read.map(\.summary))")
    }

    @Test func `a body too large to keep has its length, and the next answer is read`() throws {
        let log = log(.outbound, port: 80)
        let feed = Feed(log)
        let length = 6_000_000
        feed.ask(get("/big"), at: 1)
        feed.answer(Array("HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\n".utf8), at: 2)
        for _ in 0..<60 { feed.answer([UInt8](repeating: 0x61, count: length / 60), at: 3) }
        feed.ask(get("/small"), at: 4)
        feed.answer(ok("x"), at: 5)
        log.prepareForCase()
        let read = try exchanges(of: log.closedUp)
        #expect(read.map(\.summary) == ["GET /big", "GET /small"])
        #expect(read[0].result.contains("6.0 MB") && read[1].result.hasPrefix("200"), "\(read.map(\.result))")
    }

    @Test func `an outline finds the failures that a full reading finds`() {
        let log = log(.inbound, port: 80)
        let feed = Feed(log)
        feed.ask(get("/a"), at: 1)
        feed.answer(Array("HTTP/1.1 500 Oh\r\nContent-Length: 3\r\nX-Request-Id: 12345678\r\n\r\nabc".utf8), at: 2)
        log.catchUp()
        let exchange = log.exchanges.all[0]
        #expect(exchange.outcome == "http:500" && exchange.responseEnd == 2 && exchange.identifiers == ["12345678"])
        #expect(FailureRule().fires(on: exchange)?.kind == .status)
    }

    @Test func `a failure is noticed at once in whatever cut it comes, and nothing is read for a success`() {
        let answer = Array("HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n".utf8)
        for cut in 1..<answer.count {
            let log = log(.inbound, port: 80)
            var noticed: [Exchange] = []
            log.noticed = { noticed += $0.map(\.exchange) }
            let feed = Feed(log)
            feed.ask(get("/a"), at: 1)
            feed.answer(ok("x"), at: 2)
            feed.ask(get("/b"), at: 3)
            #expect(noticed.allSatisfy { $0.ordinal == 0 }, "cut \(cut)")
            feed.answer(Array(answer[..<cut]), at: 4)
            feed.answer(Array(answer[cut...]), at: 5)
            #expect(
                noticed.contains { $0.outcome == "http:503" && $0.ordinal == 1 && $0.responseEnd == 5 }, "cut \(cut)")
        }
    }

    /// Turns of a keep-alive connection, most of them plain, some in several pieces or of a rarer kind.
    private func turn(_ number: Int, using generator: inout SeededGenerator) -> [(side: Side, bytes: [UInt8])] {
        let body = String(repeating: "b", count: Int.random(in: 0...300, using: &generator))
        switch Int.random(in: 0..<10, using: &generator) {
        case 0:
            let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"
            return [
                (.client, get("/\(number)")), (.server, Array(chunks.utf8)), (.server, Array("0\r\n\r\n".utf8)),
            ]
        case 1:
            let put = "PUT /\(number) HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
            return [
                (.client, Array(put.utf8)), (.server, Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)),
                (.client, Array("data".utf8)), (.server, ok(body)),
            ]
        case 2:
            return [(.client, get("/\(number)") + get("/\(number)/again")), (.server, ok(body)), (.server, ok(""))]
        case 3:
            let answer = ok(body + "end")
            return [
                (.client, get("/\(number)")), (.server, Array(answer.dropLast(2))), (.server, Array(answer.suffix(2))),
            ]
        default: return [(.client, get("/\(number)")), (.server, ok(body))]
        }
    }

    @Test(arguments: 1...40)
    func `what is let go unread leaves what is let go after reading`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let (read, skimmed) = (log(.inbound, port: 80), log(.inbound, port: 80))
        let feeds = [Feed(read), Feed(skimmed)]
        var time: Instant = 0
        for number in 0..<120 {
            for piece in turn(number, using: &generator) {
                time += 10
                for feed in feeds {
                    if piece.side == .client { feed.ask(piece.bytes, at: time) }
                    if piece.side == .server { feed.answer(piece.bytes, at: time) }
                }
                read.catchUp()
                guard Int.random(in: 0..<20, using: &generator) == 0 else { continue }
                #expect(skimmed.openSince() == read.openSince())
                let limit = time - Instant.random(in: 0...300, using: &generator)
                #expect(skimmed.trim(before: limit) == read.trim(before: limit))
                #expect(skimmed.connection.segments == read.connection.segments)
            }
        }
        skimmed.prepareForCase()
        #expect(skimmed.exchanges.all == read.exchanges.all && !read.exchanges.all.isEmpty)
        #expect(skimmed.storedBytes == read.storedBytes)
        #expect(skimmed.closedUp == read.closedUp)
        #expect(try exchanges(of: skimmed.closedUp).allSatisfy { $0.outcome == "http:200" })
        // Room is left for what is one exchange, whatever passed before it.
        #expect(skimmed.connection.droppedFromServer == 0)
    }

    @Test func `a busy connection keeps its bytes though nothing of it is ever read`() {
        let log = log(.outbound, port: 80)
        let feed = Feed(log)
        let body = String(repeating: "x", count: 200_000)
        for number in 0..<60 {
            feed.ask(get("/\(number)"), at: Instant(number * 10))
            feed.answer(ok(body), at: Instant(number * 10 + 5))
        }
        #expect(log.connection.droppedFromServer == 0 && log.storedBytes > 12_000_000)
        #expect(log.trim(before: 1000) == 60 && log.connection.segments.isEmpty)
        #expect(log.exchanges.all.isEmpty && log.storedBytes == 0)
    }
}

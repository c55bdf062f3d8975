import ReenactTimeline
import ReenactWire
import ReenactWireTesting
import Testing

@testable import ReenactHTTP

struct HTTPRecorderTests {
    func exchanges(_ dialogue: Dialogue) -> [Exchange] { dialogue.exchanges(HTTP.recorder()).ended }

    @Test(arguments: Transcripts.all.map(\.name))
    func `any cut of the bytes gives the same exchanges`(name: String) throws {
        let dialogue = try #require(Transcripts.all.first { $0.name == name }).dialogue
        let whole = dialogue.exchanges(HTTP.recorder())
        #expect(whole.failure == nil)
        #expect(!whole.ended.isEmpty || name == "silence")
        for cut in Dialogue.Cut.all {
            let other = dialogue.exchanges(HTTP.recorder(), cut: cut)
            #expect(other.ended == whole.ended, "\(cut)")
        }
    }

    @Test func `a plain exchange says what a person wants to know`() throws {
        let exchange = try #require(exchanges(Transcripts.get).first)
        #expect(exchange.summary == "GET /pnpm/latest?limit=5&a=1")
        #expect(exchange.result == "200, 18 B application/json")
        #expect(exchange.outcome == "http:200")
        #expect(exchange.key == "GET registry.npmjs.org/pnpm/latest?a=1&limit=5")
        #expect(exchange.detail["host"] == "registry.npmjs.org")
        #expect(exchange.detail["responseBody"]?["text"] == "{\"version\":\"9.0\"}\n")
        #expect(exchange.detail["requestHeaders"]?[1] == ["Accept", "*/*"])
        #expect((exchange.requestStart, exchange.requestEnd) == (1_000_000, 1_000_000))
        #expect(exchange.responseStart == 2_000_000 && exchange.responseEnd == 2_000_000)
    }

    @Test func `answers belong to pipelined requests in order`() {
        let all = exchanges(Transcripts.pipelined)
        #expect(all.map(\.summary) == ["GET /1", "HEAD /2", "GET /3"])
        #expect(all.map(\.result) == ["200, 3 B", "200", "404, 5 B"])
        #expect(all.map(\.request.offset) == [0, 28, 57])
        #expect(all[1].response == StreamRange(offset: 41, length: 38))
    }

    @Test func `chunks, extensions and trailers are part of the range and not of the body`() throws {
        let exchange = try #require(exchanges(Transcripts.chunked).first)
        #expect(exchange.detail["requestBody"]?["text"] == "Wikipedia in \r\n")
        #expect(exchange.detail["requestBody"]?["length"] == 15)
        let length = Transcripts.chunked.connection().segments.filter { $0.side == .client }.map(\.bytes.count)
        #expect(exchange.request.length == length.reduce(0, +))
        #expect(exchange.detail["responseBody"]?["text"] == "abc")
    }

    @Test func `an answer without a length ends with the connection`() throws {
        let exchange = try #require(exchanges(Transcripts.untilClose).first)
        #expect(exchange.result == "200, 9 B")
        #expect(exchange.responseEnd != nil)
    }

    @Test func `answers without a body end with their head`() {
        #expect(exchanges(Transcripts.noBody).map(\.outcome) == ["http:204", "http:304", "http:200"])
    }

    @Test func `interim answers are part of the answer's range`() throws {
        let put = try #require(exchanges(Transcripts.expectContinue).first)
        #expect(put.outcome == "http:201")
        #expect(put.response?.offset == 0)
        #expect(put.request.length == 73 && put.requestEnd == 3_000_000 && put.responseStart == 2_000_000)
        #expect(exchanges(Transcripts.earlyHints).map(\.outcome) == ["http:200"])
    }

    @Test func `after a 101 the rest is one opaque exchange`() {
        let all = exchanges(Transcripts.upgrade)
        #expect(all.map(\.summary) == ["GET /chat", "upgraded to tus"])
        #expect(all[0].outcome == "http:101")
        #expect(all[1].request.length == 7 && all[1].response?.length == 4)
        #expect(all[1].result == "7 B sent, 4 B received")
    }

    @Test func `a tunnel is left to others`() throws {
        let all = exchanges(Transcripts.connect)
        #expect(all.map(\.summary) == ["CONNECT api.example.com:443"])
        #expect(all[0].detail["tunnel"] == "api.example.com:443")
        let connection = Transcripts.connect.connection()
        #expect(connection.bytes(.init(offset: all[0].request.end, length: 5), from: .client) == [0x16, 3, 1, 0, 200])
        #expect(exchanges(Transcripts.refusedConnect).map(\.summary) == ["CONNECT a:443", "GET /early"])
    }

    @Test func `an answer that comes before the request's end waits for it`() {
        let all = exchanges(Transcripts.earlyAnswer)
        #expect(all.map(\.outcome) == ["http:413"])
        #expect(all[0].detail["requestBody"]?["length"] == 10)
    }

    @Test func `faults are told apart`() {
        #expect(exchanges(Transcripts.reset).map(\.outcome) == ["reset"])
        let cut = exchanges(Transcripts.cutAnswer)[0]
        #expect((cut.outcome, cut.result) == ("reset", "reset after 200, 5 B"))
        #expect(cut.responseEnd == nil && cut.response?.length == 58)
        let recorded = Transcripts.silence.recorded(HTTP.recorder())
        #expect(recorded.map(\.exchange.outcome) == ["timeout"])
        #expect(recorded[0].ending == .silence)
        let half = Dialogue([.client(get("/")), .server("HTTP/1.1 200 O"), .close(.server, .fin)])
        #expect(half.recorded(HTTP.recorder())[0].answerBytes == Array("HTTP/1.1 200 O".utf8))
        #expect(exchanges(half)[0].outcome == "closed")
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", "GET /  HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
    ])
    func `what readers would disagree on ends the decoding`(request: String) {
        #expect(Dialogue([.client(request)]).exchanges(HTTP.recorder()).failure != nil)
    }

    @Test(arguments: ["X Request Id: 77", "X-Note : 77", "X-Note: a\r\n b", "no colon"])
    func `answers are read as clients read them`(line: String) throws {
        let answer = "HTTP/1.1 200 OK\r\n\(line)\r\nContent-Length: 2\r\n\r\nok"
        let all = exchanges(Dialogue([.client(get("/")), .server(answer)]))
        #expect(all.map(\.outcome) == ["http:200"])
        #expect(all[0].detail["responseBody"]?["text"] == "ok")
    }

    @Test func `a head of more than 64 KB ends the decoding`() {
        var recorder = HTTPRecorder()
        var offset = 0
        for _ in 0..<40 {
            let piece = Array(repeating: UInt8(ascii: "a"), count: 4000)
            _ = recorder.received(piece[...], from: .client, offset: offset, at: 1)
            offset += piece.count
            #expect(recorder.keptCount <= 65_536)
        }
        #expect(recorder.failure != nil)
    }

    @Test func `missing bytes of a head end the decoding`() {
        var recorder = HTTPRecorder()
        _ = recorder.received(Array("GET / HT".utf8)[...], from: .client, offset: 0, at: 1)
        _ = recorder.received(Array("TP/1.1\r\n\r\n".utf8)[...], from: .client, offset: 20, at: 1)
        #expect(recorder.failure == "client: bytes 8 to 20 are missing")
    }

    @Test func `a chunked body of 100 MB stays within bounded memory`() {
        var recorder = HTTPRecorder()
        var offsets: [Side: Int] = [:]
        var changes: [ExchangeChange] = []
        func feed(_ bytes: [UInt8], _ side: Side) {
            changes += recorder.received(bytes[...], from: side, offset: offsets[side, default: 0], at: 1)
            offsets[side, default: 0] += bytes.count
        }
        feed(Array("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n".utf8), .client)
        let chunk = Array("100000\r\n".utf8) + [UInt8](repeating: 7, count: 0x100000) + Array("\r\n".utf8)
        var most = 0
        for _ in 0..<100 {
            feed(chunk, .client)
            most = max(most, recorder.keptCount)
        }
        feed(Array("0\r\n\r\n".utf8), .client)
        feed(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8), .server)
        for _ in 0..<100 {
            feed(chunk, .server)
            most = max(most, recorder.keptCount)
        }
        feed(Array("0\r\n\r\n".utf8), .server)
        #expect(most < 2 * 65_536 + 1000)
        #expect(changes.count == 2)
        #expect(changes.last?.exchange.result == "200, 104.9 MB")
        #expect(changes.last?.exchange.detail["requestBody"]?["truncated"] == true)
        #expect(changes.last?.exchange.response?.length == offsets[.server])
    }

    @Test func `recognition needs a whole request line and no speech by the server`() {
        func see(_ client: String, _ server: String = "") -> Recognition {
            HTTP.recognize(client: Array(client.utf8)[...], server: Array(server.utf8)[...], port: 80)
        }
        let line = "PROPFIND /a HTTP/1.1"
        for count in 0..<line.utf8.count { #expect(see(String(line.prefix(count))) == .unsure, "\(count)") }
        #expect(see(line) == .yes)
        for other in [
            "*1\r\n$4\r\nPING", "PRI * HTTP/2.0\r\n", "SET a b\r\n", "PING\r\n", "\u{16}\u{3}\u{1}",
            "OPTIONS rtsp://x RTSP/1.0",
        ] {
            #expect(see(other) == .no, "\(other)")
        }
        #expect(see("", "+OK hello") == .no)
    }
}

import ReenactTimeline
import ReenactWire
import ReenactWireTesting
import Testing

@testable import ReenactHTTP

struct HTTPStubTests {
    func recorded(_ lines: [Dialogue.Line]) -> [Recorded] { Dialogue(lines).recorded(HTTP.recorder()) }

    @Test(arguments: [
        "get", "keep-alive", "pipelined", "chunked", "until close", "no body", "form", "multipart", "bare line feeds",
        "early hints",
    ])
    func `what was recorded is played back byte for byte`(name: String) throws {
        let dialogue = try #require(Transcripts.all.first { $0.name == name }).dialogue
        let connection = dialogue.connection()
        for cut in Dialogue.Cut.all {
            var play = Play(HTTP.stub(), dialogue.recorded(HTTP.recorder()))
            for segment in connection.segments where segment.side == .client { play.send(segment.bytes, cut: cut) }
            #expect(play.sent == connection.segments.filter { $0.side == .server }.flatMap(\.bytes), "\(cut)")
            #expect(play.encounters.allSatisfy { $0.event != nil && $0.relaxations.isEmpty })
        }
    }

    @Test func `pieces keep their delays and the close its manner`() {
        let lines: [Dialogue.Line] = [
            .client(get("/")), .server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), .server("half"),
            .close(.server, .reset),
        ]
        var play = Play(HTTP.stub(), recorded(lines))
        let actions = play.send(get("/"))
        #expect(
            actions == [
                .send(Array("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n".utf8), delay: 1_000_000),
                .send(Array("half".utf8), delay: 2_000_000), .close(.reset, delay: 3_000_000),
            ])
        #expect(play.send(get("/")) == [])
    }

    @Test func `a peer that did not answer is silent`() {
        var play = Play(HTTP.stub(), recorded([.client(get("/")), .close(.client, .fin)]))
        #expect(play.send(get("/")) == [.silence])
        var reset = Play(HTTP.stub(), Transcripts.reset.recorded(HTTP.recorder()))
        #expect(reset.send(get("/r")) == [.close(.reset, delay: 1_000_000)])
    }

    @Test(arguments: [
        get("/y"), get("/x?a=1"), post("/x", "{}"), "HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n", "nonsense\r\n\r\n",
    ])
    func `a question that was not recorded is refused`(request: String) {
        var play = Play(HTTP.stub(), recorded([.client(get("/x")), .server(okay)]))
        #expect(play.send(request) == [.close(.reset, delay: 0)])
        #expect(play.encounters.map(\.event) == [nil])
    }

    @Test func `a relaxed match is served and named`() {
        let lines: [Dialogue.Line] = [.client(post("/x", "{\"at\":1700000000}")), .server(okay)]
        var play = Play(HTTP.stub(), recorded(lines))
        play.send(post("/x", "{\"at\":1800000000}"))
        play.send(post("/x", "{\"other\":1}"))
        play.send(post("/x", "{\"at\":1700000000}", host: "127.0.0.1:9999"))
        #expect(
            play.encounters.map(\.relaxations) == [
                ["volatile values in body"], ["body", "asked again"], ["host", "asked again"],
            ])
    }

    @Test func `the stub gives leave to send a body, once`() {
        let head = "PUT /o HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
        var play = Play(HTTP.stub(), Transcripts.expectContinue.recorded(HTTP.recorder()))
        #expect(play.send(head) == [.send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8), delay: 0)])
        #expect(Play.bytes(play.send("data")) == Array("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok".utf8))
        var eager = Play(HTTP.stub(), Transcripts.expectContinue.recorded(HTTP.recorder()))
        #expect(
            Play.bytes(eager.send(head + "data")).starts(with: Array("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201".utf8)))
        let refusal = "HTTP/1.1 401 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        var refused = Play(HTTP.stub(), recorded([.client(head), .server(refusal), .close(.server, .fin)]))
        #expect(refused.send(head) == [.send(Array(refusal.utf8), delay: 1_000_000), .close(.fin, delay: 2_000_000)])
    }

    @Test func `an answer that says close closes, an idle close is left out`() {
        let closing = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        var play = Play(
            HTTP.stub(), recorded([.client(get("/")), .server(closing), .close(.client, .fin), .close(.server, .fin)]))
        #expect(play.send(get("/")).last == .close(.fin, delay: 1_000_000))
        var idle = recorded([.client(get("/")), .server(okay), .close(.server, .fin)])
        idle[0].ending = .close(.fin, delay: 5_000_000_000)
        play = Play(HTTP.stub(), idle)
        #expect(play.send(get("/")) == [.send(Array(okay.utf8), delay: 1_000_000)])
    }

    @Test func `a tunnel is opened where the recorded proxy opened one`() {
        var play = Play(HTTP.stub(), Transcripts.connect.recorded(HTTP.recorder()))
        let actions = play.send("CONNECT api.example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(actions.last == .tunnel("api.example.com:443"))
        #expect(actions.count == 2)
        play = Play(HTTP.stub(), Transcripts.connect.recorded(HTTP.recorder()))
        #expect(play.send("CONNECT other:443 HTTP/1.1\r\nHost: x\r\n\r\n") == [.close(.reset, delay: 0)])
    }

    @Test func `a tunnel's end is that of what is inside it, and bytes that came with the request are its first`() {
        let head = "CONNECT api.example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n"
        let lines: [Dialogue.Line] = [
            .client(head), .server("HTTP/1.1 200 Connection established\r\n\r\n"), .close(.server, .fin),
        ]
        var play = Play(HTTP.stub(), recorded(lines))
        let actions = play.send(head)
        #expect(actions.last == .tunnel("api.example.com:443"))
        #expect(!actions.contains { if case .close = $0 { true } else { false } })
        play = Play(HTTP.stub(), recorded(lines))
        #expect(play.send(head + "hello").last == .tunnel("api.example.com:443", behind: Array("hello".utf8)))
    }

    @Test func `behind an upgrade only the recorded bytes are answered`() {
        let head = "GET /chat HTTP/1.1\r\nHost: h\r\nUpgrade: tus\r\nConnection: Upgrade\r\n\r\n"
        var play = Play(HTTP.stub(), Transcripts.upgrade.recorded(HTTP.recorder()))
        #expect(Play.bytes(play.send(head)).starts(with: Array("HTTP/1.1 101".utf8)))
        #expect(Play.bytes(play.send([0x81, 0x85, 1, 2, 3, 4, 5], cut: .bytes)) == [0x81, 0x02, 0x68, 0x69])
        play = Play(HTTP.stub(), Transcripts.upgrade.recorded(HTTP.recorder()))
        play.send(head)
        #expect(play.send([0x81, 0x85, 9, 9, 9, 9, 9]) == [.close(.reset, delay: 0)])
        #expect(
            play.encounters.last?.reason
                == "what the program sent after the upgrade differs from the recorded stream at byte 2")
    }
}

import ReenactTesting
import ReenactTimeline
import ReenactWire
import ReenactWireTesting
import Testing

@testable import ReenactHTTP

struct WebSocketTests {
    static let request =
        "GET /feed HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    static let granted =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"

    /// A client's frame under this mask.
    static func masked(_ text: String, _ mask: [UInt8], opcode: UInt8 = 1, isLast: Bool = true) -> [UInt8] {
        let payload = Array(text.utf8).enumerated().map { $1 ^ mask[$0 & 3] }
        let length: [UInt8] =
            payload.count < 126
            ? [0x80 | UInt8(payload.count)] : [0xfe, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        return [(isLast ? 0x80 : 0) | opcode] + length + mask + payload
    }

    static func said(_ text: String, opcode: UInt8 = 1) -> [UInt8] { WebSocketReader.frame(opcode, Array(text.utf8)) }

    /// "Hello" twice, packed with and without what was said before (RFC 7692, 7.2.3.1 and 7.2.3.2).
    static let hello: [UInt8] = [0xc1, 0x07, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]
    static let helloAgain: [UInt8] = [0xc1, 0x05, 0xf2, 0x00, 0x11, 0x00, 0x00]

    static let long = String(repeating: "long ", count: 60)
    static let dialogue = Dialogue([
        .client(request + "\r\n"), .server(granted), .server(said("welcome")),
        .client(masked("{\"id\": 1}", [1, 2, 3, 4])), .server(said("{\"id\": 1, \"bid\": 3}")), .server(said("more")),
        .client(masked("{\"id\":", [9, 9, 9, 9], isLast: false)), .client(masked("", [0, 0, 0, 0], opcode: 9)),
        .client(masked(" 2}", [5, 6, 7, 8], opcode: 0)), .server(hello), .server(helloAgain),
        .client(masked(long, [7, 7, 7, 7])), .server(said("{\"id\": 2, \"bid\": null}")), .close(.client, .fin),
        .close(.server, .fin),
    ])

    @Test(arguments: Dialogue.Cut.all)
    func `turns are messages, unmasked and unpacked`(cut: Dialogue.Cut) throws {
        let all = Self.dialogue.exchanges(HTTP.recorder(), cut: cut).ended
        #expect(
            all.map(\.summary) == [
                "GET /feed", "websocket opened", "websocket {\"id\": 1}", "websocket {\"id\": 2}",
                "websocket " + String(Self.long.prefix(80)) + "…",
            ])
        #expect(
            all.dropFirst().map(\.result) == [
                "welcome", "{\"id\": 1, \"bid\": 3} · more", "Hello · Hello", "{\"id\": 2, \"bid\": null}",
            ])
        #expect(all[4].detail["response"]?["text"] == "{\"id\": 2, \"bid\": null}")
        #expect(all.dropFirst().map(\.isPreamble) == [true, false, false, false])
    }

    @Test func `without its masks a connection says the same in bytes that can be searched`() {
        let said = { (connection: Connection) in
            String(decoding: connection.segments.filter { $0.side == .client }.flatMap(\.bytes), as: UTF8.self)
        }
        let masked = Self.dialogue.connection()
        let plain = HTTP.unmasked(masked)
        #expect(said(plain).contains("{\"id\": 1}") && !said(masked).contains("{\"id\": 1}"))
        #expect(plain.segments.map(\.bytes.count) == masked.segments.map(\.bytes.count))
        let exchanges = {
            Tape.exchanges(of: $0, recorder: HTTP.recorder(), event: { _ in (0, .failing) }).map(\.exchange)
        }
        #expect(exchanges(plain) == exchanges(masked))
    }

    private func opened() -> Play {
        // As in a case: the greeting and what follows it have one event, that of their place.
        var recorded = Self.dialogue.recorded(HTTP.recorder())
        recorded[2].event = recorded[1].event
        var play = Play(HTTP.stub(), recorded)
        play.send(Self.request.replacing("dGhlIHNhbXBsZSBub25jZQ==", with: "x3JJHMbDL1EzLkh9GBhXDw==") + "\r\n")
        return play
    }

    @Test func `the handshake answers the live key, and packs nothing`() {
        #expect(WebSocketHandshake.accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        let text = String(decoding: opened().sent, as: UTF8.self)
        #expect(text.contains("Sec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=") && !text.contains("Extensions"))
        #expect(text.hasSuffix("\r\n\r\n\u{1}welcome") || opened().sent.suffix(9).elementsEqual(Self.said("welcome")))
    }

    @Test(arguments: Dialogue.Cut.all)
    func `each message is answered as recorded, under any mask`(cut: Dialogue.Cut) {
        var play = opened()
        #expect(
            Play.bytes(play.send(Self.masked("{\"id\":1}", [8, 6, 4, 2]), cut: cut))
                == Self.said("{\"id\": 1, \"bid\": 3}") + Self.said("more"))
        #expect(
            Play.bytes(play.send(Self.masked("are you there", [1, 1, 1, 1], opcode: 9)))
                == Self.said("are you there", opcode: 10))
        #expect(
            Play.bytes(play.send(Self.masked("{\"id\": 2}", [3, 3, 3, 3]), cut: cut))
                == Self.said("Hello") + Self.said("Hello"))
        #expect(
            Play.bytes(play.send(Self.masked(Self.long, [0, 9, 0, 9]), cut: cut))
                == Self.said("{\"id\": 2, \"bid\": null}"))
        #expect(play.encounters.allSatisfy { $0.event != nil && $0.relaxations.isEmpty })
        #expect(play.send(Self.masked("bye", [1, 2, 3, 4], opcode: 8)).last == .close(.fin, delay: 0))
    }

    @Test(arguments: [Connection.Close.Manner.fin, .reset])
    func `a message without an answer is a fault only where the connection broke`(manner: Connection.Close.Manner) {
        let lines =
            Self.dialogue.lines.prefix(3) + [.client(Self.masked("log this", [1, 2, 3, 4])), .close(.server, manner)]
        let last = Dialogue(Array(lines)).exchanges(HTTP.recorder()).ended.last
        #expect(last?.summary == "websocket log this" && last?.response == nil)
        #expect(last?.outcome == (manner == .fin ? OutcomeClass.none : "reset"))
    }

    @Test func `another message is a miss`() {
        var play = opened()
        #expect(play.send(Self.masked("{\"id\": 7}", [1, 2, 3, 4])) == [.close(.reset, delay: 0)])
        #expect(play.encounters.last?.event == nil)
    }

    @Test(arguments: 1...4)
    func `damaged frames never trap`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        for round in 0..<300 {
            let lines = Self.dialogue.lines.enumerated().map { place, line -> Dialogue.Line in
                guard place > 1, Int.random(in: 0..<3, using: &generator) == 0 else { return line }
                switch line {
                case .client(let bytes): return .client(mutated(bytes, using: &generator))
                case .server(let bytes): return .server(mutated(bytes, using: &generator))
                case .close: return line
                }
            }
            let recorded = Dialogue(lines).recorded(HTTP.recorder())
            var play = Play(HTTP.stub(), recorded)
            for case .client(let bytes) in lines { play.send(bytes, cut: .random(seed: UInt64(round))) }
        }
    }
}

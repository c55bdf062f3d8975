import ReenactTimeline
import ReenactWire
import ReenactTesting
import ReenactWireTesting
import Testing

@testable import ReenactRaw

struct RawTests {
    static let smtp = Dialogue([
        .server("220 mail\r\n"), .client("HELO a\r\n"), .server("250 "), .server("hi\r\n"), .client("QUIT\r\n"),
        .server("221 bye\r\n"), .close(.server, .fin), .close(.client, .fin),
    ])
    static let memcached = Dialogue([
        .client("get a\r\n"), .server("END\r\n"), .client("set a 0 0 1\r\n1\r\n"), .server("STORED\r\n"),
        .client("get a\r\n"), .server("VALUE a 0 1\r\n1\r\nEND\r\n"),
    ])

    @Test func `turns are what one says until the other speaks again`() {
        let all = Self.smtp.recorded(Raw.recorder()).map(\.exchange)
        #expect(all.map(\.summary) == ["greeting", "8 B: HELO a", "6 B: QUIT"])
        #expect(all.map(\.result) == ["10 B", "8 B", "9 B"])
        #expect(all.map(\.isPreamble) == [true, false, false])
        #expect(all[0].request == StreamRange(offset: 0, length: 0))
        #expect(all[1].detail["request"]?["text"] == "HELO a\r\n")
        #expect(all.allSatisfy { $0.relaxedKeys.isEmpty })
    }

    @Test(arguments: Dialogue.Cut.all)
    func `any cut gives the same turns`(cut: Dialogue.Cut) {
        for dialogue in [Self.smtp, Self.memcached] {
            #expect(dialogue.exchanges(Raw.recorder(), cut: cut).ended == dialogue.exchanges(Raw.recorder()).ended)
        }
    }

    @Test(arguments: Dialogue.Cut.all)
    func `record, stub, replay is identity`(cut: Dialogue.Cut) {
        for dialogue in [Self.smtp, Self.memcached] {
            let connection = dialogue.connection()
            var play = Play(Raw.stub(), dialogue.recorded(Raw.recorder()))
            for segment in connection.segments where segment.side == .client { play.send(segment.bytes, cut: cut) }
            #expect(play.sent == connection.segments.filter { $0.side == .server }.flatMap(\.bytes))
            #expect(play.encounters.allSatisfy { $0.event != nil && $0.relaxations.isEmpty })
        }
        var play = Play(Raw.stub(), Self.smtp.recorded(Raw.recorder()))
        play.send("HELO a\r\nQUIT\r\n", cut: cut)
        #expect(play.actions.last == .close(.fin, delay: 2_000_000))
    }

    func two() -> [Recorded] {
        Self.memcached.recorded(Raw.recorder(), connection: 1)
            + Dialogue([.client("get a\r\n"), .server("END\r\n"), .client("delete a\r\n"), .server("NOT_FOUND\r\n")])
            .recorded(Raw.recorder(), connection: 2, firstEvent: 10)
    }

    @Test(arguments: Dialogue.Cut.all)
    func `another recorded connection that went the same way takes over`(cut: Dialogue.Cut) {
        var play = Play(Raw.stub(), two())
        play.send("get a\r\n", cut: cut)
        play.send("delete a\r\n", cut: cut)
        #expect(play.sent == Array("END\r\nNOT_FOUND\r\n".utf8))
        #expect(play.encounters.map(\.event) == [1, 11])
    }

    @Test func `two live connections follow two recorded ones`() {
        let play = Play(Raw.stub(), two())
        var (first, second) = (Raw.stub(), Raw.stub())
        let shelf = Shelf(server: "s", recorded: play.shelf.recorded)
        shelf.phase = .failing
        _ = first.opened(shelf)
        _ = second.opened(shelf)
        #expect(shelf.followed == [1, 2])
    }

    @Test func `a connection of the same phase is followed first`() {
        func greeting(_ text: String, _ id: Int, _ phase: Event.Phase) -> [Recorded] {
            Dialogue([.server(text)]).recorded(Raw.recorder(), connection: id, phase: phase)
        }
        let recorded = greeting("old", 1, .startup) + greeting("new", 2, .failing)
        #expect(Play(Raw.stub(), recorded).sent == Array("new".utf8))
        #expect(Play(Raw.stub(), recorded, phase: .startup).sent == Array("old".utf8))
    }

    @Test func `a nonce in the first two turns is served and noted, later ones are refused`() {
        let dialogue = Dialogue([
            .client("hello nonce1"), .server("1"), .client("two nonce2"), .server("2"), .client("three nonce"),
            .server("3"),
        ])
        var play = Play(Raw.stub(), dialogue.recorded(Raw.recorder()))
        play.send("hello xxxxx1", cut: .bytes)
        play.send("two nonceX")
        #expect(play.sent == Array("12".utf8))
        #expect(play.encounters.map(\.relaxations) == [["bytes differ"], ["bytes differ"]])
        #expect(play.send("three nXnce") == [.close(.reset, delay: 0)])
        #expect(play.encounters.last?.reason == "turn 3 of recorded connection 1 differs at byte 7")
    }

    static let nats = Dialogue([
        .server("INFO {}\r\n"), .client("CONNECT {}\r\nPING\r\n"), .server("PONG\r\n"),
        .client("SUB _INBOX.Y2JSETyTS6zbRXRZUKCvB1.* 1\r\nPUB price.get _INBOX.Y2JSETyTS6zbRXRZUKCvB1.7 2\r\na1\r\n"),
        .server("MSG _INBOX.Y2JSETyTS6zbRXRZUKCvB1.7 1 2\r\n10\r\n"),
        .client("PUB price.get _INBOX.Y2JSETyTS6zbRXRZUKCvB1.8 2\r\nb2\r\n"),
        .server("MSG _INBOX.Y2JSETyTS6zbRXRZUKCvB1.8 1 4\r\nnull\r\n"),
    ])

    @Test(arguments: Dialogue.Cut.all)
    func `a name that the program makes anew is learnt, and said in answers`(cut: Dialogue.Cut) {
        var play = Play(Raw.stub(), Self.nats.recorded(Raw.recorder()))
        func live(_ bytes: [UInt8]) -> [UInt8] {
            let names = ["Y2JSETyTS6zbRXRZUKCvB1", "qL8vTn0Rw5XyKd3MzEa7Hc"].map { Array($0.utf8) }
            let substitutions = Substitutions()
            substitutions.learn(recorded: names[0], live: names[1])
            return substitutions.toLive(bytes)
        }
        for case .client(let bytes) in Self.nats.lines { play.send(live(bytes), cut: cut) }
        let said = Self.nats.lines.flatMap { line in if case .server(let bytes) = line { bytes } else { [UInt8]() } }
        #expect(play.shelf.substitutions.toLive(play.sent) == live(said))
        #expect(play.encounters.allSatisfy { $0.event != nil })
        // Another question under the new name is another question.
        #expect(
            play.send(live(Array("PUB price.get _INBOX.Y2JSETyTS6zbRXRZUKCvB1.9 2\r\nc3\r\n".utf8))) == [
                .close(.reset, delay: 0)
            ])
    }

    @Test func `passwords in protocols of lines are secrets`() {
        let dialogue = Dialogue([
            .client("a1 LOGIN ada \"love lace\"\r\n"), .server("a1 OK\r\n"), .client("USER ada\r\n"),
            .server("+OK\r\n"),
            .client("PASS se cret\r\n"), .server("+OK\r\n"), .client("AUTH LOGIN\r\n"), .server("334\r\n"),
            .client("YWRhYWRh\r\n"), .server("334\r\n"), .client("c2VjcmV0\r\n"), .server("235\r\n"),
            .client("MAIL FROM:<a@b>\r\n"), .server("250\r\n"), .client("AUTH PLAIN AGFk\r\nLOGIN\r\n"),
            .server("535\r\n"), .client("QUIT\r\n"), .server("221\r\n"),
            .client("CONNECT {\"user\":\"ada\",\"pass\":\"s\\\"x\",\"jwt\":\"\"}\r\n"), .server("+OK\r\n"),
            .client("NOOP\r\n"),
        ])
        let connection = dialogue.connection()
        let found = dialogue.exchanges(Raw.recorder()).ended.flatMap(\.secrets)
        #expect(
            found.map { String(decoding: connection.bytes($0.range, from: $0.side), as: UTF8.self) } == [
                "love lace", "se cret", "YWRhYWRh", "c2VjcmV0", "AGFk", "s\\\"x",
            ])
    }

    static let imap = Dialogue([
        .server("* OK ready\r\n"), .client("KKHO0 CAPABILITY\r\n"),
        .server("* CAPABILITY IMAP4rev1\r\nKKHO0 OK done\r\n"), .client("KKHO1 IDLE\r\n"), .server("+ idling\r\n"),
        .client("DONE\r\n"), .server("* 1 EXISTS\r\nKKHO1 OK done\r\n"),
    ])

    @Test(arguments: Dialogue.Cut.all)
    func `answers bear the tags of the live client's commands`(cut: Dialogue.Cut) {
        var play = Play(Raw.stub(), Self.imap.recorded(Raw.recorder()))
        for line in ["PQAB0 CAPABILITY\r\n", "PQAB1 IDLE\r\n", "DONE\r\n"] { play.send(line, cut: cut) }
        let said = String(decoding: play.sent, as: UTF8.self)
        #expect(
            said.hasSuffix("PQAB0 OK done\r\n+ idling\r\n* 1 EXISTS\r\nPQAB1 OK done\r\n") && !said.contains("KKHO"))
        #expect(play.encounters.allSatisfy { $0.event != nil && $0.relaxations.isEmpty })
    }

    @Test func `a first word that no answer repeats, or of another form, is no tag`() {
        var play = Play(Raw.stub(), Self.imap.recorded(Raw.recorder()))
        play.send("KKHO0 CAPABILITY\r\nKKHO1 IDLE\r\n")
        #expect(play.send("GONE\r\n") == [.close(.reset, delay: 0)])
    }

    @Test(arguments: [
        ("get user:7\r\n", "get user:8\r\n"), ("get order-12345678\r\n", "get order-12345679\r\n"),
        ("call +4915112345678\r\n", "call +4915112345679\r\n"), ("get customer\r\n", "get costumes\r\n"),
        ("at 2026-11-21 noon\r\n", "at 2026-11-22 noon\r\n"), ("a b c d\r\n", "a b c d e\r\n"),
        ("\u{1}\0\0\0\0\0\0\0\u{7}", "\u{2}\0\0\0\0\0\0\0\u{8}"),
    ])
    func `what a person would call another question is one`(recorded: String, live: String) {
        guard case .different = RawAlignment.align(Array(recorded.utf8), Array(live.utf8)) else {
            Issue.record("\(live) passes for \(recorded)")
            return
        }
    }

    @Test(arguments: [
        (
            "Message-ID: <179529123456.18644.1234567890123@host>\r\n",
            "Message-ID: <179529123999.12.99887766554433@host>\r\n"
        ),
        ("Date: Sat, 21 Nov 2026 21:05:14 -0000\r\n", "Date: Sat, 21 Nov 2026 21:05:17 -0000\r\n"),
        ("x 6f9619ff-8b86-d011-b42d-00cf4fc964ff y", "x 16fd2706-8baf-433b-82eb-8c7fada847da y"),
        ("=_part===============4711471147114711478==", "=_part===============90210902109021090=="),
    ])
    func `what is made anew at each run is the same question, in any cut`(recorded: String, live: String) {
        let (old, new) = (Array(recorded.utf8), Array(live.utf8))
        guard case .same(let whole) = RawAlignment.align(old, new + Array("more".utf8)) else {
            Issue.record("\(live) does not pass for \(recorded)")
            return
        }
        #expect(whole.length == new.count && whole.pairs.count >= 1)
        for count in 0..<new.count {
            if case .different = RawAlignment.align(old, Array(new[..<count])) {
                Issue.record("not after \(count) bytes")
            }
        }
    }

    @Test func `noise in binary is no question`() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<200 {
            let frame: [UInt8] = [0x13, 0, 0, 0, 9, 0, 0, 0]
            let (old, new) = (generator.bytes(16), generator.bytes(16))
            guard case .same(let found) = RawAlignment.align(frame + old + frame, frame + new + frame) else {
                Issue.record("\(old) \(new)")
                continue
            }
            #expect(found.length == 32)
        }
    }

    @Test func `other bytes are refused`() {
        var play = Play(Raw.stub(), Self.memcached.recorded(Raw.recorder()))
        #expect(play.send("get a much longer key\r\n") == [.close(.reset, delay: 0)])
        #expect(play.send("get a\r\n") == [])
        play = Play(Raw.stub(), Self.smtp.recorded(Raw.recorder()))
        play.send("HEL")
        _ = play.stub.clientClosed(play.shelf)
        #expect(play.encounters.last?.event == nil)
        play = Play(Raw.stub(), [])
        #expect(play.send("x") == [.close(.reset, delay: 0)])
        let once = Dialogue([.client("a"), .server("b")])
        play = Play(Raw.stub(), once.recorded(Raw.recorder()))
        play.send("a")
        #expect(play.send("a") == [.close(.reset, delay: 0)])
        #expect(play.encounters.last?.reason == "recorded connection 1 has 1 turns, and this is one more")
    }

    @Test(arguments: 1...4)
    func `damaged turns never trap`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let recorded = two() + Self.smtp.recorded(Raw.recorder(), connection: 3, firstEvent: 20)
        for round in 0..<1000 {
            var play = Play(Raw.stub(), recorded)
            for line in (Bool.random(using: &generator) ? Self.memcached : Self.smtp).lines {
                guard case .client(let bytes) = line else { continue }
                let sent = Int.random(in: 0..<3, using: &generator) == 0 ? mutated(bytes, using: &generator) : bytes
                play.send(sent, cut: .random(seed: UInt64(round)))
            }
            _ = play.stub.clientClosed(play.shelf)
        }
    }
}

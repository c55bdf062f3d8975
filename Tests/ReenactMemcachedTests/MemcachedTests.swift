import ReenactTesting
import ReenactTimeline
import ReenactWire
import ReenactWireTesting
import Testing

@testable import ReenactMemcached

struct MemcachedTests {
    static let session = Dialogue([
        .client("version\r\n"), .server("VERSION 1.6.18\r\n"),
        .client("set a 0 300 5 noreply\r\nhe\r\no\r\nget a b\r\n"),
        .server("VALUE a 0 5\r\nhe\r\no\r\nEND\r\n"),
        .client("add n 0 0 1\r\n1\r\nincr n 4\r\ndelete gone\r\n"), .server("STORED\r\n5\r\n"),
        .server("NOT_FOUND\r\n"),
        .client("gets c\r\n"), .server("VALUE c 1 2 77\r\nxy\r\nEND\r\n"),
        .client("cas c 1 0 2 77\r\nzz\r\n"), .server("EXISTS\r\n"),
        .client("mg a v q\r\nmg b v q\r\nmn\r\n"), .server("VA 2\r\nhi\r\nMN\r\n"),
        .client("ms a 2 T0\r\nhi\r\n"), .server("HD\r\n"), .client("mg z v\r\n"), .server("EN\r\n"),
        .client("stats\r\n"), .server("STAT pid 1\r\nSTAT uptime 2\r\nEND\r\n"),
        .client("get \(String(repeating: "k", count: 251))\r\n"), .server("CLIENT_ERROR line too long\r\n"),
    ])

    @Test func `each command is an exchange with its own answer`() {
        let all = Self.session.recorded(Memcached.recorder()).map(\.exchange)
        #expect(
            all.map(\.summary).prefix(8) == [
                "version", "set a (5 B)", "get a b", "add n (1 B)", "incr n 4", "delete gone", "gets c", "cas c (2 B)",
            ])
        #expect(
            all.map(\.result) == [
                "VERSION 1.6.18", "no answer asked for", "1 item", "STORED", "5", "NOT_FOUND", "1 item", "EXISTS",
                "no answer asked for", "no answer asked for", "MN", "HD", "EN", "END", "CLIENT_ERROR line too long",
            ])
        #expect(all[2].outcome == "rows:1" && all[12].outcome == "rows:0")
        #expect(all[14].outcome == "memcached:CLIENT_ERROR")
        #expect(all[2].detail["items"]?[0]?["value"] == "he\r\no")
        #expect(all.map(\.isPreamble).prefix(3) == [true, false, false])
    }

    @Test(arguments: Dialogue.Cut.all)
    func `any cut gives the same exchanges`(cut: Dialogue.Cut) {
        let whole = Self.session.exchanges(Memcached.recorder())
        let pieces = Self.session.exchanges(Memcached.recorder(), cut: cut)
        #expect(pieces.ended == whole.ended && pieces.failure == nil)
    }

    @Test(arguments: Dialogue.Cut.all)
    func `record, stub, replay is identity`(cut: Dialogue.Cut) {
        let connection = Self.session.connection()
        var play = Play(Memcached.stub(), Self.session.recorded(Memcached.recorder()))
        for segment in connection.segments where segment.side == .client { play.send(segment.bytes, cut: cut) }
        #expect(play.sent == connection.segments.filter { $0.side == .server }.flatMap(\.bytes))
        #expect(play.encounters.allSatisfy { $0.event != nil && $0.relaxations.isEmpty })
    }

    @Test func `order does not count, and what is made anew is told`() {
        let old = "0f8fad5bd9cb469fa1655867728950e1"
        let new = "7c9e6679742540de944be07fc1f90ae7"
        let dialogue = Dialogue([
            .client("set s:\(old) 0 300 3\r\nabc\r\n"), .server("STORED\r\n"), .client("get s:\(old)\r\n"),
            .server("VALUE s:\(old) 0 3\r\nabc\r\nEND\r\n"), .client("get limit\r\n"), .server("END\r\n"),
        ])
        var play = Play(Memcached.stub(), dialogue.recorded(Memcached.recorder()))
        #expect(Play.bytes(play.send("get limit\r\n")) == Array("END\r\n".utf8))
        #expect(Play.bytes(play.send("set s:\(new) 0 900 4\r\nwxyz\r\n")) == Array("STORED\r\n".utf8))
        #expect(play.encounters.last?.relaxations == [MemcachedKey.volatileKeyAndValue])
        #expect(!play.shelf.substitutions.isEmpty)
        play.send("get other\r\n")
        #expect(play.encounters.last?.event == nil && play.encounters.last?.reason.isEmpty == false)
    }

    @Test func `a number in the name of what is stored may be another, in that of what is asked for not`() {
        let dialogue = Dialogue([
            .client("set run-10335 0 0 1\r\n1\r\n"), .server("STORED\r\n"), .client("get user:1\r\n"),
            .server("END\r\n"),
        ])
        var play = Play(Memcached.stub(), dialogue.recorded(Memcached.recorder()))
        #expect(Play.bytes(play.send("set run-7 0 0 2\r\n22\r\n")) == Array("STORED\r\n".utf8))
        #expect(play.encounters.last?.relaxations == [MemcachedKey.numbers])
        play.send("get user:2\r\n")
        #expect(play.encounters.last?.event == nil)
    }

    @Test func `what the program stores itself it gets back, where nothing recorded knows it`() {
        let dialogue = Dialogue([.client("set a 0 0 1 noreply\r\n1\r\n")])
        var play = Play(Memcached.stub(), dialogue.recorded(Memcached.recorder()))
        play.send("set new 5 0 2 noreply\r\nhi\r\n")
        #expect(Play.bytes(play.send("get new\r\n")) == Array("VALUE new 5 2\r\nhi\r\nEND\r\n".utf8))
        #expect(play.encounters.last?.relaxations == [MemcachedStub.own])
    }

    @Test func `other protocols are none, and half a line is not judged`() {
        func recognized(_ text: String, server: String = "") -> Recognition {
            Memcached.recognize(client: Array(text.utf8)[...], server: Array(server.utf8)[...], port: nil)
        }
        #expect(recognized("get a\r\n") == .yes && recognized("set a 0 0 1\r\n1\r\n") == .yes)
        #expect(recognized("ge") == .unsure && recognized("get a") == .unsure)
        #expect(recognized("GET / HTTP/1.1\r\n") == .no && recognized("set x\r\n") == .no)
        #expect(recognized("put 1 2 3 4\r\n") == .no && recognized("", server: "220 mail\r\n") == .no)
        #expect(recognized("\u{80}\u{0}") == .no && recognized("touch 5\r\n") == .no)
    }

    @Test func `damaged bytes never trap`() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<300 {
            var recorder = Memcached.recorder()
            var play = Play(Memcached.stub(), Self.session.recorded(Memcached.recorder()))
            for segment in Self.session.connection().segments {
                let bytes = mutated(segment.bytes, using: &generator)
                _ = recorder.received(bytes[...], from: segment.side, offset: 0, at: 1)
                if segment.side == .client { play.send(bytes) }
            }
        }
        let endless = Array(repeating: UInt8(ascii: "a"), count: 1 << 17)
        var recorder = Memcached.recorder()
        _ = recorder.received(endless[...], from: .client, offset: 0, at: 1)
        #expect(recorder.failure != nil)
    }
}

import ReenactTimeline
import ReenactWire
import ReenactTesting
import ReenactWireTesting
import Testing

@testable import ReenactDNS

/// A name as labels.
func labels(_ name: String) -> [UInt8] {
    name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
}

func query(_ name: String, type: UInt8 = 1, id: UInt8 = 7) -> [UInt8] {
    [0, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + labels(name) + [0, type, 0, 1]
}

/// An answer as BIND gives it: the question repeated, then records whose names are pointers.
func answer(_ name: String, type: UInt8 = 1, id: UInt8 = 7, rcode: UInt8 = 0, _ records: [[UInt8]] = []) -> [UInt8] {
    [0, id, 0x81, 0x80 | rcode, 0, 1, 0, UInt8(records.count), 0, 0, 0, 0] + labels(name) + [0, type, 0, 1]
        + records.flatMap { $0 }
}

func a(_ address: [UInt8]) -> [UInt8] { [0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 0x2c, 0, 4] + address }

func framed(_ bytes: [UInt8]) -> [UInt8] { [0, UInt8(bytes.count)] + bytes }

let example = a([93, 184, 216, 34])

struct DNSTests {
    static let udp = Dialogue([
        .client(query("API.example.com")), .client(query("api.example.com", type: 28, id: 8)),
        .server(answer("api.example.com", type: 28, id: 8)), .server(answer("API.example.com", [example])),
        .client(query("nowhere.example.com", id: 9)), .server(answer("nowhere.example.com", id: 9, rcode: 3)),
        .client(query("broken.example.com", id: 10)), .server(answer("broken.example.com", id: 10, rcode: 2)),
        .client(query("silent.example.com", id: 11)), .close(.client, .fin),
    ])
    static let tcp = Dialogue([
        .client(framed(query("a.example.com")) + framed(query("b.example.com", id: 8))),
        .server(
            framed(answer("b.example.com", id: 8, [example])) + framed(answer("a.example.com", [example, example]))),
        .close(.client, .fin), .close(.server, .fin),
    ])

    @Test func `each query is an exchange, whatever the order of the answers`() {
        let (ended, failure) = Self.udp.exchanges(DNS.recorder())
        #expect(failure == nil)
        let all = ended.sorted { $0.ordinal < $1.ordinal }
        #expect(
            all.map(\.summary) == [
                "A api.example.com", "AAAA api.example.com", "A nowhere.example.com", "A broken.example.com",
                "A silent.example.com",
            ])
        #expect(all.map(\.outcome) == ["ok", "dns:empty", "dns:nxdomain", "dns:servfail", "timeout"])
        #expect(all[0].result == "93.184.216.34" && all[0].key == "api.example.com A IN")
        #expect(all[0].detail["answers"]?[0]?["ttl"] == 300)
        #expect(all.allSatisfy { $0.relaxedKeys.isEmpty })
    }

    @Test(arguments: Dialogue.Cut.all)
    func `a TCP stream gives the same exchanges in any cut`(cut: Dialogue.Cut) {
        let whole = Self.tcp.exchanges(DNS.recorder())
        #expect(whole.ended.map(\.summary) == ["A b.example.com", "A a.example.com"])
        #expect(Self.tcp.exchanges(DNS.recorder(), cut: cut).ended == whole.ended)
    }

    @Test func `the stub answers with the live id and the live spelling`() {
        var play = Play(DNS.stub(), Self.udp.recorded(DNS.recorder()))
        #expect(Play.bytes(play.send(query("aPi.EXAMPLE.com", id: 99))) == answer("aPi.EXAMPLE.com", id: 99, [example]))
        #expect(
            Play.bytes(play.send(query("nowhere.example.com", id: 3))) == answer("nowhere.example.com", id: 3, rcode: 3)
        )
        #expect(play.send(query("silent.example.com")) == [.silence])
        #expect(play.send(query("other.example.com")) == [.silence])
        #expect(play.encounters.map(\.event) == [1, 3, 5, nil])
    }

    @Test func `record, stub, replay is identity, and TCP and UDP serve each other`() {
        let recorded = Self.tcp.recorded(DNS.recorder())
        for cut in Dialogue.Cut.all {
            var play = Play(DNS.stub(), recorded)
            play.send(framed(query("b.example.com", id: 8)), cut: cut)
            play.send(framed(query("a.example.com")), cut: cut)
            #expect(
                play.sent == framed(answer("b.example.com", id: 8, [example]))
                    + framed(answer("a.example.com", [example, example])), "\(cut)")
        }
        var play = Play(DNS.stub(), recorded)
        #expect(Play.bytes(play.send(query("b.example.com"))) == answer("b.example.com", [example]))
        play = Play(DNS.stub(), recorded)
        #expect(play.send(framed(query("c.example.com"))) == [.close(.reset, delay: 0)])
    }

    @Test func `pointers that do not lead back are refused`() {
        for target: UInt8 in [12, 13, 40, 255] {
            #expect(DNSMessage([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, target, 0, 1, 0, 1]) == nil)
        }
        let long =
            [UInt8](repeating: 0, count: 12) + (0..<5).flatMap { _ in [63] + [UInt8](repeating: 97, count: 63) } + [
                0, 0, 1, 0, 1,
            ]
        var bytes = long
        bytes[5] = 1
        #expect(DNSMessage(bytes) == nil)
        let cname: [UInt8] = [0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 0, 0, 5, 2, 0x61, 0x2e, 0xc0, 16]
        #expect(DNSMessage(answer("www.b.c", [cname]))?.answers.first?.data == "a\\..b.c")
    }

    @Test func `records are shown as zone files write them`() {
        func data(_ type: UInt8, _ bytes: [UInt8]) -> String? {
            DNSMessage(answer("x.y", [[0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, UInt8(bytes.count)] + bytes]))?.answers
                .first?.data
        }
        #expect(data(28, [0x20, 1, 0xd, 0xb8] + [UInt8](repeating: 0, count: 11) + [1]) == "2001:db8::1")
        #expect(data(15, [0, 10, 1, 0x6d, 0xc0, 12]) == "10 m.x.y")
        #expect(data(33, [0, 1, 0, 2, 1, 0xbb, 0xc0, 12]) == "1 2 443 x.y")
        #expect(data(16, [2, 0x68, 0x69, 1, 0x21]) == "\"hi\" \"!\"")
        #expect(data(99, [1, 0xab]) == "\\# 2 01ab")
        #expect(data(1, [1, 2, 3]) == "\\# 3 010203")
    }

    @Test func `a query is recognised, on other ports only without doubt`() {
        func see(_ bytes: [UInt8], _ port: Int?) -> Recognition {
            DNS.recognize(client: bytes[...], server: [], port: port)
        }
        #expect(see(query("a.b"), 53) == .yes && see(query("a.b"), 40_123) == .yes)
        #expect(see(framed(query("a.b")), 53) == .yes && see(Array(framed(query("a.b")).prefix(9)), 53) == .unsure)
        #expect(see(framed(query("a.b")), 80) == .no && see(Array("GET / HTTP/1.1\r\n\r\n".utf8), 80) == .no)
        #expect(see(Array("GET / HTTP/1.1\r\n\r\n".utf8), 53) == .unsure)
        #expect(see(answer("a.b"), 53) == .no)
    }

    @Test(arguments: 1...4)
    func `damaged messages never trap`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        for round in 0..<2000 {
            var dialogue = Bool.random(using: &generator) ? Self.udp : Self.tcp
            for index in dialogue.lines.indices {
                switch dialogue.lines[index] {
                case .client(let bytes) where Int.random(in: 0..<3, using: &generator) == 0:
                    dialogue.lines[index] = .client(mutated(bytes, using: &generator))
                case .server(let bytes): dialogue.lines[index] = .server(mutated(bytes, using: &generator))
                default: break
                }
            }
            let whole = dialogue.exchanges(DNS.recorder())
            #expect(!whole.ended.contains { $0.ordinal < 0 }, "seed \(seed), round \(round)")
            var play = Play(DNS.stub(), dialogue.recorded(DNS.recorder()))
            for segment in dialogue.connection().segments {
                play.send(segment.bytes)
                _ = DNS.answer(segment.bytes, hosts: ["api.example.com": ["1.2.3.4"]])
            }
        }
    }
}

struct DNSHostsTests {
    let hosts = [
        "api.example.com": ["10.0.0.1", "10.0.0.2", "fd00::5"], "db": ["10.0.0.2"], "odd": ["no address"], "void": [],
    ]

    func ask(_ name: String, type: UInt8 = 1) -> (rcode: Int, data: [String])? {
        DNS.answer(query(name, type: type), hosts: hosts).flatMap { DNSMessage($0) }.map {
            ($0.rcode, $0.answers.map(\.data))
        }
    }

    @Test func `addresses come from the table`() throws {
        #expect(try #require(ask("API.Example.com")) == (0, ["10.0.0.1", "10.0.0.2"]))
        #expect(try #require(ask("api.example.com", type: 28)) == (0, ["fd00::5"]))
        #expect(try #require(ask("db", type: 28)) == (0, []))
        #expect(try #require(ask("db", type: 15)) == (0, []))
        #expect(try #require(ask("odd")) == (0, []))
        // Asked for, and nothing was found: no such name.
        #expect(try #require(ask("void")) == (3, []))
        #expect(try #require(ask("nobody.example.com")) == (3, []))
        #expect(try #require(ask("localhost")) == (0, ["127.0.0.1"]))
    }

    @Test func `addresses lead back to their names, sorted`() throws {
        #expect(try #require(ask("2.0.0.10.in-addr.arpa", type: 12)) == (0, ["api.example.com", "db"]))
        #expect(try #require(ask("9.0.0.10.in-addr.arpa", type: 12)) == (3, []))
        let nibbles = "5" + String(repeating: ".0", count: 27) + ".0.0.d.f.ip6.arpa"
        #expect(try #require(ask(nibbles, type: 12)) == (0, ["api.example.com"]))
        #expect(try #require(ask("1.0.0.127.in-addr.arpa", type: 12)) == (0, ["localhost"]))
    }

    @Test func `the answer repeats the question and keeps within 512 bytes`() throws {
        let many = ["m": (0..<200).map { "10.0.0.\($0)" }]
        let asked = query("M") + []
        let reply = try #require(DNS.answer(asked, hosts: many))
        #expect(reply.count <= 512 && DNSMessage(reply)?.isExact == true)
        #expect(DNSMessage(reply)?.questions.first?.name == "M" && Array(reply[0..<2]) == [0, 7])
        var withOptions = query("m") + [0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0]
        withOptions[11] = 1
        #expect(DNSMessage(try #require(DNS.answer(withOptions, hosts: many)))?.hasOptions == true)
        #expect(DNS.answer(reply, hosts: many) == nil)
        #expect(DNS.answer([1, 2, 3], hosts: many) == nil)
    }

    @Test(arguments: ["::", "::1", "1::", "fd00::5", "1:2:3:4:5:6:7:8", "1:0:3::6:0:8", "2001:db8::1", "1.2.3.4"])
    func `addresses are read and written alike`(text: String) throws {
        #expect(DNSAddress.text(try #require(DNSAddress.bytes(text))[...]) == text)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.256", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "g::", "12345::", "+1::",
        ":1:2:3:4:5:6:7",
    ])
    func `what is no address is refused`(text: String) { #expect(DNSAddress.bytes(text) == nil) }
}

import ReenactTimeline
import ReenactWire
import ReenactTesting
import ReenactWireTesting
import Testing

@testable import ReenactPostgres

struct FuzzTests {
    private static let turns: [Turn] = [
        .client(Say.startup(code: Int32(bitPattern: StartupCode.ssl))), .server([UInt8(ascii: "N")]),
        .client(Say.hello), .server(Reply.welcome),
        .client(Say.parse("SELECT $1", name: "a"), Say.describe(statement: "a"), Say.sync),
        .server(Reply.one, Outgoing.parameterDescription([25]), Reply.columns(("x", 25)), Reply.ready),
        .client(
            Say.bind([Array("x".utf8)], statement: "a"), Say.execute(maxRows: 1), Say.bind(), Say.execute(), Say.sync),
        .server(
            Reply.two, Reply.row("x"), Outgoing.message(Backend.portalSuspended), Reply.error("42P02"), Reply.ready),
        .client(Say.query("COPY t FROM STDIN")), .server(Outgoing.message(Backend.copyInResponse, [0, 0, 0])),
        .client(Say.copyData("1\n"), Say.copyDone), .server(Reply.done("COPY 1"), Reply.ready),
        .client(Say.query("ALTER ROLE a PASSWORD 'b'; SELECT '2026-11-21 08:15:02'")),
        .server(
            Reply.done("ALTER ROLE"), Reply.columns(("a", 1700), binary: true), Reply.row("x"), Reply.done("SELECT 1"),
            Reply.ready),
    ]

    @Test(arguments: 0..<8) func `mutated captures neither trap nor hang`(block: Int) {
        for round in 0..<400 {
            let seed = UInt64(block * 400 + round)
            var generator = SeededGenerator(seed: seed)
            var turns = Self.turns
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let index = turns.indices.randomElement(using: &generator) ?? 0
                guard !turns[index].bytes.isEmpty else { continue }
                let place = turns[index].bytes.indices.randomElement(using: &generator) ?? 0
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: turns[index].bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: turns[index].bytes.remove(at: place)
                case 2: turns[index].bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
                case 3: turns.swapAt(index, turns.indices.randomElement(using: &generator) ?? 0)
                default: turns[index].bytes[place] = [0, 255, 127, 128].randomElement(using: &generator) ?? 0
                }
            }
            let recorded = Connection.of(turns, cutBy: generator).recorded()
            for entry in recorded {
                #expect(entry.exchange.request.length >= 0, "seed \(seed)")
                #expect((entry.exchange.response?.length ?? 0) >= 0, "seed \(seed)")
            }
            var session = Session(recorded)
            for turn in turns where turn.side == .client { _ = session.say(turn.bytes) }
            var sound = Session(recorded)
            for turn in Self.turns where turn.side == .client { _ = sound.say(turn.bytes) }
        }
    }

    @Test func `a message longer than what is kept is passed over`() {
        let long = [UInt8](repeating: 120, count: Framer.keptMax * 2)
        let exchanges = Connection.of([
            .client(Say.hello), .server(Reply.welcome), .client(Say.query("SELECT x")),
            .server(Reply.columns(("x", 25)), Outgoing.dataRow([long]), Reply.done("SELECT 1"), Reply.ready),
            .client(Say.query("SELECT '" + String(decoding: long, as: UTF8.self) + "'")),
            .server(Reply.columns(("x", 25)), Reply.row("y"), Reply.done("SELECT 1"), Reply.ready),
        ]).exchanges
        #expect(exchanges.map(\.outcome) == [.ok, "rows:1", "rows:1"])
        #expect(exchanges[1].detail["truncated"] == true)
    }

    @Test func `what is not PostgreSQL ends the decoding with a reason`() {
        var recorder = Postgres.recorder()
        _ = recorder.received(Array("GET / HTTP/1.1\r\n\r\n".utf8)[...], from: .client, offset: 0, at: 0)
        #expect(recorder.failure != nil)
    }

    @Test func `only the four openings are recognized`() {
        func told(_ bytes: [UInt8]) -> Recognition { Postgres.recognize(client: bytes[...], server: [], port: 5432) }
        #expect(told(Say.hello) == .yes)
        #expect(told(Say.startup(code: Int32(bitPattern: StartupCode.ssl))) == .yes)
        #expect(told(Array(Say.hello.prefix(7))) == .unsure)
        #expect(told([]) == .unsure)
        #expect(told(Array("GET / HTTP/1.1".utf8)) == .no)
        #expect(told([22, 3, 1, 2, 0, 1, 0, 1, 252]) == .no)
    }
}

import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactReproduction
@testable import ReenactRunner

/// Questions that a recording of Redis does not answer, put to a real server behind it.
@Suite(.enabled(if: RealServers.has(.redis), "redis-server is not installed"))
struct RedisEngineTests {
    private static func bytes(_ command: String) -> [UInt8] {
        let words = command.split(separator: " ")
        return Array("*\(words.count)\r\n".utf8) + words.flatMap { Array("$\($0.utf8.count)\r\n\($0)\r\n".utf8) }
    }

    /// Runs commands on a server without recording them.
    private static func make(_ commands: [String], at server: any EngineHost) throws {
        let link = try server.connect()
        for command in commands { _ = link.ask(bytes(command), milliseconds: 5000) { $0.last == 10 } }
        link.close()
    }

    private static func say(_ command: String, to tapes: Tapes, _ phase: Event.Phase = .failing) throws {
        // Small answers come whole.
        try tapes.say(bytes(command), phase) { $0.last == 10 }
    }

    private static func ask(_ command: String, _ live: inout Live) -> String {
        String(decoding: live.send(bytes(command)), as: UTF8.self).split(separator: "\r\n").joined(separator: " ")
    }

    /// A recording of these commands at a server that held what the others made, and a live program that meets it.
    private func bench(
        holding made: [String] = [], recorded: [(String, Event.Phase)], body: (inout Live) throws -> Void
    ) throws {
        let old = try RealServers.start(.redis)
        let fresh = try RealServers.start(.redis)
        defer {
            old.stop()
            fresh.stop()
        }
        try Self.make(made, at: old)
        let tapes = Tapes(old, protocolName: "redis")
        _ = try tapes.open()
        for (command, phase) in recorded { try Self.say(command, to: tapes, phase) }
        var live = Live(tapes.peer(engine: fresh))
        try body(&live)
    }

    @Test func `a new question is answered from what recorded answers prove`() throws {
        try bench(
            holding: [
                "SADD groups one two", "HSET user name ada age 36", "SET greeting hello", "RPUSH queue a b c",
                "ZADD score 1.5 x 2 y", "PEXPIRE greeting 90000", "SET counter 7", "RPUSH jobs j1",
            ],
            recorded: [
                "SMEMBERS groups", "HGETALL user", "GET greeting", "PTTL greeting", "LRANGE queue 0 -1",
                "ZRANGE score 0 -1 WITHSCORES", "EXISTS gone", "INCR counter", "LPOP jobs",
            ].map { ($0, .failing) }
        ) { live in
            #expect(Self.ask("SCARD groups", &live) == ":2")
            #expect(live.wasAnsweredByEngine && live.last?.reason == "")
            #expect(Self.ask("HGET user age", &live) == "$2 36")
            #expect(Self.ask("STRLEN greeting", &live) == ":5")
            #expect(Self.ask("LLEN queue", &live) == ":3")
            #expect(Self.ask("ZSCORE score x", &live) == "$3 1.5")
            #expect(Self.ask("EXPIRETIME greeting", &live).count > 8)
            #expect(Self.ask("GET counter", &live) == "$1 7", "the state is the one before the first recorded command")
            #expect(Self.ask("RPOP jobs", &live) == "$2 j1")
            #expect(Self.ask("SMEMBERS groups", &live).hasPrefix("*2"), "what is recorded stays recorded")
            #expect(!live.wasAnsweredByEngine)
        }
    }

    @Test func `what the recording answered has happened in the real server`() throws {
        try bench(recorded: [("SADD seen a", .startup), ("SADD seen b", .failing), ("SMEMBERS seen", .failing)]) {
            live in
            #expect(Self.ask("SADD seen b", &live) == ":1")
            #expect(Self.ask("SCARD seen", &live) == ":1", "and what was not done again has not")
            #expect(Self.ask("SADD seen a", &live) == ":1")
            #expect(Self.ask("SISMEMBER seen a", &live) == ":1")
        }
    }

    @Test func `earlier triggers have left their traces, once`() throws {
        let recorded: [(String, Event.Phase)] = [
            ("LPUSH log started", .startup), ("LPUSH log earlier", .history), ("LPUSH log failing", .failing),
        ]
        try bench(recorded: recorded) { live in
            live.shelf.phase = .startup
            _ = Self.ask("LPUSH log started", &live)
            live.shelf.phase = .failing
            _ = Self.ask("LPUSH log failing", &live)
            #expect(Self.ask("LRANGE log 0 -1", &live) == "*3 $7 failing $7 earlier $7 started")
        }
        try bench(recorded: recorded) { live in
            live.shelf.phase = .history
            _ = Self.ask("LPUSH log earlier", &live)
            live.shelf.phase = .failing
            #expect(Self.ask("LLEN log", &live) == ":1", "the live program was given the earlier triggers")
        }
    }

    @Test func `what was read before a later recorded write is not told again`() throws {
        try bench(
            recorded: [
                ("SET price 899", .history), ("GET price", .history), ("SET price 950", .history),
                ("GET other", .history), ("GET cart", .failing),
            ]
        ) { live in
            live.shelf.phase = .failing
            #expect(Self.ask("GET price", &live) == "$3 950")
            #expect(live.wasAnsweredByEngine)
            #expect(Self.ask("GET other", &live) == "$-1")
            #expect(!live.wasAnsweredByEngine, "of this nothing was written since")
        }
    }

    @Test func `what changed anew is not answered from the recording any more`() throws {
        try bench(holding: ["SADD groups one"], recorded: [("SMEMBERS groups", .failing), ("GET other", .failing)]) {
            live in
            #expect(Self.ask("SADD groups new", &live) == ":1")
            #expect(Self.ask("SMEMBERS groups", &live).hasPrefix("*2"))
            #expect(live.wasAnsweredByEngine)
            #expect(live.notes.met.contains { $0.event != nil }, "the recorded question was asked all the same")
            _ = Self.ask("GET other", &live)
            #expect(!live.wasAnsweredByEngine)
        }
    }

    @Test func `transactions, other versions of the protocol, other databases and empty queues`() throws {
        try bench(holding: ["SET a 1"], recorded: [("GET a", .failing)]) { live in
            #expect(Self.ask("MULTI", &live) == "+OK")
            #expect(Self.ask("INCR a", &live) == "+QUEUED")
            #expect(Self.ask("HSET h f v", &live) == "+QUEUED")
            #expect(Self.ask("EXEC", &live) == "*2 :2 :1")
            _ = Self.ask("HELLO 3", &live)
            #expect(Self.ask("HGETALL h", &live) == "%1 $1 f $1 v")
            _ = Self.ask("SELECT 3", &live)
            #expect(Self.ask("EXISTS a h", &live) == ":0")
            #expect(Self.ask("BLPOP nothing 1", &live) == "_")
            _ = Self.ask("RPUSH something x", &live)
            #expect(Self.ask("BLPOP something 0", &live) == "*2 $9 something $1 x")
        }
    }

    @Test func `without a server a miss stays a miss, and it is told what would help`() throws {
        let old = try RealServers.start(.redis)
        defer { old.stop() }
        let tapes = Tapes(old, protocolName: "redis")
        _ = try tapes.open()
        try Self.say("GET a", to: tapes)
        let missing = EngineServer(
            .init(kind: .redis, title: "redis-server", absence: "apt install redis-server"), ownsData: false)
        var live = Live(tapes.peer(engine: missing))
        #expect(Self.ask("GET b", &live).hasPrefix("-ERR reenact"))
        #expect(live.last?.relaxations == [] && live.last?.event == nil)
        #expect(live.notes.news == ["apt install redis-server"])
    }

    @Test func `a seed that somebody else made is used instead`() throws {
        try bench(recorded: [("GET a", .failing)]) { live in
            live.shelf.seed = Seed([.init("SET", values: [Array("b".utf8), Array("given".utf8)])])
            #expect(Self.ask("GET b", &live) == "$5 given")
        }
    }
}

import ReenactTimeline
import ReenactWire
import ReenactTesting
import ReenactWireTesting
import Testing

@testable import ReenactRedis

struct RecorderTests {
    @Test func `each command of a pipeline is an exchange with its own bytes`() {
        let exchanges = Connection.of([
            .client(Say.command("SET", "a", "1"), Say.command("GET", "a"), Say.command("GET", "b")),
            .server("+OK\r\n$1\r\n1\r\n$-1\r\n"),
        ]).exchanges
        #expect(exchanges.map(\.outcome) == [.ok, .ok, "redis:nil"])
        #expect(exchanges.map(\.result) == ["OK", "\"1\"", "(nil)"])
        #expect(exchanges.map { $0.response?.length } == [5, 7, 5])
        #expect(exchanges[0].key == "0|SET 1:a 1:1")
        #expect(exchanges[1].detail["reply"] == "1")
    }

    @Test func `errors, sets and maps have their outcomes`() {
        let exchanges = Connection.of([
            .client(Say.command("INCR", "a"), Say.command("SMEMBERS", "s"), Say.command("HGETALL", "h")),
            .server("-WRONGTYPE no\r\n~2\r\n+a\r\n+b\r\n|1\r\n+ttl\r\n:3\r\n%1\r\n+k\r\n,1.5\r\n"),
        ]).exchanges
        #expect(exchanges.map(\.outcome) == ["redis:error:WRONGTYPE", "rows:n", "rows:1"])
        #expect(exchanges[2].detail["reply"] == ["k", "1.5"])
    }

    @Test func `a transaction holds the lease, and EXEC asks for what was queued`() {
        func exec(_ value: String) -> [Exchange] {
            Connection.of([
                .client(Say.command("WATCH", "a")), .server("+OK\r\n"), .client(Say.command("MULTI")),
                .server("+OK\r\n"),
                .client(Say.command("SET", "a", value), Say.command("EXEC")),
                .server("+QUEUED\r\n*1\r\n+OK\r\n"),
            ]).exchanges
        }
        #expect(exec("1").map(\.holdsLease) == [true, true, true, false])
        #expect(exec("1")[3].key != exec("2")[3].key)
        #expect(exec("1")[2].key == "queued|0|SET 1:a 1:1")
        #expect(exec("1")[3].summary == "EXEC (1 commands)")
    }

    @Test func `a subscription keeps what is pushed, and stays open`() {
        let turns: [Turn] = [
            .client(Say.command("SUBSCRIBE", "a", "b")),
            .server("*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n"),
            .server("*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n"),
        ]
        for ends in [true, false] {
            let exchanges = Connection.of(turns, ends: ends).exchanges
            #expect(exchanges.count == 1)
            #expect(exchanges[0].result == "subscribed, 1 messages")
            #expect(exchanges[0].detail["pushes"] == [["message", "a", "hi"]])
        }
    }

    @Test func `secrets are found, and part of nothing`() {
        let exchanges = Connection.of([
            .client(Say.command("AUTH", "me", "geheim")), .server("+OK\r\n"),
            .client(Say.command("HELLO", "3", "AUTH", "me", "geheim")), .server("%0\r\n"),
            .client(Say.command("CONFIG", "SET", "requirepass", "geheim")), .server("+OK\r\n"),
            .client(Say.command("ACL", "SETUSER", "me", "on", ">geheim")), .server("+OK\r\n"),
        ]).exchanges
        for exchange in exchanges {
            #expect(!exchange.key.contains("geheim"))
            #expect(!exchange.summary.contains("geheim"))
            #expect(!"\(exchange.detail)".contains("geheim"))
            #expect(exchange.secrets.contains { $0.range.length == 6 })
        }
        #expect(exchanges.map(\.isPreamble) == [true, true, false, false])
    }

    @Test func `the database is part of the key, and CLIENT REPLY OFF has no answers`() {
        let exchanges = Connection.of([
            .client(Say.command("SELECT", "2"), Say.command("CLIENT", "REPLY", "OFF"), Say.command("GET", "a")),
            .server("+OK\r\n"), .client(Say.command("CLIENT", "REPLY", "ON")), .server("+OK\r\n"),
        ]).exchanges
        #expect(exchanges.map { $0.response != nil } == [true, false, false, true])
        #expect(exchanges[2].key == "2|GET 1:a")
    }

    @Test func `volatile parts of names have their own key`() {
        func key(_ id: String) -> [RelaxedKey] {
            Connection.of([
                .client(Say.command("HSET", "rq:worker:\(id)", "pid", "4711", "birth", "2026-11-21T08:15:02.25Z")),
                .server(":1\r\n"),
            ]).exchanges[0].relaxedKeys
        }
        #expect(key("4bf92f3577b34da6a3ce929d0e0e4736") == key("0af7651916cd43dd8448eb211c80319c"))
        #expect(key("default")[0].relaxation == "volatile arguments")
        #expect(key("default") != key("other"))
    }

    @Test func `what a worker writes under its own name is its own affair`() {
        func key(_ command: String) -> [RelaxedKey] {
            Connection.of([.client(command), .server(":1\r\n")]).exchanges[0].relaxedKeys
        }
        func exists(_ name: String) -> [RelaxedKey] { key(Say.command("EXISTS", "web-1:\(name)")) }
        func beat(_ name: String, _ size: String) -> [RelaxedKey] {
            key(Say.command("HMSET", "web-1:\(name)", "rss", size))
        }
        #expect(exists("4711:4af7d35e96ff") == exists("12:88da03a4f064"))
        #expect(exists("4711:4af7d35e96ff-signals") == exists("12:88da03a4f064-signals"))
        #expect(exists("4711:4af7d35e96ff-signals") != exists("12:88da03a4f064-jobs"))
        #expect(beat("4711:4af7d35e96ff", "71").last == beat("12:88da03a4f064", "72").last)
        // A number beside a word is no process.
        #expect(exists("4711:orders").isEmpty && beat("4711:orders", "71").isEmpty)
    }

    @Test func `a name with an identifier in it counts as the same name with another`() {
        func key(_ name: String) -> [RelaxedKey] {
            Connection.of([.client(Say.command("LLEN", name)), .server(":1\r\n")]).exchanges[0].relaxedKeys
        }
        let (one, other) = ("be4a9f76-bf2c-308c-a293-303a41c91832", "0af76519-16cd-43dd-8448-eb211c80319c")
        #expect(key("\(one).reply.celery.pidbox") == key("\(other).reply.celery.pidbox"))
        #expect(key("a:meta-\(one)") == key("a:meta-\(other)"))
        #expect(key("\(one).reply.celery.pidbox") != key("\(other).reply.other.pidbox"))
        #expect(key("f\(one).reply").isEmpty)
    }

    @Test(arguments: 0..<40) func `any cut gives what the whole gives`(seed: Int) {
        let turns: [Turn] = [
            .client("PING\r\n"), .server("+PONG\r\n"),
            .client(Say.command("HELLO", "3")), .server("%1\r\n$5\r\nproto\r\n:3\r\n"),
            .client(Say.command("GET", "a"), Say.command("LRANGE", "l", "0", "-1"), Say.command("GET", "")),
            .server("=7\r\ntxt:a\r\n\r\n*3\r\n(12345678901234567890\r\n#t\r\n*0\r\n_\r\n"),
            .server(">2\r\n+invalidate\r\n*1\r\n+a\r\n"), .client(Say.command("EVAL", "return 1", "0")),
            .server("!5\r\nERR x\r\n"), .client(Say.command("BLPOP", "q", "5")),
            .server("*2\r\n$1\r\nq\r\n$1\r\n\n\r\n"),
        ]
        let whole = Connection.of(turns).exchanges
        #expect(whole.count == 7)
        #expect(Connection.of(turns, cutBy: SeededGenerator(seed: UInt64(seed))).exchanges == whole, "seed \(seed)")
    }

    @Test(arguments: 0..<8) func `mutated captures neither trap nor hang`(block: Int) {
        let sound: [Turn] = [
            .client(Say.command("HELLO", "3", "AUTH", "a", "b")), .server("%1\r\n$5\r\nproto\r\n:3\r\n"),
            .client(Say.command("MULTI"), Say.command("SET", "a", "1"), Say.command("EXEC")),
            .server("+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n"), .client(Say.command("SUBSCRIBE", "c")),
            .server(">3\r\n+subscribe\r\n+c\r\n:1\r\n>3\r\n+message\r\n+c\r\n+hi\r\n"),
            .client(Say.command("BLPOP", "q", "1")), .server("*-1\r\n"), .client("PING x\r\n"),
        ]
        for round in 0..<500 {
            let seed = UInt64(block * 500 + round)
            var generator = SeededGenerator(seed: seed)
            var turns = sound
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let index = turns.indices.randomElement(using: &generator) ?? 0
                guard let place = turns[index].bytes.indices.randomElement(using: &generator) else { continue }
                let some: [UInt8] = [0, 10, 13, 36, 42, 37, 45, 57, 124, 255]
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: turns[index].bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: turns[index].bytes.remove(at: place)
                case 2: turns[index].bytes.insert(some.randomElement(using: &generator) ?? 0, at: place)
                default: turns[index].bytes[place] = some.randomElement(using: &generator) ?? 0
                }
            }
            let recorded = Connection.of(turns, cutBy: generator).recorded()
            for turns in [turns, sound] {
                var session = Session(recorded)
                for turn in turns where turn.side == .client { _ = session.say(turn.bytes) }
            }
        }
    }

    @Test func `streamed values and deep nesting are refused`() {
        for bytes in ["$?\r\n", "*?\r\n", String(repeating: "*1\r\n", count: 100), "$99999999999\r\n", "x\r\n"] {
            var recorder = Redis.recorder()
            _ = recorder.received(Array(bytes.utf8)[...], from: .server, offset: 0, at: 0)
            #expect(recorder.failure != nil, "\(bytes)")
        }
    }

    @Test func `only commands are recognized`() {
        func told(_ text: String, server: String = "") -> Recognition {
            Redis.recognize(client: Array(text.utf8)[...], server: Array(server.utf8)[...], port: 6379)
        }
        #expect(told("*1\r\n$4\r\nPING\r\n") == .yes)
        #expect(told("*1\r\n$4") == .unsure)
        #expect(told("*12") == .unsure)
        #expect(told("PING\r\n") == .yes)
        #expect(told("PI") == .unsure)
        #expect(told("GET / HTTP/1.1\r\n") == .no)
        #expect(told("*x") == .no)
        #expect(told("EHLO x\r\n", server: "220 mail\r\n") == .no)
    }
}

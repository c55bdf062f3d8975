import ReenactTimeline
import ReenactWire
import ReenactWireTesting
import Testing

@testable import ReenactRedis

struct StubTests {
    private func session(_ turns: [Turn], ends: Bool = true) -> Session {
        Session(Connection.of(turns, ends: ends).recorded())
    }

    @Test func `the same commands get the same bytes, in order`() {
        var session = session([
            .client(Say.command("GET", "a")), .server("$-1\r\n"), .client(Say.command("SET", "a", "1")),
            .server("+OK\r\n"), .client(Say.command("GET", "a")), .server("$1\r\n1\r\n"),
        ])
        #expect(session.ask("GET", "a") == "$-1\r\n")
        #expect(session.ask("set", "a", "1") == "+OK\r\n")
        #expect(session.ask("GET", "a") == "$1\r\n1\r\n")
        #expect(session.relaxations.isEmpty)
        #expect(session.ask("GET", "b") == "-ERR reenact: nothing recorded answers this command\r\n")
        #expect(session.misses.count == 1)
    }

    @Test func `handshakes that were not recorded are answered from the specification`() {
        var session = session([.client(Say.command("GET", "a")), .server("$1\r\n1\r\n")])
        #expect(session.ask("CLIENT", "SETNAME", "x") == "+OK\r\n")
        #expect(session.ask("SELECT", "0") == "+OK\r\n")
        #expect(session.ask("PING") == "+PONG\r\n")
        #expect(session.ask("HELLO", "3").hasPrefix("%7\r\n"))
        #expect(Set(session.relaxations) == ["answered from the specification"])
    }

    @Test func `EXEC is answered for the same queue only`() {
        let turns: [Turn] = [
            .client(Say.command("MULTI")), .server("+OK\r\n"), .client(Say.command("INCR", "n"), Say.command("EXEC")),
            .server("+QUEUED\r\n*1\r\n:8\r\n"),
        ]
        var session = session(turns)
        #expect(session.ask("MULTI") == "+OK\r\n")
        #expect(session.ask("INCR", "n") == "+QUEUED\r\n")
        #expect(session.ask("EXEC") == "*1\r\n:8\r\n")
        #expect(session.ask("MULTI") == "+OK\r\n")
        #expect(session.ask("INCR", "m") == "+QUEUED\r\n")
        #expect(session.ask("EXEC").hasPrefix("-ERR reenact"))
    }

    @Test func `a queue with nothing left is silent until the timeout`() {
        var session = session([
            .client(Say.command("BLPOP", "q", "5")), .server("*2\r\n$1\r\nq\r\n$1\r\nx\r\n"),
        ])
        #expect(session.ask("BLPOP", "q", "7") == "*2\r\n$1\r\nq\r\n$1\r\nx\r\n")
        let actions = session.say(Array(Say.command("BLPOP", "q", "2").utf8))
        #expect(actions == [.send(Array("*-1\r\n".utf8), delay: 2_000_000_000)])
        #expect(session.say(Array(Say.command("BLPOP", "q", "0").utf8)) == [.silence])
        #expect(session.relaxations == ["timeout", "empty queue", "empty queue"])
        #expect(session.ask("BLPOP", "other", "1").hasPrefix("-ERR reenact"))
    }

    @Test func `what still waited when the recording ended waits again`() {
        var session = session([.client(Say.command("BLPOP", "q", "5"))], ends: false)
        #expect(
            session.say(Array(Say.command("BLPOP", "q", "5").utf8)) == [
                .send(Array("*-1\r\n".utf8), delay: 5_000_000_000)
            ])
    }

    @Test func `maps, sets, doubles and nulls follow the live version`() {
        var session = session([
            .client(Say.command("HGETALL", "h")), .server("*2\r\n$1\r\nk\r\n$1\r\nv\r\n"),
            .client(Say.command("SMEMBERS", "s")), .server("*1\r\n$1\r\na\r\n"),
            .client(Say.command("ZRANGE", "z", "0", "-1", "WITHSCORES")), .server("*2\r\n$1\r\na\r\n$3\r\n1.5\r\n"),
            .client(Say.command("GET", "x")), .server("$-1\r\n"),
        ])
        _ = session.ask("HELLO", "3")
        #expect(session.ask("HGETALL", "h") == "%1\r\n$1\r\nk\r\n$1\r\nv\r\n")
        #expect(session.ask("SMEMBERS", "s") == "~1\r\n$1\r\na\r\n")
        #expect(session.ask("ZRANGE", "z", "0", "-1", "WITHSCORES") == "*1\r\n*2\r\n$1\r\na\r\n,1.5\r\n")
        #expect(session.ask("GET", "x") == "_\r\n")
    }

    @Test func `RESP3 answers become RESP2`() {
        var session = session([
            .client(Say.command("HELLO", "3")), .server("%0\r\n"), .client(Say.command("HGETALL", "h")),
            .server("%1\r\n$1\r\nk\r\n$1\r\nv\r\n"), .client(Say.command("ZRANGE", "z", "0", "-1", "WITHSCORES")),
            .server("*1\r\n*2\r\n$1\r\na\r\n,1.5\r\n"), .client(Say.command("GET", "x")), .server("_\r\n"),
        ])
        #expect(session.ask("HGETALL", "h") == "*2\r\n$1\r\nk\r\n$1\r\nv\r\n")
        #expect(session.ask("ZRANGE", "z", "0", "-1", "WITHSCORES") == "*2\r\n$1\r\na\r\n$3\r\n1.5\r\n")
        #expect(session.ask("GET", "x") == "$-1\r\n")
    }

    @Test func `a subscription is confirmed, and its messages follow without other commands' answers`() {
        let confirmed = "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n"
        let message = "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n"
        var session = session([
            .client(Say.command("SUBSCRIBE", "a")), .server(confirmed), .client(Say.command("PING")),
            .server("*2\r\n$4\r\npong\r\n$0\r\n\r\n"), .server(message),
        ])
        #expect(session.ask("SUBSCRIBE", "a") == confirmed + message)
        #expect(session.ask("PING") == "*2\r\n$4\r\npong\r\n$0\r\n\r\n")
        #expect(session.ask("UNSUBSCRIBE") == "*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n")
    }

    @Test func `a worker of another name gets its answers, and it is noted`() {
        var session = session([
            .client(Say.command("HGET", "rq:worker:4bf92f3577b34da6a3ce929d0e0e4736", "state")),
            .server("$4\r\nbusy\r\n"),
        ])
        #expect(session.ask("HGET", "rq:worker:0af7651916cd43dd8448eb211c80319c", "state") == "$4\r\nbusy\r\n")
        #expect(session.relaxations == ["volatile arguments"])
    }

    @Test func `a time that a worker measured counts as equal, what is counted does not`() {
        var session = session([
            .client(Say.command("HINCRBYFLOAT", "w", "total_working_time", "0.73028")), .server("$7\r\n0.73028\r\n"),
            .client(Say.command("HINCRBYFLOAT", "w", "jobs", "1")), .server("$1\r\n1\r\n"),
        ])
        #expect(session.ask("HINCRBYFLOAT", "w", "total_working_time", "0.5") == "$7\r\n0.73028\r\n")
        #expect(session.relaxations == ["volatile arguments"])
        #expect(session.ask("HINCRBYFLOAT", "w", "jobs", "2").hasPrefix("-ERR reenact"))
    }

    @Test func `payloads count as equal for writes only`() {
        let long = String(repeating: "x", count: 40)
        let other = String(repeating: "y", count: 41)
        var session = session([
            .client(Say.command("SET", "k", long)), .server("+OK\r\n"), .client(Say.command("GETEX", long)),
            .server("$-1\r\n"),
        ])
        #expect(session.ask("SET", "k", other) == "+OK\r\n")
        #expect(session.relaxations == ["volatile payload"])
        #expect(session.ask("GETEX", other).hasPrefix("-ERR reenact"))
    }
}

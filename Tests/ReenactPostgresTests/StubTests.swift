import ReenactTimeline
import ReenactWire
import ReenactWireTesting
import Testing

@testable import ReenactPostgres

struct StubTests {
    private let opening: [Turn] = [.client(Say.hello), .server(Reply.welcome)]

    private func session(_ turns: [Turn], ends: Bool = true) -> Session {
        Session(Connection.of(opening + turns, ends: ends).recorded())
    }

    /// Past the opening.
    private func ready(_ turns: [Turn]) -> Session {
        var session = session(turns)
        _ = session.ask(Say.hello)
        return session
    }

    @Test func `the same client gets the same bytes`() {
        let turns: [Turn] = [
            .client(Say.query("BEGIN")), .server(Reply.done("BEGIN"), Reply.readyInTransaction),
            .client(Say.parse("SELECT $1::int"), Say.bind([[49]]), Say.describe(portal: ""), Say.execute(), Say.sync),
            .server(
                Reply.one, Reply.two, Reply.columns(("int4", 23)), Reply.row("1"), Reply.done("SELECT 1"),
                Reply.readyInTransaction),
            .client(Say.query("SELECT 1/0")), .server(Reply.error("22012"), Reply.readyFailed),
            .client(Say.query("COMMIT")), .server(Reply.done("ROLLBACK"), Reply.ready),
        ]
        var session = session(turns)
        for turn in [opening[0]] + turns where turn.side == .client {
            let expected = (opening + turns).drop { $0.bytes != turn.bytes }.dropFirst().first
            #expect(session.ask(turn.bytes) == expected?.bytes)
        }
        #expect(session.relaxations.isEmpty)
        #expect(session.misses.isEmpty)
    }

    @Test func `SSL is refused in one byte`() {
        var session = session([])
        #expect(session.ask(Say.startup(code: Int32(bitPattern: StartupCode.ssl))) == [UInt8(ascii: "N")])
        #expect(session.ask(Say.hello) == Reply.welcome)
    }

    @Test func `a query in other words is answered as it was, and that is told`() {
        let rows =
            Reply.columns(("a", 25), ("n", 20)) + Reply.row("x", "2") + Reply.done("SELECT 1") + Reply.ready
        var session = ready([
            .client(Say.query("SELECT a, count(b) AS n FROM t GROUP BY a ORDER BY n ASC")), .server(rows),
        ])
        #expect(session.ask(Say.query("SELECT a, count(b) AS n FROM t GROUP BY 1 ORDER BY 2")) == rows)
        #expect(session.relaxations == [PostgresSpellings.relaxation])
        #expect(session.misses.isEmpty)
        _ = session.ask(Say.query("SELECT a, count(b) AS n FROM t GROUP BY 1 ORDER BY 1"))
        #expect(session.misses.count == 1)
    }

    @Test func `parameters of a query in other words may stand in another order`() {
        let rows = Reply.two + Reply.row("7") + Reply.done("SELECT 1") + Reply.ready
        var session = ready([
            .client(
                Say.parse("SELECT q.i FROM t q WHERE q.x = $1 AND q.y = $2", name: "S"), Say.describe(statement: "S"),
                Say.sync),
            .server(Reply.one, Outgoing.parameterDescription([25, 25]), Reply.columns(("i", 23)), Reply.ready),
            .client(Say.bind([[55], [56]], statement: "S"), Say.execute(), Say.sync), .server(rows),
        ])
        let prepared = session.ask(
            Say.parse("SELECT u.i FROM t AS u WHERE u.y = $1 AND u.x = $2", name: "T"), Say.describe(statement: "T"),
            Say.sync)
        #expect(
            prepared == Reply.one + Outgoing.parameterDescription([25, 25]) + Reply.columns(("i", 23)) + Reply.ready)
        #expect(session.ask(Say.bind([[56], [55]], statement: "T"), Say.execute(), Say.sync) == rows)
        #expect(session.misses.isEmpty)
        _ = session.ask(Say.bind([[55], [56]], statement: "T"), Say.execute(), Say.sync)
        #expect(session.misses.count == 1)
    }

    @Test func `names of statements do not matter`() {
        let rows = Reply.two + Reply.row("7") + Reply.done("SELECT 1") + Reply.ready
        var session = ready([
            .client(Say.parse("SELECT $1", name: "S_1"), Say.describe(statement: "S_1"), Say.sync),
            .server(Reply.one, Outgoing.parameterDescription([23]), Reply.columns(("x", 23)), Reply.ready),
            .client(Say.bind([[55]], statement: "S_1"), Say.execute(), Say.sync), .server(rows),
        ])
        let name = "__asyncpg_stmt_9__"
        let prepared = session.ask(Say.parse("SELECT $1", name: name), Say.describe(statement: name), Say.flush)
        #expect(prepared == Reply.one + Outgoing.parameterDescription([23]) + Reply.columns(("x", 23)))
        #expect(session.ask(Say.bind([[55]], statement: name), Say.execute(), Say.sync) == rows)
        #expect(session.misses.isEmpty)
    }

    @Test func `the Sync by which a client gets over a failed Parse is met`() {
        let parse = Say.parse("SELECT order", name: "a") + Say.describe(statement: "a") + Say.flush
        var session = ready([
            .client(parse), .server(Reply.error("42601")), .client(Say.sync), .server(Reply.ready),
        ])
        #expect(session.ask(parse) == Reply.error("42601"))
        #expect(session.ask(Say.sync) == Reply.ready)
        #expect(session.events.count == 2)
    }

    @Test func `the Sync that ends a pipeline is met however soon it comes`() {
        let ask = Say.parse("SELECT 1") + Say.bind() + Say.execute() + Say.flush
        let rows = Reply.one + Reply.two + Reply.row("1") + Reply.done("SELECT 1")
        var session = ready([.client(ask), .server(rows), .client(Say.sync), .server(Reply.ready)])
        #expect(session.ask(ask, Say.sync) == rows + Reply.ready)
        #expect(session.events.count == 2)
    }

    @Test func `another value is a miss, and the session goes on`() {
        var session = ready([
            .client(Say.parse("SELECT $1"), Say.bind([[55]]), Say.execute(), Say.sync),
            .server(Reply.one, Reply.two, Reply.row("7"), Reply.done("SELECT 1"), Reply.ready),
        ])
        let answer = session.ask(Say.parse("SELECT $1"), Say.bind([[56]]), Say.execute(), Say.sync)
        #expect(answer.suffix(6) == Reply.ready[...])
        #expect(String(decoding: answer, as: UTF8.self).contains("nothing recorded answers this statement"))
        #expect(session.misses.count == 1)
        #expect(session.ask(Say.parse("SELECT $1"), Say.bind([[55]]), Say.execute(), Say.sync).count > 40)
    }

    @Test func `a time that differs is a relaxation`() {
        func ask(_ time: String) -> [UInt8] {
            Say.parse("UPDATE t SET at = $1") + Say.bind([Array(time.utf8)]) + Say.execute() + Say.sync
        }
        var session = ready([
            .client(ask("2026-11-21 08:15:02.25")),
            .server(Reply.one, Reply.two, Reply.done("UPDATE 1"), Reply.ready),
        ])
        #expect(
            session.ask(ask("2027-01-01T00:00:00Z")) == Reply.one + Reply.two + Reply.done("UPDATE 1") + Reply.ready)
        #expect(session.relaxations == ["volatile bind values"])
    }

    @Test(arguments: [#"SAVEPOINT "s1_x3""#, "RELEASE SAVEPOINT s3", "rollback to savepoint s3", "ROLLBACK TO s3"])
    func `another number in a savepoint's name is a relaxation`(sql: String) {
        let tag = sql.split(separator: " ")[0].uppercased()
        var session = ready([
            .client(Say.query("BEGIN")), .server(Reply.done("BEGIN"), Reply.readyInTransaction),
            .client(Say.query(sql)), .server(Reply.done(tag), Reply.readyInTransaction),
        ])
        _ = session.ask(Say.query("BEGIN"))
        let live = sql.replacing("3", with: "11")
        #expect(session.ask(Say.query(live)) == Reply.done(tag) + Reply.readyInTransaction)
        #expect(session.relaxations == ["name of a savepoint"])
    }

    @Test func `another number in the name that a process gives itself is a relaxation`() {
        var session = ready([
            .client(Say.query("SET application_name TO 'dpq#24900'")), .server(Reply.done("SET"), Reply.ready),
        ])
        #expect(session.ask(Say.query("SET application_name TO 'dpq#7'")) == Reply.done("SET") + Reply.ready)
        #expect(session.relaxations == ["application name"])
    }

    @Test func `binary rows answer a client that asks for text, and the other way round`() {
        let binary = Outgoing.dataRow([[0, 0, 0, 7], [0, 1, 0, 0, 0, 0, 0, 2, 0, 12], nil])
        let columns: [(String, Int32)] = [("a", 23), ("b", 1700), ("c", 25)]
        func described(_ isBinary: Bool) -> [UInt8] {
            Reply.columns(columns[0], columns[1], columns[2], binary: isBinary)
        }
        func ask(_ format: Int16) -> [UInt8] {
            Say.parse("SELECT a, b, c FROM t") + Say.bind(results: [format]) + Say.describe(portal: "") + Say.execute()
                + Say.sync
        }
        func answer(_ isBinary: Bool) -> [UInt8] {
            Reply.one + Reply.two + described(isBinary) + (isBinary ? binary : Reply.row("7", "12.00", nil))
                + Reply.done("SELECT 1") + Reply.ready
        }
        for recorded in [false, true] {
            var session = ready([.client(ask(recorded ? 1 : 0)), .server(answer(recorded))])
            #expect(session.ask(ask(recorded ? 0 : 1)) == answer(!recorded))
            #expect(session.relaxations == ["result format"])
        }
    }

    @Test func `transaction status follows the live session`() {
        var session = ready([
            .client(Say.query("SELECT now()")),
            .server(Reply.columns(("now", 1184)), Reply.row("x"), Reply.done("SELECT 1"), Reply.ready),
        ])
        #expect(session.ask(Say.query("BEGIN")) == Reply.done("BEGIN") + Reply.readyInTransaction)
        #expect(session.ask(Say.query("SELECT now()")).suffix(6) == Reply.readyInTransaction[...])
        #expect(session.ask(Say.query("SELECT unknown()")).suffix(6) == Reply.readyFailed[...])
        #expect(String(decoding: session.ask(Say.query("SELECT now()")), as: UTF8.self).contains("25P02"))
        #expect(session.ask(Say.query("COMMIT")) == Reply.done("ROLLBACK") + Reply.ready)
        #expect(session.relaxations.contains("answered from the specification"))
    }

    @Test func `copied data that differs is a relaxation`() {
        let start = Outgoing.message(Backend.copyInResponse, [0, 0, 1, 0, 0])
        var session = ready([
            .client(Say.query("COPY t FROM STDIN")), .server(start),
            .client(Say.copyData("1\n"), Say.copyData("2\n"), Say.copyDone), .server(Reply.done("COPY 2"), Reply.ready),
        ])
        #expect(session.ask(Say.query("COPY t FROM STDIN")) == start)
        #expect(session.ask(Say.copyData("1\n2\n"), Say.copyDone) == Reply.done("COPY 2") + Reply.ready)
        #expect(session.relaxations.isEmpty)
        #expect(session.ask(Say.query("COPY t FROM STDIN")) == start)
        #expect(session.ask(Say.copyData("3\n"), Say.copyDone) == Reply.done("COPY 2") + Reply.ready)
        #expect(session.relaxations.contains("copy data differs"))
    }

    @Test func `an error in Parse comes where it came`() {
        var session = ready([
            .client(Say.parse("SELEC"), Say.bind(), Say.describe(portal: ""), Say.execute(), Say.sync),
            .server(Reply.error("42601"), Reply.ready),
        ])
        let ask = Say.parse("SELEC") + Say.bind() + Say.describe(portal: "") + Say.execute() + Say.sync
        #expect(session.ask(ask) == Reply.error("42601") + Reply.ready)
    }

    @Test func `what was skipped after an error is not served`() {
        var session = ready([
            .client(Say.parse("A"), Say.bind(), Say.execute(), Say.parse("B"), Say.bind(), Say.execute(), Say.sync),
            .server(Reply.one, Reply.two, Reply.error("22012"), Reply.ready),
        ])
        _ = session.ask(Say.parse("B"), Say.bind(), Say.execute(), Say.sync)
        #expect(session.misses.count == 1)
    }

    @Test func `a portal is read in steps`() {
        let suspended = Outgoing.message(Backend.portalSuspended)
        let first = Reply.one + Reply.two + Reply.row("1") + suspended
        let second = Reply.row("2") + Reply.done("SELECT 1")
        let ask1 = Say.parse("SELECT n") + Say.bind(portal: "p") + Say.execute("p", maxRows: 1) + Say.sync
        let ask2 = Say.execute("p", maxRows: 1) + Say.sync
        var session = ready([
            .client(Say.query("BEGIN")), .server(Reply.done("BEGIN"), Reply.readyInTransaction), .client(ask1),
            .server(first, Reply.readyInTransaction), .client(ask2), .server(second, Reply.readyInTransaction),
        ])
        _ = session.ask(Say.query("BEGIN"))
        #expect(session.ask(ask1) == first + Reply.readyInTransaction)
        #expect(session.ask(ask2) == second + Reply.readyInTransaction)
    }

    @Test func `a server that hung up hangs up again`() {
        var session = ready([.client(Say.query("SELECT pg_sleep(1)"))])
        let actions = session.say(Say.query("SELECT pg_sleep(1)"))
        #expect(actions.contains { if case .close = $0 { true } else { false } })
    }

    @Test func `a server that ended after a goodbye waits for one`() {
        let terminate = Outgoing.message(Frontend.terminate, [])
        var connection = Connection.of(
            opening + [
                .client(Say.query("BEGIN")), .server(Reply.done("BEGIN"), Reply.readyInTransaction), .client(terminate),
            ])
        // The server's end reaches the recorder before the client's own.
        connection.closes = [
            .init(side: .server, manner: .fin, time: 5_000_000), .init(side: .client, manner: .fin, time: 6_000_000),
        ]
        var session = Session(connection.recorded())
        _ = session.ask(Say.hello)
        let answer = session.say(Say.query("BEGIN"))
        #expect(answer.bytes == Reply.done("BEGIN") + Reply.readyInTransaction)
        #expect(!answer.contains { if case .close = $0 { true } else { false } })
        #expect(session.say(terminate).contains { if case .close(.fin, _) = $0 { true } else { false } })
    }

    @Test func `notifications follow their LISTEN`() {
        let news = Outgoing.message(
            Backend.notification, [0, 0, 0, 7] + Outgoing.cString("jobs") + Outgoing.cString("42"))
        var session = ready([
            .client(Say.query("LISTEN jobs")), .server(Reply.done("LISTEN"), Reply.ready), .server(news),
        ])
        #expect(session.ask(Say.query("LISTEN jobs")) == Reply.done("LISTEN") + Reply.ready + news)
    }

    @Test func `a refused connection is refused in its turn`() {
        let refusal = Outgoing.error(severity: "FATAL", code: "53300", message: "too many clients")
        let recorded =
            Connection.of(opening).recorded()
            + Connection.of([.client(Say.hello), .server(refusal)], id: 2).recorded()
        let shelf = Session(recorded).shelf
        var first = Postgres.stub()
        var second = Postgres.stub()
        #expect(first.received(Say.hello[...], shelf).bytes == Reply.welcome)
        #expect(second.received(Say.hello[...], shelf).bytes == refusal)
    }

    @Test func `multi-statement text is answered part by part`() {
        let answer =
            Reply.done("BEGIN") + Reply.columns(("x", 23)) + Reply.row("1") + Reply.done("SELECT 1")
        var session = ready([
            .client(Say.query("BEGIN; SELECT 1 AS x")), .server(answer, Reply.readyInTransaction),
        ])
        #expect(session.ask(Say.query("BEGIN;  SELECT 1 AS x;")) == answer + Reply.readyInTransaction)
        #expect(session.relaxations == ["whitespace and comments"])
    }
}

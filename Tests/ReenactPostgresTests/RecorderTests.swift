import ReenactTimeline
import ReenactWire
import ReenactTesting
import ReenactWireTesting
import Testing

@testable import ReenactPostgres

struct RecorderTests {
    private let opening: [Turn] = [.client(Say.hello), .server(Reply.welcome)]

    @Test func `the opening is one preamble, with its SSLRequest`() {
        let exchanges = Connection.of([
            .client(Say.startup(code: Int32(bitPattern: StartupCode.ssl))), .server([UInt8(ascii: "N")]),
            .client(Say.hello), .server(Outgoing.message(Backend.authentication, [0, 0, 0, 3])),
            .client(Outgoing.message(Frontend.password, Outgoing.cString("geheim"))), .server(Reply.welcome),
        ]).exchanges
        #expect(exchanges.count == 1)
        #expect(exchanges[0].isPreamble)
        #expect(exchanges[0].key == "startup|database=app|user=me")
        #expect(exchanges[0].secrets.map(\.range.length) == [6])
        #expect(exchanges[0].detail["settings"]?["server_version"] == "15.4")
        #expect(exchanges[0].result == "connected")
    }

    @Test func `a simple query has its rows in detail`() {
        let exchanges = Connection.of(
            opening + [
                .client(Say.query("SELECT id, name\n FROM users")),
                .server(
                    Reply.columns(("id", 23), ("name", 25)), Reply.row("1", "ann"), Reply.row("2", nil),
                    Reply.done("SELECT 2"), Reply.ready),
            ]
        ).exchanges
        #expect(exchanges.count == 2)
        #expect(exchanges[1].summary == "SELECT id, name FROM users")
        #expect(exchanges[1].result == "2 rows")
        #expect(exchanges[1].outcome == "rows:n")
        #expect(exchanges[1].detail["rows"] == [["1", "ann"], ["2", nil]])
        #expect(exchanges[1].detail["transaction"] == "I")
        #expect(!exchanges[1].holdsLease)
    }

    @Test func `an error carries its fields, and a failed transaction holds the lease`() {
        let exchanges = Connection.of(
            opening + [
                .client(Say.query("BEGIN")), .server(Reply.done("BEGIN"), Reply.readyInTransaction),
                .client(Say.query("INSERT INTO t VALUES (1)")),
                .server(Reply.error("23505", "duplicate key"), Reply.readyFailed),
            ]
        ).exchanges
        #expect(exchanges[1].holdsLease)
        #expect(exchanges[2].outcome == "sqlstate:23505")
        #expect(exchanges[2].result == "ERROR 23505 duplicate key")
        #expect(exchanges[2].detail["error"]?["message"] == "duplicate key")
        #expect(exchanges[2].holdsLease)
    }

    @Test func `each Execute of a pipeline is an exchange with its own bytes`() {
        let first = Say.parse("INSERT INTO t VALUES ($1)") + Say.bind([[49]]) + Say.execute()
        let second = Say.bind([[50]]) + Say.execute() + Say.sync
        let answer1 = Reply.one + Reply.two + Reply.done("INSERT 0 1")
        let answer2 = Reply.two + Reply.done("INSERT 0 1") + Reply.ready
        let exchanges = Connection.of(opening + [.client(first, second), .server(answer1, answer2)]).exchanges
        #expect(exchanges.count == 3)
        #expect(exchanges[1].request.length == first.count)
        #expect(exchanges[2].request.length == second.count)
        #expect(exchanges[1].response?.length == answer1.count)
        #expect(exchanges[2].response?.length == answer2.count)
        #expect(exchanges[1].outcome == "affected:1")
        #expect(exchanges[1].key != exchanges[2].key)
        #expect(exchanges[2].summary == "INSERT INTO t VALUES ($1) [2]")
    }

    @Test func `after an error the rest of the batch was skipped and answers nothing`() {
        let exchanges = Connection.of(
            opening + [
                .client(
                    Say.parse("SELECT 1/$1"), Say.bind([[48]]), Say.execute(), Say.bind([[49]]), Say.execute(),
                    Say.sync),
                .server(Reply.one, Reply.two, Reply.error("22012"), Reply.ready),
            ]
        ).exchanges
        #expect(exchanges[1].outcome == "sqlstate:22012")
        #expect(exchanges[2].key.hasPrefix("skipped|"))
        #expect(exchanges[2].relaxedKeys.isEmpty)
        #expect(exchanges[2].result == "skipped after an error")
    }

    @Test func `a batch that runs nothing is an exchange of kind prepare`() {
        let exchanges = Connection.of(
            opening + [
                .client(Say.parse("SELECT $1::int", name: "S_1"), Say.describe(statement: "S_1"), Say.sync),
                .server(
                    Reply.one, Outgoing.parameterDescription([23]), Reply.columns(("int4", 23)), Reply.ready),
                .client(
                    Say.bind([[0, 0, 0, 7]], statement: "S_1", formats: [1], results: [1]), Say.execute(), Say.sync),
                .server(Reply.two, Outgoing.dataRow([[0, 0, 0, 7]]), Reply.done("SELECT 1"), Reply.ready),
            ]
        ).exchanges
        #expect(exchanges[1].detail["kind"] == "prepare")
        #expect(!exchanges[1].key.contains("S_1"))
        #expect(exchanges[2].detail["rows"] == [["7"]])
        #expect(exchanges[2].detail["params"] == ["7"])
        #expect(!exchanges[2].key.contains("S_1"))
    }

    @Test func `COPY from the client is one exchange, keyed by its data`() {
        func copy(_ data: String) -> Exchange {
            Connection.of(
                opening + [
                    .client(Say.query("COPY t FROM STDIN")),
                    .server(Outgoing.message(Backend.copyInResponse, [0, 0, 1, 0, 0])),
                    .client(Say.copyData(data), Say.copyDone), .server(Reply.done("COPY 2"), Reply.ready),
                ]
            ).exchanges[1]
        }
        #expect(copy("1\n2\n").key != copy("1\n3\n").key)
        #expect(copy("1\n2\n").relaxedKeys == copy("1\n3\n").relaxedKeys)
        #expect(copy("1\n2\n").detail["copy"]?["bytes"] == 4)
        #expect(copy("1\n2\n").outcome == "affected:n")
    }

    @Test func `a client that sends its COPY before the server's leave to asks the same`() {
        let leave = Outgoing.message(Backend.copyInResponse, [0, 0, 1, 0, 0])
        let (data, end) = (Say.copyData("1\n2\n") + Say.copyDone, [Reply.done("COPY 2"), Reply.ready])
        let simple = [
            Connection.of(
                opening + [
                    .client(Say.query("COPY t FROM STDIN")), .server(leave), .client(data), .server(end[0], end[1]),
                ]),
            Connection.of(
                opening + [.client(Say.query("COPY t FROM STDIN"), data), .server(leave, end[0], end[1])]),
        ].map { $0.exchanges[1] }
        #expect(simple[0].key == simple[1].key && simple[0].detail == simple[1].detail)
        let asked = [Say.parse("COPY t FROM STDIN"), Say.bind([]), Say.execute()]
        let extended = [
            Connection.of(
                opening + [
                    .client(asked[0], asked[1], asked[2]), .server(Reply.one, Reply.two, leave),
                    .client(data, Say.sync), .server(end[0], end[1]), .client(Say.query("SELECT 1")),
                    .server(Reply.done("SELECT 1"), Reply.ready),
                ]),
            Connection.of(
                opening + [
                    .client(asked[0], asked[1], asked[2], data, Say.sync),
                    .server(Reply.one, Reply.two, leave, end[0], end[1]), .client(Say.query("SELECT 1")),
                    .server(Reply.done("SELECT 1"), Reply.ready),
                ]),
        ].map(\.exchanges)
        #expect(extended[0].map(\.key) == extended[1].map(\.key) && extended[0].count == extended[1].count)
        #expect(extended[0].map(\.detail) == extended[1].map(\.detail))
    }

    @Test func `rows beyond the cap are counted, not kept`() {
        let rows = (0..<1000).flatMap { Reply.row("\($0)") }
        let exchange = Connection.of(
            opening + [
                .client(Say.query("SELECT n FROM t")),
                .server(Reply.columns(("n", 23)), rows, Reply.done("SELECT 1000"), Reply.ready),
            ]
        ).exchanges[1]
        #expect(exchange.detail["rows"]?.array?.count == Answer.rowsMax)
        #expect(exchange.detail["rowCount"] == 1000)
        #expect(exchange.detail["truncated"] == true)
    }

    @Test func `notifications belong to the LISTEN before them, whose exchange stays open`() {
        let news = Outgoing.message(
            Backend.notification, [0, 0, 0, 7] + Outgoing.cString("jobs") + Outgoing.cString("42"))
        let turns =
            opening + [.client(Say.query("LISTEN jobs")), .server(Reply.done("LISTEN"), Reply.ready), .server(news)]
        for ends in [true, false] {
            let exchanges = Connection.of(turns, ends: ends).exchanges
            #expect(exchanges.count == 2)
            #expect(exchanges[1].detail["notifications"] == [["channel": "jobs", "payload": "42"]])
            #expect(exchanges[1].responseEnd != nil)
        }
    }

    @Test func `a role's password is secret and part of no key`() {
        let exchange = Connection.of(
            opening + [
                .client(Say.query("ALTER ROLE me PASSWORD 'hunter2'")), .server(Reply.done("ALTER ROLE"), Reply.ready),
            ]
        ).exchanges[1]
        #expect(!exchange.key.contains("hunter2"))
        #expect(!exchange.summary.contains("hunter2"))
        #expect(exchange.secrets.map(\.range) == [StreamRange(offset: Say.hello.count + 5 + 24, length: 7)])
    }

    @Test func `a sqlcommenter comment names its trace`() {
        let comment = "/*traceparent='00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'*/"
        let exchange = Connection.of(
            opening + [.client(Say.query("SELECT 1 \(comment)")), .server(Reply.done("SELECT 1"), Reply.ready)]
        ).exchanges[1]
        #expect(exchange.identifiers == ["4bf92f3577b34da6a3ce929d0e0e4736"])
    }

    @Test func `a server that goes away leaves its reason as the answer`() {
        let reason = Outgoing.error(severity: "FATAL", code: "57P01", message: "terminating connection")
        let exchanges = Connection.of(opening + [.server(reason), .client(Say.query("SELECT 1"))]).exchanges
        #expect(exchanges[1].detail["error"]?["code"] == "57P01")
    }

    @Test(arguments: 0..<40) func `any cut gives what the whole gives`(seed: Int) {
        let turns =
            opening + [
                .client(Say.parse("SELECT $1", name: "a"), Say.describe(statement: "a"), Say.flush),
                .server(Reply.one, Outgoing.parameterDescription([25]), Reply.columns(("x", 25))),
                .client(Say.bind([Array("köln".utf8)], statement: "a"), Say.execute(maxRows: 1), Say.sync),
                .server(Reply.two, Reply.row("köln"), Outgoing.message(Backend.portalSuspended), Reply.ready),
                .client(Say.query("BEGIN; SELECT 1; COMMIT")),
                .server(
                    Reply.done("BEGIN"), Reply.columns(("?", 23)), Reply.row("1"), Reply.done("SELECT 1"),
                    Reply.done("COMMIT"), Reply.ready),
                .client(Say.query("COPY t TO STDOUT")),
                .server(
                    Outgoing.message(Backend.copyOutResponse, [0, 0, 0]), Say.copyData("1\n"), Say.copyDone,
                    Reply.done("COPY 1"), Reply.ready),
                .client(Say.query("")), .server(Outgoing.emptyQuery, Reply.ready), .client(Say.terminate),
            ]
        let whole = Connection.of(turns).exchanges
        let cut = Connection.of(turns, cutBy: SeededGenerator(seed: UInt64(seed))).exchanges
        #expect(whole.count == 6)
        #expect(cut == whole, "seed \(seed)")
    }
}

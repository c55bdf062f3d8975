import ReenactMySQL
import ReenactTimeline
import ReenactWire
import Testing

/// A conversation made by hand, for what real servers are hard to bring to.
struct StubTests {
    private static let greeting = packet(
        0,
        [10] + Array("8.0.40\u{0}".utf8) + [7, 0, 0, 0] + [UInt8](repeating: 65, count: 8) + [0, 0xff, 0xff, 45, 2, 0]
            + [0xff, 0xdf, 21] + [UInt8](repeating: 0, count: 10) + [UInt8](repeating: 66, count: 12)
            + Array("\u{0}caching_sha2_password\u{0}".utf8))
    private static let login = packet(
        1,
        [0x01, 0xa2, 0x08, 0, 0, 0, 0, 1, 45] + [UInt8](repeating: 0, count: 23) + Array("ann\u{0}\u{0}".utf8)
            + Array("mysql_native_password\u{0}".utf8))
    private static let ok = packet(2, [0, 0, 0, 2, 0, 0, 0])

    private static func packet(_ sequence: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [UInt8(payload.count & 0xff), UInt8(payload.count >> 8), 0, sequence] + payload
    }

    private static func query(_ sql: String) -> [UInt8] { packet(0, [3] + Array(sql.utf8)) }

    private func conversation(_ turns: [(Side, [UInt8])]) -> Connection {
        var connection = Connection(id: 1, direction: .outbound, transport: .tcp, server: "x", opened: 0)
        var offsets: [Side: Int] = [:]
        for (index, turn) in turns.enumerated() {
            connection.segments.append(
                Segment(side: turn.0, time: Instant(index), offset: offsets[turn.0, default: 0], bytes: turn.1))
            offsets[turn.0, default: 0] += turn.1.count
        }
        return connection
    }

    private let opening: [(Side, [UInt8])] = [
        (.server, StubTests.greeting), (.client, StubTests.login), (.server, StubTests.ok),
    ]

    private func exchanges(_ turns: [(Side, [UInt8])]) -> [Recorded] {
        Tape.exchanges(of: conversation(opening + turns), recorder: MySQL.recorder()) { _ in (1, .failing) }
    }

    private func play(_ recorded: [Recorded], _ sent: [[UInt8]]) -> (answers: [[UInt8]], met: [Shelf.Encounter]) {
        let shelf = Shelf(server: "x", recorded: recorded)
        shelf.phase = .failing
        var met: [Shelf.Encounter] = []
        shelf.onEncounter = { met.append($0) }
        var stub = MySQL.stub()
        var answers = [bytes(stub.opened(shelf))]
        for piece in [Self.login] + sent { answers.append(bytes(stub.received(piece[...], shelf))) }
        return (answers, met)
    }

    private func bytes(_ actions: [StubAction]) -> [UInt8] {
        actions.flatMap { if case .send(let bytes, _) = $0 { bytes } else { [UInt8]() } }
    }

    @Test func `the greeting offers neither TLS nor compression and a plugin that takes OK`() throws {
        let played = play(exchanges([]), [])
        let greeting = played.answers[0]
        let flags = [25, 26, 30, 31].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32(greeting[$1]) }
        #expect(flags & (1 << 11 | 1 << 5 | 1 << 26 | 1 << 7) == 0)
        #expect(String(decoding: greeting, as: UTF8.self).contains("mysql_native_password"))
        #expect(played.answers[1] == Self.ok)
    }

    @Test func `what was not recorded is a miss and an error that says so`() {
        let played = play(exchanges([]), [Self.query("DELETE FROM t")])
        let answer = played.answers[2]
        #expect(answer[3] == 1 && answer[4] == 0xff && answer[5] == 0x51 && answer[6] == 4)
        #expect(String(decoding: answer, as: UTF8.self).hasSuffix("reenact: nothing recorded answers this statement"))
        #expect(played.met.last?.event == nil && played.met.last?.summary == "DELETE FROM t")
    }

    @Test func `a transaction shows in the status of all answers until it ends`() {
        let recorded = exchanges([
            (.client, Self.query("UPDATE t SET a=1")), (.server, Self.packet(1, [0, 1, 0, 2, 0, 0, 0])),
        ])
        let played = play(
            recorded,
            ["BEGIN", "UPDATE t SET a=1", "COMMIT", "SET autocommit=0", "SET NAMES utf8mb4"].map(Self.query))
        #expect(played.answers.dropFirst(2).map { $0[7] } == [3, 3, 2, 0, 0])
        let notes = played.met.dropFirst().map(\.relaxations)
        let specified = ["answered from the specification"]
        #expect(Array(notes) == [specified, [], specified, specified, specified])
    }

    @Test func `another number in a savepoint's name is a relaxation`() {
        let ok = Self.packet(1, [0, 0, 0, 3, 0, 0, 0])
        let played = play(
            exchanges([(.client, Self.query("SAVEPOINT `s1_x3`")), (.server, ok)]),
            [Self.query("SAVEPOINT `s1_x1`"), Self.query("RELEASE SAVEPOINT `s1_x1`")])
        #expect(played.met.dropFirst().map(\.event) == [1, nil])
        #expect(played.met[1].relaxations == ["name of a savepoint"])
    }

    @Test func `a system variable is answered only where it is known`() {
        let played = play(
            exchanges([]), [Self.query("SELECT @@autocommit, @@version AS v"), Self.query("SELECT @@port")])
        #expect(String(decoding: played.answers[2], as: UTF8.self).contains("8.0.40"))
        #expect(played.answers[3][4] == 0xff)
    }

    @Test func `ping, use and reset need no recording`() {
        let played = play(exchanges([]), [[14], [2] + Array("db".utf8), [31]].map { Self.packet(0, $0) })
        for answer in played.answers[2...] { #expect(Array(answer[3...6]) == [1, 0, 0, 0]) }
    }

    @Test func `differences of the declared sorts still find the answer and are named`() {
        let error = Self.packet(1, [0xff, 0x51, 4] + Array("#HY000recorded".utf8))
        func relaxation(_ recorded: String, _ live: String) -> [String]? {
            play(exchanges([(.client, Self.query(recorded)), (.server, error)]), [Self.query(live)]).met.last.flatMap {
                $0.event == nil ? nil : $0.relaxations
            }
        }
        #expect(relaxation("SELECT 1", "SELECT 1") == [])
        #expect(relaxation("SELECT  1 -- a\n", "SELECT 1 /* b */") == ["whitespace and comments"])
        #expect(
            relaxation("SELECT '2026-11-21 08:15:02'", "SELECT '2026-11-22 09:00:00.5'") == ["volatile literals"])
        #expect(
            relaxation(
                "INSERT t VALUES('0f8fad5b-d9cb-469f-a165-70867728950e')",
                "INSERT  t VALUES('7c9e6679-7425-40de-944b-e07fc1f90ae7')")
                == ["whitespace, comments and volatile values"])
        #expect(relaxation("SELECT 1", "SELECT 2") == nil)
        #expect(relaxation("SELECT '--a'", "SELECT '-- a'") == nil)
        #expect(relaxation("SELECT /*!40101 1*/", "SELECT /*!40101 2*/") == nil)
    }

    @Test(arguments: [
        "CREATE USER 'a'@'%' IDENTIFIED BY 'hidden'", "SET PASSWORD FOR 'a'@'%' = PASSWORD('hidden')",
        "ALTER USER a IDENTIFIED WITH caching_sha2_password BY 'hidden'", "SET PASSWORD = 'hidden'",
        "GRANT ALL ON *.* TO a IDENTIFIED BY PASSWORD 'hidden'", "CHANGE MASTER TO MASTER_PASSWORD='hidden'",
    ])
    func `a password in a statement is a secret and in no text`(sql: String) throws {
        let recorded = exchanges([(.client, Self.query(sql)), (.server, Self.packet(1, [0, 0, 0, 2, 0, 0, 0]))])
        let entry = try #require(recorded.last)
        let secret = try #require(entry.exchange.secrets.first)
        let start = secret.range.offset - entry.exchange.request.offset
        #expect(String(decoding: entry.requestBytes[start..<(start + secret.range.length)], as: UTF8.self) == "hidden")
        #expect(try !JSONText.encode(entry.exchange.detail).contains("hidden"))
        #expect(!entry.exchange.summary.contains("hidden") && !entry.exchange.key.contains("hidden"))
    }

    @Test func `a password sent in clear is a secret`() throws {
        var login = Array(Self.login[4...].dropLast("\u{0}mysql_native_password\u{0}".utf8.count))
        login += [7] + Array("hunter2mysql_clear_password\u{0}".utf8)
        let connection = conversation([(.server, Self.greeting), (.client, Self.packet(1, login)), (.server, Self.ok)])
        let recorded = Tape.exchanges(of: connection, recorder: MySQL.recorder()) { _ in (1, .failing) }
        let secret = try #require(recorded.first?.exchange.secrets.first)
        #expect(String(decoding: connection.bytes(secret.range, from: .client), as: UTF8.self) == "hunter2")
        // The server asks for it in a second round.
        let change = Self.packet(2, [0xfe] + Array("mysql_clear_password\u{0}".utf8))
        let second = conversation([
            (.server, Self.greeting), (.client, Self.login), (.server, change),
            (.client, Self.packet(3, Array("hunter2\u{0}".utf8))), (.server, Self.ok),
        ])
        let again = Tape.exchanges(of: second, recorder: MySQL.recorder()) { _ in (1, .failing) }
        let found = try #require(again.first?.exchange.secrets.first)
        #expect(String(decoding: second.bytes(found.range, from: .client), as: UTF8.self) == "hunter2")
        #expect(again.count == 1 && again[0].exchange.outcome == .ok)
    }

    @Test func `a list of fields is played again`() {
        func column(_ name: String) -> [UInt8] {
            [3] + Array("def".utf8) + [0, 1, 116, 1, 116, UInt8(name.utf8.count)] + Array(name.utf8) + [0, 12]
                + [33, 0, 9, 0, 0, 0, 253, 0, 0, 0, 0, 0, 0xfb]
        }
        let ask = Self.packet(0, [4] + Array("t\u{0}".utf8))
        let answer =
            Self.packet(1, column("a")) + Self.packet(2, column("b")) + Self.packet(3, [0xfe, 0, 0, 2, 0])
        let played = play(exchanges([(.client, ask), (.server, answer)]), [ask])
        #expect(played.answers[2] == answer)
    }

    @Test func `a statement of megabytes has a short key that still tells it apart`() {
        func key(_ last: String) -> String {
            let sql = "INSERT INTO t VALUES " + String(repeating: "(1, 'ä'), ", count: 20000) + "(2, '\(last)')"
            var bytes: [UInt8] = [3] + Array(sql.utf8)
            bytes = [UInt8(bytes.count & 0xff), UInt8(bytes.count >> 8 & 0xff), UInt8(bytes.count >> 16), 0] + bytes
            return exchanges([(.client, bytes)]).last?.exchange.key ?? ""
        }
        #expect(key("a") == key("a") && key("a") != key("b"))
        #expect(key("a").utf8.count < 40000 && key("a").hasPrefix("Q|INSERT INTO t VALUES (1, 'ä'), "))
    }

    @Test func `ordinary strings are no secrets`() {
        for sql in ["INSERT INTO u (name, password) VALUES ('a', 'b')", "SELECT 'x' AS identified"] {
            let recorded = exchanges([(.client, Self.query(sql)), (.server, Self.packet(1, [0, 0, 0, 2, 0, 0, 0]))])
            #expect(recorded.last?.exchange.secrets.isEmpty == true)
        }
    }

    @Test func `silence and a broken answer stay what they were`() {
        var turns: [(Side, [UInt8])] = [(.client, Self.query("SELECT SLEEP(9)"))]
        var shelf = Shelf(server: "x", recorded: exchanges(turns))
        var stub = MySQL.stub()
        _ = stub.opened(shelf)
        _ = stub.received(Self.login[...], shelf)
        #expect(stub.received(Self.query("SELECT SLEEP(9)")[...], shelf) == [.silence])
        turns.append((.server, Array(Self.packet(1, [1]) + [9, 0, 0])))
        var connection = conversation(opening + turns)
        connection.closes = [.init(side: .server, manner: .reset, time: 99)]
        shelf = Shelf(
            server: "x", recorded: Tape.exchanges(of: connection, recorder: MySQL.recorder()) { _ in (1, .failing) })
        stub = MySQL.stub()
        _ = stub.opened(shelf)
        _ = stub.received(Self.login[...], shelf)
        let actions = stub.received(Self.query("SELECT SLEEP(9)")[...], shelf)
        #expect(bytes(actions) == Self.packet(1, [1]) + [9, 0, 0])
        #expect(actions.last == .close(.reset, delay: 96))
    }

    @Test func `what cannot be read ends the decoding with a reason`() {
        func reason(_ turns: [(Side, [UInt8])]) -> String? { failure(of: conversation(turns)) }
        var ssl = Self.login
        ssl[5] |= 8
        let request = Self.packet(1, Array(ssl[4..<36]))
        #expect(
            reason([(.server, Self.greeting), (.client, request), (.client, [22, 3, 1, 2, 0, 1])])
                == "the connection is encrypted (TLS)")
        #expect(MySQL.endOfSSLRequest(client: request[...]) == 36)
        #expect(MySQL.endOfSSLRequest(client: Self.login[...]) == nil)
        var compressed = Self.login
        compressed[4] |= 0x20
        #expect(reason([(.server, Self.greeting), (.client, compressed)]) == "the connection is compressed")
        let infile = Self.packet(1, [0xfb] + Array("/etc/passwd".utf8))
        #expect(
            reason(opening + [(.client, Self.query("LOAD DATA LOCAL INFILE 'x'")), (.server, infile)])
                == "LOAD DATA LOCAL INFILE reads a file of the client")
        #expect(reason(opening) == nil)
    }

    @Test func `a relay that opens TLS can go on behind the SSL request`() {
        var ssl = Self.login
        ssl[5] |= 8
        let turns: [(Side, [UInt8])] = [
            (.server, Self.greeting), (.client, Self.packet(1, Array(ssl[4..<36]))), (.client, ssl), (.server, Self.ok),
        ]
        let connection = conversation(turns)
        #expect(failure(of: connection) == nil)
        let recorded = Tape.exchanges(of: connection, recorder: MySQL.recorder()) { _ in (1, .failing) }
        #expect(recorded.first?.exchange.summary == "connect as ann")
    }

    @Test func `the greeting tells the protocol and the port does not`() {
        let greeting = Self.greeting
        #expect(MySQL.recognize(client: [], server: greeting[...], port: 99) == .yes)
        #expect(MySQL.recognize(client: [], server: greeting[..<3], port: nil) == .unsure)
        #expect(MySQL.recognize(client: [], server: [], port: 3306) == .unsure)
        #expect(MySQL.recognize(client: Array("GET / ".utf8)[...], server: [], port: 80) == .no)
        #expect(MySQL.recognize(client: [], server: Array("SSH-2.0-x\r\n".utf8)[...], port: 3306) == .no)
        #expect(MySQL.recognize(client: [], server: Array("220 mail ESMTP\r\n".utf8)[...], port: 3306) == .no)
        let refused = Self.packet(0, [0xff, 0x10, 4] + Array("Too many connections".utf8))
        #expect(MySQL.recognize(client: [], server: refused[...], port: nil) == .yes)
    }

    @Test func `a refused connection is refused again`() {
        let refused = Self.packet(0, [0xff, 0x10, 4] + Array("Too many connections".utf8))
        var connection = conversation([(.server, refused)])
        connection.closes = [.init(side: .server, manner: .fin, time: 5)]
        let recorded = Tape.exchanges(of: connection, recorder: MySQL.recorder()) { _ in (1, .failing) }
        #expect(recorded.first?.exchange.outcome == "mysql:1040")
        var stub = MySQL.stub()
        let actions = stub.opened(Shelf(server: "x", recorded: recorded))
        #expect(bytes(actions) == refused)
        #expect(actions.count == 2)
    }
}

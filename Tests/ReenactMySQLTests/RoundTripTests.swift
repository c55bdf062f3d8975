import FoundationEssentials
import ReenactMySQL
import ReenactTimeline
import ReenactWire
import ReenactTesting
import Testing

/// Real clients, recorded against a real server, then run again against the stub: they must print the same.
@Suite(.serialized, .enabled(if: RealServer.isUp)) struct RoundTripTests {
    private func record(_ program: (UInt16) -> [String], input: String = "") throws -> (String, [Connection]) {
        let relay = try #require(RecordingRelay(to: RealServer.port))
        let output = TestProgram(program(relay.port), input: input).wait().output
        return (output, relay.finish())
    }

    private func play(
        _ recorded: [Recorded], _ program: (UInt16) -> [String], input: String = ""
    ) throws -> (String, [Shelf.Encounter]) {
        let stub = try #require(StubServer(recorded))
        let output = TestProgram(program(stub.port), input: input).wait().output
        stub.finish()
        return (output, stub.encounters)
    }

    private func same(
        _ program: (UInt16) -> [String], input: String = "", lines: Int
    ) throws {
        let (expected, connections) = try record(program, input: input)
        #expect(expected.split(separator: "\n").count >= lines, "\(expected)")
        let recorded = try tape(connections)
        let (output, encounters) = try play(recorded, program, input: input)
        #expect(output == expected)
        let specified = "answered from the specification"
        let misses = encounters.filter { $0.event == nil && !$0.relaxations.contains(specified) }
        #expect(misses.isEmpty)
        let relaxed = encounters.filter { $0.event != nil && !$0.relaxations.isEmpty }
        #expect(relaxed.isEmpty)
    }

    @Test(arguments: ["pymysql", "MySQLdb", "mysql.connector.pure", "mariadb"])
    func `a Python program cannot tell the stub from the server`(driver: String) throws {
        let python = try #require(RealServer.python)
        guard
            RealServer.has(
                driver.hasSuffix("pure") ? "mysql.connector" : driver)
        else { return }
        let script = try Scratch.write(ClientPrograms.python, "client.py")
        try same({ [python, script, driver, "\($0)"] }, lines: 14)
    }

    @Test(arguments: ["mysqli", "pdo-emulated", "pdo-native"])
    func `a PHP program cannot tell the stub from the server`(kind: String) throws {
        guard TestProgram(["php", "-r", "exit(extension_loaded('mysqli') ? 0 : 1);"]).wait().status == 0 else { return }
        let script = try Scratch.write(ClientPrograms.php, "client.php")
        try same({ ["php", script, kind, "\($0)"] }, lines: 6)
    }

    @Test func `the command line client cannot tell the stub from the server`() throws {
        try same(Captures.commandLine, input: ClientPrograms.sql, lines: 20)
    }

    @Test func `answers recorded with one driver reach another that agreed on other forms`() throws {
        let python = try #require(RealServer.python)
        func asks(_ driver: String, _ statement: String) throws -> (UInt16) -> [String] {
            let script = try Scratch.write(ClientPrograms.oneStatement, "one.py")
            return { [python, script, driver, "\($0)", statement] }
        }
        // PyMySQL wants EOF packets, MariaDB's connector neither those nor columns that it has seen.
        let drivers = ["pymysql", "mysql.connector.pure", "mariadb"].filter {
            RealServer.has($0.hasSuffix("pure") ? "mysql.connector" : $0)
        }
        let first = "SELECT 1 AS a, 'x' AS b UNION SELECT 2, NULL"
        let second =
            "SELECT table_name FROM information_schema.tables WHERE table_name IN ('TABLES','COLUMNS') ORDER BY 1"
        var recorded: [Recorded] = []
        var expected: [String: String] = [:]
        for (driver, statement) in zip(["pymysql", "mariadb"], [first, second]) where drivers.contains(driver) {
            let (output, connections) = try record(asks(driver, statement))
            expected[statement] = output
            recorded += try tape(connections)
        }
        // Connector/Python can also be told to authenticate in MySQL 8's way, whatever the server announces.
        let players = drivers + (drivers.contains("mysql.connector.pure") ? ["sha2"] : [])
        for driver in players {
            for (statement, answer) in expected {
                let (output, _) = try play(recorded, asks(driver, statement))
                #expect(output == answer)
            }
        }
    }

    @Test func `every cut of the same bytes gives the same exchanges`() throws {
        try #require(!Captures.sample.isEmpty)
        for connection in Captures.sample {
            let whole = changes(connection) { $0 }
            for seed in 1...6 {
                var random = SeededGenerator(seed: UInt64(seed))
                let most = [1, 3, 40, 1000][seed % 4]
                let cut = changes(connection) { _ in Int.random(in: 1...most, using: &random) }
                #expect(cut == whole, "seed \(seed)")
            }
            var began = Set<Int>()
            for change in whole {
                switch change {
                case .began(let exchange): #expect(began.insert(exchange.ordinal).inserted)
                case .ended(let exchange): #expect(began.remove(exchange.ordinal) != nil)
                }
            }
            #expect(began.isEmpty)
        }
    }

    @Test func `mutated conversations never trap, recorded or played`() throws {
        try #require(!Captures.sample.isEmpty)
        // Long result sets would only repeat themselves.
        let sample = Captures.sample.filter { $0.segments.reduce(0) { $0 + $1.bytes.count } < 30000 }
        var random = SeededGenerator(seed: 11)
        for round in 0..<3000 {
            var connection = sample[round % sample.count]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<connection.segments.count, using: &random)
                connection.segments[index].bytes = mutate(connection.segments[index].bytes, &random)
            }
            var offsets: [Side: Int] = [:]
            for index in connection.segments.indices {
                let side = connection.segments[index].side
                connection.segments[index].offset = offsets[side, default: 0]
                offsets[side, default: 0] += connection.segments[index].bytes.count
            }
            let recorded = Tape.exchanges(of: connection, recorder: MySQL.recorder()) { _ in (1, .failing) }
            guard round % 3 == 0 else { continue }
            let shelf = Shelf(server: "x", recorded: recorded)
            var stub = MySQL.stub()
            _ = stub.opened(shelf)
            for segment in sample[round % sample.count].segments where segment.side == .client {
                let bytes = Bool.random(using: &random) ? segment.bytes : mutate(segment.bytes, &random)
                _ = stub.received(bytes[...], shelf)
            }
            _ = stub.clientClosed(shelf)
        }
    }

    private func mutate(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        guard !bytes.isEmpty else { return bytes }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[place] = [0, 0xfb, 0xfc, 0xfd, 0xfe, 0xff].randomElement(using: &random) ?? 0
        case 2: bytes.insert(contentsOf: random.bytes(Int.random(in: 1...9, using: &random)), at: place)
        case 3: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...9, using: &random)))
        default: bytes.removeLast(bytes.count - place)
        }
        return bytes
    }
}

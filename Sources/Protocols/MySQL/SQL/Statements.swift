import ReenactTimeline
import ReenactWire

/// A prepared statement, on either side.
struct Statement: Sendable {
    var sql: SQLText
    /// Parameters, as the server counts them; before it answers, the question marks.
    var parameterCount: Int
    var columns: [Column] = []
    var kinds: [Parameters.Kind] = []
    var long: [Int: [UInt8]] = [:]
    /// Sent ahead in all: hostile clients have no end.
    var longBytes = 0
    /// The last execution and the steps in which its rows were fetched.
    var execution = ""
    var step = 0
    var effect: SessionEffect = .none
}

/// The statements of one connection and what the client's commands mean with them.
struct Statements: Sendable {
    private(set) var all: [Int: Statement] = [:]
    /// The numbers that the server gave.
    private var numbers: [UInt32: Int] = [:]
    private var next = 0
    private var lastPrepared: Int?

    /// At most this many bytes are sent ahead for one statement.
    private static let longMax = 64 << 20
    /// MariaDB's way to say: the statement prepared last, whose number is not here yet.
    private static let latest: UInt32 = 0xffff_ffff

    func statement(_ index: Int?) -> Statement? { index.flatMap { all[$0] } }

    mutating func prepare(_ sql: SQLText) -> Int {
        next += 1
        all[next] = Statement(sql: sql, parameterCount: sql.placeholders, effect: SessionEffect(sql))
        lastPrepared = next
        return next
    }

    /// The server's answer to a prepare.
    mutating func prepared(_ index: Int, number: UInt32, parameters: Int, columns: [Column]) {
        numbers[number] = index
        all[index]?.parameterCount = parameters
        all[index]?.columns = columns
    }

    mutating func failed(_ index: Int) { all[index] = nil }

    /// A stub numbers statements itself.
    mutating func number(_ index: Int) -> UInt32 {
        let number = UInt32(truncatingIfNeeded: index)
        numbers[number] = index
        return number
    }

    mutating func removeAll() {
        all = [:]
        numbers = [:]
        lastPrepared = nil
    }

    private func index(_ number: UInt32?) -> Int? {
        guard let number else { return nil }
        return number == Self.latest ? lastPrepared : numbers[number]
    }

    /// What the packet asks.
    ///
    /// - Throws: where it is malformed, or about a statement that nobody prepared.
    mutating func question(
        _ payload: ArraySlice<UInt8>, _ capabilities: Capabilities
    ) throws(MySQLError) -> Question {
        guard let first = payload.first else { throw MySQLError("a command is empty") }
        let command = Command(rawValue: first)
        switch command {
        case .query:
            guard let bytes = QueryRequest.text(payload, capabilities) else {
                throw MySQLError("the attributes of a query are malformed")
            }
            let sql = SQLText(bytes)
            return Question(
                command: command, key: .query(sql), summary: Summary.line(sql.exact), sql: sql,
                effect: SessionEffect(sql), passwords: sql.passwords.map { shift($0, by: bytes.startIndex) })
        case .prepare:
            let bytes = payload.dropFirst()
            let sql = SQLText(bytes)
            return Question(
                command: command, key: .prepare(sql), summary: "PREPARE " + Summary.line(sql.exact), sql: sql,
                statement: prepare(sql), passwords: sql.passwords.map { shift($0, by: bytes.startIndex) })
        case .execute: return try execute(payload, capabilities)
        case .sendLongData, .closeStatement, .resetStatement, .fetch, .bulkExecute:
            return try about(command, payload)
        case .initDB:
            let name = text(payload.dropFirst())
            return Question(
                command: command, key: .plain(command, payload), summary: "USE \(Summary.line(name))",
                effect: .database)
        case .changeUser:
            guard let change = ChangeUser(payload) else { throw MySQLError("a change of user is malformed") }
            let (user, database) = (text(change.user), text(change.database))
            return Question(
                command: command, key: MySQLKey(key: "CHANGE USER|\(user)|\(database)"),
                summary: "CHANGE USER \(user)\(database.isEmpty ? "" : " to \(database)")", effect: .setting)
        case .fieldList, .setOption, .processInfo:
            let rest = text(payload.dropFirst()).split(separator: "\0").joined(separator: " ")
            return Question(
                command: command, key: .plain(command, payload), summary: Summary.line("\(command.name) \(rest)"),
                effect: command == .setOption ? .setting : .none)
        default:
            return Question(
                command: command, key: .plain(command, payload), summary: command.name,
                effect: [.quit, .ping, .resetConnection].contains(command) ? .setting : .none)
        }
    }

    private func shift(_ range: Range<Int>, by offset: Int) -> Range<Int> {
        range.lowerBound + offset..<range.upperBound + offset
    }

    private mutating func execute(
        _ payload: ArraySlice<UInt8>, _ capabilities: Capabilities
    ) throws(MySQLError) -> Question {
        guard let index = index(ExecuteRequest.statement(payload)), let statement = all[index] else {
            throw MySQLError("a statement is executed that was not prepared on this connection")
        }
        guard
            let request = ExecuteRequest(
                payload, parameterCount: statement.parameterCount, known: statement.kinds, long: statement.long,
                capabilities)
        else { throw MySQLError("the values of a statement are malformed") }
        let values = request.parameters.values
        let key = MySQLKey.execute(statement.sql, values, opensCursor: request.opensCursor)
        all[index]?.kinds = request.parameters.kinds
        all[index]?.long = [:]
        all[index]?.longBytes = 0
        all[index]?.execution = key.key
        all[index]?.step = 0
        return Question(
            command: .execute, key: key, summary: Summary.line(statement.sql.exact) + Summary.values(values),
            sql: statement.sql, values: values, effect: statement.effect, statement: index,
            hasLongValues: !statement.long.isEmpty)
    }

    private mutating func about(_ command: Command, _ payload: ArraySlice<UInt8>) throws(MySQLError) -> Question {
        var reader = ByteReader(payload.dropFirst())
        guard let number = reader.uint32() else { throw MySQLError("a command on a statement is too short") }
        let index = index(number)
        let statement = statement(index)
        let line = statement.map { Summary.line($0.sql.exact) } ?? "?"
        var key = MySQLKey(key: "\(command.name)|\(statement?.sql.exact ?? "?")")
        var summary = "\(command.name) \(line)"
        switch command {
        case .sendLongData:
            guard let parameter = reader.uint16() else { throw MySQLError("a value sent ahead is malformed") }
            guard let index, let statement else { break }
            let room = max(0, Self.longMax - statement.longBytes)
            let bytes = reader.rest.prefix(room)
            all[index]?.long[Int(parameter), default: []].append(contentsOf: bytes)
            all[index]?.longBytes += bytes.count
            key.key += "|\(parameter)|\(ContentHash(reader.rest).text)"
        case .closeStatement:
            if let index { all[index] = nil }
            numbers[number] = nil
        case .resetStatement:
            guard let index else { break }
            all[index]?.long = [:]
            all[index]?.longBytes = 0
        case .fetch:
            guard let rows = reader.uint32(), let index, let statement else { break }
            all[index]?.step += 1
            key = .fetch(statement.execution, step: statement.step, rows: rows)
            summary = "FETCH \(Summary.count(UInt64(rows), "row")) of \(line)"
        default:
            guard let statement else { throw MySQLError("a statement is executed that was not prepared") }
            key = .bulk(statement.sql, reader.rest)
            summary = line + " [many values]"
        }
        return Question(
            command: command, key: key, summary: summary, sql: command == .closeStatement ? nil : statement?.sql,
            effect: command == .closeStatement ? .setting : .none, statement: index)
    }
}

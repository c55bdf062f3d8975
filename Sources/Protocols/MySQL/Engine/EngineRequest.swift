import ReenactWire

/// A statement as a real server can be asked it, whatever the connection that it came on.
struct EngineRequest: Sendable {
    enum Form: Sendable {
        /// COM_QUERY, COM_INIT_DB: the payload as it is.
        case plain([UInt8])
        case prepare
        /// COM_STMT_EXECUTE behind the statement's number and flags: the bitmap of NULLs, types, values.
        case execute([UInt8])
    }

    var command: Command
    var form: Form
    /// The statement's text, for those that are prepared first.
    var sql: [UInt8]

    /// USE, by whatever command.
    static func use(_ database: String) -> EngineRequest {
        let payload = [Command.initDB.rawValue] + Array(database.utf8)
        return EngineRequest(command: .initDB, form: .plain(payload), sql: [])
    }

    /// A statement of our own.
    static func query(_ sql: String) -> EngineRequest {
        let payload = [Command.query.rawValue] + Array(sql.utf8)
        return EngineRequest(command: .query, form: .plain(payload), sql: [])
    }

    private init(command: Command, form: Form, sql: [UInt8]) {
        self.command = command
        self.form = form
        self.sql = sql
    }

    /// - Parameter statement: what is executed.
    /// - Returns: nil for what cannot be asked on another connection: steps of a cursor, values sent ahead.
    init?(_ question: Question, _ payload: ArraySlice<UInt8>, _ statement: Statement?, _ capabilities: Capabilities) {
        command = question.command
        sql = []
        switch question.command {
        case .query:
            guard let text = QueryRequest.text(payload, capabilities) else { return nil }
            form = .plain([Command.query.rawValue] + text)
        case .initDB: form = .plain(Array(payload))
        case .prepare:
            sql = Array(payload.dropFirst())
            form = .prepare
        case .execute:
            guard let statement, statement.sql.isWhole, !question.hasLongValues,
                let values = Self.values(payload, statement, capabilities)
            else { return nil }
            sql = Array(statement.sql.exact.utf8)
            form = .execute(values)
        default: return nil
        }
    }

    /// NULLs, declared types and values; types that were declared earlier are declared anew.
    private static func values(
        _ payload: ArraySlice<UInt8>, _ statement: Statement, _ capabilities: Capabilities
    ) -> [UInt8]? {
        let count = statement.parameterCount
        guard count > 0 else { return [] }
        var reader = ByteReader(payload.dropFirst(10))
        let isNamed = capabilities.contains(.queryAttributes)
        // Attributes would stand among the values.
        if isNamed, reader.lengthEncoded() != UInt64(count) { return nil }
        guard let nulls = reader.take((count + 7) / 8), let declares = reader.uint8(),
            statement.kinds.count >= count
        else { return nil }
        if declares == 1 {
            for _ in 0..<count {
                guard reader.skip(2) else { return nil }
                if isNamed, reader.string() == nil { return nil }
            }
        }
        var writer = ByteWriter()
        writer.raw(nulls)
        writer.uint8(1)
        for kind in statement.kinds.prefix(count) {
            writer.uint8(kind.type.rawValue)
            writer.uint8(kind.isUnsigned ? 0x80 : 0)
        }
        writer.raw(reader.takeRest())
        return writer.bytes
    }

    /// The payload of an execution of the statement that the server knows by this number; all rows at once.
    static func execution(of number: UInt32, _ values: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.uint8(Command.execute.rawValue)
        writer.uint32(number)
        writer.uint8(0)
        writer.uint32(1)
        writer.raw(values)
        return writer.bytes
    }
}

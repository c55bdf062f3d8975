import ReenactWire

@testable import ReenactMySQL

/// A small client of MySQL's protocol: as much as the tests of the real server behind a stub need.
struct MySQLClient {
    struct Reply: Equatable {
        var rows: [[String?]] = []
        var error: String?
        var affected = 0
        var id = 0
    }

    private static let capabilities: Capabilities = [.protocol41, .secureConnection, .connectWithDatabase, .pluginAuth]

    var live: Live
    private var numbers: [String: UInt32] = [:]

    /// Greets the stub as `root`, into the database `shop`.
    init(_ live: Live) {
        self.live = live
        _ = self.live.send(Self.response)
    }

    /// The client's part of the handshake.
    static var response: [UInt8] {
        var writer = ByteWriter()
        writer.uint32(UInt32(truncatingIfNeeded: capabilities.rawValue))
        writer.uint32(1 << 24)
        writer.uint8(45)
        writer.raw([UInt8](repeating: 0, count: 23))
        writer.terminated("root".utf8)
        writer.uint8(0)
        writer.terminated("shop".utf8)
        writer.terminated("mysql_native_password".utf8)
        return packet(writer.bytes, sequence: 1)
    }

    static func query(_ sql: String) -> [UInt8] { packet([Command.query.rawValue] + Array(sql.utf8)) }
    static func prepare(_ sql: String) -> [UInt8] { packet([Command.prepare.rawValue] + Array(sql.utf8)) }

    /// All values as strings.
    static func execute(_ number: UInt32, _ values: [String?]) -> [UInt8] {
        var writer = ByteWriter()
        if !values.isEmpty {
            var nulls = [UInt8](repeating: 0, count: (values.count + 7) / 8)
            for (index, value) in values.enumerated() where value == nil { nulls[index / 8] |= 1 << UInt8(index % 8) }
            writer.raw(nulls)
            writer.uint8(1)
            for _ in values {
                writer.uint8(ColumnType.varString.rawValue)
                writer.uint8(0)
            }
            for case let value? in values { writer.string(value.utf8) }
        }
        return packet(EngineRequest.execution(of: number, writer.bytes))
    }

    private static func packet(_ payload: [UInt8], sequence: UInt8 = 0) -> [UInt8] {
        var out = PacketWriter(sequence: sequence)
        out.packet(payload)
        return out.bytes
    }

    /// Tells the end of an answer, for a recording.
    static func end(of command: Command) -> (ArraySlice<UInt8>) -> Bool {
        var cutter = PacketCutter()
        var answer = Answer(to: command, capabilities: capabilities)
        return { fresh in
            cutter.append(fresh, at: 0)
            while !answer.isDone, let packet = try? cutter.next() { _ = try? answer.take(packet.payload) }
            return answer.isDone
        }
    }

    static func number(in answer: [UInt8]) -> UInt32 {
        var reader = ByteReader(answer.dropFirst(5))
        return reader.uint32() ?? 0
    }

    // MARK: - Asking

    mutating func ask(_ sql: String) -> Reply { Self.read(live.send(Self.query(sql)), .query) }

    /// As a prepared statement, prepared at its first use.
    mutating func run(_ sql: String, _ values: [String?]) -> Reply {
        if numbers[sql] == nil {
            let answer = live.send(Self.prepare(sql))
            let reply = Self.read(answer, .prepare)
            guard reply.error == nil else { return reply }
            numbers[sql] = Self.number(in: answer)
        }
        return Self.read(live.send(Self.execute(numbers[sql] ?? 0, values)), .execute)
    }

    private static func read(_ bytes: [UInt8], _ command: Command) -> Reply {
        var reply = Reply()
        var cutter = PacketCutter()
        cutter.append(bytes[...], at: 0)
        var answer = Answer(to: command, capabilities: capabilities)
        while !answer.isDone {
            guard let packet = try? cutter.next(), let role = try? answer.take(packet.payload) else {
                return Reply(error: "the answer breaks off")
            }
            guard role == .row else { continue }
            let values =
                command == .execute
                ? Row.binary(packet.payload, answer.columns) : Row.text(packet.payload, answer.columns)
            reply.rows.append((values ?? []).map { $0 == .null ? nil : $0.plain })
        }
        reply.error = answer.error?.message
        reply.affected = Int(answer.ok?.affected ?? 0)
        reply.id = Int(answer.ok?.lastInsertID ?? 0)
        return reply
    }
}

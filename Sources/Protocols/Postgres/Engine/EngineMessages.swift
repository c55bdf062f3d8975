/// Messages to a real server.
///
/// Source: https://www.postgresql.org/docs/current/protocol-message-formats.html
enum EngineMessages {
    static func startup(_ parameters: [(name: String, value: String)]) -> [UInt8] {
        var body = Outgoing.bigEndian(Int32(3 << 16))
        for (name, value) in parameters { body += Outgoing.cString(name) + Outgoing.cString(value) }
        body.append(0)
        return Outgoing.bigEndian(Int32(body.count + 4)) + body
    }

    static func query(_ sql: String) -> [UInt8] { Outgoing.message(Frontend.query, Outgoing.cString(sql)) }

    /// Prepares, describes, runs: all in one batch, with a Sync behind it.
    static func batch(sql: String, types: [Int32], parameters: [Parameter], formats: [Int16]) -> [UInt8] {
        describe(sql: sql, types: types) + bind(parameters, formats)
            + Outgoing.message(Frontend.execute, [0] + Outgoing.bigEndian(Int32(0))) + sync
    }

    /// Prepares and describes, without a Sync.
    static func describe(sql: String, types: [Int32]) -> [UInt8] {
        // Types of a user's own have other numbers in another server.
        let known = types.map { $0 < 16384 ? $0 : 0 }
        let count = Outgoing.bigEndian(Int16(truncatingIfNeeded: known.count))
        return Outgoing.message(
            Frontend.parse, [0] + Outgoing.cString(sql) + count + known.flatMap { Outgoing.bigEndian($0) })
            + Outgoing.message(Frontend.describe, [UInt8(ascii: "S"), 0])
    }

    static let sync = Outgoing.message(Frontend.sync)

    private static func bind(_ parameters: [Parameter], _ formats: [Int16]) -> [UInt8] {
        let count = Outgoing.bigEndian(Int16(truncatingIfNeeded: parameters.count))
        var body: [UInt8] = [0, 0] + count
        for parameter in parameters { body += Outgoing.bigEndian(Int16(parameter.isBinary ? 1 : 0)) }
        body += count
        for parameter in parameters {
            body +=
                parameter.bytes.map { Outgoing.bigEndian(Int32($0.count)) + Array($0) } ?? Outgoing.bigEndian(Int32(-1))
        }
        body +=
            Outgoing.bigEndian(Int16(truncatingIfNeeded: formats.count)) + formats.flatMap { Outgoing.bigEndian($0) }
        return Outgoing.message(Frontend.bind, body)
    }
}

/// Byte ids of what clients send.
///
/// Source: https://www.postgresql.org/docs/current/protocol-message-formats.html
enum Frontend {
    static let bind = UInt8(ascii: "B")
    static let close = UInt8(ascii: "C")
    static let copyData = UInt8(ascii: "d")
    static let copyDone = UInt8(ascii: "c")
    static let copyFail = UInt8(ascii: "f")
    static let describe = UInt8(ascii: "D")
    static let execute = UInt8(ascii: "E")
    static let flush = UInt8(ascii: "H")
    static let functionCall = UInt8(ascii: "F")
    static let parse = UInt8(ascii: "P")
    /// PasswordMessage, SASLInitialResponse, SASLResponse and GSSResponse.
    static let password = UInt8(ascii: "p")
    static let query = UInt8(ascii: "Q")
    static let sync = UInt8(ascii: "S")
    static let terminate = UInt8(ascii: "X")
}

/// Parse ('P'): a text under a name.
///
/// Source: https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-PARSE
struct ParseMessage {
    var name: String
    var sql: ArraySlice<UInt8>
    var types: [Int32] = []

    init?(_ body: ArraySlice<UInt8>) {
        var reader = ByteReader(body)
        guard let name = reader.cString() else { return nil }
        self.name = text(name)
        // The end may be missing where a very long message was kept in part.
        guard let sql = reader.cString() else {
            sql = reader.rest
            return
        }
        self.sql = sql
        let count = Int(reader.int16() ?? 0)
        while types.count < count, let type = reader.int32() { types.append(type) }
    }
}

/// A value that a Bind message carries.
struct Parameter: Sendable, Equatable {
    var isBinary: Bool
    /// Nil is SQL's NULL.
    var bytes: ArraySlice<UInt8>?
}

/// Bind ('B'): a portal made of a statement and values.
///
/// Source: https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-BIND
struct BindMessage {
    var portal: String
    var statement: String
    var parameters: [Parameter] = []
    var resultFormats: [Int16] = []

    init?(_ body: ArraySlice<UInt8>) {
        var reader = ByteReader(body)
        guard let portal = reader.cString(), let statement = reader.cString() else { return nil }
        self.portal = text(portal)
        self.statement = text(statement)
        var formats: [Int16] = []
        let formatCount = Int(reader.int16() ?? 0)
        while formats.count < formatCount, let format = reader.int16() { formats.append(format) }
        let count = Int(UInt16(bitPattern: reader.int16() ?? 0))
        while parameters.count < count, let length = reader.int32() {
            let index = parameters.count
            let format = formats.count == 1 ? formats[0] : index < formats.count ? formats[index] : 0
            if length < 0 {
                parameters.append(Parameter(isBinary: format == 1, bytes: nil))
            } else {
                let whole = reader.take(Int(length))
                // Copied, so that a value does not keep the stream's buffer alive.
                parameters.append(Parameter(isBinary: format == 1, bytes: Array(whole ?? reader.rest)[...]))
                if whole == nil { return }
            }
        }
        let resultCount = Int(reader.int16() ?? 0)
        while resultFormats.count < resultCount, let format = reader.int16() { resultFormats.append(format) }
    }
}

/// Describe ('D') and Close ('C'): a statement or a portal, by name.
///
/// Source: https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-DESCRIBE
struct TargetMessage {
    var isPortal: Bool
    var name: String

    init?(_ body: ArraySlice<UInt8>) {
        var reader = ByteReader(body)
        guard let kind = reader.uint8(), let name = reader.cString() else { return nil }
        isPortal = kind == UInt8(ascii: "P")
        self.name = text(name)
    }
}

/// Execute ('E'): runs a portal, for at most so many rows.
///
/// Source: https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-EXECUTE
struct ExecuteMessage {
    var portal: String
    /// 0 is all.
    var maxRows: Int32

    init?(_ body: ArraySlice<UInt8>) {
        var reader = ByteReader(body)
        guard let portal = reader.cString(), let maxRows = reader.int32() else { return nil }
        self.portal = text(portal)
        self.maxRows = maxRows
    }
}

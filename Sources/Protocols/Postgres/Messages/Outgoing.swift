/// Messages that a stub makes itself.
///
/// Source: https://www.postgresql.org/docs/current/protocol-message-formats.html
enum Outgoing {
    static func message(_ type: UInt8, _ body: [UInt8] = []) -> [UInt8] {
        [type] + bigEndian(Int32(body.count + 4)) + body
    }

    static func bigEndian(_ value: Int32) -> [UInt8] {
        let bits = UInt32(bitPattern: value)
        return [UInt8(bits >> 24), UInt8(bits >> 16 & 255), UInt8(bits >> 8 & 255), UInt8(bits & 255)]
    }

    static func bigEndian(_ value: Int16) -> [UInt8] {
        let bits = UInt16(bitPattern: value)
        return [UInt8(bits >> 8), UInt8(bits & 255)]
    }

    static func cString(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }

    static let authenticationOk = message(Backend.authentication, bigEndian(Authentication.ok))
    static let parseComplete = message(Backend.parseComplete)
    static let bindComplete = message(Backend.bindComplete)
    static let closeComplete = message(Backend.closeComplete)
    static let noData = message(Backend.noData)
    static let emptyQuery = message(Backend.emptyQuery)

    static func ready(_ status: UInt8) -> [UInt8] { message(Backend.ready, [status]) }

    static func commandComplete(_ tag: String) -> [UInt8] { message(Backend.commandComplete, cString(tag)) }

    static func parameterStatus(_ name: String, _ value: String) -> [UInt8] {
        message(Backend.parameterStatus, cString(name) + cString(value))
    }

    static func parameterDescription(_ types: [Int32]) -> [UInt8] {
        let shown = types.prefix(Int(Int16.max))
        return message(Backend.parameterDescription, bigEndian(Int16(shown.count)) + shown.flatMap(bigEndian))
    }

    static func error(severity: String = "ERROR", code: String, message text: String) -> [UInt8] {
        var body: [UInt8] = []
        for (field, value) in [("S", severity), ("V", severity), ("C", code), ("M", text)] {
            body += Array(field.utf8) + cString(value)
        }
        return message(Backend.error, body + [0])
    }

    /// A RowDescription of one column, in text form.
    static func rowDescription(column name: String, type: Int32, size: Int16) -> [UInt8] {
        message(
            Backend.rowDescription,
            bigEndian(Int16(1)) + cString(name) + bigEndian(Int32(0)) + bigEndian(Int16(0)) + bigEndian(type)
                + bigEndian(size) + bigEndian(Int32(-1)) + bigEndian(Int16(0)))
    }

    static func dataRow(_ cells: [[UInt8]?]) -> [UInt8] {
        var body = bigEndian(Int16(clamping: cells.count))
        for cell in cells { body += cell.map { bigEndian(Int32($0.count)) + $0 } ?? bigEndian(Int32(-1)) }
        return message(Backend.dataRow, body)
    }
}

/// Byte ids of what servers send.
///
/// Source: https://www.postgresql.org/docs/current/protocol-message-formats.html
enum Backend {
    static let authentication = UInt8(ascii: "R")
    static let backendKeyData = UInt8(ascii: "K")
    static let bindComplete = UInt8(ascii: "2")
    static let closeComplete = UInt8(ascii: "3")
    static let commandComplete = UInt8(ascii: "C")
    static let copyBothResponse = UInt8(ascii: "W")
    static let copyData = UInt8(ascii: "d")
    static let copyDone = UInt8(ascii: "c")
    static let copyInResponse = UInt8(ascii: "G")
    static let copyOutResponse = UInt8(ascii: "H")
    static let dataRow = UInt8(ascii: "D")
    static let emptyQuery = UInt8(ascii: "I")
    static let error = UInt8(ascii: "E")
    static let functionResult = UInt8(ascii: "V")
    static let noData = UInt8(ascii: "n")
    static let notice = UInt8(ascii: "N")
    static let notification = UInt8(ascii: "A")
    static let parameterDescription = UInt8(ascii: "t")
    static let parameterStatus = UInt8(ascii: "S")
    static let parseComplete = UInt8(ascii: "1")
    static let portalSuspended = UInt8(ascii: "s")
    static let ready = UInt8(ascii: "Z")
    static let rowDescription = UInt8(ascii: "T")
}

/// One column of a RowDescription ('T').
///
/// Source: https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-ROWDESCRIPTION
struct Column: Sendable, Equatable {
    var name: String
    var table: Int32
    var attribute: Int16
    var type: Int32
    var isBinary: Bool

    /// The columns of a RowDescription's body; as many as are whole.
    static func list(_ body: ArraySlice<UInt8>) -> [Column] {
        var reader = ByteReader(body)
        var columns: [Column] = []
        let count = Int(reader.int16() ?? 0)
        while columns.count < count, let name = reader.cString(), let table = reader.int32(),
            let attribute = reader.int16(), let type = reader.int32(), reader.int16() != nil, reader.int32() != nil,
            let format = reader.int16()
        {
            columns.append(
                Column(name: text(name), table: table, attribute: attribute, type: type, isBinary: format == 1))
        }
        return columns
    }

    /// The columns as a Bind with these result formats gives them.
    static func formatted(_ columns: [Column], _ formats: [Int16]) -> [Column] {
        columns.enumerated().map { index, column in
            var column = column
            column.isBinary = (formats.count == 1 ? formats[0] : index < formats.count ? formats[index] : 0) == 1
            return column
        }
    }
}

/// DataRow ('D').
///
/// Source: https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-DATAROW
enum DataRow {
    /// The cells of a DataRow's body; nil is SQL's NULL. As many as are whole.
    static func cells(_ body: ArraySlice<UInt8>) -> [ArraySlice<UInt8>?] {
        var reader = ByteReader(body)
        var cells: [ArraySlice<UInt8>?] = []
        let count = Int(UInt16(bitPattern: reader.int16() ?? 0))
        while cells.count < count, let length = reader.int32() {
            if length < 0 {
                cells.append(nil)
            } else if let cell = reader.take(Int(length)) {
                cells.append(cell)
            } else {
                cells.append(reader.rest)
                break
            }
        }
        return cells
    }
}

/// ErrorResponse ('E') and NoticeResponse ('N').
///
/// Source: https://www.postgresql.org/docs/current/protocol-error-fields.html
struct ServerReport: Sendable, Equatable {
    private var fields: [UInt8: String] = [:]

    init(_ body: ArraySlice<UInt8>) {
        var reader = ByteReader(body)
        while let field = reader.uint8(), field != 0, let value = reader.cString() { fields[field] = text(value) }
    }

    subscript(_ field: Unicode.Scalar) -> String? { fields[UInt8(ascii: field)] }

    /// Not translated, where the server says so.
    var severity: String { self["V"] ?? self["S"] ?? "ERROR" }
    var code: String { self["C"] ?? "" }
    var message: String { self["M"] ?? "" }
    var isFatal: Bool { severity == "FATAL" || severity == "PANIC" }

    /// The fields under the names that events use.
    static let names: [(field: Unicode.Scalar, name: String)] = [
        ("C", "code"), ("M", "message"), ("D", "detail"), ("H", "hint"), ("n", "constraint"), ("t", "table"),
        ("c", "column"), ("s", "schema"), ("d", "type"), ("P", "position"), ("W", "where"),
    ]
}

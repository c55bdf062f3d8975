/// A column or parameter as the server describes it: Protocol::ColumnDefinition41.
///
/// Source: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_column_definition.html
struct Column: Sendable, Equatable {
    var schema: [UInt8] = []
    var table: [UInt8] = []
    var orgTable: [UInt8] = []
    var name: [UInt8]
    var orgName: [UInt8] = []
    /// MariaDB's own: a name for the type where the type's number is not enough (`json`, `uuid`).
    var extended: [UInt8] = []
    var charset: UInt16 = 33
    var length: UInt32 = 0
    var type: ColumnType
    var flags: UInt16 = 0
    var decimals: UInt8 = 0
    /// What COM_FIELD_LIST adds.
    var trailer: [UInt8] = []

    init(name: [UInt8], type: ColumnType) {
        self.name = name
        self.type = type
    }

    init(_ payload: ArraySlice<UInt8>, _ capabilities: Capabilities) throws(MySQLError) {
        var reader = ByteReader(payload)
        guard reader.string() != nil, let schema = reader.string(), let table = reader.string(),
            let orgTable = reader.string(), let name = reader.string(), let orgName = reader.string()
        else { throw MySQLError("a column definition is cut short") }
        if capabilities.contains(.mariadbExtendedMetadata) {
            guard let extended = reader.string() else { throw MySQLError("a column definition is cut short") }
            self.extended = Array(extended)
        }
        guard reader.lengthEncoded() != nil, let charset = reader.uint16(), let length = reader.uint32(),
            let type = reader.uint8(), let flags = reader.uint16(), let decimals = reader.uint8(), reader.skip(2)
        else { throw MySQLError("a column definition is cut short") }
        self.schema = Array(schema)
        self.table = Array(table)
        self.orgTable = Array(orgTable)
        self.name = Array(name)
        self.orgName = Array(orgName)
        self.charset = charset
        self.length = length
        self.type = ColumnType(rawValue: type)
        self.flags = flags
        self.decimals = decimals
        trailer = Array(reader.takeRest())
    }

    var isUnsigned: Bool { flags & 0x20 != 0 }

    func payload(_ capabilities: Capabilities) -> [UInt8] {
        var writer = ByteWriter()
        writer.string("def".utf8)
        for part in [schema, table, orgTable, name, orgName] { writer.string(part) }
        if capabilities.contains(.mariadbExtendedMetadata) { writer.string(extended) }
        writer.uint8(0x0c)
        writer.uint16(charset)
        writer.uint32(length)
        writer.uint8(type.rawValue)
        writer.uint16(flags)
        writer.uint8(decimals)
        writer.uint16(0)
        writer.raw(trailer)
        return writer.bytes
    }
}

/// The type of a column or parameter on the wire.
///
/// Source: https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html
struct ColumnType: RawRepresentable, Sendable, Hashable {
    let rawValue: UInt8
    init(rawValue: UInt8) { self.rawValue = rawValue }

    static let tiny = ColumnType(rawValue: 1)
    static let short = ColumnType(rawValue: 2)
    static let long = ColumnType(rawValue: 3)
    static let float = ColumnType(rawValue: 4)
    static let double = ColumnType(rawValue: 5)
    static let null = ColumnType(rawValue: 6)
    static let timestamp = ColumnType(rawValue: 7)
    static let longLong = ColumnType(rawValue: 8)
    static let int24 = ColumnType(rawValue: 9)
    static let date = ColumnType(rawValue: 10)
    static let time = ColumnType(rawValue: 11)
    static let dateTime = ColumnType(rawValue: 12)
    static let year = ColumnType(rawValue: 13)
    static let bit = ColumnType(rawValue: 16)
    static let varString = ColumnType(rawValue: 253)

    private static let names: [UInt8: String] = [
        0: "decimal", 1: "tinyint", 2: "smallint", 3: "int", 4: "float", 5: "double", 6: "null", 7: "timestamp",
        8: "bigint", 9: "mediumint", 10: "date", 11: "time", 12: "datetime", 13: "year", 14: "date", 15: "varchar",
        16: "bit", 245: "json", 246: "decimal", 247: "enum", 248: "set", 249: "tinyblob", 250: "mediumblob",
        251: "longblob", 252: "blob", 253: "varchar", 254: "char", 255: "geometry",
    ]

    /// As SQL calls it, or its number.
    var name: String { Self.names[rawValue] ?? "type \(rawValue)" }
}

/// Object ids of built-in types: the same in every server.
///
/// Source: https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat
enum TypeOID {
    static let bool: Int32 = 16
    static let bytea: Int32 = 17
    static let char: Int32 = 18
    static let name: Int32 = 19
    static let int8: Int32 = 20
    static let int2: Int32 = 21
    static let int4: Int32 = 23
    static let text: Int32 = 25
    static let oid: Int32 = 26
    static let json: Int32 = 114
    static let xml: Int32 = 142
    static let float4: Int32 = 700
    static let float8: Int32 = 701
    static let unknown: Int32 = 705
    static let bpchar: Int32 = 1042
    static let varchar: Int32 = 1043
    static let date: Int32 = 1082
    static let time: Int32 = 1083
    static let timestamp: Int32 = 1114
    static let timestamptz: Int32 = 1184
    static let numeric: Int32 = 1700
    static let void: Int32 = 2278
    static let uuid: Int32 = 2950
    static let jsonb: Int32 = 3802

    /// Types whose binary form is their text.
    static func isText(_ oid: Int32) -> Bool {
        switch oid {
        case name, text, json, xml, unknown, bpchar, varchar, char, void: true
        default: false
        }
    }

    /// The element's type of a common array type.
    static func element(of array: Int32) -> Int32? {
        switch array {
        case 1000: bool
        case 1001: bytea
        case 1003: name
        case 1005: int2
        case 1007: int4
        case 1009: text
        case 1014: bpchar
        case 1015: varchar
        case 1016: int8
        case 1021: float4
        case 1022: float8
        case 1028: Self.oid
        case 1115: timestamp
        case 1182: date
        case 1185: timestamptz
        case 1231: numeric
        case 2951: uuid
        case 3807: jsonb
        case 199: json
        default: nil
        }
    }
}

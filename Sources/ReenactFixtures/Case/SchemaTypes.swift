/// Names of types, from PostgreSQL's numbers and from values.
enum SchemaTypes {
    /// Source: https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat
    private static let named: [Int32: String] = [
        16: "boolean", 17: "bytea", 18: "\"char\"", 19: "name", 20: "bigint", 21: "smallint", 23: "integer", 25: "text",
        26: "oid", 114: "json", 142: "xml", 650: "cidr", 700: "real", 701: "double precision", 790: "money",
        829: "macaddr", 869: "inet", 1042: "text", 1043: "varchar", 1082: "date", 1083: "time", 1114: "timestamp",
        1184: "timestamptz", 1186: "interval", 1266: "timetz", 1560: "bit", 1562: "varbit", 1700: "numeric",
        2950: "uuid", 3614: "tsvector", 3802: "jsonb", 3904: "int4range", 3910: "tstzrange", 3912: "daterange",
    ]

    private static let arrays: [Int32: Int32] = [
        1000: 16, 1001: 17, 1005: 21, 1007: 23, 1009: 25, 1015: 1043, 1016: 20, 1021: 700, 1022: 701, 1115: 1114,
        1182: 1082, 1185: 1184, 1231: 1700, 2951: 2950, 3807: 3802, 199: 114,
    ]

    /// Nil where it is a type of a user's own, or one that is not built in here.
    static func name(_ number: Int32) -> String? {
        named[number] ?? arrays[number].flatMap { named[$0] }.map { $0 + "[]" }
    }

    /// The type that a value suggests; nil where it suggests none.
    static func name(_ value: SQLValue, _ dialect: SQLDialect) -> String? {
        switch (value, dialect) {
        case (.null, _): nil
        case (.bool, _): "boolean"
        case (.int, .sqlite): "INTEGER"
        case (.int, .postgres): "bigint"
        case (.real, .sqlite): "REAL"
        case (.real, .postgres): "double precision"
        case (.number, .sqlite): "NUMERIC"
        case (.number, .postgres): "numeric"
        case (.text, .sqlite): "TEXT"
        case (.text, .postgres): "text"
        case (.blob, .sqlite): "BLOB"
        case (.blob, .postgres): "bytea"
        }
    }

    /// Names that a cast may use without anything to be made for it.
    static func isBuiltIn(_ type: String) -> Bool {
        let base = type.lowercased().prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == " " }
        let word = base.split(separator: " ").first.map(String.init) ?? ""
        return builtIn.contains(word) || word.hasPrefix("pg_") || word.hasPrefix("reg")
    }

    private static let builtIn: Set<String> = [
        "bool", "boolean", "bytea", "char", "character", "name", "int8", "bigint", "int2", "smallint", "int4", "int",
        "integer", "text", "oid", "json", "xml", "cidr", "float4", "real", "float8", "float", "double", "money",
        "macaddr", "macaddr8", "inet", "varchar", "bpchar", "date", "time", "timestamp", "timestamptz", "timetz",
        "interval", "bit", "varbit", "numeric", "decimal", "uuid", "tsvector", "tsquery", "jsonb", "jsonpath", "point",
        "box", "circle", "line", "path", "polygon", "int4range", "int8range", "numrange", "tsrange", "tstzrange",
        "daterange", "unsigned", "signed", "serial", "bigserial", "xid", "cid", "tid", "void", "record", "unknown",
        "nchar", "national", "dec", "any", "anyarray", "information_schema", "datetime", "blob",
    ]
}

import ReenactTimeline

/// The rows of an answer, as many of them as an event may hold.
struct ResultSet: Sendable {
    static let rowsMax = 200
    static let bytesMax = 64 << 10

    var columns: [Column]
    /// All rows, kept or not.
    private(set) var count = 0
    private(set) var rows: [JSONValue] = []
    private(set) var isTruncated = false
    private var bytes = 0

    init(columns: [Column]) { self.columns = columns }

    mutating func add(_ payload: ArraySlice<UInt8>, isBinary: Bool) {
        count += 1
        guard rows.count < Self.rowsMax, bytes < Self.bytesMax else {
            isTruncated = true
            return
        }
        let values = isBinary ? Row.binary(payload, columns) : Row.text(payload, columns)
        // A row that does not fit its columns stays what it is: bytes on the wire.
        guard let values else {
            isTruncated = true
            return
        }
        bytes += min(payload.count, values.count * Value.shownMax)
        rows.append(.array(values.map { $0.json(isCut: &isTruncated) }))
    }

    /// The members of an event's detail.
    var detail: [String: JSONValue] {
        [
            "columns": .array(columns.prefix(200).map(Self.json)), "rows": .array(rows),
            "rowCount": .integer(Int64(count)), "truncated": .bool(isTruncated),
        ]
    }

    private static func json(_ column: Column) -> JSONValue {
        [
            "name": .string(text(column.name)), "orgName": .string(text(column.orgName)),
            "table": .string(text(column.table)), "orgTable": .string(text(column.orgTable)),
            "schema": .string(text(column.schema)), "type": .string(column.type.name),
        ]
    }
}

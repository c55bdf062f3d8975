import ReenactTimeline

extension Answer {
    /// The members of an event's detail that tell of the answer.
    var detail: [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        if let part = decisive ?? (open.rowCount > 0 ? open : nil) {
            members = Self.detail(part, known: known)
        }
        if partCount > 1 {
            members["parts"] = .array(parts.map { .object(Self.detail($0, known: nil)) })
            members["partCount"] = .integer(Int64(partCount))
        }
        if let error { members["error"] = Self.json(error) }
        if let transaction { members["transaction"] = .string(String(Unicode.Scalar(transaction))) }
        if !notices.isEmpty { members["notices"] = .array(notices) }
        if !notifications.isEmpty { members["notifications"] = .array(notifications) }
        if !settings.isEmpty { members["settings"] = .object(settings) }
        if let copy {
            members["copy"] = [
                "direction": .string(copy.direction), "bytes": .integer(Int64(copy.bytes)),
                "messages": .integer(Int64(copy.messages)),
            ]
        }
        return members
    }

    private static func detail(_ part: Part, known: KnownColumns?) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        if let columns = part.columns.map(json) ?? known?.json { members["columns"] = columns }
        if part.columns != nil || part.rowCount > 0 || known != nil {
            members["rows"] = .array(part.rows)
            members["rowCount"] = .integer(Int64(part.rowCount))
            members["truncated"] = .bool(part.isTruncated)
        }
        if let tag = part.tag { members["commandTag"] = .string(tag) }
        if part.isEmptyQuery { members["empty"] = true }
        if part.isSuspended { members["suspended"] = true }
        return members
    }

    static func json(_ columns: [Column]) -> JSONValue {
        .array(
            columns.prefix(200).map { column in
                [
                    "name": .string(column.name), "table": .integer(Int64(column.table)),
                    "attribute": .integer(Int64(column.attribute)), "type": .integer(Int64(column.type)),
                    "format": .string(column.isBinary ? "binary" : "text"),
                ]
            })
    }
}

import ReenactTimeline

/// Columns that were described before the statement ran, with what events show of them.
struct KnownColumns: Sendable {
    var columns: [Column]
    /// Of the Bind that they are formatted for; nil where they are a portal's own.
    var formats: [Int16]?
    var json: JSONValue

    init(_ columns: [Column], formats: [Int16]?) {
        self.columns = formats.map { Column.formatted(columns, $0) } ?? columns
        self.formats = formats
        json = Answer.json(self.columns)
    }
}

/// What a server answered to one exchange, as far as events show it: bounded, whatever the server sends.
struct Answer: Sendable {
    /// Rows are kept in detail up to this many, and this many bytes; beyond that they are counted.
    static let rowsMax = 200
    static let bytesMax = 64 << 10
    private static let notesMax = 50
    private static let partsMax = 50

    /// The answer of one statement.
    struct Part: Sendable {
        var columns: [Column]?
        var rows: [JSONValue] = []
        var rowCount = 0
        var isTruncated = false
        var tag: String?
        var isEmptyQuery = false
        var isSuspended = false
    }

    private(set) var parts: [Part] = []
    private(set) var partCount = 0
    var open = Part()
    /// Columns of a prepared statement or portal that was described before it ran.
    var known: KnownColumns?
    private var keptBytes = 0
    var error: ServerReport?
    private(set) var notices: [JSONValue] = []
    private(set) var notifications: [JSONValue] = []
    private(set) var noteCount = 0
    var settings: [String: JSONValue] = [:]
    var transaction: UInt8?
    /// Data copied, in either direction.
    var copy: Copy?

    struct Copy: Sendable {
        var direction: String
        var bytes = 0
        var messages = 0
    }

    mutating func row(_ body: ArraySlice<UInt8>) {
        open.rowCount += 1
        guard open.rows.count < Self.rowsMax, keptBytes < Self.bytesMax else {
            open.isTruncated = true
            return
        }
        let columns = open.columns ?? known?.columns ?? []
        var cells: [JSONValue] = []
        for (index, cell) in DataRow.cells(body).enumerated() {
            guard let cell else {
                cells.append(.null)
                continue
            }
            let room = max(0, Self.bytesMax - keptBytes)
            if cell.count > room { open.isTruncated = true }
            keptBytes += cell.count
            cells.append(.string(shown(cell.prefix(room), index < columns.count ? columns[index] : nil)))
        }
        open.rows.append(.array(cells))
    }

    private func shown(_ cell: ArraySlice<UInt8>, _ column: Column?) -> String {
        if let column, column.isBinary { return BinaryValue.text(cell, type: column.type) ?? "\\x" + hex(cell) }
        return text(cell)
    }

    /// One statement's answer is whole.
    mutating func complete(_ change: (inout Part) -> Void) {
        change(&open)
        partCount += 1
        if parts.count == Self.partsMax { parts.removeLast() }
        parts.append(open)
        open = Part()
    }

    mutating func note(notice report: ServerReport) {
        noteCount += 1
        if notices.count < Self.notesMax { notices.append(Self.json(report)) }
    }

    mutating func note(notification body: ArraySlice<UInt8>) {
        noteCount += 1
        var reader = ByteReader(body)
        guard notifications.count < Self.notesMax, reader.int32() != nil, let channel = reader.cString(),
            let payload = reader.cString()
        else { return }
        notifications.append(["channel": .string(text(channel)), "payload": .string(text(payload.prefix(1024)))])
    }

    mutating func note(setting body: ArraySlice<UInt8>) {
        var reader = ByteReader(body)
        guard settings.count < 100, let name = reader.cString(), let value = reader.cString() else { return }
        settings[text(name)] = .string(text(value.prefix(256)))
    }

    static func json(_ report: ServerReport) -> JSONValue {
        var members: [String: JSONValue] = ["severity": .string(report.severity)]
        for (field, name) in ServerReport.names {
            if let value = report[field] { members[name] = .string(String(value.prefix(2000))) }
        }
        return .object(members)
    }

    /// The statement that the answer is judged by: the last one that is whole, or the one under way.
    var decisive: Part? { parts.last }

    var outcome: OutcomeClass {
        if let error { return OutcomeClass(rawValue: "sqlstate:\(error.code)") }
        guard let part = decisive, !part.isEmptyQuery else { return .ok }
        if part.columns != nil || part.rowCount > 0 { return .rows(part.rowCount) }
        guard let count = part.affected else { return .ok }
        return OutcomeClass(rawValue: count == 0 ? "affected:0" : count == 1 ? "affected:1" : "affected:n")
    }

    var result: String {
        if let error {
            return "\(error.severity) \(error.code) \(String(error.message.prefix(200)))"
        }
        guard let part = decisive else { return "" }
        if part.isEmptyQuery { return "empty query" }
        var result =
            part.columns != nil || part.rowCount > 0
            ? (part.rowCount == 1 ? "1 row" : "\(part.rowCount) rows") : part.tag ?? ""
        if part.isSuspended { result += ", more to come" }
        if partCount > 1 { result += " (of \(partCount) statements)" }
        return result
    }
}

extension Answer.Part {
    /// The count at the end of a tag: `UPDATE 3`, `INSERT 0 1`. A tag of words only has none.
    var affected: Int? {
        guard let tag, let last = tag.split(separator: " ").last else { return nil }
        return Int(last)
    }
}

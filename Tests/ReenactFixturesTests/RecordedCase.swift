import ReenactTimeline

@testable import ReenactFixtures

/// A case whose SQLite statements really ran: on a database that the test made, seen as the hooks see them.
struct RecordedCase {
    static let path = "/srv/app/app.db"
    var value: Case
    private let engine: SQLiteEngine
    private var time: Instant = 0

    /// - Parameter setUp: what was there before the recording.
    init(_ setUp: String, kind: Trigger.Kind = .request) throws {
        engine = try SQLiteEngine(schema: setUp)
        value = Case(
            id: "20261121-081502-4f2a", anchor: .init(unixNanoseconds: 0), failureTime: 1 << 40,
            signature: Signature(kind: .status, outcome: "http:500", operation: "GET /"),
            trigger: Trigger(kind: kind, summary: "GET /", time: 0),
            environment: Environment(command: ["app"], workingDirectory: "/srv/app"))
    }

    mutating func run(
        _ sql: String, _ values: [SQLValue] = [], _ phase: Event.Phase = .failing, thread: Int32 = 7
    ) {
        var detail: [String: JSONValue] = [
            "sql": .string(sql), "params": .array(values.map(Self.json)), "code": 0, "error": .null, "truncated": false,
        ]
        let isRead = sql.uppercased().hasPrefix("SELECT") || sql.uppercased().hasPrefix("PRAGMA")
        detail["readonly"] = .bool(isRead)
        switch engine.execute(sql, values) {
        case .rows(let rows, let count, let last):
            let returns = isRead || sql.uppercased().contains("RETURNING")
            detail["columns"] = .array(returns ? engine.columnNames(sql).map(JSONValue.string) : [])
            detail["rows"] = .array(returns ? rows.map { .array($0.map(Self.json)) } : [])
            detail["changes"] = .integer(isRead ? 0 : Int64(count))
            if !isRead, let last { detail["lastRowID"] = .integer(last) }
        case .refused(let why):
            detail["code"] = why.contains("constraint") ? 19 : 1
            detail["error"] = .string(why)
            detail["columns"] = []
            detail["rows"] = []
        case .skipped: break
        }
        time += 1_000_000
        value.events.append(
            Event(
                id: value.events.count + 1, kind: .statement, phase: phase, protocolName: "sqlite", peer: Self.path,
                process: 1, thread: thread, start: time, summary: sql, detail: .object(detail)))
    }

    /// Deals the phases out again so that they come one after the other; the statements stay where they are.
    mutating func sortPhases(_ order: [Event.Phase]) {
        let phases = value.events.map(\.phase).sorted {
            (order.firstIndex(of: $0) ?? 0) < (order.firstIndex(of: $1) ?? 0)
        }
        for (index, phase) in phases.enumerated() { value.events[index].phase = phase }
    }

    var database: CaseDatabase { CaseDatabase.all(of: value)[0] }

    private static func json(_ value: SQLValue) -> JSONValue {
        switch value {
        case .null: .null
        case .bool(let flag): .integer(flag ? 1 : 0)
        case .int(let number): .integer(number)
        case .real(let number): number == number.rounded() ? ["f": .integer(Int64(number))] : .number(number)
        case .number(let text), .text(let text): .string(text)
        case .blob(let bytes): ["b": .string(SQLValue.hex(bytes))]
        }
    }
}

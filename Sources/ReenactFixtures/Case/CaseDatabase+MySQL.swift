import ReenactTimeline

extension CaseDatabase {
    /// What the events tell of MySQL and MariaDB. The text form can be made of it; nothing here can prove it.
    static func mysql(_ failure: Case) -> [CaseDatabase] {
        var order: [String] = []
        var statements: [String: [CaseStatement]] = [:]
        for event in failure.events where event.kind == .call && event.protocolName == "mysql" {
            guard let statement = CaseStatement(mysql: event) else { continue }
            if statements[event.peer] == nil { order.append(event.peer) }
            statements[event.peer, default: []].append(statement)
        }
        return order.map { CaseDatabase(name: $0, engine: .mysql, statements: statements[$0] ?? []) }
    }
}

extension CaseStatement {
    fileprivate init?(mysql event: Event) {
        let detail = event.detail
        guard let sql = detail["sql"]?.string else { return nil }
        let columns = detail["columns"]?.array ?? []
        let rows = (detail["rows"]?.array ?? []).map { ($0.array ?? []).map(SQLValue.init(hook:)) }
        recorded = RecordedStatement(
            sql: sql, parameters: (detail["params"]?.array ?? []).map(SQLValue.init(hook:)),
            rows: columns.isEmpty ? nil : rows, rowCount: detail["affected"]?.integer.map { Int(clamping: $0) },
            lastRow: detail["lastInsertID"]?.integer, error: detail["error"]?["message"]?.string)
        self.event = event.id
        phase = event.phase
        session = event.connection ?? 0
        self.columns = columns.map {
            Column(name: $0["orgName"]?.string ?? $0["name"]?.string ?? "", tableName: $0["orgTable"]?.string ?? "")
        }
        if let error = detail["error"] {
            refusal = Refusal(
                code: String(error["code"]?.integer ?? 0), message: error["message"]?.string ?? "")
        }
        if detail["truncated"]?.bool == true { gap = "its rows are not all recorded" }
    }
}

import ReenactTimeline

extension CaseDatabase {
    /// Files that statements of the hooks name; databases in memory are the program's own making.
    static func sqlite(_ failure: Case) -> [CaseDatabase] {
        var order: [String] = []
        var statements: [String: [CaseStatement]] = [:]
        for event in failure.events where event.kind == .statement && event.protocolName == "sqlite" {
            guard event.peer.hasPrefix("/"), let statement = CaseStatement(sqlite: event) else { continue }
            if statements[event.peer] == nil { order.append(event.peer) }
            statements[event.peer, default: []].append(statement)
        }
        return order.map { path in
            CaseDatabase(
                name: path, engine: .sqlite, statements: statements[path] ?? [],
                file: failure.databases.first { $0.path == path }?.bytes)
        }
    }
}

extension CaseStatement {
    fileprivate init?(sqlite event: Event) {
        let detail = event.detail
        guard let sql = detail["sql"]?.string else { return nil }
        let columns = detail["columns"]?.array ?? []
        let rows = (detail["rows"]?.array ?? []).map { ($0.array ?? []).map(SQLValue.init(hook:)) }
        let code = detail["code"]?.integer ?? 0
        let failed = ![0, 100, 101].contains(code)
        let message = detail["error"]?.string ?? ""
        let isRead = detail["readonly"]?.bool ?? true
        recorded = RecordedStatement(
            sql: sql, parameters: (detail["params"]?.array ?? []).map(SQLValue.init(hook:)),
            rows: columns.isEmpty || failed ? nil : rows,
            rowCount: isRead || failed ? nil : detail["changes"]?.integer.map(Int.init),
            lastRow: failed ? nil : detail["lastRowID"]?.integer,
            error: failed ? (message.isEmpty ? "error \(code)" : message) : nil)
        self.event = event.id
        phase = event.phase
        session = Int(event.process ?? 0) << 24 ^ Int(event.thread ?? 0)
        self.columns = columns.map { Column(name: $0.string ?? $0["name"]?.string ?? "") }
        if failed { refusal = Refusal(code: String(code & 0xFF), message: message) }
        if detail["truncated"]?.bool == true { gap = "its rows are not all recorded" }
        let isCut = (detail["params"]?.array ?? []).contains { $0["cut"]?.bool == true }
        if isCut { gap = "a bind value was too long to be recorded" }
    }
}

extension SQLValue {
    /// As the hooks write it: `{"b": hex}` is a blob, `{"f": …}` a real number that JSON has no own form for.
    init(hook value: JSONValue) {
        switch value {
        case .null, .array: self = .null
        case .bool(let flag): self = .int(flag ? 1 : 0)
        case .integer(let number): self = .int(number)
        case .number(let number): self = .real(number)
        case .string(let text): self = .text(text)
        case .object(let members):
            if case .integer(let number)? = members["f"] {
                self = .real(Double(number))
            } else if case .number(let number)? = members["f"] {
                self = .real(number)
            } else if case .string(let text)? = members["f"] {
                self = .real(Double(text) ?? .nan)
            } else {
                self = .blob(Self.bytes(hex: members["b"]?.string ?? ""))
            }
        }
    }

    static func bytes(hex text: String) -> [UInt8] {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}

import ReenactPostgres
import ReenactTimeline
import ReenactWire

extension CaseDatabase {
    /// One for each server: the database that most of its statements are about.
    static func postgres(_ failure: Case) -> [CaseDatabase] {
        var byServer: [String: [Connection]] = [:]
        for connection in failure.connections
        where connection.protocolName == Postgres.name && connection.direction == .outbound {
            byServer[connection.server, default: []].append(connection)
        }
        var events: [Place: Event] = [:]
        for event in failure.events {
            guard let connection = event.connection, let request = event.request else { continue }
            events[Place(connection: connection, offset: request.offset)] = event
        }
        return byServer.sorted { $0.key < $1.key }.compactMap { server, connections in
            let recorded = connections.flatMap { connection in
                Tape.exchanges(of: connection, recorder: Postgres.recorder()) { offset in
                    let event = events[Place(connection: connection.id, offset: offset)]
                    return (event?.id ?? 0, event?.phase ?? .ambiguous)
                }
            }.sorted {
                ($0.exchange.requestStart, $0.connection, $0.exchange.ordinal)
                    < ($1.exchange.requestStart, $1.connection, $1.exchange.ordinal)
            }
            return make(server, PostgresStatement.of(recorded))
        }
    }

    private struct Place: Hashable {
        var connection: Int
        var offset: Int
    }

    private static func make(_ server: String, _ all: [PostgresStatement]) -> CaseDatabase? {
        guard !all.isEmpty else { return nil }
        var counts: [String: Int] = [:]
        for statement in all { counts[statement.database, default: 0] += 1 }
        let most = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
        var database = CaseDatabase(
            name: server, engine: .postgres, statements: all.filter { $0.database == most }.map(CaseStatement.init))
        for (other, count) in counts.sorted(by: { $0.key < $1.key }) where other != most {
            database.remarks.append("\(count) statements on the server's other database \(other) were left out")
        }
        return database
    }
}

extension CaseStatement {
    fileprivate init(_ statement: PostgresStatement) {
        event = statement.event
        phase = statement.phase
        session = statement.connection
        let types = statement.columns.map(\.type)
        let hasRows = !statement.columns.isEmpty || statement.tag.hasPrefix("SELECT")
        let count = Int(statement.tag.split(separator: " ").last ?? "")
        recorded = RecordedStatement(
            sql: statement.sql,
            parameters: statement.parameters.enumerated().map { index, text in
                SQLValue(postgres: text, type: statement.types.indices.contains(index) ? statement.types[index] : 0)
            },
            rows: hasRows && statement.refusal == nil
                ? statement.rows.map { zip($0, types).map { SQLValue(postgres: $0, type: $1) } } : nil,
            rowCount: hasRows || statement.refusal != nil ? nil : count, lastRow: nil,
            error: statement.refusal.map { [$0.message, $0.detail, $0.constraint].joined(separator: " ") })
        columns = statement.columns.map {
            Column(name: $0.name, table: $0.table, attribute: Int($0.attribute), type: $0.type)
        }
        refusal = statement.refusal.map {
            Refusal(
                code: $0.code, message: $0.message, detail: $0.detail, constraint: $0.constraint, table: $0.table,
                column: $0.column)
        }
        wasThere = statement.wasThere
        if !statement.isWhole { gap = "its answer is not whole" }
    }
}

extension SQLValue {
    /// A value in PostgreSQL's text form, as the prover reads it from the server.
    init(postgres text: String?, type: Int32) {
        guard let text else {
            self = .null
            return
        }
        self = PostgresEngine.values([Array(text.utf8)], [type])[0]
    }
}

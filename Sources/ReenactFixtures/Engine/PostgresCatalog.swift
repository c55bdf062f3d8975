/// The schema as PostgreSQL's catalog has it.
enum PostgresCatalog {
    static func read(_ engine: PostgresEngine) throws(FixtureError) -> Schema {
        var tables: [String: SchemaTable] = [:]
        var order: [String] = []
        // Table, column, type, not null, default, generated, length, labels, sequence.
        let columns = """
            SELECT c.oid::text, c.relname, a.attname, CASE WHEN t.typtype = 'd' THEN b.typname ELSE t.typname END,
              a.attnotnull, a.atthasdef OR a.attidentity <> '', a.attgenerated <> '',
              CASE WHEN a.atttypmod > 4 AND t.typname IN ('varchar', 'bpchar') THEN a.atttypmod - 4 END,
              (SELECT string_agg(e.enumlabel, E'\\x01' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
              pg_get_serial_sequence(quote_ident(c.relname), a.attname), a.attnum::int,
              CASE WHEN t.typname = 'numeric' AND a.atttypmod > 4 THEN (a.atttypmod - 4) & 65535 END, a.attidentity = 'a',
              CASE WHEN a.attidentity <> '' THEN 'identity()' ELSE pg_get_expr(d.adbin, d.adrelid) END,
              CASE WHEN t.typname = 'numeric' AND a.atttypmod > 4
                THEN ((a.atttypmod - 4) >> 16) - ((a.atttypmod - 4) & 65535) END
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
              LEFT JOIN pg_type b ON b.oid = t.typbasetype
              LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0
              AND NOT a.attisdropped
            ORDER BY c.oid, a.attnum
            """
        var numbers: [String: [Int64: Int]] = [:]
        for row in try engine.ask(columns) {
            guard case .text(let oid) = row[0], case .text(let name) = row[1], case .text(let column) = row[2],
                case .int(let number) = row[10]
            else { continue }
            if tables[oid] == nil {
                tables[oid] = SchemaTable(name: name, columns: [])
                order.append(oid)
            }
            var length: Int?
            if case .int(let count) = row[7] { length = Int(count) }
            let place = tables[oid]?.columns.count ?? 0
            numbers[oid, default: [:]][number] = place
            var made = SchemaColumn(
                name: column, kind: kind(row[3], row[8]), isNotNull: row[4] == .bool(true),
                hasDefault: row[5] == .bool(true), isGenerated: row[6] == .bool(true), length: length)
            if case .int(let digits) = row[11] { made.scale = Int(digits) }
            let text: String? = if case .text(let text) = row[13] { text } else { nil }
            if made.isGenerated {
                made.formula = text.flatMap { SQLParser.expression($0, .postgres) }
            } else {
                made.learn(defaultText: text, .postgres)
            }
            made.isSingle = row[3] == .text("float4")
            tables[oid]?.columns.append(made)
            // Few digits before the point are as good as a CHECK.
            if case .int(let digits) = row[14], (1...3).contains(digits) {
                let most = SQLValue.int([10, 100, 1000][Int(digits) - 1])
                tables[oid]?.index()
                tables[oid]?.add(
                    .compare("<", .column(table: nil, name: column, quoted: true), .value(most)), .postgres)
            }
            if row[12] == .bool(true) { tables[oid]?.overridesIdentity = true }
            if case .text(let sequence) = row[9] {
                tables[oid]?.counter = place
                tables[oid]?.sequence = sequence
            } else if let name = text.flatMap({ drawn($0) }), tables[oid]?.counter == nil {
                tables[oid]?.counter = place
                tables[oid]?.sequence = name
            }
        }
        // A sequence that several tables share numbers none of them.
        let shared = Dictionary(grouping: tables.values.compactMap(\.sequence)) { $0 }.filter { $0.value.count > 1 }
        for oid in order where tables[oid]?.sequence.map({ shared[$0] != nil }) ?? false {
            tables[oid]?.sequence = nil
            tables[oid]?.counter = nil
        }
        try keys(engine, &tables, numbers)
        try checks(engine, &tables)
        var schema = Schema(order.compactMap { tables[$0] })
        let views = """
            SELECT c.relname, pg_get_viewdef(c.oid), array_to_string(ARRAY(SELECT a.attname FROM pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 ORDER BY a.attnum), E'\\x01')
            FROM pg_class c WHERE c.relkind = 'v' AND c.relnamespace = 'public'::regnamespace ORDER BY c.oid
            """
        for row in try engine.ask(views) {
            guard case .text(let name) = row[0], case .text(let text) = row[1], case .text(let columns) = row[2] else {
                continue
            }
            let names = columns.split(separator: "\u{1}").map(String.init)
            schema.views.append(SchemaView(name, names, text, .postgres))
        }
        return schema
    }

    /// The sequence in `nextval('s'::regclass)`.
    private static func drawn(_ text: String) -> String? {
        var expression = SQLParser.expression(text, .postgres)
        while case .cast(let inner, _)? = expression { expression = inner }
        guard case .call(let call)? = expression, call.name == "NEXTVAL", var argument = call.arguments.first else {
            return nil
        }
        while case .cast(let inner, _) = argument { argument = inner }
        if case .value(.text(let name)) = argument { return name }
        return nil
    }

    private static func keys(
        _ engine: PostgresEngine, _ tables: inout [String: SchemaTable], _ numbers: [String: [Int64: Int]]
    ) throws(FixtureError) {
        func list(_ value: SQLValue) -> [Int64] {
            guard case .text(let text) = value else { return [] }
            return text.split(whereSeparator: { !$0.isNumber }).compactMap { Int64($0) }
        }
        let unique = """
            SELECT i.indrelid::text, i.indkey::text, i.indisprimary FROM pg_index i
            WHERE i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL ORDER BY i.indexrelid
            """
        for row in try engine.ask(unique) {
            guard case .text(let oid) = row[0], tables[oid] != nil else { continue }
            let places = list(row[1]).compactMap { numbers[oid]?[$0] }
            if row[2] == .bool(true) { tables[oid]?.primary = places }
            if tables[oid]?.keys.contains(places) == false { tables[oid]?.keys.append(places) }
        }
        let others = """
            SELECT i.indrelid::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
            WHERE i.indisunique AND (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL) ORDER BY i.indexrelid
            """
        for row in try engine.ask(others) {
            guard case .text(let oid) = row[0], case .text(let definition) = row[1] else { continue }
            tables[oid]?.note(unique: definition, .postgres)
        }
        let foreign = """
            SELECT conrelid::text, conkey::text, confrelid::text, confkey::text, confupdtype = 'c'
            FROM pg_constraint WHERE contype = 'f' ORDER BY oid
            """
        for row in try engine.ask(foreign) {
            guard case .text(let oid) = row[0], case .text(let parent) = row[2], let target = tables[parent] else {
                continue
            }
            tables[oid]?.foreign.append(
                ForeignKey(
                    columns: list(row[1]).compactMap { numbers[oid]?[$0] }, parent: target.name,
                    parentColumns: list(row[3]).compactMap { numbers[parent]?[$0] }.map { target.columns[$0].name },
                    cascades: row[4] == .bool(true)))
        }
    }

    /// Of tables, and of the domains that columns have for types.
    private static func checks(
        _ engine: PostgresEngine, _ tables: inout [String: SchemaTable]
    ) throws(FixtureError) {
        let list = """
            SELECT conrelid::text, NULL, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0
            UNION ALL
            SELECT a.attrelid::text, quote_ident(a.attname), pg_get_constraintdef(k.oid)
            FROM pg_constraint k JOIN pg_attribute a ON a.atttypid = k.contypid WHERE k.contype = 'c' AND a.attnum > 0
            ORDER BY 1, 3
            """
        for row in try engine.ask(list) {
            guard case .text(let oid) = row[0], case .text(let definition) = row[2], tables[oid] != nil else {
                continue
            }
            for check in SQLParser.checks(definition, .postgres) {
                var condition = check.condition
                if case .text(let column) = row[1] {
                    condition = condition.mapped { part in
                        guard case .column(nil, let name, _) = part, name.uppercased() == "VALUE" else { return nil }
                        return .column(table: nil, name: column, quoted: false)
                    }
                }
                tables[oid]?.index()
                guard let column = tables[oid]?.add(condition, .postgres), let table = tables[oid] else { continue }
                let name = row[1].isNull ? table.columns[column].name : "value"
                if table.columns[column].domain?.isOfHiddenDays == true {
                    let query = CheckProbe.query(name, check.text, .postgres, CheckProbe.days, as: "date")
                    let days = (try? engine.ask(query).map { $0[0] }) ?? []
                    if !days.isEmpty, days.count < CheckProbe.days.count {
                        tables[oid]?.columns[column].domain?.learn(days: days)
                    }
                    continue
                }
                guard let passing = try? engine.ask(CheckProbe.query(name, check.text, .postgres)).map({ $0[0] })
                else { continue }
                tables[oid]?.columns[column].domain?.learn(passing)
                guard table.isInKey(column), !passing.isEmpty else { continue }
                let more = CheckProbe.query(name, check.text, .postgres, CheckProbe.more(passing))
                if let also = try? engine.ask(more) { tables[oid]?.columns[column].domain?.learn(also.map { $0[0] }) }
            }
        }
    }

    private static func kind(_ type: SQLValue, _ labels: SQLValue) -> ColumnKind {
        if case .text(let labels) = labels { return .label(labels.split(separator: "\u{1}").map(String.init)) }
        guard case .text(let type) = type else { return .text }
        switch type {
        case "int2", "int4", "int8", "oid": return .integer
        case "float4", "float8": return .real
        case "numeric", "money": return .decimal
        case "bool": return .boolean
        case "timestamp": return .timestamp
        case "timestamptz": return .timestampZone
        case "date": return .date
        case "time", "timetz": return .time
        case "bytea": return .bytes
        case "uuid": return .uuid
        case "json", "jsonb": return .json
        case "interval": return .interval
        case "inet", "cidr": return .network
        default: return type.hasPrefix("_") ? .array : .text
        }
    }
}

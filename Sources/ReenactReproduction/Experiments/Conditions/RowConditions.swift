import ReenactTimeline
import ReenactWire

/// What could have been otherwise in the rows that a database on the wire answered with, and in its errors.
enum RowConditions {
    private static let rowsMax = 20
    private static let cellsMax = 30

    static func find(_ subject: Subject) -> [Condition] {
        subject.calls.filter { $0.kind == .call && $0.response != nil && $0.detail["sql"] != nil }
            .flatMap { of($0, subject) } + UnmadeTable.find(subject)
    }

    private static func of(_ event: Event, _ subject: Subject) -> [Condition] {
        if let error = event.detail["error"], error != .null { return failed(event, error, subject) }
        guard let answer = SQLRows(event.detail) else { return [] }
        // What drivers ask of the server itself is seldom what went wrong; without it they fail in ways of their own.
        let isAside = SQLConditions.isAboutServer(event.detail["sql"]?.string ?? "") && !subject.isEvidence(event)
        return SQLRowChanges(answer: answer, event: event, subject: subject).all.map { found in
            var condition = Condition(
                found.kind, recorded: found.recorded, changed: found.changed, event: event.id,
                target: "event \(event.id) \(found.target)", stage: isAside ? .remote : found.stage,
                change: .edit(event: event.id, found.edit))
            condition.score = isAside ? 0 : found.score
            return condition
        }
    }

    /// An error becomes what the same statement gave when it was well, else plain success.
    private static func failed(_ event: Event, _ error: JSONValue, _ subject: Subject) -> [Condition] {
        let learned = HealthyAnswer.sql(event, subject, limit: 1) { ($0.detail["error"] ?? .null) == .null }
        let recorded = "\(event.summary) answered \(event.outcome.rawValue)"
        // What should have made the table is to blame: that it was there all the same can not have been.
        if UnmadeTable.isFollower(event, subject) { return [] }
        var found = learned.map {
            Condition(
                .answer, recorded: recorded, changed: "as in \($0.place)", event: event.id,
                target: "event \(event.id)", change: .edit(event: event.id, .whole($0.bytes)))
        }
        found.append(
            Condition(
                .answer, recorded: recorded, changed: "success, 1 row affected", event: event.id,
                target: "event \(event.id)", stage: found.isEmpty ? .suspect : .remote,
                change: .edit(event: event.id, .success(affected: 1))))
        return found
    }
}

/// Rows as an event shows them.
struct SQLRows: Sendable {
    var columns: [(name: String, sort: StandIn.Sort?)]
    var rows: [[JSONValue]]
    var rowCount: Int

    /// Nil where no rows came or would have come.
    init?(_ detail: JSONValue) {
        guard let rows = detail["rows"]?.array, let described = detail["columns"]?.array, !described.isEmpty else {
            return nil
        }
        columns = described.map { ($0.string ?? $0["name"]?.string ?? "", Self.sort($0["type"])) }
        self.rows = rows.map { ($0.array ?? []).map(Self.plain) }
        rowCount = Int(clamping: detail["rowCount"]?.integer ?? Int64(rows.count))
    }

    /// A real number of SQLite's stands as `{"f": 1.5}`, so that 1.0 is no integer.
    private static func plain(_ cell: JSONValue) -> JSONValue {
        guard case .object(let members) = cell, members.count == 1, let real = members["f"] else { return cell }
        return real.integer.map { .number(Double($0)) } ?? real
    }

    /// PostgreSQL tells types by number, MySQL by name.
    /// Source: https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat
    private static func sort(_ type: JSONValue?) -> StandIn.Sort? {
        if let number = type?.integer {
            switch number {
            case 20, 21, 23, 26: return .whole
            case 700, 701, 1700: return .real
            case 16: return .truth
            case 1082: return .date
            case 1114, 1184: return .moment
            case 2950: return .identifier
            case 114, 3802: return .object
            case 18, 19, 25, 1042, 1043, 705: return .text
            default: return nil
            }
        }
        guard let name = type?.string?.lowercased() else { return nil }
        if name.contains("int") || name.contains("long") || name == "tiny" || name == "short" || name == "year" {
            return .whole
        }
        if name.contains("decimal") || name.contains("float") || name.contains("double") { return .real }
        if name == "date" { return .date }
        if name.contains("datetime") || name.contains("timestamp") { return .moment }
        if name.contains("json") { return .object }
        if name.contains("char") || name.contains("string") || name.contains("blob") || name.contains("text") {
            return .text
        }
        return nil
    }
}

/// Which rows and values of a result could have been otherwise.
struct SQLRowChanges {
    struct Found {
        var kind: Condition.Kind
        var recorded: String
        var changed: String
        var target: String
        var stage: Condition.Stage
        var edit: AnswerEdit
        var score = 0
    }

    let answer: SQLRows
    let event: Event
    let subject: Subject
    private let learned: [HealthyAnswer.Found]

    init(answer: SQLRows, event: Event, subject: Subject) {
        self.answer = answer
        self.event = event
        self.subject = subject
        learned = HealthyAnswer.sql(event, subject) { SQLRows($0.detail).map { $0.rowCount > 0 } ?? false }
    }

    private static let rowsMax = 20
    private static let foundMax = 30

    var all: [Found] {
        if answer.rowCount == 0 { return isReading ? absent : [] }
        var found = cells
        let isMany = answer.rowCount > 1
        let hasSuspect = found.contains { $0.stage == .suspect }
        let saysMany = ["ultiple", "more than on", "too many"].contains { subject.look.message.contains($0) }
        for row in answer.rows.indices.prefix(3).reversed() {
            let told = isMany ? "row \(row + 1) of \(event.summary) was there" : "\(event.summary) found a row"
            found.append(
                Found(
                    kind: .row, recorded: told, changed: "absent", target: "row \(row)",
                    // Of many rows the first stays while the others go: without any it would be another question. That
                    // a row is left out says less than what in it was odd.
                    stage: saysMany && row > 0 ? .suspect : isMany && (row == 0 || hasSuspect) ? .remote : .possible,
                    edit: .removeRow(row)))
        }
        return Array(found.sorted { $0.stage.rawValue < $1.stage.rawValue }.prefix(Self.foundMax))
    }

    private var isReading: Bool {
        let verb = (event.detail["sql"]?.string ?? "").drop { $0.isWhitespace || $0 == "(" }.prefix { $0.isLetter }
        return ["SELECT", "WITH"].contains(verb.uppercased())
    }

    // MARK: - Rows that were not there

    private var absent: [Found] {
        let recorded = "\(event.summary) found no row"
        var found: [Found] = []
        if let other = learned.first, let row = SQLRows(other.detail)?.rows.first, row.count == answer.columns.count {
            // It has what was asked for, not what the other question asked for.
            let asked = zip(answer.columns, row).map { column, value in parameter(for: column.name) ?? value }
            found.append(
                Found(
                    kind: .row, recorded: recorded, changed: "the row of \(other.place)", target: "row 0",
                    stage: .suspect, edit: .insertRow(asked.map(Self.text))))
        }
        let values = answer.columns.map { column -> String? in
            Self.text(
                parameter(for: column.name) ?? StandIn.value(column.sort ?? StandIn.sort(named: column.name) ?? .whole))
        }
        found.append(
            Found(
                kind: .row, recorded: recorded, changed: "a row with plain values", target: "row 0",
                stage: found.isEmpty ? .suspect : .remote, edit: .insertRow(values)))
        return found
    }

    /// The value that the statement asks the column to have: `id = $1`, `name = ?`, `id = 999`.
    private func parameter(for column: String) -> JSONValue? {
        guard let sql = event.detail["sql"]?.string else { return nil }
        let conditions = SQLConditions.equalities(in: sql)
        guard let right = conditions.first(where: { $0.column.lowercased() == column.lowercased() })?.value else {
            return nil
        }
        return SQLConditions.value(right, parameters: event.detail["params"]?.array ?? [])
    }

    // MARK: - Values

    private var cells: [Found] {
        let standIn = StandIn(subject)
        var found: [Found] = []
        for (row, values) in answer.rows.prefix(Self.rowsMax).enumerated() {
            for (index, value) in values.enumerated() where answer.columns.indices.contains(index) {
                found += document(value, row, index) ?? forms(value, row, index, standIn)
            }
        }
        return found
    }

    /// Members of a JSON text in a cell; nil where it holds none.
    private func document(_ value: JSONValue, _ row: Int, _ index: Int) -> [Found]? {
        guard let text = value.string, text.hasPrefix("{") || text.hasPrefix("["),
            let json = JSONParser.parse(Array(text.utf8))
        else { return nil }
        let name = answer.rowCount > 1 ? "row \(row + 1), \(answer.columns[index].name)," : answer.columns[index].name
        let healthy = learned.lazy.compactMap { other -> (json: JSONValue, place: String)? in
            guard
                let text = SQLRows(other.detail)?.rows.first.flatMap({ $0.indices.contains(index) ? $0[index] : nil }),
                let json = text.string.flatMap({ JSONParser.parse($0) })
            else { return nil }
            return (json, other.place)
        }.first
        let conditions = DocumentConditions.find(
            in: json, healthy: healthy, told: "\(name) of \(event.summary)", event: event.id,
            target: "row \(row) \(index)", isSuspect: subject.isEvidence(event), kind: .cell, subject
        ) { path, new in
            let changed = AnswerEdit.replacing(path[...], in: json, by: new) ?? .null
            return .edit(event: event.id, .cell(row: row, column: index, text: Self.text(changed)))
        }
        let found = conditions.compactMap { one -> Found? in
            guard case .edit(_, let edit) = one.change else { return nil }
            return Found(
                kind: .cell, recorded: one.recorded, changed: one.changed, target: one.target, stage: one.stage,
                edit: edit, score: one.score)
        }
        return found.isEmpty ? nil : found
    }

    private func forms(_ value: JSONValue, _ row: Int, _ index: Int, _ standIn: StandIn) -> [Found] {
        let column = answer.columns[index]
        // What the statement asked for: another value would be another row.
        let isKey = parameter(for: column.name).map { Self.text($0) == Self.text(value) } ?? false
        guard !isKey || value == .null else { return [] }
        let kin = answer.rows.indices.first {
            answer.rows[$0].indices.contains(index) && isOther(answer.rows[$0][index])
        }
        func isOther(_ other: JSONValue) -> Bool { other != value && other != .null }
        let sibling = kin.map { answer.rows[$0][index] }
        let reaches = subject.reaches(DocumentConditions.plainText(value))
        let plain = plain(value, column.sort)
        // Where all other rows have nothing, this one's value is the odd one.
        let others = answer.rows.indices.filter { $0 != row }.compactMap { other in
            answer.rows[other].indices.contains(index) ? answer.rows[other][index] : nil
        }
        let isExtra = value != .null && others.count > 1 && others.allSatisfy { $0 == .null }
        // And where one alone has something, nothing is what is usual.
        let isUsual = value == .null && others.count > 1 && others.count { $0 != .null } == 1
        let isCompared = subject.source.compares(with: DocumentConditions.plainText(value))
        let isNamed = subject.names(column.name)
        let isOdd = Likelihood.isOdd(value, among: others)
        let stage: Condition.Stage
        if isOdd {
            stage = .suspect
        } else if value == .null {
            stage = isUsual ? .remote : .suspect
        } else if reaches || isCompared || isExtra && isNamed || (plain != nil && isNamed)
            || (value.string == "" && isNamed)
        {
            stage = .suspect
        } else if plain != nil || isNamed || isExtra {
            stage = .possible
        } else {
            return []
        }
        var values: [JSONValue] = []
        // Two that take each other's value at once change nothing: the first one's counts.
        let isSwapped = value != .null && kin.map { $0 > row } ?? false
        if let healthy = healthy(index, value) { values.append(healthy) }
        if isExtra { values.append(.null) }
        // The first row's day would become the next one's, which may be the one that can't be used: any day says more.
        let isDay = column.sort == .date || column.sort == .moment
        if isDay, value != .null, row == 0, isSwapped, let sort = column.sort { values.append(StandIn.value(sort)) }
        if let sibling, !isSwapped { values.append(sibling) }
        if value == .null {
            if let sort = column.sort {
                if sort == .text, let wanted = standIn.wanted, wanted != .text {
                    values.append(StandIn.value(wanted))
                }
                values.append(StandIn.value(sort))
            } else {
                values += standIn.values(named: column.name).prefix(2)
            }
        } else {
            if let text = value.string, let readable = standIn.readable(for: text, subject) {
                values.append(.string(readable))
            }
            if let plain { values.append(plain) }
            if let sibling, isSwapped { values.append(sibling) }
            values.append(other(than: value, column.sort))
        }
        let told = answer.rowCount > 1 ? "row \(row + 1), \(column.name)," : column.name
        var once: Set<JSONValue> = []
        return values.filter { once.insert($0).inserted }.prefix(3).enumerated().map { number, new in
            Found(
                kind: .cell,
                recorded: "\(told) of \(event.summary) was \(value == .null ? "NULL" : StandIn.told(value))",
                changed: StandIn.told(new), target: "row \(row) \(index)", stage: number == 0 ? stage : .remote,
                edit: .cell(row: row, column: index, text: Self.text(new)),
                score: score(column.name, value, isOdd: isOdd))
        }
    }

    private func score(_ name: String, _ value: JSONValue, isOdd: Bool) -> Int {
        let text = DocumentConditions.plainText(value)
        return (subject.isTold(name, text) ? Likelihood.told : 0) + (subject.says(text) ? 5 : 0) + (isOdd ? 4 : 0)
            + (subject.names(name) ? 3 : 0)
    }

    /// What the column held in the first row when the same statement went well, in this case or another one.
    private func healthy(_ index: Int, _ value: JSONValue) -> JSONValue? {
        guard answer.rowCount == 1 else { return nil }
        for found in learned {
            guard let rows = SQLRows(found.detail), rows.columns.count == answer.columns.count,
                let other = rows.rows.first, other.indices.contains(index), other[index] != value
            else { continue }
            return other[index]
        }
        return nil
    }

    /// PostgreSQL's texts of numbers are numbers here.
    private func plain(_ value: JSONValue, _ sort: StandIn.Sort?) -> JSONValue? {
        if sort == .text || sort == nil {
            return value.string.map(\.isEmpty) == true ? "text" : StandIn.plain(for: value)
        }
        return StandIn.plain(for: value)
    }

    private func other(than value: JSONValue, _ sort: StandIn.Sort?) -> JSONValue {
        switch sort {
        case .whole: value == "1" || value == 1 ? 2 : 1
        case .moment, .date, .truth, .identifier, .real: StandIn.value(sort ?? .whole)
        case .object: .object([:])
        default: value == "1" ? "2" : "1"
        }
    }

    /// A value as a database's text.
    static func text(_ value: JSONValue) -> String? {
        switch value {
        case .null: nil
        case .bool(let flag): flag ? "t" : "f"
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .string(let text): text
        case .array, .object: (try? JSONText.encode(value)) ?? ""
        }
    }
}

import ReenactTimeline

/// A NULL of a database row reached code that expected a value.
public struct UnexpectedNull: Rule {
    public static let name = "unexpected-null"
    public static let precondition = "the exception is about null, and a row that came before it holds NULL"
    public static let evidence =
        "message, source line or a local near the throw names the column; or a local holds the row's other values beside a null"
    public static let counterEvidence = "rows with that NULL came earlier without harm; without any link it abstains"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        guard look.complaint.isAboutNull else { return [] }
        if let column = column(look) { return [column] }
        var best: Finding?
        var columnsWithNull = 0
        for answer in look.answers.prefix(60) {
            guard let sql = answer.sql, sql.error == nil else { continue }
            for (index, column) in sql.columns.enumerated() {
                guard let row = sql.rows.firstIndex(where: { index < $0.count && $0[index] == .null }) else { continue }
                columnsWithNull += 1
                if look.nullTrail.isSeen {
                    guard let seen = seen(column, index, sql, look.nullTrail) else { continue }
                    if seen.confidence > best?.confidence ?? 0 {
                        best = finding(answer, sql, column, seen.row, seen.confidence, look, nil)
                    }
                    continue
                }
                let isOther = !look.nullTrail.origins.isEmpty && !look.nullTrail.speaks(of: column)
                let spoken: (confidence: Double, place: String?)? =
                    look.nullTrail.origins.isEmpty || isOther ? nil : (0.93, nil)
                guard let link = spoken ?? link(column, index, sql.rows[row], look) else { continue }
                let distance = look.distance(answer.event)
                // The line reads something else by name.
                let most = isOther ? 0.62 : 1
                let confidence = min(link.confidence, most) - (distance > 10 ? 0.1 : 0)
                if confidence > best?.confidence ?? 0 {
                    best = finding(answer, sql, column, row, confidence, look, link.place)
                }
            }
        }
        if let best { return [best] }
        if let row = unpacked(look) ?? element(look) ?? nested(look) { return [row] }
        // Nothing links them, but there is only one NULL, and it came last.
        guard let last = look.answers.first, let sql = last.sql,
            look.failure.exceptions.last?.frames.allSatisfy({ $0.locals.isEmpty }) ?? true
        else { return [] }
        return lone(last, sql, columnsWithNull, look)
    }

    /// The only NULL of the last answer, or the only null in a document of a cell. What came with NULL before, and did no
    /// harm, does not count.
    private func lone(_ last: Answer, _ sql: SQLAnswer, _ columnsWithNull: Int, _ look: Look) -> [Finding] {
        let before = look.earlier.filter { $0.sql?.sql == sql.sql && $0.sql?.error == nil }.suffix(20)
        let isHarmless: (String) -> Bool = { name in
            before.contains { $0.leaves.contains { $0.name == name && $0.value == .null } }
        }
        let inner = last.leaves.filter { $0.value == .null && !sql.columns.contains($0.name) }
        let deep = inner.filter { !isHarmless($0.name) }
        var cells: [(row: Int, column: String)] = []
        for (index, column) in sql.columns.enumerated() where !isHarmless(column) {
            if let row = sql.rows.firstIndex(where: { index < $0.count && $0[index] == .null }) {
                cells.append((row, column))
            }
        }
        // What reads JSON complains of what stands in it.
        let isOfJSON = look.words.lowercased().contains("json")
        if let leaf = deep.first, Set(deep.map(\.name)).count == 1, isOfJSON || cells.isEmpty {
            return [
                Finding(
                    "unexpected-null", .interaction, evidence: [last.event.id], confidence: isOfJSON ? 0.68 : 0.58,
                    "\(Phrase.call(last, look.failure)) returned null in \(Phrase.quote(leaf.path)); \(Phrase.doing(look)) expected a value (\(Phrase.exception(look, 80)))."
                )
            ]
        }
        guard columnsWithNull == 1 || !before.isEmpty, inner.isEmpty || !isOfJSON, cells.count == 1 else { return [] }
        return [finding(last, sql, cells[0].column, cells[0].row, 0.6, look, nil)]
    }

    /// A list that the failing part reads holds a column's values, one of them NULL: `sorted(tiers)`.
    private func column(_ look: Look) -> Finding? {
        for frame in look.throwFrames where frame.expression != nil {
            for local in frame.locals where !local.truncated && !local.redacted {
                guard let list = PrintedValue.parse(local.value)?.array, list.count >= 2,
                    list.contains(where: { $0 == .null || $0.array?.contains(.null) ?? false })
                else { continue }
                for answer in look.answers.prefix(40) {
                    guard let sql = answer.sql, sql.error == nil, sql.rows.count == list.count else { continue }
                    for (index, column) in sql.columns.enumerated() {
                        let values = sql.rows.map { index < $0.count ? $0[index] : .null }
                        let list = list.map { $0.array.map { index < $0.count ? $0[index] : .null } ?? $0 }
                        guard values.map(Self.text) == list.map(Self.text), let row = values.firstIndex(of: .null)
                        else {
                            continue
                        }
                        return finding(answer, sql, column, row, 0.93, look, "\(local.name) in \(frame.function)")
                    }
                }
            }
        }
        return nil
    }

    /// `total, n, last = cursor.fetchone()`, `for day, sum, rate in rows`: the variables of the failing frame are the
    /// columns of one row.
    private func unpacked(_ look: Look) -> Finding? {
        guard look.nullTrail.readsNothing, let frame = look.exception?.frames.last(where: \.inApp) else { return nil }
        let locals = frame.locals.map { SourceText.isNothing($0.value) ? "" : HeldCell.text($0.value) }
        for answer in look.answers.prefix(5) {
            guard let sql = answer.sql, sql.error == nil else { continue }
            let odd = sql.rows.prefix(200).indices.filter { sql.rows[$0].count >= 2 && sql.rows[$0].contains(.null) }
            let held = odd.filter { row in
                var rest = locals
                return sql.rows[row].allSatisfy { value in
                    guard let place = rest.firstIndex(where: { HeldCell.isSame($0, value) }) else { return false }
                    rest.remove(at: place)
                    return true
                }
            }
            // Rows that are alike, or hold nothing twice, do not tell which it was.
            guard held.count == 1, let index = sql.rows[held[0]].firstIndex(of: .null) else { continue }
            let isSure = sql.rows[held[0]].count > 2 && sql.rows[held[0]].count { $0 == .null } == 1
            return finding(answer, sql, sql.columns[index], held[0], isSure ? 0.86 : 0.75, look, nil)
        }
        return nil
    }

    /// A list that Redis answered holds nothing in one place, and the failing code had such a one in hand.
    private func element(_ look: Look) -> Finding? {
        guard look.nullTrail.readsNothing || !look.sawLocals else { return nil }
        for answer in look.answers.prefix(10) {
            guard let list = answer.redis?.reply.array, !answer.waits, let place = list.firstIndex(of: .null),
                list.contains(where: { $0 != .null })
            else { continue }
            let isHeld = look.frames.prefix(6).flatMap(\.locals).contains { local in
                PrintedValue.parse(local.value)?.array?.contains(.null) ?? false
            }
            let distance = look.distance(answer.event)
            return Finding(
                "unexpected-null", .interaction, evidence: [answer.event.id],
                confidence: (isHeld ? 0.92 : distance <= 1 ? 0.84 : 0.7),
                "\(Phrase.call(answer, look.failure)) answered nil as element \(place + 1) of \(list.count); \(Phrase.doing(look)) expected a value (\(Phrase.exception(look, 80)))."
            )
        }
        return nil
    }

    /// The only nil in lists within the list that Redis answered with: an entry of a stream whose fields are gone.
    private func nested(_ look: Look) -> Finding? {
        let readsNothing = look.throwSite.map { site in
            site.locals.contains { SourceText.isNothing($0.value) && SourceText.contains(site.source, word: $0.name) }
        }
        guard readsNothing ?? false, let answer = look.answers.first,
            let reply = answer.redis?.reply, reply.array != nil
        else { return nil }
        var found: [(path: String, beside: [JSONValue])] = []
        func walk(_ value: JSONValue, _ path: String, _ depth: Int) {
            guard depth < 8, found.count < 2, let list = value.array else { return }
            for (index, element) in list.prefix(500).enumerated() {
                if element == .null { found.append(("\(path)[\(index)]", list)) }
                walk(element, "\(path)[\(index)]", depth + 1)
            }
        }
        walk(reply, "", 0)
        guard found.count == 1, let hole = found.first else { return nil }
        let name = hole.beside.compactMap(\.string).first.map { ", beside \(Phrase.quote($0, 40))" } ?? ""
        return Finding(
            "unexpected-null", .interaction, evidence: [answer.event.id], confidence: 0.8,
            "\(Phrase.call(answer, look.failure)) answered nil at \(hole.path)\(name); \(Phrase.doing(look)) expected a value (\(Phrase.exception(look, 80)))."
        )
    }

    private static func text(_ value: JSONValue) -> String { Leaf(path: "", name: "", value: value).text }

    /// The row whose other values stood beside the missing one, under the same names or the program's own.
    private func seen(
        _ column: String, _ index: Int, _ sql: SQLAnswer, _ trail: NullTrail
    ) -> (row: Int, confidence: Double)? {
        guard trail.speaks(of: column) else {
            let row = sql.rows.prefix(200).firstIndex { index < $0.count && $0[index] == .null && trail.holds($0) }
            return row.map { ($0, 0.88) }
        }
        var best: (row: Int, likeness: Double)?
        for (number, row) in sql.rows.prefix(200).enumerated() where index < row.count && row[index] == .null {
            let members = Dictionary(zip(sql.columns, row), uniquingKeysWith: { first, _ in first })
            let likeness = trail.likeness(of: members, without: column)
            if likeness > best?.likeness ?? -1 { best = (number, likeness) }
        }
        return best.map { ($0.row, $0.likeness > 0 ? 0.92 + $0.likeness / 25 : 0.6) }
    }

    private func link(
        _ column: String, _ index: Int, _ row: [JSONValue], _ look: Look
    ) -> (confidence: Double, place: String?)? {
        if column.count > 1 {
            if look.chain.isEmpty, SourceText.quoted(look.message).contains(column) { return (0.95, nil) }
            for record in look.chain
            where SourceText.quoted(record.message).contains(column) || record.message.contains("$\(column)") {
                return (0.95, nil)
            }
        }
        for (depth, frame) in look.frames.prefix(5).enumerated() {
            for local in frame.locals {
                if SourceText.isNothing(local.value), local.name == column {
                    // Another one that the line does not speak of may be as empty, and harmless.
                    let isRead = frame.source.isEmpty || SourceText.contains(frame.source, word: column)
                    return (isRead ? 0.93 : 0.8, "\(local.name) in \(frame.function)")
                }
                if depth <= 4, NullNotation.holds(local.value, under: column) {
                    // Where the parts of the lines are known, one of them has to read it.
                    let parts = look.throwFrames.filter { $0.expression != nil }.map(\.source)
                    let isRead = parts.isEmpty || parts.contains { SourceText.contains($0, word: column) }
                    return (isRead || frame.expression == nil ? 0.95 : 0.6, "\(local.name) in \(frame.function)")
                }
            }
        }
        if let holder = holderOfRow(row, look) {
            guard holder.reads.isEmpty || holder.reads.contains(index) else { return nil }
            return (holder.confidence, holder.place)
        }
        if column.count > 2, look.sourceLines.contains(where: { SourceText.contains($0, word: column) }) {
            return (0.86, nil)
        }
        let hasNothing = look.frames.prefix(2).contains { $0.locals.contains { SourceText.isNothing($0.value) } }
        guard hasNothing else { return nil }
        for frame in look.frames.prefix(4) {
            for local in frame.locals where mentionsNothing(local.value) {
                let quoted = SourceText.quoted(local.value)
                let shared = row.filter { $0.string.map { !$0.isEmpty && quoted.contains($0) } ?? false }
                if shared.count >= 2 || shared.contains(where: { !SourceText.isTrivial($0.string ?? "") }) {
                    // Where the parts of the lines are known, one of them has to read it.
                    let parts = look.throwFrames.filter { $0.inApp && $0.expression != nil }.map(\.source)
                    let isRead = parts.isEmpty || parts.contains { SourceText.contains($0, word: column) }
                    return (isRead ? 0.88 : 0.6, "\(local.name) in \(frame.function)")
                }
            }
        }
        return nil
    }

    /// A local that is the row itself, as drivers without names give it: `(None, 'b')`.
    ///
    /// - Returns: `reads` are the places of NULLs that the failing line reads of it by number; empty where it reads none.
    private func holderOfRow(
        _ row: [JSONValue], _ look: Look
    ) -> (confidence: Double, place: String?, reads: [Int])? {
        for frame in look.frames.prefix(3) {
            for local in frame.locals where !local.truncated && mentionsNothing(local.value) {
                guard NullNotation.isRow(local.value, of: row) else { continue }
                let reads = row.indices.filter { index in
                    row[index] == .null && look.sourceLines.contains { $0.contains("\(local.name)[\(index)]") }
                }
                return (look.reads([local.name]) ? 0.95 : 0.84, "\(local.name) in \(frame.function)", reads)
            }
        }
        return nil
    }

    private func mentionsNothing(_ text: String) -> Bool {
        text.count > 6 && ["None", "null", "NULL", "nil"].contains { SourceText.contains(text, word: $0) }
    }

    private func finding(
        _ answer: Answer, _ sql: SQLAnswer, _ column: String, _ row: Int, _ confidence: Double, _ look: Look,
        _ place: String?
    ) -> Finding {
        let which = sql.rowCount > 1 ? " of row \(row + 1)" : ""
        let reached = place.map { ", which reached `\(Phrase.short($0, 60))`" } ?? ""
        return Finding(
            "unexpected-null", .interaction, evidence: [answer.event.id], confidence: confidence,
            "\(Phrase.call(answer, look.failure)) returned NULL in `\(Phrase.clean(column))`\(which)\(reached); \(Phrase.doing(look)) expected a value (\(Phrase.exception(look, 80)))."
        )
    }
}

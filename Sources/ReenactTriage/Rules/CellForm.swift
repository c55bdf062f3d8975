import ReenactTimeline

/// A cell holds text that was to be JSON, and is not, or is a list where an object was to be.
public struct CellForm: Rule {
    public static let name = "cell-form"
    public static let precondition =
        "the exception is about reading JSON, and a row that came before it holds other text; or about a value's type, and the value is the document of a cell"
    public static let evidence = "the reader's own variable holds that text; other rows have JSON in the column"
    public static let counterEvidence = "the column holds no JSON in any row"

    public init() {}

    private static let answersMax = 10
    private static let cellsMax = 30

    /// JSON, but a list where the program reads the fields of an object, or the other way round. The failing line reads a
    /// variable that is the whole document.
    private func otherKind(_ look: Look) -> Finding? {
        guard look.complaint.isAboutType, let read = MissingKey.read(look) ?? SourceText.quoted(look.message).first
        else { return nil }
        let kinds = ["'list' object", "'dict' object", "list indices must be"]
        guard kinds.contains(where: look.message.contains) else { return nil }
        let isList = !look.message.contains("'dict' object")
        for frame in look.throwFrames {
            let words = Set(frame.source.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init))
            for local in frame.locals where words.contains(local.name) && !local.truncated && !local.redacted {
                guard let held = PrintedValue.parse(local.value), isList == (held.array != nil),
                    held.object?.isEmpty == false || held.array?.isEmpty == false
                else { continue }
                for answer in look.answers.prefix(Self.cellsMax) {
                    guard let sql = answer.sql, sql.error == nil, let place = cell(held, sql) else { continue }
                    let shape = isList ? "a JSON list" : "a JSON object"
                    return Finding(
                        "dependency-unexpected-form", .dependency, evidence: [answer.event.id],
                        confidence: look.distance(answer.event) <= 3 ? 0.9 : 0.86,
                        "\(Phrase.call(answer, look.failure)) returned \(shape) (\(Phrase.quote(place.text, 40))) in `\(Phrase.clean(place.column))`, which reached `\(local.name) in \(frame.function)`; \(Phrase.doing(look)) asked `\(read)` of it (\(Phrase.exception(look)))."
                    )
                }
            }
        }
        return nil
    }

    /// The cell whose document that is.
    private func cell(_ document: JSONValue, _ sql: SQLAnswer) -> (column: String, text: String)? {
        for row in sql.rows.prefix(200) {
            for (index, column) in sql.columns.enumerated() where index < row.count {
                guard let text = row[index].string, text.first == "[" || text.first == "{", text.utf8.count < 1 << 16,
                    JSONParser.parse(text) == document
                else { continue }
                return (column, text)
            }
        }
        return nil
    }

    public func judge(_ look: Look) -> [Finding] {
        if let other = otherKind(look) { return [other] }
        guard look.complaint.isAboutDecoding else { return [] }
        let held = Set(
            look.throwFrames.flatMap(\.locals).filter { !$0.truncated }.map { SourceText.unquoted($0.value) })
        var best: Finding?
        for answer in look.answers.prefix(Self.answersMax) {
            guard let sql = answer.sql, sql.error == nil else { continue }
            for (index, column) in sql.columns.enumerated() {
                let texts = sql.rows.prefix(200).map { index < $0.count ? $0[index].string : nil }
                guard let row = texts.firstIndex(where: { $0.map { JSONParser.parse($0) == nil } ?? false }),
                    let text = texts[row]
                else { continue }
                let hasOthers = texts.contains { text in
                    text.flatMap { JSONParser.parse($0) }.map { $0.object != nil || $0.array != nil } ?? false
                }
                let isHeld = held.contains(text)
                let confidence =
                    isHeld && hasOthers ? 0.92 : isHeld && !text.isEmpty ? 0.88 : hasOthers ? 0.82 : isHeld ? 0.6 : 0
                guard confidence > best?.confidence ?? 0 else { continue }
                let which = sql.rowCount > 1 ? " of row \(row + 1)" : ""
                best = Finding(
                    "malformed-answer", .dependency, evidence: [answer.event.id], confidence: confidence,
                    "\(Phrase.call(answer, look.failure)) returned \(Phrase.quote(text, 40)) in `\(Phrase.clean(column))`\(which), which is no JSON; \(Phrase.doing(look)) raised \(Phrase.exception(look))."
                )
            }
        }
        return best.map { [$0] } ?? []
    }
}

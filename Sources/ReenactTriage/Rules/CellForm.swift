import ReenactTimeline

/// A cell holds text that was to be JSON, and is not.
public struct CellForm: Rule {
    public static let name = "cell-form"
    public static let precondition =
        "the exception is about reading JSON, and a row that came before it holds other text"
    public static let evidence = "the reader's own variable holds that text; other rows have JSON in the column"
    public static let counterEvidence = "the column holds no JSON in any row"

    public init() {}

    private static let answersMax = 10

    public func judge(_ look: Look) -> [Finding] {
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

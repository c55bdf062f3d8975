import ReenactTimeline

/// Several rows came where the program expected one.
public struct DuplicateRows: Rule {
    public static let name = "duplicate-rows"
    public static let precondition = "the exception says that more than one came, and a query returned several rows"
    public static let evidence = "the last such query; its parameters or table in the message"
    public static let counterEvidence = "the rows of that query were used before"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        guard look.complaint.isAboutDuplicates else { return [] }
        let several = look.answers.filter { ($0.sql?.returnsRows ?? false) && ($0.sql?.rowCount ?? 0) > 1 }
        let named = several.first { answer in
            (answer.sql?.tables ?? []).contains { TableName.isMentioned($0, in: look.words) }
        }
        guard let answer = named ?? several.first, let sql = answer.sql else { return [] }
        let distance = look.distance(answer.event)
        let confidence = named != nil || distance == 0 ? 0.95 : distance <= 2 ? 0.8 : 0.55
        return [
            Finding(
                "duplicate-rows", .interaction, evidence: [answer.event.id], confidence: confidence,
                "\(Phrase.call(answer, look.failure)) returned \(Phrase.rows(sql.rowCount)); \(Phrase.doing(look)) expected one (\(Phrase.exception(look, 60)))."
            )
        ]
    }
}

import ReenactTimeline

/// A statement broke a rule of the database: unique, foreign key, not null, check.
public struct ConstraintViolation: Rule {
    public static let name = "constraint-violation"
    public static let precondition = "a statement before the throw failed with a constraint's code"
    public static let evidence = "its message or code stands in the exception, or it was the last exchange"
    public static let counterEvidence = "the program went on with other exchanges and the exception does not name it"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        for error in SQLError.all(look) {
            if error.isOne(
                postgres: ["23505", "23P01"], mysql: ["1062", "1586"], sqlite: ["2067", "1555"],
                words: ["unique constraint failed", "duplicate entry"])
            {
                let rivals = look.failure.events.filter {
                    $0.phase == .concurrent && $0.detail["sql"]?.string == error.sql.sql
                }
                return [error.finding("unique-violation", .interaction, look, also: rivals.prefix(3).map(\.id))]
            }
            if error.isOne(
                postgres: ["23503"], mysql: ["1451", "1452", "1216", "1217"], sqlite: ["787"],
                words: ["foreign key constraint failed"])
            {
                return [error.finding("foreign-key-violation", .interaction, look)]
            }
            if error.isOne(
                postgres: ["23502"], mysql: ["1048", "1364"], sqlite: ["1299"], words: ["not null constraint failed"])
            {
                return [notNull(error, look)]
            }
            if error.isOne(postgres: ["23514"], mysql: ["3819"], sqlite: ["275"], words: ["check constraint failed"]) {
                return [error.finding("check-violation", .input, look)]
            }
        }
        return []
    }

    /// With whoever brought nothing in a member that is called as the column is, if one alone did.
    private func notNull(_ error: SQLError, _ look: Look) -> Finding {
        let column = Self.column(error.failure)
        guard !column.isEmpty else { return error.finding("not-null-violation", .input, look) }
        func isIt(_ leaf: Leaf) -> Bool { leaf.value == .null && Inputs.isSame(leaf.name, column) }
        let given = look.inputs.parts.filter { $0.kind != "headers" }.flatMap { part in
            Leaf.all(in: part.document).filter(isIt).map { (event: part.event, path: $0.path) }
        }
        if given.count == 1, let event = given[0].event {
            return error.finding(
                "not-null-violation", .input, look, also: [event],
                origin:
                    " (\(Phrase.input(look).prefix(1).lowercased() + Phrase.input(look).dropFirst()) brought null in \(Phrase.quote(given[0].path)))"
            )
        }
        let brought = look.answers.prefix(40).filter { $0.event.id < error.answer.event.id && $0.sql?.error == nil }
            .flatMap { answer in answer.leaves.filter(isIt).map { (answer: answer, path: $0.path) } }
        guard given.isEmpty, brought.count == 1 else { return error.finding("not-null-violation", .input, look) }
        return error.finding(
            "not-null-violation", brought[0].answer.sql == nil ? .dependency : .interaction, look,
            also: [brought[0].answer.event.id],
            origin:
                " (\(Phrase.call(brought[0].answer, look.failure)) brought null in \(Phrase.quote(brought[0].path)))")
    }

    /// `null value in column "name" of relation "item" …`, `Column 'name' cannot be null`, `NOT NULL constraint failed:
    /// item.name`.
    private static func column(_ failure: SQLAnswer.Failure) -> String {
        if !failure.column.isEmpty { return failure.column }
        if let range = failure.message.range(of: "constraint failed: ") {
            let name = failure.message[range.upperBound...].prefix { !$0.isWhitespace && $0 != "," }
            return String(name.split(separator: ".").last ?? "")
        }
        return SourceText.quoted(failure.message).first ?? ""
    }
}

import ReenactTimeline

/// Settings and parameters kept one a row: the failing line asks for one by its name, and the row of that name holds
/// something that can't be used.
public struct NamedRow: Rule {
    public static let name = "named-row"
    public static let precondition =
        "the failing line spells a name, and the complaint is about a kind, a form, or about nothing"
    public static let evidence =
        "a row holds that name in one column, and in another nothing, or something of another form than rows of the same name"
    public static let counterEvidence = "several rows fit"

    public init() {}

    private static let answersMax = 80

    public func judge(_ look: Look) -> [Finding] {
        guard look.answers.contains(where: { $0.sql?.rows.isEmpty == false }) else { return [] }
        let complaint = look.complaint
        guard
            complaint.isAboutType || complaint.isAboutParsing || complaint.isAboutNothing
                || complaint.mentions(["unsupported operand types", "a non-numeric value"])
        else { return [] }
        let names = Set(
            look.throwFrames.prefix(4).filter(\.inApp).flatMap { SourceText.quoted($0.source, limit: 8) }
        ).filter { $0.count >= 3 && !SourceText.isTrivial($0) && !$0.contains(" ") }
        guard !names.isEmpty else { return [] }
        var found: [(answer: Answer, row: Int, column: String, name: String, value: JSONValue, isOdd: Bool)] = []
        for answer in look.answers.prefix(Self.answersMax) {
            guard let sql = answer.sql, sql.error == nil, sql.columns.count >= 2 else { continue }
            for (number, row) in sql.rows.prefix(200).enumerated() {
                guard let place = row.firstIndex(where: { $0.string.map(names.contains) ?? false }),
                    let name = row[place].string
                else { continue }
                let alike = sql.rows.filter { $0.indices.contains(place) && $0[place] == row[place] && $0 != row }
                for (index, value) in row.enumerated() where index != place && sql.columns.indices.contains(index) {
                    let form = ValueForm(value)
                    let others = Set(alike.compactMap { $0.indices.contains(index) ? ValueForm($0[index]) : nil })
                    let isEmpty = [.nothing, .emptyText].contains(form)
                    let isOdd = others.count == 1 && !others.contains { $0.isAkin(to: form) }
                    guard isOdd || isEmpty && others.isEmpty else { continue }
                    if !found.contains(where: {
                        $0.name == name && $0.column == sql.columns[index] && $0.value == value
                    }) {
                        found.append((answer, number + 1, sql.columns[index], name, value, isOdd))
                    }
                }
            }
        }
        // Of two that are other than each other the empty one can't be used.
        let empty = found.filter { [.nothing, .emptyText].contains(ValueForm($0.value)) }
        if !empty.isEmpty { found = empty }
        guard let best = found.first(where: \.isOdd) ?? found.first, found.count <= 2 else { return [] }
        let shown = best.value == .null ? "NULL" : Phrase.quote(Leaf(path: "", name: "", value: best.value).text, 40)
        let others = best.isOdd ? ", unlike other rows of that name" : ""
        return [
            Finding(
                best.value == .null ? "unexpected-null" : "malformed-answer", .interaction,
                evidence: [best.answer.event.id],
                confidence: (best.isOdd ? 0.7 : 0.62) - (found.count > 1 ? 0.08 : 0),
                "\(Phrase.call(best.answer, look.failure)) returned \(shown) in \(Phrase.quote("row \(best.row), \(best.column)")) for \(Phrase.quote(best.name))\(others); \(Phrase.doing(look)) raised \(Phrase.exception(look))."
            )
        ]
    }
}

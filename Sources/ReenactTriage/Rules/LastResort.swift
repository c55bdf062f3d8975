import ReenactTimeline

/// Of all recorded values the one that is tied most closely to the failure, where no rule explains it.
public struct LastResort: Rule {
    public static let name = "last-resort"
    public static let precondition = "no other rule found anything, and values were recorded before the failure"
    public static let evidence =
        "the failing code names or holds the value; it is odd among its likes; the exception is about such a thing: weighed as in failures whose cause is known"
    public static let counterEvidence = "other values are tied to the failure as well"

    public init() {}

    /// Of the likeliest values of that much to 80 % seven in ten were right, in programs that the weights did not know.
    private static let least = 0.6
    /// From here on nine in ten were.
    private static let sure = 0.8

    public func judge(_ look: Look) -> [Finding] {
        guard !look.chain.isEmpty || !look.message.isEmpty, Self.hasValues(look) else { return [] }
        // Whether an error or an empty answer did harm is what the rules on these know.
        guard let best = look.ties.all.first, best.likelihood >= Self.least, !best.path.isEmpty,
            !best.signs.isDisjoint(with: Self.odd), !best.signs.contains(.strange)
        else { return [] }
        return [finding(best, best.likelihood >= Self.sure ? 0.78 : 0.66, look)]
    }

    /// A value that is as it should be may be shown and held: it is no cause by that. And where variables were seen, one
    /// that the code neither names nor holds (`strange`) is only near.
    private static let odd: Set<TieSign> = [
        .oddForm, .oddBesideEarlier, .oddShape, .lacksSeparator, .outlier, .dangling, .danglingNothing, .nothing,
        .absent, .emptyText, .emptyHolder, .notFinite, .control, .zero, .negative, .huge, .holderForValue,
        .valueForHolder,
    ]

    /// Reports from elsewhere, which know of no command, tell of calls and not of what they brought.
    private static func hasValues(_ look: Look) -> Bool {
        guard !look.failure.environment.command.isEmpty else { return false }
        return look.answers.prefix(40).contains { !$0.documents.isEmpty || $0.redis?.hasReply ?? false }
            || look.inputs.parts.contains { !["headers", "cookies", "query"].contains($0.kind) }
    }

    private func finding(_ tie: Tie, _ confidence: Double, _ look: Look) -> Finding {
        let who = tie.answer.map { Phrase.call($0, look.failure) } ?? Phrase.input(look)
        let isRow = tie.answer?.sql != nil
        let verb =
            tie.answer == nil
            ? "brought"
            : isRow ? "returned" : tie.answer?.http.map { "answered \($0.status ?? 200) with" } ?? "answered with"
        let evidence = tie.event.map { [$0] } ?? []
        let what: String
        let causeClass: String
        switch tie.value {
        case nil: (what, causeClass) = ("no \(Phrase.quote(tie.path))", "dependency-missing-field")
        case .null?:
            (what, causeClass) = (
                "null in \(Phrase.quote(tie.path))", isRow ? "unexpected-null" : "dependency-null-field"
            )
        case let value?:
            let shown = tie.text.isEmpty ? ValueForm(value).rawValue : Phrase.quote(tie.text, 40)
            what = "\(shown) in \(Phrase.quote(tie.path))"
            let isRetyped = !tie.signs.isDisjoint(with: [.holderForValue, .valueForHolder])
            causeClass = isRetyped ? "dependency-retyped-field" : "malformed-answer"
        }
        let isInput = tie.answer == nil
        let link = Self.link(tie).map { "\($0), and no" } ?? "no"
        return Finding(
            isInput ? "malformed-input" : causeClass, isInput ? .input : .dependency, evidence: evidence,
            confidence: confidence,
            "\(who) \(verb) \(what)\(Self.oddity(tie)); \(link) other value is tied as closely to the failure: \(Phrase.doing(look)) raised \(Phrase.exception(look))."
        )
    }

    /// What is odd about it beside its likes.
    private static func oddity(_ tie: Tie) -> String {
        let has = tie.signs.contains
        if has(.oddBesideEarlier), let usual = tie.usual { return ", where earlier ones had \(usual.rawValue)" }
        if has(.soleNothing), tie.siblings > 1 { return ", the only one of \(tie.siblings + 1) with nothing there" }
        if has(.onlyOddForm), let usual = tie.usual, usual != .emptyText {
            return ", where the others have \(usual.rawValue)"
        }
        if has(.outlier) || has(.huge) { return ", far from what is usual there" }
        if has(.oddShape) || has(.lacksSeparator) { return ", written otherwise than the others" }
        if has(.dangling) { return ", which stands nowhere else, unlike the others" }
        return ""
    }

    /// What ties it to the failing code.
    private static func link(_ tie: Tie) -> String? {
        let has = tie.signs.contains
        if has(.shownInMessage), !tie.text.isEmpty { return "the message repeats it" }
        if has(.heldAtThrow) { return "the failing line held it" }
        if has(.namedInThrowingLine) || has(.namedInPart) { return "the failing line reads it" }
        if has(.heldNear) { return "the failing code held it" }
        return has(.last) ? "it was read last" : nil
    }
}

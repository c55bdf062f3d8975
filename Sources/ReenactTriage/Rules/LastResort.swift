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
            !best.signs.isDisjoint(with: Self.odd)
        else { return [] }
        return [finding(best, best.likelihood >= Self.sure ? 0.78 : 0.66, look)]
    }

    /// A value that is as it should be may be shown and held: it is no cause by that.
    private static let odd: Set<TieSign> = [
        .oddForm, .oddBesideEarlier, .oddShape, .lacksSeparator, .outlier, .dangling, .danglingNothing, .nothing,
        .absent,
        .emptyText, .emptyHolder, .notFinite, .control, .zero, .negative, .huge, .holderForValue, .valueForHolder,
    ]

    /// Reports from elsewhere tell of calls, not of what they brought.
    private static func hasValues(_ look: Look) -> Bool {
        look.answers.prefix(40).contains { !($0.http?.bodyIsUnknown ?? false) && !$0.documents.isEmpty }
            || look.inputs.parts.contains { !["headers", "cookies", "query"].contains($0.kind) }
    }

    private func finding(_ tie: Tie, _ confidence: Double, _ look: Look) -> Finding {
        let end =
            "of all that was read before, this fits \(Phrase.doing(look)) best, which raised \(Phrase.exception(look))."
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
        let reasons = Self.reasons(tie)
        let isInput = tie.answer == nil
        return Finding(
            isInput ? "malformed-input" : causeClass, isInput ? .input : .dependency, evidence: evidence,
            confidence: confidence,
            "\(who) \(verb) \(what)\(reasons.isEmpty ? "" : ", " + reasons.joined(separator: " and ")); \(end)")
    }

    /// What speaks for it in words, the most telling two.
    private static func reasons(_ tie: Tie) -> [String] {
        var reasons: [String] = []
        let has = tie.signs.contains
        let others = tie.siblings > 1 ? " of \(tie.siblings + 1)" : ""
        if has(.oddBesideEarlier), let usual = tie.usual {
            reasons.append("where earlier ones had \(usual.rawValue)")
        } else if has(.soleNothing), tie.siblings > 0 {
            reasons.append("the only one\(others) with nothing there")
        } else if has(.onlyOddForm), let usual = tie.usual {
            reasons.append("where the others have \(usual.rawValue)")
        } else if has(.outlier) || has(.huge) {
            reasons.append("far from what is usual there")
        } else if has(.oddShape) || has(.lacksSeparator) {
            reasons.append("written otherwise than the others")
        } else if has(.dangling) {
            reasons.append("which stands nowhere else, unlike the others")
        }
        if has(.shownInMessage), !tie.text.isEmpty {
            reasons.append("which the message repeats")
        } else if has(.heldAtThrow) {
            reasons.append("which the failing line held")
        } else if has(.namedInThrowingLine) || has(.namedInPart) {
            reasons.append("which the failing line reads")
        } else if has(.heldNear) {
            reasons.append("which the failing code held")
        } else if has(.last) {
            reasons.append("read last before it")
        }
        return reasons
    }
}

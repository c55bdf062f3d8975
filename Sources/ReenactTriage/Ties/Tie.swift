import ReenactTimeline

/// One recorded value, or the lack of one, and how it is tied to the failure.
struct Tie {
    /// What brought it.
    let source: OddValue.Source
    /// Where it stands: `items[2].price`, `row 3, shipped`; empty where a whole answer is meant.
    let path: String
    let name: String
    /// Nil where it is not there at all.
    let value: JSONValue?
    /// What its siblings, or earlier answers, have in its place.
    var usual: ValueForm?
    /// How many siblings it was compared with.
    var siblings = 0
    var signs: Set<TieSign> = []
    /// How surely it is the one that the failure came from, of all values of the case; between 0 and 1.
    var likelihood = 0.0

    var text: String { value.map { Leaf(path: "", name: "", value: $0).text } ?? "" }

    var event: Int? {
        switch source {
        case .answer(let answer): answer.event.id
        case .input(let part): part.event
        }
    }

    var answer: Answer? { if case .answer(let answer) = source { answer } else { nil } }
}

/// What can tie a value to a failure. Each is there or not; what each is worth stands in `TieWeights`.
enum TieSign: String, CaseIterable, Sendable {
    // The failing code names it.
    case namedInPart, namedInThrowingLine, namedInOwnLine, namedInMessage, namedByVariable
    // The failing code has it in hand.
    case shownInMessage, partShownInMessage, heldAtThrow, heldNear, recordHeld, recordHeldAlone
    // It is odd among its siblings, or beside earlier answers.
    case oddForm, oddBesideEarlier, onlyOddForm, oddShape, lacksSeparator, outlier, soleNothing, dangling,
        danglingNothing
    // What it is.
    case nothing, absent, emptyText, emptyHolder, notFinite, control, zero, negative, huge, holderForValue,
        valueForHolder
    // The exception is about such a thing.
    case fitsNothing, fitsType, fitsParsing, fitsNumber, fitsEmpty, fitsSplit, lacksMember, isMissingKey
    case fitsDivision, contradicts
    // Several of these together.
    case oddAndNamed, specialAndNamed, oddAndHeld, oddAndLast, specialAndHeld, strange, unheard
    // Where it came from.
    case last, near, far, ofInput, ofHeader, ofRow, wholeError, wholeEmpty
}

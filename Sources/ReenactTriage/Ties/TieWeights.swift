import Glibc
import ReenactTimeline

/// What each sign is worth: made by `Benchmarks/ties/fit`, not by hand.
enum TieWeights {
    static let none = 3.11
    static let table: [TieSign: Double] = [
        .absent: -1.10,
        .contradicts: -0.65,
        .control: 1.50,
        .dangling: 2.61,
        .emptyHolder: -0.20,
        .emptyText: -0.61,
        .far: -1.37,
        .fitsDivision: 1.44,
        .fitsEmpty: 0.90,
        .fitsNothing: 1.19,
        .fitsNumber: 2.60,
        .fitsParsing: 1.63,
        .fitsSplit: 1.17,
        .fitsType: 1.11,
        .heldAtThrow: 0.82,
        .heldNear: 0.71,
        .holderForValue: 2.57,
        .huge: 4.44,
        .isMissingKey: 3.28,
        .lacksMember: 3.67,
        .lacksSeparator: 0.64,
        .last: 0.05,
        .namedByVariable: 1.59,
        .namedInMessage: 0.21,
        .namedInOwnLine: 1.33,
        .namedInPart: 0.37,
        .namedInThrowingLine: 0.34,
        .near: -0.63,
        .negative: 0.62,
        .notFinite: 2.69,
        .nothing: 1.22,
        .oddAndHeld: 0.60,
        .oddAndLast: 0.09,
        .oddAndNamed: 0.01,
        .oddBesideEarlier: 1.70,
        .oddForm: 0.73,
        .oddShape: -0.10,
        .ofHeader: -0.84,
        .ofInput: -0.19,
        .ofRow: -0.25,
        .onlyOddForm: 0.69,
        .outlier: 0.62,
        .partShownInMessage: -0.00,
        .recordHeld: 0.07,
        .recordHeldAlone: 0.82,
        .shownInMessage: 1.27,
        .soleNothing: 0.90,
        .specialAndHeld: 0.39,
        .specialAndNamed: 0.63,
        .strange: -0.63,
        .unheard: -2.59,
        .valueForHolder: 1.33,
        .wholeEmpty: 1.17,
        .wholeError: 4.47,
        .zero: 0.06,
    ]

    /// Gives each its share of the likelihood; what is left is that of none of them.
    static func weigh(_ ties: inout [Tie]) {
        let scores = ties.map { tie in tie.signs.reduce(0.0) { $0 + (table[$1] ?? 0) } }
        let most = max(scores.max() ?? 0, none)
        let whole = scores.reduce(exp(none - most)) { $0 + exp($1 - most) }
        for index in ties.indices { ties[index].likelihood = exp(scores[index] - most) / whole }
    }
}

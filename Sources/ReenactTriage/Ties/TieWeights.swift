import Glibc
import ReenactTimeline

/// What each sign is worth: made by `Benchmarks/ties/fit`, not by hand.
enum TieWeights {
    static let none = 2.76
    static let table: [TieSign: Double] = [
        .absent: -1.83,
        .contradicts: -0.50,
        .control: 1.25,
        .dangling: 1.73,
        .danglingNothing: 2.96,
        .emptyHolder: -0.35,
        .emptyText: -0.66,
        .far: -1.35,
        .fitsDivision: 1.55,
        .fitsEmpty: 0.52,
        .fitsNothing: 1.43,
        .fitsNumber: 2.23,
        .fitsParsing: 1.57,
        .fitsSplit: 0.89,
        .fitsType: 1.11,
        .heldAtThrow: 0.60,
        .heldNear: 0.31,
        .holderForValue: 2.23,
        .huge: 3.81,
        .isMissingKey: 3.83,
        .lacksMember: 3.83,
        .lacksSeparator: 0.94,
        .last: 0.61,
        .namedByVariable: 1.61,
        .namedInMessage: 0.54,
        .namedInOwnLine: -0.13,
        .namedInPart: 0.34,
        .namedInThrowingLine: 1.36,
        .near: -0.22,
        .negative: 0.59,
        .notFinite: 2.54,
        .nothing: 0.50,
        .oddAndHeld: 0.45,
        .oddAndLast: -0.05,
        .oddAndNamed: 0.11,
        .oddBesideEarlier: 2.37,
        .oddForm: 0.67,
        .oddShape: -0.03,
        .ofHeader: -0.30,
        .ofInput: 0.52,
        .ofRow: 0.17,
        .onlyOddForm: 0.74,
        .outlier: 0.80,
        .partShownInMessage: -0.04,
        .recordHeld: 0.18,
        .recordHeldAlone: 0.78,
        .shownInMessage: 2.20,
        .soleNothing: 1.37,
        .specialAndHeld: -0.16,
        .specialAndNamed: 0.55,
        .strange: -0.97,
        .unheard: -2.27,
        .valueForHolder: 1.18,
        .wholeEmpty: 2.49,
        .wholeError: 3.93,
        .zero: -0.12,
    ]

    /// Gives each its share of the likelihood; what is left is that of none of them.
    static func weigh(_ ties: inout [Tie]) {
        let scores = ties.map { tie in tie.signs.reduce(0.0) { $0 + (table[$1] ?? 0) } }
        let most = max(scores.max() ?? 0, none)
        let whole = scores.reduce(exp(none - most)) { $0 + exp($1 - most) }
        for index in ties.indices { ties[index].likelihood = exp(scores[index] - most) / whole }
    }
}

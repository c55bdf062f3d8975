import Glibc
import ReenactTimeline

/// What each sign is worth: made by `Benchmarks/ties/fit`, not by hand.
enum TieWeights {
    static let none = 2.60
    static let table: [TieSign: Double] = [
        .absent: -1.69,
        .contradicts: -0.58,
        .control: 1.64,
        .dangling: 1.76,
        .danglingNothing: 2.84,
        .emptyHolder: -0.56,
        .emptyText: -0.80,
        .far: -0.95,
        .fitsDivision: 1.40,
        .fitsEmpty: 0.66,
        .fitsNothing: 1.36,
        .fitsNumber: 2.56,
        .fitsParsing: 1.36,
        .fitsSplit: 1.05,
        .fitsType: 1.37,
        .heldAtThrow: 0.89,
        .heldNear: 0.46,
        .holderForValue: 2.48,
        .huge: 4.09,
        .isMissingKey: 3.73,
        .lacksMember: 3.74,
        .lacksSeparator: 0.86,
        .last: 0.39,
        .namedByVariable: 1.54,
        .namedInMessage: 0.52,
        .namedInOwnLine: 0.31,
        .namedInPart: 0.33,
        .namedInThrowingLine: 1.05,
        .near: -0.47,
        .negative: 0.46,
        .notFinite: 2.55,
        .nothing: 0.71,
        .oddAndHeld: 0.14,
        .oddAndLast: -0.02,
        .oddAndNamed: 0.02,
        .oddBesideEarlier: 2.32,
        .oddForm: 0.59,
        .oddShape: 0.10,
        .ofHeader: -0.57,
        .ofInput: 0.53,
        .ofRow: -0.26,
        .onlyOddForm: 0.81,
        .outlier: 0.98,
        .partShownInMessage: 1.94,
        .recordHeld: 0.10,
        .recordHeldAlone: 0.71,
        .shownInMessage: 2.21,
        .soleNothing: 1.19,
        .specialAndHeld: 0.18,
        .specialAndNamed: 0.72,
        .strange: -0.78,
        .unheard: -2.17,
        .valueForHolder: 1.39,
        .wholeEmpty: 0.59,
        .wholeError: 3.35,
        .zero: -0.28,
    ]

    /// Gives each its share of the likelihood; what is left is that of none of them.
    static func weigh(_ ties: inout [Tie]) {
        let scores = ties.map { tie in tie.signs.reduce(0.0) { $0 + (table[$1] ?? 0) } }
        let most = max(scores.max() ?? 0, none)
        let whole = scores.reduce(exp(none - most)) { $0 + exp($1 - most) }
        for index in ties.indices { ties[index].likelihood = exp(scores[index] - most) / whole }
    }
}

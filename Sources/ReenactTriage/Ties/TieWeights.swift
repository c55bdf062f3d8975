import Glibc
import ReenactTimeline

/// What each sign is worth: made by `Benchmarks/ties/fit`, not by hand.
enum TieWeights {
    static let none = 2.68
    static let table: [TieSign: Double] = [
        .absent: -1.67,
        .contradicts: -0.52,
        .control: 1.72,
        .dangling: 1.76,
        .danglingNothing: 2.82,
        .emptyHolder: -0.51,
        .emptyText: -0.73,
        .far: -1.11,
        .fitsDivision: 1.46,
        .fitsEmpty: 0.58,
        .fitsNothing: 1.38,
        .fitsNumber: 2.39,
        .fitsParsing: 1.46,
        .fitsSplit: 0.94,
        .fitsType: 1.26,
        .heldAtThrow: 0.59,
        .heldNear: 0.33,
        .holderForValue: 2.44,
        .huge: 4.36,
        .isMissingKey: 3.80,
        .lacksMember: 3.74,
        .lacksSeparator: 0.98,
        .last: 0.56,
        .namedByVariable: 1.55,
        .namedInMessage: 0.46,
        .namedInOwnLine: -0.00,
        .namedInPart: 0.33,
        .namedInThrowingLine: 1.27,
        .near: -0.27,
        .negative: 0.42,
        .notFinite: 2.55,
        .nothing: 0.67,
        .oddAndHeld: 0.13,
        .oddAndLast: 0.03,
        .oddAndNamed: 0.08,
        .oddBesideEarlier: 2.02,
        .oddForm: 0.58,
        .oddShape: -0.05,
        .ofHeader: -0.34,
        .ofInput: 0.48,
        .ofRow: 0.12,
        .onlyOddForm: 0.83,
        .outlier: 0.86,
        .partShownInMessage: -0.07,
        .recordHeld: 0.21,
        .recordHeldAlone: 0.76,
        .shownInMessage: 2.22,
        .soleNothing: 1.21,
        .specialAndHeld: 0.20,
        .specialAndNamed: 0.59,
        .strange: -0.95,
        .unheard: -2.21,
        .valueForHolder: 1.47,
        .wholeEmpty: 2.43,
        .wholeError: 3.92,
        .zero: -0.15,
    ]

    /// Gives each its share of the likelihood; what is left is that of none of them.
    static func weigh(_ ties: inout [Tie]) {
        let scores = ties.map { tie in tie.signs.reduce(0.0) { $0 + (table[$1] ?? 0) } }
        let most = max(scores.max() ?? 0, none)
        let whole = scores.reduce(exp(none - most)) { $0 + exp($1 - most) }
        for index in ties.indices { ties[index].likelihood = exp(scores[index] - most) / whole }
    }
}

import Glibc

/// Did a share change? Counts before and counts after, each of so many.
///
/// The Bayes factor of "two shares" against "one share", both with a uniform prior (the closed form of two binomials):
/// few observations, on either side, carry little, and nothing is tuned. In nats; 3 is 20 to 1.
struct TwoCoins: Sendable, Equatable {
    var before = 0.0
    var countBefore = 0
    var after = 0.0
    var countAfter = 0

    var shareBefore: Double { countBefore > 0 ? before / Double(countBefore) : 0 }
    var shareAfter: Double { countAfter > 0 ? after / Double(countAfter) : 0 }

    /// Natural logarithm of the Bayes factor; below zero where nothing speaks for a change.
    var evidence: Double {
        guard countBefore > 0, countAfter > 0 else { return 0 }
        let (m, n) = (Double(countBefore), Double(countAfter))
        return Self.logBeta(before + 1, m - before + 1) + Self.logBeta(after + 1, n - after + 1)
            - Self.logBeta(before + after + 1, m + n - before - after + 1)
    }

    static func + (left: TwoCoins, right: TwoCoins) -> TwoCoins {
        TwoCoins(
            before: left.before + right.before, countBefore: left.countBefore + right.countBefore,
            after: left.after + right.after, countAfter: left.countAfter + right.countAfter)
    }

    private static func logBeta(_ a: Double, _ b: Double) -> Double { lgamma(a) + lgamma(b) - lgamma(a + b) }
}

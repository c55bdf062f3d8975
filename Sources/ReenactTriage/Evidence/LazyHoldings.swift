import ReenactTimeline
import Synchronization

/// The texts and locals that the failing code held, put together when the first rule asks: for most reports none does.
final class LazyHoldings: Sendable {
    /// Further out nobody's variables are looked at.
    static let framesMax = 12
    private static let chainMax = 3

    private let chain: [ExceptionRecord]
    private let messages: [String]
    private let made = Mutex<[Look.Holding]?>(nil)

    init(_ chain: [ExceptionRecord], _ messages: [String]) {
        self.chain = chain
        self.messages = messages
    }

    /// Nearest first.
    var list: [Look.Holding] {
        made.withLock { made in
            if let made { return made }
            let list = holdings()
            made = list
            return list
        }
    }

    /// Those of calls that are no further from the throw than that: the rest is not read for them.
    func near(_ depth: Int) -> [Look.Holding] {
        if let made = made.withLock({ $0 }) { return made.filter { $0.depth.map { $0 <= depth } ?? true } }
        return holdings(min(Self.framesMax, depth + 1))
    }

    private func holdings(_ framesMax: Int = LazyHoldings.framesMax) -> [Look.Holding] {
        var list = messages.filter { !$0.isEmpty }.map { Look.Holding("the message", value: $0) }
        for record in chain.prefix(Self.chainMax) {
            for (depth, frame) in record.frames.reversed().prefix(framesMax).enumerated() {
                for local in frame.locals where !local.redacted {
                    list.append(
                        Look.Holding(local.name, function: frame.function, depth: depth, value: local.value))
                }
            }
        }
        return list
    }
}

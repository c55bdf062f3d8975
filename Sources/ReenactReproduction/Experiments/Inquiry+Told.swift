import ReenactTimeline

extension Inquiry {
    /// Where experiments are made in programs that have been through others.
    struct Warm: Sendable {
        /// The same in programs that have been through nothing.
        var fresh: Attempts
        /// One of those will be needed: it can be started.
        var ahead: @Sendable () async -> Void
        /// Unchanged, it did not fail again in a used program: perhaps it fails by chance.
        var isDoubtful: @Sendable () async -> Bool
    }

    /// Of several single ones that of which triage speaks counts: what sets it all off, or little speaks for, may only lead
    /// around it, be it an earlier answer or another member of the same one.
    ///
    /// - Returns: whether one was left out.
    mutating func preferTold() -> Bool {
        let hasArbitrary = dropArbitrary()
        let told = cuts.filter { $0.items.count == 1 && conditions[$0.items[0]].isTold }
        guard cuts.count > 1, told.count == 1 else { return hasArbitrary }
        let event = conditions[told[0].items[0]].event ?? 0
        let around = cuts.filter { cut in
            guard cut.items.count == 1, cut.items != told[0].items else { return false }
            let other = conditions[cut.items[0]]
            return other.kind == .input || other.score < Likelihood.strong && (other.event ?? 0) <= event
        }
        unknown.formUnion(around.flatMap(\.items))
        let left = Set(around.flatMap(\.items))
        cuts.removeAll { $0.items.count == 1 && left.contains($0.items[0]) }
        return !around.isEmpty || hasArbitrary
    }

    /// Beside a cause that became what was said or learned, one that became anything at all may only lead around it.
    private mutating func dropArbitrary() -> Bool {
        func isArbitrary(_ cut: Search<Int>.Cut) -> Bool { cut.items.allSatisfy { conditions[$0].isArbitrary } }
        guard cuts.contains(where: { !isArbitrary($0) }), cuts.contains(where: isArbitrary) else { return false }
        unknown.formUnion(cuts.filter(isArbitrary).flatMap(\.items))
        cuts.removeAll(where: isArbitrary)
        return true
    }

    /// Nothing speaks for any of the causes: a plain value, a variable that was not set, the time of day. What fails by chance
    /// is easily gone a few times with one of many such.
    var isUnlikely: Bool {
        cuts.flatMap(\.items).allSatisfy {
            let condition = conditions[$0]
            return condition.stage != .suspect && condition.score < Likelihood.strong && !condition.isTold
        }
    }
}

import ReenactTimeline

/// What is told in the end.
extension Inquiry {
    /// The smallest group with which it was gone.
    var found: [Int] {
        let gone = known.filter { $0.value == .gone && !$0.key.isEmpty }
        return gone.min { ($0.key.count, $0.key.min() ?? 0) < ($1.key.count, $1.key.min() ?? 0) }?.key.sorted() ?? []
    }

    func answer(_ isSufficient: Bool?) -> Answer { answer(obstacle: nil, nil, isSufficient) }

    func answer(
        obstacle: String? = nil, _ sentence: String? = nil, _ isSufficient: Bool? = nil, unconfirmed: [Int] = []
    ) -> Answer {
        let unconfirmed = unconfirmed.map { conditions[$0] }
        let cuts = cuts.map { $0.items.map { conditions[$0] } }
        let settled = Set(self.cuts.flatMap(\.items))
        let open = unknown.subtracting(settled).sorted().map { conditions[$0] }
        let necessary = cuts.filter { $0.count == 1 }.map { $0[0] }
        let why = obstacle ?? (cuts.isEmpty ? isSpent ? "budget" : open.isEmpty ? "no-effect" : "unknown" : nil)
        let earliest = cuts.joined().min { ($0.event ?? 0) < ($1.event ?? 0) }
        return Answer(
            state: cuts.isEmpty ? "not-determined" : "determined", obstacle: why,
            necessary: necessary.map(\.recorded), events: necessary.compactMap(\.event),
            causes: cuts.joined().map {
                Cause(kind: $0.kind, recorded: $0.recorded, changed: $0.changed, event: $0.event)
            }, isSufficient: isSufficient, isConfirmed: isConfirmed, origin: earliest?.recorded,
            unknown: open.map(\.recorded),
            alternatives: cuts.filter { $0.count > 1 }.map { $0.map(\.recorded) }, experiments: experiments,
            conditions: conditions.count, budget: budget, milliseconds: 0,
            sentence: sentence
                ?? AnswerWording(
                    cuts: cuts, isSufficient: isSufficient, unknown: open, unconfirmed: unconfirmed,
                    attempts: isSpent ? experiments.count : nil
                ).sentence, unconfirmed: unconfirmed.map(\.recorded))
    }
}

import ReenactTimeline

/// Database files that somebody else had locked.
enum LockConditions {
    static func find(_ subject: Subject) -> [Condition] {
        subject.calls.filter(ForeignLocks.isBusy).map { event in
            Condition(
                .fault, recorded: "\(event.summary) found \(event.peer) locked", changed: "not locked", event: event.id,
                target: "event \(event.id)", change: .unlocked(event: event.id))
        }
    }
}

extension Case {
    /// Nobody held the lock that this statement met.
    mutating func unlock(_ id: Int) {
        guard let index = events.firstIndex(where: { $0.id == id }), case .object(var detail) = events[index].detail
        else {
            return
        }
        detail["code"] = 0
        detail["error"] = .null
        events[index].detail = .object(detail)
    }
}

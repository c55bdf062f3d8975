import ReenactTimeline

/// Holes of a recording that lie on the failing path: with one, a reproduction is not proof.
enum HolesOnPath {
    static func sentences(_ failure: Case) -> [String] {
        let failing = Set(failure.events.filter { $0.phase == .failing }.compactMap(\.connection))
        return failure.holes.filter { hole in
            // A masked secret keeps length and equality: it does not change the path.
            guard hole.kind != .redacted, hole.kind != .unattributed else { return false }
            if let event = hole.event.flatMap(failure.event) { return event.phase == .failing }
            // What was not seen at all may have been anywhere.
            return hole.connection.map(failing.contains) ?? (hole.kind == .unobserved)
        }.map(\.what)
    }
}

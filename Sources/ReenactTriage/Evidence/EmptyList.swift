import ReenactTimeline

/// A list with nothing in it, of which the failing code takes an element: `rows[0].email`, `track.events[n - 1].status`.
struct EmptyList: Equatable {
    /// The member that holds it; empty where a variable is the list itself.
    let name: String
    let variable: String

    /// The first that a frame's line reads an element of, where its variables were seen.
    static func read(in frame: ExceptionRecord.Frame) -> EmptyList? {
        for path in ReadPath.all(in: frame.source) {
            guard let local = frame.locals.first(where: { $0.name == path.root }), !local.redacted,
                let root = PrintedValue.parse(local.value)
            else { continue }
            for (place, step) in path.steps.enumerated() {
                if case .key = step { continue }
                let holder = ReadPath(root: path.root, steps: Array(path.steps.prefix(place)))
                guard holder.value(in: root) == .array([]) else { continue }
                return EmptyList(name: place == 0 ? "" : holder.name, variable: path.root)
            }
        }
        return nil
    }
}

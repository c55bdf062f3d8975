import ReenactTimeline

/// What the failing part reads that is no variable of its function: a global, a closure's, a member that was set before.
/// Such a value may have come long before the failing work: at the start, or with an earlier request.
struct StoredValue {
    /// Names of the variables or members that hold it.
    private(set) var roots: Set<String> = []
    /// Names that are read of it.
    private(set) var keys: Set<String> = []

    /// Something of it is picked by the value of an expression: `RATES[currency]`.
    private(set) var looksUp = false

    private static let framesMax = 3

    init(_ exception: ExceptionRecord?) {
        let frames = exception?.frames.suffix(Self.framesMax).reversed() ?? []
        guard let frame = frames.first(where: { $0.inApp && $0.expression != nil && !$0.source.isEmpty }) else {
            return
        }
        for path in ReadPath.all(in: frame.source) {
            var (root, steps) = (path.root, path.steps[...])
            if ["self", "this", "cls"].contains(root) || root.hasPrefix("@"), case .key(let member)? = steps.first {
                (root, steps) = (member, steps.dropFirst())
            } else if root.isEmpty || frame.locals.contains(where: { $0.name == root }) {
                continue
            }
            guard !steps.isEmpty, !Self.isAsked(root, in: frame.source) else { continue }
            roots.insert(root)
            for case .key(let key) in steps { keys.insert(key) }
            if case .lookup? = steps.last { looksUp = true }
        }
    }

    /// `api.get(…)`, `session.query(…)`: what it gives comes now.
    private static func isAsked(_ root: String, in source: String) -> Bool {
        var rest = source[...]
        while let found = rest.range(of: root + ".") {
            let before = rest[..<found.lowerBound].last
            rest = rest[found.upperBound...]
            guard before.map({ !($0.isLetter || $0.isNumber || $0 == "_") }) ?? true else { continue }
            let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            if !name.isEmpty, rest.dropFirst(name.count).first == "(" { return true }
        }
        return false
    }

    var isEmpty: Bool { roots.isEmpty }
}

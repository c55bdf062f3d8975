import ReenactTimeline

/// The object in which the failing line looked for a key, as far as its variable shows it.
struct SeenObject {
    /// Its keys, without the one that was looked for.
    let keys: Set<String>

    /// - Returns: nil where no line near the throw reads the key of a variable that was seen.
    static func lacking(_ key: String, _ look: Look) -> SeenObject? {
        for frame in look.frames.prefix(6) {
            for path in ReadPath.all(in: frame.source) {
                guard let place = path.steps.firstIndex(of: .key(key)),
                    let local = frame.locals.first(where: { $0.name == path.root }), !local.redacted, !local.truncated,
                    let root = PrintedValue.parse(local.value)
                else { continue }
                let holder = ReadPath(root: path.root, steps: Array(path.steps.prefix(place)))
                guard let members = holder.value(in: root)?.object, !members.isEmpty, members[key] == nil else { continue }
                return SeenObject(keys: Set(members.keys))
            }
        }
        return nil
    }

    /// Whether some object of a document has just these keys, or these and more.
    func isIn(_ document: JSONValue) -> Bool {
        var budget = 20_000
        func walk(_ value: JSONValue) -> Bool {
            budget -= 1
            guard budget > 0 else { return false }
            if let members = value.object {
                return keys.isSubset(of: Set(members.keys)) || members.values.contains(where: walk)
            }
            return value.array?.contains(where: walk) ?? false
        }
        return walk(document)
    }
}

import ReenactTimeline

/// Which value was nothing, followed by names from the failing line outward: what the line reads, and where its caller
/// took that from.
struct NullTrail {
    /// A name that the missing value was read by.
    struct Origin {
        /// Key, attribute or column.
        let name: String
        /// What stood beside it in the same object; empty where that was not seen.
        let beside: [String: JSONValue]
        /// The object was seen, and holds nothing under that name.
        let isSeen: Bool
    }

    /// Nearest first.
    private(set) var origins: [Origin] = []
    /// The failing line reads a variable that holds nothing.
    private(set) var readsNothing = false
    /// The function that read a variable holding nothing was called with no argument: it may be its own default.
    private(set) var mayBeDefault = false

    private static let framesMax = 5

    /// - Parameters:
    ///   - frames: the innermost first.
    ///   - attribute: what the complaint says was read of nothing, where it does.
    init(_ frames: [ExceptionRecord.Frame], attribute: String? = nil) {
        // What is native has no variables, and no source.
        guard let start = frames.prefix(3).firstIndex(where: { !$0.locals.isEmpty && !$0.source.isEmpty }) else {
            return
        }
        var wanted: [String] = []
        for path in ReadPath.all(in: frames[start].source) {
            var path = path
            if let attribute, let place = path.steps.lastIndex(of: .key(attribute)) {
                path.steps.removeSubrange(place...)
            } else if path.called != nil || attribute != nil, path.called != attribute {
                // Only a value of which the very attribute is read can be the one.
                continue
            }
            consider(path, in: frames[start], &wanted)
        }
        // A library that refuses what it was given: the line only says so.
        if wanted.isEmpty, origins.isEmpty, Frames.isLibrary(frames[start]), let given = frames[start].locals.first,
            SourceText.isNothing(given.value)
        {
            wanted = [given.name]
        }
        readsNothing = !wanted.isEmpty
        for depth in (start + 1)..<max(start + 1, min(frames.count, start + Self.framesMax)) where !wanted.isEmpty {
            let (inner, outer) = (frames[depth - 1], frames[depth])
            var next: [String] = []
            for variable in wanted {
                for path in Self.arguments(for: variable, of: inner, in: outer) { consider(path, in: outer, &next) }
            }
            if next.isEmpty, origins.isEmpty, Self.isCalledBare(inner, in: outer) { mayBeDefault = true }
            wanted = next
        }
    }

    /// The names of values that were seen to be nothing, or, where none was, those that the lines read.
    var names: Set<String> {
        let seen = origins.filter(\.isSeen)
        return Set((seen.isEmpty ? origins : seen).map(\.name))
    }

    var isSeen: Bool { origins.contains(where: \.isSeen) }

    /// True where a field or column may be what the program calls by one of the names.
    func speaks(of field: String) -> Bool {
        names.contains { name in
            field == name || field.hasSuffix("_" + name) || field == name + "_id"
                || Self.plain(field) == Self.plain(name)
        }
    }

    /// The member of a document that is nothing and fits the names best, with how well: 1 where all that stands beside it
    /// is the same, 0 where nothing is, and one half where nothing was seen to compare.
    func bestNull(in value: JSONValue) -> (path: String, likeness: Double)? {
        var best: (path: String, likeness: Double)?
        var budget = 20_000
        func walk(_ value: JSONValue, _ path: String) {
            budget -= 1
            guard budget > 0 else { return }
            if let members = value.object {
                for (key, member) in members.sorted(by: { $0.key < $1.key }) {
                    let place = path.isEmpty ? key : "\(path).\(key)"
                    if member == .null, speaks(of: key) {
                        let likeness = likeness(of: members, without: key)
                        if likeness > best?.likeness ?? -1 { best = (place, likeness) }
                    } else {
                        walk(member, place)
                    }
                }
            } else if let elements = value.array {
                for (index, element) in elements.enumerated() { walk(element, "\(path)[\(index)]") }
            }
        }
        walk(value, "")
        return best
    }

    /// How well an object or a row fits what stood beside the missing value.
    func likeness(of members: [String: JSONValue], without name: String) -> Double {
        let others = members.filter { $0.key != name && $0.value != .null && Self.isPlain($0.value) }
        let compared = origins.filter { $0.isSeen && !$0.beside.isEmpty }
        guard !others.isEmpty, !compared.isEmpty else { return 0.5 }
        return compared.map { origin in
            let equal = others.filter { other in
                origin.beside[other.key].map { Self.isEqual($0, other.value) } ?? false
            }
            return Double(equal.count) / Double(others.count)
        }.max() ?? 0.5
    }

    /// True where values of a row stood beside the missing one, whatever their names were.
    func holds(_ row: [JSONValue]) -> Bool {
        origins.contains { origin in
            let beside = Set(origin.beside.values.compactMap(\.string))
            let shared = row.compactMap(\.string).filter { !$0.isEmpty && beside.contains($0) }
            return shared.count >= 2 || shared.contains { !SourceText.isTrivial($0) }
        }
    }

    private static func plain(_ name: String) -> String { name.lowercased().filter { $0.isLetter || $0.isNumber } }

    private static func isPlain(_ value: JSONValue) -> Bool { value.object == nil && value.array == nil }

    private static func isEqual(_ one: JSONValue, _ other: JSONValue) -> Bool {
        one == other || Leaf(path: "", name: "", value: one).text == Leaf(path: "", name: "", value: other).text
    }

    private mutating func consider(
        _ path: ReadPath, in frame: ExceptionRecord.Frame, _ wanted: inout [String]
    ) {
        if path.root.isEmpty { return add(path, [:], isSeen: false) }
        guard let local = frame.locals.first(where: { $0.name == path.root }), !local.redacted else { return }
        if SourceText.isNothing(local.value) {
            if !wanted.contains(path.root) { wanted.append(path.root) }
            return
        }
        guard !path.steps.isEmpty else { return }
        guard let root = PrintedValue.parse(local.value) else {
            add(path, [:], isSeen: false)
            return
        }
        // `a.b.c` with nothing under `b`: the shortest path that ends in nothing.
        for count in 1...path.steps.count {
            let part = ReadPath(root: path.root, steps: Array(path.steps.prefix(count)))
            guard let value = part.value(in: root) else {
                // Methods look like members; a member that is not shown may have been cut off.
                if local.truncated || root.object == nil { add(part, [:], isSeen: false) }
                return
            }
            if value == .null {
                let holder = ReadPath(root: path.root, steps: Array(path.steps.prefix(count - 1))).value(in: root)
                add(part, holder?.object ?? [:], isSeen: true)
                return
            }
        }
    }

    private mutating func add(_ path: ReadPath, _ beside: [String: JSONValue], isSeen: Bool) {
        guard case .key? = path.steps.last, origins.count < 20 else { return }
        origins.append(Origin(name: path.name, beside: beside, isSeen: isSeen))
    }

    /// What the caller's line gives for a variable of the called function; everything that it gives where that can't be
    /// told.
    private static func arguments(
        for variable: String, of inner: ExceptionRecord.Frame, in outer: ExceptionRecord.Frame
    ) -> [ReadPath] {
        let function = inner.function.split(whereSeparator: { ".:\\>".contains($0) }).last.map(String.init) ?? ""
        guard !function.isEmpty, let call = range(of: function, in: outer.source) else { return [] }
        let isMethod = outer.source[..<call.lowerBound].last.map { ".>".contains($0) } ?? false
        let given = SourceText.arguments(outer.source[call.upperBound...])
        if let named = given.first(where: { argument in
            argument.hasPrefix(variable) && argument.dropFirst(variable.count).drop { $0 == " " }.first == "="
        }) {
            return ReadPath.all(in: String(named.drop { $0 != "=" }))
        }
        // Parameters come first among a function's variables.
        var place = inner.locals.firstIndex { $0.name == variable }
        if isMethod, let own = inner.locals.first?.name, ["self", "cls", "this"].contains(own) {
            place = place.map { $0 - 1 }
        }
        if let place, given.indices.contains(place) { return ReadPath.all(in: given[place]) }
        return given.flatMap { ReadPath.all(in: $0) }
    }

    private static func isCalledBare(_ inner: ExceptionRecord.Frame, in outer: ExceptionRecord.Frame) -> Bool {
        let function = inner.function.split(whereSeparator: { ".:\\>".contains($0) }).last.map(String.init) ?? ""
        guard !function.isEmpty, let call = range(of: function, in: outer.source) else { return false }
        return outer.source[call.upperBound...].drop { $0 == " " }.first == ")"
    }

    /// `function(` in a line, as a word of its own; the range ends behind the bracket.
    private static func range(of function: String, in line: String) -> Range<String.Index>? {
        var start = line.startIndex
        while let found = line[start...].range(of: function + "(") {
            let before = line[..<found.lowerBound].last
            if before.map({ !($0.isLetter || $0.isNumber || $0 == "_") }) ?? true { return found }
            start = found.upperBound
        }
        return nil
    }
}

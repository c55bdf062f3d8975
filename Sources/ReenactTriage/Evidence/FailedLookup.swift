import ReenactTimeline

/// A value under which the program looked for something in vain: `members[loan.card]`.
///
/// Such a value is data, and no name of a member: what it refers to may be missing, or it may be wrong itself.
struct FailedLookup: Equatable, Sendable {
    /// What was looked for.
    let key: JSONValue
    /// What the line calls it: `card` of `loan.card`.
    let name: String
    /// In what: `members`.
    let holder: String
    /// What stands there instead; nil where that was not seen.
    let held: Set<String>?
    /// It was read as a member of something: `account.currency`.
    var isMember = false

    /// - Returns: nil where no key is said to be missing, or where the line itself spells it.
    static func of(_ chain: [ExceptionRecord]) -> FailedLookup? {
        for record in chain {
            let isUndefined = record.message.contains("of undefined (reading '")
            let key = key(type: record.type, message: record.message)
            guard key != nil || isUndefined else { continue }
            for frame in record.frames.suffix(3).reversed() where !frame.source.isEmpty {
                if let found = read(key, in: frame) { return found }
                // Beneath the line that looks it up there is nothing but the runtime's own.
                if frame.inApp { break }
            }
            // Tables of libraries are searched by libraries: `table.loc[station]`.
            if key != nil, let site = record.frames.last(where: \.inApp), let found = read(key, in: site) {
                return found
            }
        }
        return nil
    }

    /// The value as text; nil stands for nothing.
    static func text(_ value: JSONValue) -> String? {
        value == .null ? nil : Leaf(path: "", name: "", value: value).text
    }

    private static func key(type: String, message: String) -> JSONValue? {
        let line = String(message.prefix { $0 != "\n" }.prefix(400))
        if type == "KeyError" || type.hasSuffix(".KeyError") {
            return line.hasPrefix("key not found: ") ? PrintedValue.parse(String(line.dropFirst(15))) : plain(line)
        }
        for phrase in ["Undefined array key ", "Undefined index: "] {
            if let range = line.range(of: phrase) { return plain(String(line[range.upperBound...])) }
        }
        return nil
    }

    /// What PHP and Ruby print behind their phrase, and Python alone.
    private static func plain(_ text: String) -> JSONValue? {
        guard let value = PrintedValue.parse(text) else { return nil }
        // A sentence of the program's own is no key.
        if value.string != nil, let first = text.first, first.isLetter, text.contains(" ") { return nil }
        return value.object == nil ? value : nil
    }

    /// - Parameter key: nil where the message does not tell it: then only a variable that was seen does.
    private static func read(_ key: JSONValue?, in frame: ExceptionRecord.Frame) -> FailedLookup? {
        var unseen: FailedLookup?
        for path in ReadPath.all(in: frame.source) {
            for (place, step) in path.steps.enumerated() {
                guard case .lookup(let inner) = step, let read = ReadPath.all(in: inner).first else { continue }
                let holder = ReadPath(root: path.root, steps: Array(path.steps.prefix(place)))
                let local = frame.locals.first { $0.name == path.root && !$0.redacted }
                let inside = local.flatMap { PrintedValue.parse($0.value) }.flatMap(holder.value)
                let isBare = local.map { $0.value.hasSuffix("{}") && inside == .array([]) } ?? false
                let held = inside?.object.map { Set($0.keys) } ?? (isBare ? [] : nil)
                let value = frame.locals.first { $0.name == read.root && !$0.redacted }
                    .flatMap { PrintedValue.parse($0.value) }.flatMap(read.value)
                guard let key else {
                    guard let value, read.called == nil, let held, !held.contains(text(value) ?? "undefined"),
                        value.object == nil, value.array == nil, local?.truncated == false
                    else { continue }
                    return FailedLookup(key: value, name: read.name, holder: holder.name, held: held)
                }
                let found = FailedLookup(
                    key: key, name: read.name, holder: holder.name, held: held, isMember: !read.steps.isEmpty)
                guard let value, read.called == nil else {
                    // The line makes the key out of something, or its variable was not seen.
                    if held.map({ !$0.contains(text(key) ?? "None") }) ?? true { unseen = unseen ?? found }
                    continue
                }
                if text(value) == text(key) { return found }
            }
        }
        return unseen
    }
}

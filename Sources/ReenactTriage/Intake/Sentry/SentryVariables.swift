import ReenactTimeline

/// The variables of a frame, as SDKs put them down.
enum SentryVariables {
    private static let countMax = 50
    private static let lengthMax = 4000

    /// The first ones in order of their names.
    static func of(_ variables: JSONValue) -> [ExceptionRecord.Local] {
        (variables.object ?? [:]).sorted(by: { $0.key < $1.key }).prefix(countMax).map { local($0, $1) }
    }

    /// The same, from where they stand; none where that is no object.
    static func read(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> [ExceptionRecord.Local] {
        if let locals = try? quickly(bytes, range) { return locals }
        return JSONParser.parse(bytes[range], skipping: SentryIntake.unread).map(of) ?? []
    }

    private struct Variable {
        var name: String
        var value: JSONValue
    }

    /// Throws where names are written with escapes or twice, and where something is damaged: then the tree tells.
    private static func quickly(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
    ) throws(JSONCursor.Damaged) -> [ExceptionRecord.Local] {
        var cursor = JSONCursor(bytes, from: range.lowerBound)
        guard cursor.enter(UInt8(ascii: "{")) else { return [] }
        var found: [Variable] = []
        var isFirst = true
        while let place = try cursor.member(&isFirst) {
            let name = String(decoding: bytes[place], as: UTF8.self)
            let value =
                cursor.next() == UInt8(ascii: "\"")
                ? try cursor.scalar() : try cursor.value(skipping: SentryIntake.unread)
            if !SentryIntake.unread.contains(name) { found.append(Variable(name: name, value: value)) }
        }
        if found.count > 1 { found.sort { $0.name < $1.name } }
        for place in found.indices.dropFirst() where found[place].name == found[place - 1].name {
            throw JSONCursor.Damaged()
        }
        return found.prefix(countMax).map { local($0.name, $0.value) }
    }

    private static func local(_ name: String, _ value: JSONValue) -> ExceptionRecord.Local {
        let text = value.string ?? JSONLine.text(value)
        let isLong = text.utf8.count > lengthMax && text.count > lengthMax
        return .init(
            name: name, value: isLong ? String(text.prefix(lengthMax)) : text, truncated: isLong,
            redacted: text == "[Filtered]")
    }
}

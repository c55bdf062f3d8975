import ReenactTimeline

/// The failure as values are held against it: its words, what its lines name, and what its code held.
struct TieScene {
    private let message: String
    private let quoted: Set<String>
    private let part: Set<String>
    private let throwing: Set<String>
    private let own: Set<String>
    private let inMessage: Set<String>
    private let literals: Set<String>
    private let empty: Set<String>
    private let atThrow: [Look.Holding]
    private let nearby: [Look.Holding]
    private let exact: [String: Int]
    private let found: [String: Set<String>]
    /// Variables with their values, where those are everyday ones.
    private let small: Set<String>
    private let complaint: Complaint
    private let missing: String?
    private let read: String?
    private let isAboutNumber: Bool
    private let isAboutSplit: Bool
    private let isAboutDivision: Bool
    private let saysUndefined: Bool
    private let saysNull: Bool
    private let sawLocals: Bool
    /// Members that the failing lines read, as they are written.
    let members: [String]

    private static let notesMax = 30_000

    init(_ look: Look) {
        message = String(look.message.prefix(4000))
        quoted = Set(SourceText.quoted(message))
        inMessage = Self.names(in: message)
        let innermost = look.throwFrames.prefix(3)
        let parts = look.chain.prefix(2).flatMap { $0.frames.suffix(2) }.filter { $0.expression != nil }.map(\.source)
        part = parts.reduce(into: []) { $0.formUnion(Self.names(in: $1)) }
        let lines = innermost.map(\.source) + [look.site?.source ?? ""]
        throwing = lines.reduce(into: []) { $0.formUnion(Self.names(in: $1)) }
        own = look.frames.prefix(30).filter(\.inApp).reduce(into: []) { $0.formUnion(Self.names(in: $1.source)) }
        literals = Set(lines.flatMap { SourceText.quoted($0) }.filter { $0.count <= 2 })
        empty = Set(
            (innermost + [look.site].compactMap(\.self)).flatMap(\.locals).filter { SourceText.isNothing($0.value) }
                .map { Self.plain($0.name) })
        let held = look.holdings(near: 3)
        atThrow = held.filter { $0.depth == 0 }
        nearby = held.filter { ($0.depth ?? 9) <= 3 }
        var exact: [String: Int] = [:]
        for holding in nearby {
            let text = SourceText.unquoted(holding.value)
            exact[text] = min(exact[text] ?? 9, holding.depth ?? 9)
        }
        self.exact = exact
        small = Set(
            (innermost + [look.site].compactMap(\.self)).flatMap(\.locals).map {
                "\(Self.plain($0.name))=\(SourceText.unquoted($0.value))"
            })
        complaint = look.complaint
        missing = look.missingKey
        read = MissingKey.read(look)
        isAboutNumber = look.complaint.mentions([
            "division", "divide", "overflow", "too large", "out of range", "negative", "nan", "infinite", "finite",
            "invalidoperation", "decimal", "invalid time value", "bigint",
        ])
        isAboutSplit = look.complaint.mentions([
            "values to unpack", "index out of range", "undefined array key", "offset",
        ])
        isAboutDivision = look.complaint.mentions(["division", "divide", "modulo"])
        saysUndefined =
            message.contains("undefined") && !message.contains("undefined method") && !message.contains("Undefined ")
        saysNull = message.contains("of null") || message.contains("is null")
        sawLocals = look.sawLocals
        members = Self.members(innermost.map(\.source) + [look.site?.source ?? ""], look.missingKey)
        var found: [String: Set<String>] = [:]
        var budget = Self.notesMax
        func note(_ value: JSONValue, _ place: String) {
            guard budget > 0 else { return }
            for member in Inputs.members(of: value).prefix(3000) {
                found[Leaf(path: "", name: "", value: member.value).text, default: []].insert("\(place) \(member.name)")
                found[member.name, default: []].insert("\(place) key")
                budget -= 1
            }
        }
        for answer in look.answers.prefix(40) {
            for document in answer.documents.prefix(100) { note(document, "\(answer.event.id)") }
        }
        for part in look.inputs.parts { note(part.document, part.kind) }
        self.found = found
    }

    // MARK: names

    /// Names in a line as they are compared: `lastBuild` and `last_build` are one.
    private static func names(in line: String) -> Set<String> {
        var names: Set<String> = []
        for word in line.prefix(2000).split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") })
        {
            names.insert(plain(String(word)))
        }
        return names
    }

    private static func plain(_ name: String) -> String { name.lowercased().filter { $0.isLetter || $0.isNumber } }

    private static func members(_ lines: [String], _ missing: String?) -> [String] {
        var names: [String] = missing.map { [$0] } ?? []
        for line in lines {
            for path in ReadPath.all(in: line) {
                for case .key(let key) in path.steps where key != path.called && !names.contains(key) {
                    names.append(key)
                }
            }
        }
        return names.filter { $0.count > 2 }
    }

    /// Whether no document has such a member.
    func isUnheard(_ name: String) -> Bool { found[name] == nil }

    // MARK: values

    /// The values of one field.
    func ties(
        _ places: [OddValue.Place], _ earlier: [OddValue.Place], _ source: OddValue.Source, _ ways: Set<TieSign>
    ) -> [Tie] {
        let field = TieField(places, earlier)
        let prefix: String
        switch source {
        case .answer(let answer): prefix = "\(answer.event.id)"
        case .input(let part): prefix = part.kind
        }
        // Whether values of this field stand in other places, too: then it is a key of something.
        let isFound = places.map { place in
            place.value.map { isElsewhere(Leaf(path: "", name: "", value: $0).text, "\(prefix) \(place.name)") }
                ?? false
        }
        let references = isFound.filter { $0 }.count
        return places.indices.map { index in
            let place = places[index]
            var tie = Tie(source: source, path: place.path, name: place.name, value: place.value, signs: ways)
            field.compare(index, &tie)
            if !isFound[index], references > 0, references * 3 >= (places.count - 1) * 2 {
                tie.signs.insert(tie.text.isEmpty ? .danglingNothing : .dangling)
            }
            addNames(&tie)
            addHolders(&tie)
            addFitness(&tie, field)
            combine(&tie)
            return tie
        }
    }

    /// Small numbers are equal by chance, unless a name says that they are keys.
    private func isElsewhere(_ text: String, _ place: String) -> Bool {
        guard !text.isEmpty, let places = found[text] else { return false }
        let isTelling = text.count >= 2 && !text.allSatisfy(\.isNumber) && !SourceText.isTrivial(text)
        return places.contains { other in
            other != place && (isTelling || Self.isKey(place) || text.count >= 2 && Self.isKey(other))
        }
    }

    private static func isKey(_ place: String) -> Bool {
        let name = place.lowercased()
        return name.hasSuffix("id") || name.hasSuffix("key") || name.hasSuffix("code") || name.hasSuffix(" key")
    }

    private func addNames(_ tie: inout Tie) {
        let name = Self.plain(tie.name)
        guard name.count > 1 else { return }
        if part.contains(name) { tie.signs.insert(.namedInPart) }
        if throwing.contains(name) { tie.signs.insert(.namedInThrowingLine) }
        if own.contains(name) { tie.signs.insert(.namedInOwnLine) }
        if inMessage.contains(name) { tie.signs.insert(.namedInMessage) }
        if empty.contains(name), tie.value ?? .null == .null { tie.signs.insert(.namedByVariable) }
    }

    private func addHolders(_ tie: inout Tie) {
        let text = tie.text
        guard !text.isEmpty else {
            if tie.value == .string(""), ["''", "\"\""].contains(where: message.contains) {
                tie.signs.insert(.shownInMessage)
            }
            return
        }
        if quoted.contains(text) || text.count >= 4 && message.contains(text) {
            tie.signs.insert(.shownInMessage)
        } else if text.count >= 6, quoted.contains(where: { $0.count >= 4 && text.contains($0) }) {
            tie.signs.insert(.partShownInMessage)
        }
        if let depth = exact[text] {
            // Small values are equal by chance, but under one name.
            guard text.count > 1 && !SourceText.isTrivial(text) || isHeld(text, as: tie.name) else { return }
            tie.signs.insert(depth == 0 ? .heldAtThrow : .heldNear)
        } else if text.count >= 3 {
            if atThrow.contains(where: { $0.has(word: text) }) {
                tie.signs.insert(.heldAtThrow)
            } else if nearby.contains(where: { $0.has(word: text) }) {
                tie.signs.insert(.heldNear)
            }
        }
    }

    private func isHeld(_ text: String, as name: String) -> Bool {
        let name = Self.plain(name)
        return small.contains("\(name)=\(text)")
    }

    private func addFitness(_ tie: inout Tie, _ field: TieField) {
        let signs = tie.signs
        let isOdd = !signs.isDisjoint(with: [.oddForm, .oddBesideEarlier])
        // What is null is not undefined.
        if saysUndefined ? tie.value == .null : saysNull && tie.value == nil {
            tie.signs.insert(.contradicts)
        } else if complaint.isAboutNothing, tie.value ?? .null == .null || signs.contains(.emptyHolder) {
            tie.signs.insert(.fitsNothing)
        }
        if complaint.isAboutType, isOdd || !signs.isDisjoint(with: [.holderForValue, .valueForHolder]) {
            tie.signs.insert(.fitsType)
        }
        if complaint.isAboutParsing,
            !signs.isDisjoint(with: [.emptyText, .oddShape, .lacksSeparator, .control, .notFinite])
                || isOdd && tie.value?.string != nil
        {
            tie.signs.insert(.fitsParsing)
        }
        if isAboutNumber, !signs.isDisjoint(with: [.zero, .negative, .huge, .notFinite, .outlier]) {
            tie.signs.insert(.fitsNumber)
        }
        if complaint.isAboutEmptyList, !signs.isDisjoint(with: [.emptyHolder, .emptyText]) {
            tie.signs.insert(.fitsEmpty)
        }
        if isAboutSplit, let text = tie.value?.string,
            literals.contains(where: { !text.contains($0) }) || literals.isEmpty,
            !signs.isDisjoint(with: [.lacksSeparator, .emptyText, .oddShape])
        {
            tie.signs.insert(.fitsSplit)
        }
        if let key = read ?? missing {
            if tie.value?.object == nil, field.keys.contains(key) { tie.signs.insert(.lacksMember) }
            if tie.value?.object?.isEmpty ?? false, field.keys.contains(key) { tie.signs.insert(.lacksMember) }
        }
        if let missing, tie.value == nil, missing == tie.name { tie.signs.insert(.isMissingKey) }
    }

    /// Signs that mean more together.
    func combine(_ tie: inout Tie) {
        let signs = tie.signs
        let isNamed = !signs.isDisjoint(with: [.namedInPart, .namedInThrowingLine, .namedByVariable])
        let isHeld = !signs.isDisjoint(with: [.heldAtThrow, .heldNear, .shownInMessage])
        let isOdd = !signs.isDisjoint(with: [.oddForm, .onlyOddForm, .oddBesideEarlier, .oddShape, .outlier, .dangling])
        let isSpecial = !signs.isDisjoint(with: [
            .nothing, .absent, .emptyText, .emptyHolder, .notFinite, .control, .zero, .negative, .huge,
        ])
        if isOdd, isNamed { tie.signs.insert(.oddAndNamed) }
        if isOdd, isHeld { tie.signs.insert(.oddAndHeld) }
        if isOdd, signs.contains(.last) { tie.signs.insert(.oddAndLast) }
        if isSpecial, isNamed { tie.signs.insert(.specialAndNamed) }
        if isSpecial, isHeld { tie.signs.insert(.specialAndHeld) }
        if sawLocals, !isHeld, !isNamed { tie.signs.insert(.strange) }
        if isAboutDivision, signs.contains(.zero) { tie.signs.insert(.fitsDivision) }
    }

    /// What share of the other values of a record the failing code held.
    func isHeld(_ texts: [String]) -> Double {
        let telling = texts.filter { $0.count >= 2 && !SourceText.isTrivial($0) }
        guard !telling.isEmpty else { return 0 }
        let held = telling.filter { text in
            exact[text] != nil || nearby.contains { $0.has(word: text) }
        }
        return Double(held.count) / Double(telling.count)
    }
}

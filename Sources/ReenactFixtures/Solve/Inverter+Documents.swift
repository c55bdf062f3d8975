import ReenactTimeline

/// A way into a JSON document.
struct DocumentPath {
    enum Step: Equatable { case member(String), element(Int) }

    let steps: [Step]

    init(steps: [Step]) { self.steps = steps }

    /// `$.a."b c"[0]`, or with `->>` a name or a place alone.
    init?(_ value: SQLValue, isBare: Bool) {
        switch value {
        case .int(let place) where isBare && place >= 0: steps = [.element(Int(clamping: place))]
        case .text(let text) where text.hasPrefix("$"):
            guard let read = Self.read(text.dropFirst()) else { return nil }
            steps = read
        case .text(let text) where isBare: steps = [.member(text)]
        default: return nil
        }
        if steps.isEmpty || steps.count > 50 { return nil }
    }

    private static func read(_ path: Substring) -> [Step]? {
        var rest = path
        var steps: [Step] = []
        while let first = rest.first {
            rest = rest.dropFirst()
            if first == "[", let end = rest.firstIndex(of: "]"), let place = Int(rest[..<end]), place >= 0 {
                steps.append(.element(place))
                rest = rest[rest.index(after: end)...]
            } else if first == ".", rest.first == "\"", let end = rest.dropFirst().firstIndex(of: "\"") {
                steps.append(.member(String(rest.dropFirst()[..<end])))
                rest = rest[rest.index(after: end)...]
            } else if first == "." {
                let name = rest.prefix { $0 != "." && $0 != "[" }
                if name.isEmpty { return nil }
                steps.append(.member(String(name)))
                rest = rest[name.endIndex...]
            } else {
                return nil
            }
        }
        return steps
    }

    func found(in document: JSONValue) -> JSONValue? {
        steps.reduce(Optional(document)) { inner, step in
            switch step {
            case .member(let name): inner?[name]
            case .element(let place): inner?[place]
            }
        }
    }

    /// The document with that value there; nil where something else is in the way.
    func put(_ value: JSONValue, in document: JSONValue?) -> JSONValue? { Self.put(value, steps[...], document) }

    private static func put(_ value: JSONValue, _ steps: ArraySlice<Step>, _ document: JSONValue?) -> JSONValue? {
        guard let step = steps.first else { return document == nil ? value : Optional.none }
        switch (step, document) {
        case (.member(let name), nil): return put(value, steps.dropFirst(), nil).map { .object([name: $0]) }
        case (.member(let name), .object(var members)?):
            guard let inner = put(value, steps.dropFirst(), members[name]) else { return nil }
            members[name] = inner
            return .object(members)
        case (.element(let place), nil) where place <= 100:
            return put(value, steps.dropFirst(), nil).map {
                .array(Array(repeating: .null, count: place) + [$0])
            }
        case (.element(let place), .array(var elements)?) where place <= 100:
            let old = place < elements.count && elements[place] != .null ? elements[place] : Optional.none
            guard let inner = put(value, steps.dropFirst(), old) else { return nil }
            while elements.count <= place { elements.append(.null) }
            elements[place] = inner
            return .array(elements)
        default: return nil
        }
    }

    /// What the engine takes out of a document; nil where that can't be told.
    static func extract(_ document: SQLValue, _ path: SQLValue, isBare: Bool, _ dialect: SQLDialect) -> SQLValue? {
        guard case .text(let text) = document, let path = DocumentPath(path, isBare: isBare),
            let read = JSONParser.parse(text)
        else { return nil }
        guard let found = path.found(in: read) else { return .null }
        return value(found, dialect)
    }

    /// An element as a value of its own.
    static func plain(_ element: JSONValue) -> SQLValue {
        switch element {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .integer(let number): .int(number)
        case .number(let number): .real(number)
        case .string(let text): .text(text)
        case .array, .object: .text(PostgresDocument.text(element))
        }
    }

    static func value(_ found: JSONValue, _ dialect: SQLDialect) -> SQLValue? {
        switch found {
        case .null: .null
        case .bool(let flag): dialect == .sqlite ? .int(flag ? 1 : 0) : .text(flag ? "true" : "false")
        case .integer(let number): dialect == .sqlite ? .int(number) : .text(String(number))
        case .number(let number): dialect == .sqlite ? .real(number) : nil
        case .string(let text): .text(text)
        case .array, .object: nil
        }
    }
}

/// Documents, from what was taken out of them.
extension Inverter {
    /// Makes the document hold that value there, beside what it was made to hold before.
    func document(
        _ expression: SQLExpr, _ path: SQLExpr, isBare: Bool, _ value: SQLValue, _ scopes: [Scope]
    ) throws(Conflict) {
        guard case .variable(let place) = underlying(expression, scopes),
            let path = tableau.value(evaluator.term(path, scopes)).flatMap({ DocumentPath($0, isBare: isBare) }),
            let member = Self.member(value)
        else { return }
        var document: JSONValue?
        let old = tableau.value(place)
        if let old {
            guard case .text(let text) = old, let read = JSONParser.parse(text) else { return }
            if let there = path.found(in: read) {
                if DocumentPath.value(there, dialect)?.matches(value) ?? true { return }
                throw Conflict(what: "a document holds something else there")
            }
            guard tableau.variables[tableau.root(place)].isSoft else {
                throw Conflict(what: "a document holds nothing there")
            }
            document = read
        }
        guard let made = path.put(member, in: document), let text = try? JSONText.encode(made) else { return }
        let (soft, overrides) = (tableau.isSoft, tableau.overrides)
        (tableau.isSoft, tableau.overrides) = (true, old != nil || overrides)
        defer { (tableau.isSoft, tableau.overrides) = (soft, overrides) }
        try tableau.bind(place, .text(text))
    }

    private static func member(_ value: SQLValue) -> JSONValue? {
        switch value {
        case .bool(let flag): .bool(flag)
        case .int(let number): .integer(number)
        case .real(let number): .number(number)
        case .text(let text): .string(text)
        case .null, .number, .blob: nil
        }
    }
}

import ReenactTimeline

/// A place within a document that a column holds.
struct DocumentLocation {
    var cell: Int
    var steps: [DocumentPath.Step]
    /// What is there is seen as a text, not as a document.
    var isText = false
    /// What it is cast to.
    var type: String?

    var path: DocumentPath { DocumentPath(steps: steps) }

    /// What must be there for the expression to be that value.
    func member(_ value: SQLValue) -> JSONValue? {
        if let type, type.contains("INT") || ["NUMERIC", "DECIMAL", "REAL"].contains(type) || type.hasPrefix("FLOAT") {
            guard let number = value.looseDouble else { return nil }
            return number == number.rounded() && abs(number) < 1e15 ? .integer(Int64(number)) : .number(number)
        }
        if let type, type.hasPrefix("BOOL") { return value.truth.map(JSONValue.bool) }
        if !isText, type == nil { return PostgresDocument.read(value) }
        switch value {
        case .text(let text): return .string(text)
        default: return PostgresDocument.read(value)
        }
    }
}

/// Documents of PostgreSQL, from all that is asked of them.
extension Inverter {
    /// Nil of what leads into no column of documents.
    func location(_ expression: SQLExpr, _ scopes: [Scope]) -> DocumentLocation? {
        guard dialect == .postgres else { return nil }
        switch expression {
        case .column:
            guard case .variable(let cell) = evaluator.term(expression, scopes) else { return nil }
            let known = tableau.variables[tableau.root(cell)]
            guard known.table >= 0, schema.tables[known.table].columns[known.column].kind == .json else { return nil }
            return DocumentLocation(cell: cell, steps: [])
        case .cast(let inner, let type):
            guard var found = location(inner, scopes) else { return nil }
            if found.steps.isEmpty { return type.hasPrefix("JSON") ? found : nil }
            if !type.hasPrefix("JSON") { found.type = type }
            return found
        case .binary(let sign, let left, let right) where PostgresOperators.paths.contains(sign):
            guard var found = location(left, scopes), found.type == nil,
                let way = tableau.value(evaluator.term(right, scopes)),
                let path = PostgresOperators.path(sign, way)
            else { return nil }
            found.steps += path.steps
            found.isText = sign.hasSuffix(">>")
            return found
        case .call(let call) where call.name.hasPrefix("JSON") && call.name.contains("_EXTRACT_PATH"):
            guard let first = call.arguments.first, var found = location(first, scopes) else { return nil }
            let names = call.arguments.dropFirst().map { tableau.value(evaluator.term($0, scopes)) ?? .null }
            guard let path = PostgresOperators.path("#>", .text(PostgresArray.text(names))) else { return nil }
            found.steps += path.steps
            found.isText = call.name.hasSuffix("TEXT")
            return found
        default: return nil
        }
    }

    private func place(_ expression: SQLExpr, _ scopes: [Scope]) -> DocumentLocation? {
        location(expression, scopes).flatMap { $0.steps.isEmpty ? nil : $0 }
    }

    /// What the document holds there as far as it is known; `.null` where something else or nothing is.
    private func found(_ location: DocumentLocation) -> JSONValue? {
        guard let document = tableau.value(location.cell).flatMap(PostgresDocument.read) else { return nil }
        return location.path.found(in: document)
    }

    /// Nothing is known of it that could not be added to.
    private func isOpen(_ location: DocumentLocation) -> Bool {
        let known = tableau.variables[tableau.root(location.cell)]
        return known.value == nil || known.isSoft
    }

    /// Makes the document hold that there, beside what it was made to hold before.
    func put(_ value: JSONValue, _ location: DocumentLocation) throws(Conflict) {
        let old = tableau.value(location.cell)
        if old?.isNull == true { throw Conflict(what: "a document is NULL") }
        let document = old.flatMap(PostgresDocument.read)
        if old != nil, document == nil { return }
        guard let made = Self.merged(value, location.steps[...], document) else {
            throw Conflict(what: "a document holds something else there")
        }
        if let document, PostgresDocument.same(made, document) { return }
        guard isOpen(location) else { throw Conflict(what: "a document holds nothing there") }
        for path in tableau.variables[tableau.root(location.cell)].without {
            if let there = path.found(in: made), there != .null { throw Conflict(what: "a document is without that") }
        }
        let (soft, overrides) = (tableau.isSoft, tableau.overrides)
        (tableau.isSoft, tableau.overrides) = (true, true)
        defer { (tableau.isSoft, tableau.overrides) = (soft, overrides) }
        try tableau.bind(location.cell, .text(PostgresDocument.text(made)))
    }

    private static func merged(
        _ value: JSONValue, _ steps: ArraySlice<DocumentPath.Step>, _ document: JSONValue?
    ) -> JSONValue? {
        guard let step = steps.first else { return PostgresDocument.joined(document, value) }
        switch (step, document) {
        case (.member(let name), nil):
            return merged(value, steps.dropFirst(), nil).map { .object([name: $0]) }
        case (.member(let name), .object(var members)?):
            guard let inner = merged(value, steps.dropFirst(), members[name]) else { return nil }
            members[name] = inner
            return .object(members)
        case (.element(let place), nil) where place <= 100:
            return merged(value, steps.dropFirst(), nil).map { .array(Array(repeating: .null, count: place) + [$0]) }
        case (.element(let place), .array(var list)?) where place <= 100:
            while list.count <= place { list.append(.null) }
            guard let inner = merged(value, steps.dropFirst(), list[place] == .null ? nil : list[place]) else {
                return nil
            }
            list[place] = inner
            return .array(list)
        default: return nil
        }
    }

    /// Nothing is there, or the null of documents.
    private func leaveOut(_ location: DocumentLocation) throws(Conflict) {
        if let found = found(location), found != .null { throw Conflict(what: "a document holds something there") }
        guard isOpen(location) else { return }
        let path = location.path
        tableau.change(tableau.root(location.cell)) { $0.without.append(path) }
    }

    /// Makes a way into a document give that value. False of other expressions.
    func assignDocument(_ expression: SQLExpr, _ value: SQLValue, _ scopes: [Scope]) throws(Conflict) -> Bool {
        guard let location = place(expression, scopes) else { return false }
        if value.isNull {
            try leaveOut(location)
        } else if let member = location.member(value) {
            try put(member, location)
        }
        return true
    }

    /// A comparison with what is in a document. False where it is none, or the other side is not known.
    func compareDocument(
        _ sign: String, _ left: SQLExpr, _ right: SQLExpr, _ scopes: [Scope]
    ) throws(Conflict) -> Bool {
        for (sign, one, other) in [(sign, left, right), (Evaluator.mirrored[sign] ?? sign, right, left)] {
            guard let location = place(one, scopes), let given = tableau.value(evaluator.term(other, scopes)) else {
                continue
            }
            if given.isNull {
                if sign == "IS" { try leaveOut(location) }
                if sign == "IS NOT" { try present(location) }
                if sign != "IS", sign != "IS NOT" { throw Conflict(what: "= NULL is never true") }
                return true
            }
            let wanted = plain(given, location)
            if let now = found(location), now != .null {
                let now =
                    location.isText && location.type == nil ? PostgresDocument.shown(now) : DocumentPath.plain(now)
                if evaluator.truth(.compare(sign, .value(now), .value(wanted)), []) == false {
                    throw Conflict(what: "a document holds something else there")
                }
                return true
            }
            let candidate: SQLValue
            switch sign {
            case "<", ">": candidate = Values.stepped(wanted, .text, up: sign == ">")
            case "<>", "IS NOT": candidate = Values.stepped(wanted, .text, up: true)
            default: candidate = wanted
            }
            if let member = location.type == nil && !location.isText ? held(candidate) : location.member(candidate) {
                try put(member, location)
            }
            return true
        }
        return false
    }

    /// A value as it is compared with what is there: a document's number as a number.
    private func plain(_ value: SQLValue, _ location: DocumentLocation) -> SQLValue {
        guard !location.isText, location.type == nil else { return value }
        return PostgresDocument.read(value).map { DocumentPath.plain($0) } ?? value
    }

    private func held(_ value: SQLValue) -> JSONValue? {
        if case .text(let text) = value { return .string(text) }
        return PostgresDocument.read(value)
    }

    private func present(_ location: DocumentLocation) throws(Conflict) {
        if let found = found(location), found != .null { return }
        let plain = location.type.map { $0.hasPrefix("BOOL") ? JSONValue.bool(true) : .integer(1) } ?? .string("x")
        try put(plain, location)
    }

    /// A condition on what is in a document. False of others.
    func requireOfDocument(_ condition: SQLExpr, _ scopes: [Scope]) throws(Conflict) -> Bool {
        guard dialect == .postgres else { return false }
        switch condition {
        case .isNull(let inner, let negated):
            guard let location = place(inner, scopes) else { return false }
            if negated { try present(location) } else { try leaveOut(location) }
            return true
        case .inList(let inner, let list, let negated):
            guard let location = place(inner, scopes) else { return false }
            let values = list.compactMap { tableau.value(evaluator.term($0, scopes)) }
            if let now = found(location), now != .null {
                let holds = values.contains { value in
                    location.member(value).map { PostgresDocument.same($0, now) } ?? false
                        || PostgresDocument.shown(now).matches(value)
                }
                if holds == negated { throw Conflict(what: "a document holds something else there") }
                return true
            }
            var candidate = values.first { !$0.isNull }
            if negated { candidate = candidate.map { Values.stepped($0, .text, up: true) } }
            if let member = candidate.flatMap(location.member) { try put(member, location) }
            return true
        case .like(let word, let inner, let pattern, let escape, let negated):
            guard let location = place(inner, scopes),
                case .text(let text)? = tableau.value(evaluator.term(pattern, scopes))
            else { return false }
            if let now = found(location), now != .null {
                let shown = SQLExpr.value(PostgresDocument.shown(now))
                let same = SQLExpr.like(word, shown, pattern, escape: escape, negated: negated)
                if evaluator.truth(same, scopes) == false { throw Conflict(what: "a text in a document is another") }
                return true
            }
            try put(.string(negated ? "x" : LikePattern(text, "\\").text(0)), location)
            return true
        case .cast:
            guard let location = place(condition, scopes), location.type?.hasPrefix("BOOL") == true else {
                return false
            }
            try put(.bool(true), location)
            return true
        case .not(let inner):
            guard case .cast = inner, let location = place(inner, scopes), location.type?.hasPrefix("BOOL") == true
            else { return false }
            try put(.bool(false), location)
            return true
        case .binary(let sign, let left, let right) where PostgresOperators.tests.contains(sign):
            try hold(sign, left, right, scopes)
            return true
        default: return false
        }
    }

    // MARK: tests

    /// Makes what an operator asks true.
    private func hold(_ sign: String, _ left: SQLExpr, _ right: SQLExpr, _ scopes: [Scope]) throws(Conflict) {
        if evaluator.truth(.binary(sign, left, right), scopes) == true { return }
        switch sign {
        case "<@": if try holds("@>", right, left, scopes) { return }
        case "~", "~*": if try fits(left, right, folds: sign.hasSuffix("*"), scopes) { return }
        case "@@": if try found(right, in: left, scopes) { return }
        default: if try holds(sign, left, right, scopes) { return }
        }
        if evaluator.truth(.binary(sign, left, right), scopes) == false {
            throw Conflict(what: "a condition is false")
        }
    }

    private func holds(
        _ sign: String, _ left: SQLExpr, _ right: SQLExpr, _ scopes: [Scope]
    ) throws(Conflict) -> Bool {
        guard let wanted = tableau.value(evaluator.term(right, scopes)) else {
            return try share(sign, left, right, scopes)
        }
        guard let location = location(left, scopes) else { return try gather(sign, left, wanted, scopes) }
        if sign == "@>" {
            guard let part = PostgresDocument.read(wanted) else { return false }
            try put(part, location)
            return true
        }
        guard let keys = PostgresOperators.keys(sign, wanted) else { return false }
        var failure = Conflict(what: "a document has none of these keys")
        for key in keys {
            let now = found(location)
            if let now, PostgresDocument.hasKey(now, key) { continue }
            let mark = tableau.mark
            do throws(Conflict) {
                if case .array? = now {
                    try put(.array([.string(key)]), location)
                } else {
                    var inner = location
                    inner.steps.append(.member(key))
                    try put(.integer(1), inner)
                }
                if sign == "?|" { return true }
            } catch {
                if sign != "?|" { throw error }
                failure = error
                tableau.undo(to: mark)
            }
        }
        if sign == "?|" { throw failure }
        return true
    }

    /// A text that a pattern takes, in a column or in a document.
    private func fits(_ left: SQLExpr, _ right: SQLExpr, folds: Bool, _ scopes: [Scope]) throws(Conflict) -> Bool {
        guard case .text(let text)? = tableau.value(evaluator.term(right, scopes)),
            let pattern = TextPattern(text, folds: folds)
        else { return false }
        if let location = place(left, scopes) {
            guard found(location) == nil, let sample = pattern.sample(0) else { return false }
            try put(.string(sample), location)
            return true
        }
        guard case .variable(let cell) = underlying(left, scopes), tableau.value(cell) == nil else { return false }
        try tableau.requireNotNull(cell)
        let known = tableau.variables[tableau.root(cell)]
        var taken: Set<SQLValue> = []
        for row in known.table < 0 ? [] : tableau.byTable[known.table] {
            if let value = tableau.value(tableau.rows[row].cells[known.column]) { taken.insert(value) }
        }
        // One that is nowhere yet, or else the first.
        for count in Array(0..<40) + [0] {
            guard let sample = pattern.sample(count), !taken.contains(.text(sample)) || count == 0 else { continue }
            if count == 0, taken.contains(.text(sample)), taken.insert(.null).inserted { continue }
            let (mark, soft) = (tableau.mark, tableau.isSoft)
            tableau.isSoft = true
            defer { tableau.isSoft = soft }
            do throws(Conflict) {
                try tableau.bind(cell, .text(sample))
                return true
            } catch { tableau.undo(to: mark) }
        }
        return true
    }

    /// The words that a text search asks for, in the first free column that it looks at.
    private func found(_ query: SQLExpr, in searched: SQLExpr, _ scopes: [Scope]) throws(Conflict) -> Bool {
        var text = ""
        query.walk { part in
            if case .call(let call) = part, let last = call.arguments.last,
                case .text(let words)? = tableau.value(evaluator.term(last, scopes))
            {
                text += " " + words
            }
        }
        if text.isEmpty, case .text(let words)? = tableau.value(evaluator.term(query, scopes)) { text = words }
        let words = text.split { !$0.isLetter && !$0.isNumber && $0 != "-" }.map(String.init)
            .filter { !$0.hasPrefix("-") && $0.lowercased() != "or" }
        guard !words.isEmpty else { return false }
        var cells: [Int] = []
        searched.walk { part in
            if case .column = part, case .variable(let cell) = evaluator.term(part, scopes) { cells.append(cell) }
        }
        if cells.isEmpty { return false }
        let seen = cells.compactMap { tableau.value($0).flatMap(Functions.text)?.lowercased() }.joined(separator: " ")
        if words.allSatisfy({ seen.contains($0.lowercased()) }) { return true }
        guard let free = cells.first(where: { tableau.value($0) == nil }) else { return true }
        var held = words
        if case .column = searched {
            // Words of a search are cut down to their stems, how far the engine knows.
            held = words.flatMap { word -> [String] in
                let word = word.lowercased()
                let stems = (3..<max(4, word.count)).map { String(word.prefix($0)) }
                return stems + (word.hasSuffix("y") ? [String(word.dropLast()) + "i"] : []) + [word]
            }
        }
        let soft = tableau.isSoft
        tableau.isSoft = true
        defer { tableau.isSoft = soft }
        try tableau.bind(free, .text(held.joined(separator: " ")))
        return true
    }
}

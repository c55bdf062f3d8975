import ReenactTimeline

/// A value is of another form than its siblings, or than in earlier answers, and the failing code has to do with it.
///
/// It knows nothing of what the exception means, so it is never very sure; where another rule is, that one speaks.
public struct OddOne: Rule {
    public static let name = "odd-one"
    public static let precondition = "an exception was seen, and answers before it hold a value of unusual form"
    public static let evidence =
        "the code on the way to the throw names the field; message or locals show the value; it fits the complaint"
    public static let counterEvidence = "several odd values fit as well"

    public init() {}

    /// Never as sure as a rule that knows what the exception is about.
    private static let most = 0.78
    /// Of those that are less sure one in two was wrong.
    private static let least = 0.54

    public func judge(_ look: Look) -> [Finding] {
        guard isAboutValues(look) else { return [] }
        guard !look.chain.isEmpty else { return printed(look) }
        let sources = look.frames.prefix(20).filter { $0.inApp && !$0.source.isEmpty }.map(\.source)
        let near = look.throwFrames.map(\.source)
        let ranked = OddValue.all(look).map { (odd: $0, score: score($0, look, sources, near)) }
            .filter { $0.score >= Triage.confidenceMin }
            .sorted { ($1.score, $0.odd.path) < ($0.score, $1.odd.path) }
        guard let best = ranked.first else { return [] }
        if let several = retyped(ranked, look) { return [several] }
        let isAlone = ranked.dropFirst().allSatisfy { $0.score < best.score - 0.04 || $0.odd.name == best.odd.name }
        // A kind that the message names, and no other value is of that kind.
        let isNamedKind = ranked.count == 1 && !Self.typesNamed(look.message).isEmpty
        let confidence = min(best.score + (isNamedKind ? 0.06 : 0), Self.most) - (isAlone ? 0 : 0.12)
        guard confidence >= Self.least else { return [] }
        return [finding(best.odd, confidence, look)]
    }

    /// No variable was seen, and the message names a type: fields of the last answer that are of that type, and were of
    /// another before, are told together where they are few.
    private func retyped(_ ranked: [(odd: OddValue, score: Double)], _ look: Look) -> Finding? {
        guard !look.sawLocals, !Self.typesNamed(look.message).isEmpty, let last = look.answers.first,
            ranked[0].score < 0.6
        else { return nil }
        let here = ranked.filter {
            guard case .answer(let answer) = $0.odd.source else { return false }
            return answer.event.id == last.event.id && $0.odd.value != nil
        }
        let names = Set(here.map(\.odd.name))
        guard let first = here.first, (1...3).contains(names.count) else { return nil }
        var finding = finding(first.odd, names.count == 1 ? 0.6 : 0.56, look)
        let others = here.dropFirst().filter { $0.odd.name != first.odd.name }.map { Phrase.quote($0.odd.path) }
        if !others.isEmpty, let end = finding.sentence.range(of: "; ") {
            finding.sentence.replaceSubrange(end, with: " (likewise \(others.joined(separator: ", "))); ")
        }
        return finding
    }

    /// Nothing is known but what was printed: then one thing alone has to fit, and to have come last.
    private func printed(_ look: Look) -> [Finding] {
        guard look.answers.count <= 40, !look.message.isEmpty else { return [] }
        let fitting = OddValue.all(look).filter { odd in
            guard case .answer(let answer) = odd.source else { return false }
            return odd.value != nil && look.distance(answer.event) <= 2 && fits(odd, look)
        }
        guard let first = fitting.first, Set(fitting.map(\.name)).count == 1 else { return [] }
        let isOne = Set(fitting.map(\.path)).count == 1
        return [finding(first, isOne ? 0.62 : 0.55, look)]
    }

    /// Only then is it worth while to look at all values: most reports complain of other things.
    private func isAboutValues(_ look: Look) -> Bool {
        let complaint = look.complaint
        return look.missingKey != nil || complaint.isAboutNothing || complaint.isAboutType || complaint.isAboutParsing
            || complaint.isAboutDecoding || complaint.isAboutUnknownValue || complaint.isAboutEmptyList
            || complaint.mentions(["values to unpack"])
            || complaint.mentions(["must be a", "must be s"]) && Self.typeWanted(look.message) != nil
    }

    private func score(_ odd: OddValue, _ look: Look, _ sources: [String], _ near: [String]) -> Double {
        var score = 0.25
        var isLinked = fits(odd, look)
        if isLinked { score += 0.2 }
        // What was read of nothing is a member of its siblings.
        if odd.value == .null || odd.usual == .object, let read = MissingKey.read(look) ?? look.missingKey,
            odd.keys.contains(read)
        {
            score += 0.3
            isLinked = true
        }
        if !odd.name.isEmpty {
            if near.contains(where: { SourceText.contains($0, word: odd.name) }) {
                score += 0.28
            } else if sources.contains(where: { SourceText.contains($0, word: odd.name) }) {
                score += 0.22
            } else if look.message.contains(odd.name), odd.name.count > 2 {
                score += 0.22
            }
        }
        if let value = odd.value {
            let text = Leaf(path: "", name: "", value: value).text
            let isShown =
                !text.isEmpty && (text.count >= 3 && look.message.contains(text))
                || look.throwFrames.flatMap(\.locals).contains { local in
                    !text.isEmpty && SourceText.unquoted(local.value) == text
                        || local.name == odd.name && value == .null && SourceText.isNothing(local.value)
                }
            if isShown {
                score += 0.22
                isLinked = true
            }
        }
        // The very row that was being read is there to be seen.
        if case .answer(let answer) = odd.source, let row = Self.row(answer, look) {
            guard odd.path.hasPrefix("row \(row + 1),") else { return 0 }
            score += 0.2
        }
        // Where a variable holds nothing, the object beside it tells which element that was read of.
        if look.nullTrail.readsNothing, odd.value == .null, let isHeld = Self.isHeld(odd, look) {
            guard isHeld else { return 0 }
            if !odd.usual.isText, let asked = MissingKey.read(look), ExpectedKind.isOfText(asked) { return 0 }
            score += 0.2
        }
        guard isLinked else { return 0 }
        if case .answer(let answer) = odd.source {
            let distance = look.distance(answer.event)
            score += distance <= 2 ? 0.05 : distance > 6 ? -0.08 : 0
        }
        return score
    }

    /// Whether the object that the failing code had in hand is the one in which the odd value stands; nil where none of its
    /// siblings was seen there.
    private static func isHeld(_ odd: OddValue, _ look: Look) -> Bool? {
        guard case .answer(let answer) = odd.source, answer.sql == nil, let bracket = odd.path.lastIndex(of: "["),
            odd.path[bracket...].contains(".")
        else { return nil }
        let list = String(odd.path[..<bracket])
        for document in answer.documents {
            guard let elements = HeldElement.list(list, in: document), elements.count > 1 else { continue }
            guard let held = HeldElement.index(of: elements, in: look) else { continue }
            return odd.path.hasPrefix("\(list)[\(held)].")
        }
        return nil
    }

    /// Which row of an answer the failing code, or the driver beneath it, had in hand.
    private static func row(_ answer: Answer, _ look: Look) -> Int? {
        guard let rows = answer.sql?.rows, rows.count > 1, rows.count <= 200 else { return nil }
        for local in look.frames.prefix(6).flatMap(\.locals) where !local.truncated && local.value.hasPrefix("(") {
            guard let held = PrintedValue.parse(local.value)?.array, held.count > 1 else { continue }
            let texts = held.map(FailedLookup.text)
            if let row = rows.firstIndex(where: { $0.map(FailedLookup.text) == texts }) { return row }
        }
        return nil
    }

    /// What the exception complains of is what is odd in it.
    private func fits(_ odd: OddValue, _ look: Look) -> Bool {
        let complaint = look.complaint
        // Tables hold NaN, a float, where a value is not there.
        let isHole = (odd.value ?? .null) == .null && look.message.contains("'float' object")
        guard let value = odd.value else { return look.missingKey == odd.name || complaint.isAboutNothing || isHole }
        if isHole { return true }
        // Where something is undefined, no value that is there is at fault.
        if look.message.contains("of undefined"), value != .array([]), value != .object([:]),
            odd.usual != .object || value != .string("")
        {
            return false
        }
        let form = ValueForm(value)
        if let wanted = Self.typeWanted(look.message) {
            guard wanted == Self.kind(of: odd.usual) else { return false }
            if Self.kind(value) != wanted { return true }
        }
        // A runtime that names types means values of these.
        let named = Self.typesNamed(look.message)
        if complaint.isAboutType, !named.isEmpty {
            return named.contains(Self.kind(value)) && Self.kind(value) != Self.kind(of: odd.usual)
        }
        switch form {
        // What is not there is undefined, what is null is null.
        case .nothing: return (complaint.isAboutNull || complaint.isAboutType) && !look.message.contains("undefined")
        case .emptyList, .emptyObject: return complaint.isAboutEmptyList || complaint.isAboutNothing
        case .emptyText where odd.usual == .object && complaint.isAboutNothing: return true
        case .emptyText, .control, .notFinite:
            if complaint.isAboutType || complaint.isAboutParsing, ![.text, .address].contains(odd.usual) {
                return true
            }
            let words =
                form == .control
                ? ["\\x00", "\\u0000", "NUL", "null byte", "values to unpack"]
                : form == .notFinite ? ["NaN", "nan", "inf"] : ["''", "\"\"", "values to unpack", "char 0", "empty"]
            return words.contains(where: look.message.contains)
        default:
            let wasText = [.text, .date, .numberText, .address].contains(odd.usual)
            return wasText && value.string != nil
                ? complaint.isAboutParsing || complaint.isAboutUnknownValue
                : complaint.isAboutType || complaint.isAboutParsing
        }
    }

    private enum Kind { case text, nothing, list, object, number, flag }

    private static func kind(_ value: JSONValue) -> Kind {
        switch value {
        case .null: .nothing
        case .bool: .flag
        case .integer, .number: .number
        case .string: .text
        case .array: .list
        case .object: .object
        }
    }

    private static func kind(of form: ValueForm) -> Kind {
        switch form {
        case .nothing: .nothing
        case .flag: .flag
        case .number, .notFinite: .number
        case .object, .emptyObject: .object
        case .list, .emptyList: .list
        case .emptyText, .numberText, .date, .address, .text, .control: .text
        }
    }

    /// What the message says it should have been: `argument must be str`, `should be a valid integer`.
    private static func typeWanted(_ message: String) -> Kind? {
        let words: [(Kind, [String])] = [
            (
                .text,
                ["must be str", "must be a str", "must be of type str", "expected str", "should be a valid string"]
            ),
            (
                .number,
                [
                    "must be int", "must be real number", "must be a number", "should be a valid integer",
                    "should be a valid number", "must be of type int", "must be of type float",
                ]
            ),
            (.list, ["must be list", "must be a list", "should be a valid list", "must be of type array"]),
        ]
        return words.first { $0.1.contains(where: message.contains) }?.0
    }

    private static let typeNames: [String: Kind] = [
        "str": .text, "string": .text, "NoneType": .nothing, "null": .nothing, "None": .nothing, "list": .list,
        "dict": .object, "array": .list, "int": .number, "float": .number, "number": .number, "bool": .flag,
    ]

    /// Types that the message tells of what it met: `'int' and 'str'`, `array given`, `not NoneType`.
    private static func typesNamed(_ message: String) -> Set<Kind> {
        let line = message.prefix(400)
        // A list where an object should be, or a text where a number should be.
        if line.contains("list indices") || line.contains("tuple indices") { return [.list, .text] }
        if line.contains("string indices") { return [.text] }
        // Ruby names classes, PHP both sides of an operator.
        if line.contains("String can't be coerced") || line.contains("conversion of String into") { return [.text] }
        if line.contains("nil can't be coerced") || line.contains("conversion of nil into") { return [.nothing] }
        if let range = line.range(of: "Unsupported operand types: ") {
            let sides = line[range.upperBound...].prefix { $0 != "\n" }.split(separator: " ")
            let kinds = Set(sides.compactMap { typeNames[String($0)] })
            // Where a text meets a number, the text is what came in the wrong form.
            return kinds.count > 1 ? kinds.subtracting([.number]) : kinds
        }
        var kinds = Set(SourceText.quoted(String(line)).compactMap { typeNames[$0] })
        for (name, kind) in typeNames
        where line.contains(" \(name) given") || line.contains("not \(name)") && !line.contains("not \(name)e") {
            kinds = [kind]
            // PHP has one type for both.
            if name == "array" { kinds.insert(.object) }
        }
        return kinds
    }

    private func finding(_ odd: OddValue, _ confidence: Double, _ look: Look) -> Finding {
        let came: String
        let evidence: [Int]
        var isInput = false
        var isRow = false
        switch odd.source {
        case .answer(let answer):
            let how =
                answer.http.map { "answered \($0.status ?? 200)" } ?? (answer.sql == nil ? "answered" : "returned")
            came = "\(Phrase.call(answer, look.failure)) \(how)"
            evidence = [answer.event.id]
            isRow = answer.sql != nil
        case .input(let part):
            came = "\(Phrase.input(look)) came"
            evidence = part.event.map { [$0] } ?? []
            isInput = true
        }
        let place = Phrase.quote(odd.path)
        let others =
            odd.isOfEarlier
            ? "where earlier answers had \(odd.usual.rawValue)" : "where the others have \(odd.usual.rawValue)"
        let what: String
        let causeClass: String
        switch odd.value {
        case nil: (what, causeClass) = ("without \(place)", "dependency-missing-field")
        case .null?:
            (what, causeClass) = (
                "with nothing in \(place)", isRow ? "unexpected-null" : "dependency-null-field"
            )
        case let value?:
            let text = Leaf(path: "", name: "", value: value).text
            let form = ValueForm(value)
            let shown = text.isEmpty ? form.rawValue : Phrase.quote(text, 40)
            let isKind = (value.string != nil) != [.text, .date, .numberText, .address, .emptyText].contains(odd.usual)
            (what, causeClass) = (
                "with \(shown) in \(place)", isKind ? "dependency-retyped-field" : "malformed-answer"
            )
        }
        return Finding(
            isInput ? "malformed-input" : causeClass, isInput ? .input : .dependency, evidence: evidence,
            confidence: confidence,
            "\(came) \(what), \(others); \(Phrase.doing(look)) raised \(Phrase.exception(look)).")
    }
}

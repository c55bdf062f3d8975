import ReenactTimeline

/// What set the failing code off lacks something that the code reads, or has nothing in its place.
public struct MissingInput: Rule {
    public static let name = "missing-input"
    public static let precondition =
        "the exception is about a missing key or about nothing, and the trigger (a request, a job, a command) was kept"
    public static let evidence =
        "the failing part reads that name out of the request, or an object that holds what was brought; earlier requests brought it"
    public static let counterEvidence = "an answer has nothing under that name, too"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        guard look.missingKey != nil || look.complaint.isAboutNothing else { return [] }
        let inputs = look.inputs
        guard !inputs.parts.isEmpty else { return [] }
        let read = Self.readOfRequest(look)
        let variables = Self.emptyVariables(look)
        var names: [String] = []
        for name in [look.missingKey].compactMap(\.self) + look.nullTrail.names.sorted() + read + variables
        where name.count > 1 && !names.contains(name) { names.append(name) }
        names.removeAll { name in
            Self.null(name, inputs) == nil && !inputs.lacks(name)
                || name == look.missingKey && !read.contains(name) && KeySource.isReply(name, look)
        }
        guard !names.isEmpty else { return [] }
        let held = Self.held(look)
        var best: Finding?
        for name in names {
            let isNull = Self.null(name, inputs)
            var confidence = 0.0
            if read.contains(name) { confidence = 0.88 }
            if let object = held[name], let part = Self.part(holding: object, inputs) {
                confidence = max(confidence, part.kind == "headers" ? 0.86 : 0.9)
            }
            let had = inputs.earlierHad(name)
            if had, confidence > 0 || variables.contains(name) || look.missingKey == name {
                confidence = max(confidence + 0.05, 0.86)
            } else if confidence == 0, isNull != nil, variables.contains(name) || look.nullTrail.speaks(of: name) {
                confidence = 0.84
            } else if confidence == 0, variables.contains(name), Self.handlesInputs(look, inputs) {
                confidence = 0.66
            }
            guard confidence > 0 else { continue }
            // Nothing of that name came from elsewhere, too.
            if !read.contains(name), Self.isElsewhere(name, look) { confidence = min(confidence, 0.6) - 0.1 }
            confidence = min(confidence, 0.95)
            if confidence > best?.confidence ?? 0 {
                best = finding(look, inputs, name, isNull, had: had, confidence)
            }
        }
        return best.map { [$0] } ?? []
    }

    /// Names that the failing part reads out of a request.
    private static func readOfRequest(_ look: Look) -> [String] {
        var names: [String] = []
        for frame in look.throwFrames.prefix(3) + [look.site].compactMap(\.self) {
            // Where the part is known, the rest of the line accuses nobody.
            for (name, path) in RequestNotation.reads(in: frame.expression ?? frame.source) {
                if let called = path.called, !look.message.contains(called), look.missingKey != name { continue }
                names.append(name)
            }
        }
        return names
    }

    /// Objects in which the failing lines looked for a name in vain, by that name.
    private static func held(_ look: Look) -> [String: [String: JSONValue]] {
        var objects: [String: [String: JSONValue]] = [:]
        for frame in look.throwFrames + [look.site].compactMap(\.self) {
            for path in ReadPath.all(in: frame.source) {
                guard let local = frame.locals.first(where: { $0.name == path.root }), !local.redacted,
                    let root = PrintedValue.parse(local.value)
                else { continue }
                for (place, step) in path.steps.enumerated() {
                    guard case .key(let name) = step else { continue }
                    let holder = ReadPath(root: path.root, steps: Array(path.steps.prefix(place))).value(in: root)
                    guard let members = holder?.object, members[name] ?? .null == .null else { continue }
                    objects[name] = objects[name] ?? members
                }
            }
        }
        return objects
    }

    /// The part of the input that the object was made of: its members, with the same values.
    private static func part(holding object: [String: JSONValue], _ inputs: Inputs) -> Inputs.Part? {
        inputs.parts.first { part in
            part.objects.contains { members in
                let known = members.filter { !$0.key.isEmpty }
                guard !known.isEmpty, known.count <= object.count + 1 else { return false }
                return known.allSatisfy { key, value in
                    object.contains {
                        Inputs.isSame($0.key, key) && ($0.value == value || Self.isText(value, $0.value))
                    }
                }
            }
        }
    }

    private static func isText(_ one: JSONValue, _ other: JSONValue) -> Bool {
        Leaf(path: "", name: "", value: one).text == Leaf(path: "", name: "", value: other).text
    }

    /// Variables that hold nothing, and that the failing part of the program's own code reads.
    private static func emptyVariables(_ look: Look) -> [String] {
        guard look.complaint.isAboutNothing else { return [] }
        return look.throwFrames.filter(\.inApp).flatMap { frame in
            ReadPath.all(in: frame.expression ?? frame.source).map(\.root).filter { root in
                frame.locals.contains { $0.name == root && SourceText.isNothing($0.value) }
            }
        }
    }

    /// The failing function holds other values that were brought, under their names.
    private static func handlesInputs(_ look: Look, _ inputs: Inputs) -> Bool {
        let brought = inputs.parts.filter { !["headers", "arguments"].contains($0.kind) }.flatMap {
            Inputs.members(of: $0.document)
        }
        return look.throwFrames.filter(\.inApp).prefix(2).flatMap(\.locals).contains { local in
            brought.contains { member in
                Inputs.isSame(member.name, local.name)
                    && SourceText.unquoted(local.value) == Leaf(path: "", name: "", value: member.value).text
            }
        }
    }

    /// Where the input has nothing under that name.
    private static func null(_ name: String, _ inputs: Inputs) -> String? {
        for part in inputs.parts {
            for member in Inputs.members(of: part.document) where member.value == .null && member.name == name {
                return member.path
            }
        }
        return nil
    }

    private static func isElsewhere(_ name: String, _ look: Look) -> Bool {
        look.answers.prefix(60).contains { answer in
            answer.leaves.contains { $0.name == name && $0.value == .null }
        }
    }

    private func finding(
        _ look: Look, _ inputs: Inputs, _ name: String, _ null: String?, had: Bool, _ confidence: Double
    ) -> Finding {
        let what = null.map { "null in \(Phrase.quote($0))" } ?? "no \(Phrase.quote(name))"
        let before = !had ? "" : null == nil ? ", which earlier requests did" : ", where earlier requests had something"
        return Finding(
            "malformed-input", .input, evidence: inputs.parts.compactMap(\.event).prefix(1).map(\.self),
            confidence: confidence,
            "\(Phrase.input(look)) brought \(what)\(before); \(Phrase.doing(look)) raised \(Phrase.exception(look)).")
    }
}

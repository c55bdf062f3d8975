import ReenactTimeline

/// A good answer lacks a field that the program reads, or has it as null or as another type.
public struct DependencyField: Rule {
    public static let name = "dependency-field"
    public static let precondition =
        "a JSON answer of status below 400, and an exception about a key, about nothing or about a type"
    public static let evidence =
        "the key is named by message or source line and absent (null, retyped) in the answer; earlier answers had it; values of the answer are in the locals"
    public static let counterEvidence =
        "the answer has the key as it should be; the key belongs to the request or the environment"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        let complaint = look.complaint
        guard complaint.isAboutNothing || complaint.isAboutType || look.missingKey != nil else { return [] }
        let surplus = MissingKey.surplus(look)
        let seen = look.missingKey.flatMap { SeenObject.lacking($0, look) }
        let kinds = ExpectedKind.all(look)
        var best: Finding?
        // Statements of a database come by the dozen: they do not make an answer old.
        let near = look.answers.enumerated().filter { $0.offset < 60 || $0.element.sql == nil }
        for answer in near.lazy.map(\.element) {
            // A job's message is no answer: what it lacks is the matter of whoever put it in the queue.
            guard answer.event.id != look.failure.trigger.event, let document = FieldDocument(answer, look) else {
                continue
            }
            if let surplus, document.keys.contains(surplus), document.flows || document.distance <= 1 {
                return [
                    finding(
                        "dependency-extra-field", document, 0.85, look,
                        "with \(Phrase.quote(surplus)), which the program does not know")
                ]
            }
            let finding =
                retypedByName(document, look) ?? shown(document, look) ?? missing(document, look, seen) ?? isNull(
                    document, look, complaint)
                ?? drifted(document, look, complaint, kinds)
            if let finding, finding.confidence > best?.confidence ?? 0 { best = finding }
        }
        return best.map { [$0] } ?? []
    }

    private func missing(_ document: FieldDocument, _ look: Look, _ seen: SeenObject?) -> Finding? {
        // A number that was looked up is a value, not a member's name.
        guard let key = look.missingKey, !isConfiguration(key, look), !document.values.contains(key),
            Int(key) == nil, key != "None", key != "''", !isData(document, look)
        else {
            return nil
        }
        let present = document.keys.contains(key)
        // What another answer, or the input, brought as a value was looked up as one.
        let isValue =
            key.count > 1
            && look.answers.prefix(40).contains { answer in
                answer.event.id != document.answer.event.id
                    && answer.leaves.contains { $0.text.count == key.count && $0.text.lowercased() == key.lowercased() }
            }
        guard !isValue || present else { return nil }
        let had = document.earlierKeys.contains(key)
        let isReply = KeySource.isReply(key, look)
        var confidence: Double
        if present {
            // Some elements of a list have it and some do not.
            guard document.elements > 1, document.count(of: key) < document.elements else { return nil }
            confidence = document.flows ? 0.88 : 0.6
        } else if had {
            confidence = 0.95
        } else if document.flows || isQuoted(document, look) || document.distance == 0 && isReply {
            confidence = 0.9
        } else if look.trigger?.http?.requestJSON != nil || document.hasLocals {
            // Locals were seen, and nothing of the answer is in them: more likely another mapping's key.
            confidence = document.distance == 0 ? 0.55 : 0
        } else {
            confidence = document.distance == 0 ? 0.7 : document.distance <= 2 ? 0.55 : 0
        }
        // It was looked for in what an earlier answer left, and only nearness speaks for this one.
        let isKept = look.stored.looksUp || look.stored.keys.contains(key)
        if isKept, confidence < 0.8, document.answer.event.start >= look.failure.trigger.time { confidence = 0 }
        if let seen {
            // Which object it was is known: an answer that holds no such one is not it.
            confidence = seen.isIn(document.value) ? max(confidence, 0.93) : 0
        }
        if document.fromInput(key, look), !isReply { confidence -= 0.4 }
        guard confidence > 0 else { return nil }
        let similar = document.similar(to: key).map { " (it has \(Phrase.quote($0)))" } ?? ""
        let before = had ? ", which earlier answers had" : ""
        return finding(
            "dependency-missing-field", document, confidence, look, "without \(Phrase.quote(key))\(before)\(similar)")
    }

    /// The key was taken from a variable, and no object was seen to lack it as a member.
    private func isData(_ document: FieldDocument, _ look: Look) -> Bool {
        guard let lookup = look.failedLookup else { return false }
        // Paths, addresses and sentences are no names.
        if let key = lookup.key.string, !key.allSatisfy({ $0.isLetter || $0.isNumber || "_-$@.".contains($0) }) {
            return true
        }
        return !(lookup.held.map { $0.count > 1 && $0.isSubset(of: document.keys) } ?? !lookup.isMember)
    }

    /// Validators show what they were given.
    private func isQuoted(_ document: FieldDocument, _ look: Look) -> Bool {
        !ValueFlow.hits(document.leaves, in: look.holdings.filter { $0.depth == nil }, limit: 1).isEmpty
    }

    private func isNull(_ document: FieldDocument, _ look: Look, _ complaint: Complaint) -> Finding? {
        let isDemand = demandsValue(look, complaint)
        // An answer's null is no `undefined`.
        guard complaint.isAboutNull || isDemand else { return nil }
        if look.nullTrail.isSeen {
            guard let null = look.nullTrail.bestNull(in: document.value) else { return nil }
            return finding(
                "dependency-null-field", document, null.likeness > 0 ? 0.92 + null.likeness / 25 : 0.6, look,
                "with null in \(Phrase.quote(null.path))", isNear: true)
        }
        // What the innermost part names comes before what stands around it.
        for lines in look.innerLines == look.sourceLines ? [look.sourceLines] : [look.innerLines, look.sourceLines] {
            let named = MissingKey.names(in: lines) + SourceText.quoted(look.message)
            if let found = namedNull(document, look, named, isDemand: isDemand) { return found }
        }
        guard document.nulls.count == 1, document.distance == 0, !isDemand else { return nil }
        // What was read of it is a member in another answer, and in none of this one's objects.
        if let read = MissingKey.read(look), !document.keys.contains(read),
            look.answers.prefix(20).contains(where: { $0.leaves.contains { $0.name == read } })
        {
            return nil
        }
        // A loop over values knows none of their names: the line reads a variable that holds nothing.
        let read = look.chain.compactMap(\.frames.last).flatMap { frame in
            frame.locals.filter { SourceText.isNothing($0.value) && SourceText.contains(frame.source, word: $0.name) }
        }.map(\.name)
        let isHeld = !read.isEmpty
        guard isHeld || !document.hasLocals, !look.nullTrail.mayBeDefault else { return nil }
        // The object that holds it is there to be seen, and the part reads a variable of quite another name.
        let name = document.nulls[0].name
        let isElsewhere =
            !read.contains { Self.isShort($0, for: name) }
            && look.failure.exceptions.last?.frames.last?.locals.contains { NullNotation.holds($0.value, under: name) }
                ?? false
        return finding(
            "dependency-null-field", document, isHeld && !isElsewhere ? 0.82 : 0.6, look,
            "with null in \(Phrase.quote(document.nulls[0].path))")
    }

    /// A null that a local holds under its name, or that the failing lines name.
    private func namedNull(
        _ document: FieldDocument, _ look: Look, _ named: [String], isDemand: Bool
    ) -> Finding? {
        for leaf in document.nulls {
            let holders = look.frames.prefix(4).flatMap(\.locals).filter {
                ($0.name == leaf.name && SourceText.isNothing($0.value))
                    || NullNotation.holds($0.value, under: leaf.name)
            }
            if !holders.isEmpty || named.contains(leaf.name) && !isDemand {
                // A null that is only held, while the failing lines are about other variables, may be another one.
                let isRead = named.contains(leaf.name) || look.reads(holders.map(\.name))
                // A variable that the line reads is nothing itself, and this null has another name.
                if look.nullTrail.readsNothing, !named.contains(leaf.name) { continue }
                // The line reads something else by name.
                let isOther = !look.nullTrail.origins.isEmpty && !look.nullTrail.speaks(of: leaf.name)
                // Only the variable that holds it is read, and it is not the only null.
                let isOneOfMany = !named.contains(leaf.name) && document.nulls.count > 1
                let confidence = holders.isEmpty ? 0.88 : isOneOfMany ? 0.6 : isRead && !isDemand ? 0.94 : 0.8
                return finding(
                    "dependency-null-field", document, isOther ? min(confidence, 0.62) : confidence, look,
                    "with null in \(Phrase.quote(leaf.path))")
            }
        }
        return nil
    }

    /// `pkg` for `package`: all its letters stand in the other one, in their order.
    private static func isShort(_ name: String, for field: String) -> Bool {
        var rest = field.lowercased()[...]
        return name.lowercased().allSatisfy { letter in
            guard let place = rest.firstIndex(of: letter) else { return false }
            rest = rest[rest.index(after: place)...]
            return true
        }
    }

    /// `must provide string spec`, with nothing in hand: code that checks what it is given says what it wants.
    private func demandsValue(_ look: Look, _ complaint: Complaint) -> Bool {
        !complaint.isAboutNothing && complaint.isAboutType
            && complaint.mentions(["must provide", "must be", "expected", "required", "invalid"])
            && look.frames.prefix(2).contains { $0.locals.contains { SourceText.isNothing($0.value) } }
    }

    /// `json: cannot unmarshal string into Go struct field Rates.rate of type float64`.
    private func retypedByName(_ document: FieldDocument, _ look: Look) -> Finding? {
        guard let key = MissingKey.retyped(look), document.keys.contains(key) else { return nil }
        return finding("dependency-retyped-field", document, 0.95, look, "with \(Phrase.quote(key)) in another type")
    }

    /// Ruby and PHP show what had not the method: `undefined method `map' for "…":String`.
    private func shown(_ document: FieldDocument, _ look: Look) -> Finding? {
        guard look.complaint.isAboutType || look.complaint.isAboutNothing, let property = MissingKey.read(look),
            let leaf = document.leaves.first(where: { leaf in
                // A message may go on about other things, the job for one: it is what the method was asked of.
                leaf.value.string.map { $0.count >= 8 && look.message.contains("for \"\($0)\"") } ?? false
            })
        else { return nil }
        return finding(
            "dependency-retyped-field", document, 0.87, look,
            "with \(Phrase.quote(leaf.path)) as text (\(Phrase.quote(leaf.text, 40))), of which `\(property)` was asked"
        )
    }

    /// What earlier answers of the same endpoint had and this one lacks or has otherwise, and the code reads.
    private func drifted(
        _ document: FieldDocument, _ look: Look, _ complaint: Complaint, _ kinds: [ExpectedKind]
    ) -> Finding? {
        let read = Set(MissingKey.inSource(look)).union(SourceText.quoted(look.message)).union(
            MissingKey.read(look).map { [$0] } ?? [])
        if complaint.isAboutNothing {
            let gone = document.earlierKeys.subtracting(document.keys).intersection(read).sorted()
            if let key = gone.first {
                return finding(
                    "dependency-missing-field", document, 0.92, look,
                    "without \(Phrase.quote(key)), which earlier answers had")
            }
            if let key = parentOfRead(look, document), !document.keys.contains(key),
                document.flows || document.distance == 0
            {
                return finding(
                    "dependency-missing-field", document, document.flows ? 0.85 : 0.65, look,
                    "without \(Phrase.quote(key))")
            }
            if let key = storedParent(look, document) {
                return finding(
                    "dependency-missing-field", document, 0.86, look,
                    "without \(Phrase.quote(key)), which was kept from it"
                        + (document.similar(to: key).map { " (it has \(Phrase.quote($0)))" } ?? ""), isNear: true)
            }
        }
        guard complaint.isAboutType else { return nil }
        for (name, kind) in document.kinds.sorted(by: { $0.key < $1.key }) where read.contains(name) {
            if let before = document.earlierKinds[name], before != kind, kind != "null" {
                return finding(
                    "dependency-retyped-field", document, 0.92, look,
                    "with \(Phrase.quote(name)) as \(kind), which was \(before) earlier")
            }
        }
        if let text = suspiciousText(document, look, read) { return text }
        for kind in kinds {
            guard let misfit = kind.misfit(in: document.value) else { continue }
            return finding(
                "dependency-retyped-field", document, document.flows ? 0.85 : document.distance == 0 ? 0.7 : 0.55, look,
                "with \(Phrase.quote(misfit.path)) as \(ExpectedKind.name(of: misfit.value))")
        }
        return nil
    }

    /// A number that came as text, and the code calculates with it.
    private func suspiciousText(_ document: FieldDocument, _ look: Look, _ read: Set<String>) -> Finding? {
        guard
            look.complaint.mentions([
                "'str'", "string +", "string *", "string given", "is not a function", "str)", "string indices",
            ])
        else { return nil }
        // In XML all is text, and none of it came otherwise than meant.
        if let http = document.answer.http, http.json == nil, http.looksLikeXML { return nil }
        for leaf in document.leaves where read.contains(leaf.name) {
            guard let text = leaf.value.string, Double(text) != nil else { continue }
            let held = look.frames.prefix(3).contains {
                $0.locals.contains { SourceText.unquoted($0.value) == text && $0.value != text }
            }
            let isStored = look.stored.keys.contains(leaf.name)
            if held || isStored || document.distance == 0 {
                return finding(
                    "dependency-retyped-field", document, held || isStored ? 0.85 : 0.65, look,
                    "with \(Phrase.quote(leaf.name)) as text (\(Phrase.quote(text, 20)))", isNear: isStored)
            }
        }
        return nil
    }

    /// `rates` where `data.rates.USD` failed with "reading 'USD'".
    private func parentOfRead(_ look: Look, _ document: FieldDocument) -> String? {
        guard let property = MissingKey.read(look) else { return nil }
        for line in look.sourceLines {
            for join in [".", "?.", "[\"", "['", "->"] {
                guard let range = line.range(of: join + property) else { continue }
                let before = line[..<range.lowerBound]
                let name = String(
                    before.reversed().prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$" }.reversed())
                // Only a property of something else is a field; a plain variable is not.
                let rest = before.dropLast(name.count)
                guard name.count > 1, rest.hasSuffix(".") || rest.hasSuffix("->") else { continue }
                // Of a list nothing is read by name but what lists have.
                let holder = String(
                    rest.dropLast(rest.hasSuffix(".") ? 1 : 2).reversed()
                        .prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$" }.reversed())
                if document.kinds[holder] == "a list" { return nil }
                return isElsewhere(rest, look, document) ? nil : name
            }
        }
        return nil
    }

    /// `late` where `fees.late.toFixed` failed, `fees` was kept from an answer before, and this one looks like it: its
    /// path speaks of fees, or it has the field under another name.
    private func storedParent(_ look: Look, _ document: FieldDocument) -> String? {
        guard !look.stored.isEmpty, let property = MissingKey.read(look),
            let http = document.answer.http, document.answer.event.start < look.failure.trigger.time
        else { return nil }
        for line in look.sourceLines {
            for path in ReadPath.all(in: line) where look.stored.roots.contains(path.root) || path.root == "self" {
                guard path.called == property || path.steps.last == .key(property) else { continue }
                let keys = path.steps.compactMap { if case .key(let key) = $0, key != property { key } else { nil } }
                guard let key = keys.last, !document.keys.contains(key) else { continue }
                let root = look.stored.roots.contains(path.root) ? path.root : keys.first ?? ""
                if document.similar(to: key) != nil || TableName.isMentioned(root, in: http.target) { return key }
            }
        }
        return nil
    }

    /// `m` of `m.user.name` is there to be seen, and holds nothing of the answer.
    private func isElsewhere(_ before: Substring, _ look: Look, _ document: FieldDocument) -> Bool {
        let path = before.reversed().prefix { $0.isLetter || $0.isNumber || "_$.>-?[]\"'".contains($0) }.reversed()
        let root = String(path.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$" })
        guard let local = look.frames.prefix(2).lazy.flatMap(\.locals).first(where: { $0.name == root }),
            !local.truncated, !local.redacted
        else { return false }
        return !document.keys.contains { SourceText.contains(local.value, word: $0) }
    }

    private func isConfiguration(_ key: String, _ look: Look) -> Bool {
        look.sourceLines.contains { line in
            // A line may read other variables beside: the key has to stand behind the word.
            ["environ", "process.env", "getenv", "$_env", "settings["].contains { word in
                line.lowercased().range(of: word).map {
                    line.lowercased()[$0.upperBound...].prefix(key.count + 8).contains(key.lowercased())
                }
                    ?? false
            }
        }
            || look.frames.first.map { $0.file.hasSuffix("/os.py") } ?? false
    }

    private func finding(
        _ causeClass: String, _ document: FieldDocument, _ confidence: Double, _ look: Look, _ what: String,
        isNear: Bool = false
    ) -> Finding {
        let came: String
        if let http = document.answer.http {
            came = "\(Phrase.call(document.answer, look.failure)) answered \(http.status ?? 200) \(what)"
        } else {
            came = "\(Phrase.call(document.answer, look.failure)) answered JSON \(what)"
        }
        return Finding(
            causeClass, .dependency, evidence: [document.answer.event.id] + document.earlier.prefix(1).map(\.event.id),
            confidence: confidence - (document.distance > 5 && !isNear ? 0.1 : 0),
            "\(came); \(Phrase.doing(look)) raised \(Phrase.exception(look)).")
    }
}

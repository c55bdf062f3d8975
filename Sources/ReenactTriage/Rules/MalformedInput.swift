import ReenactTimeline

/// The request itself brought something that the program can't read.
public struct MalformedInput: Rule {
    public static let name = "malformed-input"
    public static let precondition =
        "the exception is about reading a value or a missing key, and the trigger is a request; or a command that got no text from elsewhere"
    public static let evidence = "the value in the message stands in the request's target or body, and in no answer"
    public static let counterEvidence = "the same value also came in an answer"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        guard let trigger = look.trigger, let http = trigger.http else {
            return job(look) ?? missingArgument(look) ?? argument(look) ?? line(look) ?? document(look) ?? given(look)
        }
        let complaint = look.complaint
        if complaint.isAboutDecoding, !http.requestBody.isEmpty, http.requestJSON == nil,
            !http.requestBody.contains("=") || http.requestBody.hasPrefix("{")
        {
            let others = look.answers.contains { $0.http.map { $0.json == nil && !$0.body.isEmpty } ?? false }
            return [
                finding(
                    trigger, look, others ? 0.55 : 0.88,
                    "brought a body that is no JSON (\(Phrase.quote(http.requestBody, 40)))")
            ]
        }
        if let key = look.missingKey, let body = http.requestJSON, let members = body.object, members[key] == nil {
            let names = members.keys.filter { $0.count > 1 }
            let held = look.holdings.contains { holding in
                (holding.depth ?? 99) <= 2 && !names.isEmpty && names.allSatisfy(holding.has(word:))
            }
            // Which object lacked it was seen, and it was another one.
            let isOther = SeenObject.lacking(key, look).map { !$0.isIn(body) } ?? false
            if held, !isOther, !KeySource.isReply(key, look) {
                return [finding(trigger, look, 0.9, "brought no \(Phrase.quote(key))")]
            }
        }
        if let found = header(trigger, look) ?? sealed(trigger, look) { return [found] }
        if let found = shape(trigger, http, look) ?? kind(trigger, http, look) { return [found] }
        if let found = unbounded(trigger, http, look) ?? tooLarge(trigger, http, look) ?? withNull(trigger, look) {
            return [found]
        }
        guard complaint.isAboutParsing else { return [] }
        let values = look.messages.flatMap { SourceText.quoted($0) }.filter { $0.count >= 2 && $0.count <= 200 }
        for value in values {
            guard
                SourceText.contains(FormText.decoded(http.target), word: value)
                    || SourceText.contains(FormText.decoded(http.requestBody), word: value)
            else { continue }
            let inAnswer = look.answers.contains { answer in answer.leaves.contains { $0.text == value } }
            // Names of fields and types are quoted in messages as well: a value is what stands behind = or :.
            guard isValue(value, http) else { continue }
            return [
                finding(trigger, look, inAnswer ? 0.5 : 0.87, "brought \(Phrase.quote(value)), which can't be read")
            ]
        }
        return []
    }

    /// A header that the request did not bring, or that can't be read: `request.cookies['st']` in the failing part.
    private func header(_ trigger: Answer, _ look: Look) -> Finding? {
        let headers = (trigger.event.detail["requestHeaders"]?.array ?? []).compactMap(\.array)
            .compactMap { pair in pair.count == 2 ? pair[0].string.map { ($0.lowercased(), pair[1].string ?? "") } : nil
            }
        guard !headers.isEmpty else { return nil }
        if let key = look.missingKey, let seen = SeenObject.lacking(key, look), seen.keys.count >= 2 {
            let names = Set(headers.map(\.0))
            if seen.keys.allSatisfy({ names.contains($0.lowercased().replacing("_", with: "-")) }) {
                return finding(trigger, look, 0.9, "brought no header \(Phrase.quote(key))")
            }
        }
        guard look.complaint.isAboutParsing || look.complaint.mentions(["unicodedecodeerror", "binascii", "padding"])
        else { return nil }
        for part in look.throwFrames.compactMap(\.expression) {
            let isCookie = part.lowercased().contains("cookie")
            guard isCookie || part.lowercased().contains("header") else { continue }
            for name in SourceText.quoted(part) {
                let brought = headers.contains { header in
                    isCookie ? header.0 == "cookie" && header.1.contains(name + "=") : header.0 == name.lowercased()
                }
                if brought {
                    let what = isCookie ? "a cookie" : "a header"
                    return finding(trigger, look, 0.87, "brought \(what) \(Phrase.quote(name)) that can't be read")
                }
            }
        }
        return nil
    }

    /// A text with a character 0, which databases and file systems refuse.
    private func withNull(_ trigger: Answer, _ look: Look) -> Finding? {
        guard
            look.complaint.mentions([
                "nul (0x00)", "null byte", "null character", "embedded null", "\"utf8\": 0x00", "nul byte",
            ])
        else { return nil }
        for part in look.inputs.parts {
            guard let leaf = Leaf.all(in: part.document).first(where: { $0.text.contains("\0") }) else { continue }
            return finding(trigger, look, 0.92, "brought a text with a NUL character in \(Phrase.quote(leaf.path))")
        }
        return nil
    }

    /// A body in parts whose head does not say what stands between them (RFC 2046, 5.1.1).
    private func unbounded(_ trigger: Answer, _ http: HTTPAnswer, _ look: Look) -> Finding? {
        guard look.complaint.mentions(["boundary"]) else { return nil }
        for pair in trigger.event.detail["requestHeaders"]?.array ?? [] {
            guard pair[0]?.string?.lowercased() == "content-type", let type = pair[1]?.string?.lowercased(),
                type.hasPrefix("multipart/"), !type.contains("boundary=")
            else { continue }
            return finding(trigger, look, 0.92, "has the Content-Type \(Phrase.quote(type)) without a boundary")
        }
        return nil
    }

    /// The body is JSON of another form than the code takes it for: a list where it reads members.
    private func shape(_ trigger: Answer, _ http: HTTPAnswer, _ look: Look) -> Finding? {
        guard let json = http.requestJSON, let form = Self.form(json),
            look.complaint.mentions(
                form.types.map { "'\($0)' object" } + ["indices must be", "is not subscriptable", "not a mapping"])
        else { return nil }
        let text = Self.squeezed(http.requestBody)
        let held = look.frames.prefix(3).flatMap(\.locals).contains { !$0.redacted && Self.squeezed($0.value) == text }
        return held ? finding(trigger, look, 0.88, "brought \(form.name) as its JSON body") : nil
    }

    /// A member of the body, or of the query, is of another kind than the code takes it for.
    private func kind(_ trigger: Answer, _ http: HTTPAnswer, _ look: Look) -> Finding? {
        let expected = ExpectedKind.all(look)
        guard !expected.isEmpty else { return nil }
        let given = http.requestJSON ?? .object(Self.query(FormText.decoded(http.target)))
        for kind in expected {
            guard let misfit = kind.misfit(in: given) else { continue }
            // The same name in an answer may be the one that is meant.
            let isElsewhere = look.answers.contains { answer in answer.leaves.contains { $0.name == kind.name } }
            let shown = misfit.value.string.map { " (\(Phrase.quote($0, 40)))" } ?? ""
            return finding(
                trigger, look, isElsewhere ? 0.6 : 0.87,
                "brought \(Phrase.quote(misfit.path)) as \(ExpectedKind.name(of: misfit.value))\(shown)")
        }
        return nil
    }

    private static func query(_ target: String) -> [String: JSONValue] {
        let pairs = target.split(separator: "?", maxSplits: 1).dropFirst().first?.split(separator: "&") ?? []
        return Dictionary(
            pairs.compactMap { pair in
                let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
                return parts.count == 2 ? (parts[0], JSONValue.string(parts[1])) : nil
            }, uniquingKeysWith: { $1 })
    }

    /// Of JSON that is no object: its name, and what Python calls its type.
    private static func form(_ value: JSONValue) -> (name: String, types: [String])? {
        switch value {
        case .array: ("a list", ["list"])
        case .string: ("a text", ["str"])
        case .integer, .number: ("a number", ["int", "float"])
        case .bool: ("a truth value", ["bool"])
        case .null: ("null", ["NoneType"])
        case .object: nil
        }
    }

    /// The notation of languages for the same value differs in quotes and spaces.
    private static func squeezed(_ text: String) -> String {
        String(text.lowercased().map { $0 == "\"" ? "'" : $0 }.filter { !$0.isWhitespace })
            .replacing("none", with: "null")
    }

    /// A value of the command line that the program can't read or does not know.
    private func argument(_ look: Look) -> [Finding]? {
        guard look.failure.trigger.kind == .command, look.complaint.isAboutParsing || look.complaint.isAboutUnknownValue
        else { return nil }
        // Bytes that are no text came from somewhere else than an argument that is quoted as text beside them.
        guard !look.complaint.mentions(["codec can't decode", "invalid byte sequence"]) else { return nil }
        // The program's own name and its interpreter's options say nothing.
        let arguments = look.failure.environment.command.dropFirst().flatMap { argument in
            [argument] + argument.split(separator: "=", maxSplits: 1).dropFirst().map(String.init)
        }
        let values = look.chain.flatMap { SourceText.quoted($0.message) }
        let value = values.first { value in
            value.count >= 3 && !value.hasPrefix("-") && !value.contains("/") && !SourceText.isTrivial(value)
                && arguments.contains(value)
                && !look.answers.contains { answer in answer.leaves.contains { $0.text == value } }
        }
        // Messages that name no value: the failing part reads a variable that holds just what was given.
        let held = look.throwFrames.filter { $0.inApp && $0.expression != nil }.flatMap(\.locals).map {
            SourceText.unquoted($0.value)
        }
        let read = held.first { value in
            value.count >= 3 && arguments.contains(value) && !value.contains("/") && !Self.isDate(value)
                && !look.answers.contains { answer in answer.leaves.contains { $0.text == value } }
        }
        // Or it was taken apart in that very function.
        let site = look.failure.exceptions.last?.frames.last(where: \.inApp)
        let parted = site?.locals.lazy.map { SourceText.unquoted($0.value) }.first { value in
            value.count >= 4 && arguments.contains(value) && !value.contains("/") && look.complaint.isAboutParsing
                && !Self.isDate(value)
        }
        let isSeen = (value ?? read) != nil
        // What else came may be what can't be read, unless a part of it was out of range.
        let isAlone =
            isSeen || look.answers.isEmpty
            || look.complaint.mentions(["must be in", "out of range", "isoformat", "invalid date", "does not match"])
        guard isAlone, let value = value ?? read ?? parted else { return nil }
        return [
            Finding(
                "malformed-input", .input, evidence: [], confidence: isSeen ? 0.8 : 0.6,
                "The command line brought \(Phrase.quote(value)), which is of no use; \(Phrase.doing(look)) raised \(Phrase.exception(look))."
            )
        ]
    }

    /// A day that there is: nothing is wrong with it by itself.
    private static func isDate(_ text: String) -> Bool {
        let parts = text.prefix(10).split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3, (1...12).contains(parts[1]) else { return false }
        let days = [31, parts[0] % 4 == 0 ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...days[parts[1] - 1]).contains(parts[2])
    }

    /// `args[1]` where the command line brought one argument.
    private func missingArgument(_ look: Look) -> [Finding]? {
        guard look.failure.trigger.kind == .command, look.complaint.isAboutNothing || look.complaint.isAboutEmptyList
        else { return nil }
        let words = look.failure.environment.command
        for frame in look.throwFrames {
            for path in ReadPath.all(in: frame.source) {
                guard case .index(let place)? = path.steps.first,
                    let local = frame.locals.first(where: { $0.name == path.root }), !local.truncated,
                    let given = PrintedValue.parse(local.value)?.array?.compactMap(\.string), place >= given.count,
                    !given.isEmpty, given == Array(words.suffix(given.count)), given.count < words.count
                else { continue }
                return [
                    Finding(
                        "malformed-input", .input, evidence: [], confidence: 0.86,
                        "The command line brought \(given.count) argument\(given.count == 1 ? "" : "s"), and `\(path.root)[\(place)]` asks for another; \(Phrase.doing(look)) raised \(Phrase.exception(look))."
                    )
                ]
            }
        }
        return nil
    }

    /// A line of standard input that stands in a local where the program failed to read something.
    private func line(_ look: Look) -> [Finding]? {
        guard look.failure.trigger.kind == .command, look.complaint.isAboutParsing,
            let event = look.failure.events.first(where: { StandardInputDetail($0) != nil }),
            let bytes = StandardInputDetail(event)?.bytes, bytes.count <= 1 << 20
        else { return nil }
        let values = look.frames.prefix(3).flatMap { $0.locals.map(\.value) }.filter { $0.count <= 4000 }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        // A variable that holds a line and no more says where a loop stood. Of lines that are alike the first stopped it.
        let standing = look.frames.prefix(3).lazy.compactMap { frame in
            frame.locals.compactMap { Self.place(of: $0, in: lines) }.max()
        }.first
        let held = Set(values.flatMap { [$0] + SourceText.quoted($0) }.map(Self.withoutEnd))
        // The last one: a loop stopped at it, and what came before was read.
        let found =
            standing
            ?? lines.indices.last { index in
                let text = Self.withoutEnd(String(lines[index]))
                return !SourceText.isTrivial(text) && held.contains(text)
            }
        guard let found else { return nil }
        return [
            Finding(
                "malformed-input", .input, evidence: [event.id], confidence: 0.82,
                "Line \(found + 1) of standard input (\(Phrase.quote(Self.withoutEnd(String(lines[found])), 40))) can't be read; \(Phrase.doing(look)) raised \(Phrase.exception(look))."
            )
        ]
    }

    /// The line that is just what a variable holds. Nothing at all is held by many: a line of blanks is one by its own
    /// blanks, or in a variable that is called so.
    private static func place(of local: ExceptionRecord.Local, in lines: [Substring]) -> Int? {
        let value = SourceText.unquoted(local.value)
        let text = withoutEnd(value)
        guard text.isEmpty else {
            return SourceText.isTrivial(text) ? nil : lines.firstIndex { withoutEnd(String($0)) == text }
        }
        let isCalledSo = ["line", "row", "ln"].contains { local.name.lowercased().hasSuffix($0) }
        guard isCalledSo, value != local.value || !value.isEmpty else { return nil }
        let blanks = value.replacing("\\n", with: "").replacing("\\r", with: "").filter { $0 != "\n" && $0 != "\r" }
        return lines.dropLast(lines.last?.isEmpty == true ? 1 : 0).firstIndex { $0.filter { $0 != "\r" } == blanks }
    }

    /// Standard input is a document, and no JSON.
    private func document(_ look: Look) -> [Finding]? {
        guard look.failure.trigger.kind == .command, look.complaint.isAboutDecoding,
            let event = look.failure.events.first(where: { StandardInputDetail($0) != nil }),
            let input = StandardInputDetail(event), input.missing == 0, input.bytes.count <= 1 << 20
        else { return nil }
        let text = String(decoding: input.bytes, as: UTF8.self)
        guard !SourceText.isTrivial(text), JSONParser.parse(text) == nil else { return nil }
        let others = look.answers.contains { $0.http.map { $0.json == nil && !$0.body.isEmpty } ?? false }
        let start = Self.withoutEnd(String(text.prefix(60)))
        let isHeld = look.frames.prefix(3).flatMap(\.locals).contains {
            SourceText.unquoted($0.value).hasPrefix(start)
        }
        return [
            Finding(
                "malformed-input", .input, evidence: [event.id], confidence: isHeld ? 0.9 : others ? 0.55 : 0.82,
                "Standard input (\(Phrase.quote(text, 40))) is no JSON; \(Phrase.doing(look)) raised \(Phrase.exception(look))."
            )
        ]
    }

    /// A job that was put in the queue with an argument that the code does not know.
    private func job(_ look: Look) -> [Finding]? {
        guard look.failure.trigger.kind == .job, let surplus = MissingKey.surplus(look) else { return nil }
        let carrier = look.answers.first { answer in
            answer.redis != nil && answer.leaves.contains { SourceText.contains($0.text, word: surplus) }
        }
        guard let carrier else { return nil }
        return [
            Finding(
                "malformed-input", .input, evidence: [carrier.event.id], confidence: 0.82,
                "The job (\(Phrase.call(carrier, look.failure))) brought \(Phrase.quote(surplus)), which the program does not know; \(Phrase.doing(look)) raised \(Phrase.exception(look))."
            )
        ]
    }

    /// Without white space at its end, nor that in a language's notation.
    private static func withoutEnd(_ text: String) -> String {
        var rest = text[...]
        while true {
            if rest.last?.isWhitespace ?? false {
                rest.removeLast()
            } else if rest.hasSuffix("\\n") || rest.hasSuffix("\\r") {
                rest.removeLast(2)
            } else {
                return String(rest)
            }
        }
    }

    /// What readers of other forms than JSON say.
    private static let otherForms = [
        "not a gzip file", "not a gzipped file", "badzipfile", "not a zip file", "file is not a database",
        "yaml.scanner", "yaml.parser", "scannererror", "while parsing a ", "tomldecodeerror", "missingsectionheader",
        "not well-formed", "expaterror", "xmlsyntaxerror", "unpicklingerror", "cannot identify image",
        "image file is truncated", "unexpected end of archive", "invalid header", "bad magic bytes", "parsererror",
    ]

    /// A command reads what it is given: standard input, a file, an argument. Nothing else brought text.
    private func given(_ look: Look) -> [Finding] {
        if let message = message(look) { return [message] }
        guard look.failure.trigger.kind == .command,
            look.complaint.isAboutDecoding || look.complaint.mentions(Self.otherForms)
        else { return [] }
        let brought = look.answers.contains { answer in
            answer.http.map { !$0.body.isEmpty || $0.bodyIsUnknown } ?? false || answer.redis?.reply.string != nil
        }
        guard !brought, !look.failure.environment.command.isEmpty else { return [] }
        return [
            Finding(
                "malformed-input", .input,
                evidence: look.failure.events.filter { StandardInputDetail($0) != nil }.map(\.id), confidence: 0.75,
                "Text that the program was given can't be read; \(Phrase.doing(look)) raised \(Phrase.exception(look))."
            )
        ]
    }

    /// A message of a queue, of which a report tells no more than that it was being handled.
    private func message(_ look: Look) -> Finding? {
        let trigger = look.failure.trigger
        guard trigger.kind == .job, trigger.event == nil, look.complaint.isAboutDecoding,
            !look.answers.contains(where: { $0.http?.bodyIsUnknown ?? false || $0.redis != nil })
        else { return nil }
        return Finding(
            "malformed-input", .input, evidence: [], confidence: 0.72,
            "A message of \(Phrase.quote(trigger.summary)) can't be read; \(Phrase.doing(look)) raised \(Phrase.exception(look))."
        )
    }

    private func isValue(_ value: String, _ http: HTTPAnswer) -> Bool {
        if let json = http.requestJSON, Leaf.all(in: json).contains(where: { $0.text == value }) { return true }
        let pairs =
            FormText.decoded(http.target).split(separator: "?").dropFirst().joined(separator: "?") + "&"
            + FormText.decoded(http.requestBody)
        if pairs.split(separator: "&").contains(where: {
            $0.split(separator: "=", maxSplits: 1).last.map(String.init) == value
        }) {
            return true
        }
        return FormText.decoded(http.target).prefix { $0 != "?" }.split(separator: "/").contains { $0 == value }
    }

    func finding(_ trigger: Answer, _ look: Look, _ confidence: Double, _ what: String) -> Finding {
        Finding(
            "malformed-input", .input, evidence: [trigger.event.id], confidence: confidence,
            "\(Phrase.call(trigger, look.failure)) \(what); \(Phrase.doing(look)) raised \(Phrase.exception(look)).")
    }
}

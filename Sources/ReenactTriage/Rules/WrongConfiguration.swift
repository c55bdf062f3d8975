import ReenactTimeline

/// A setting is there, and its value is of no use.
public struct WrongConfiguration: Rule {
    public static let name = "wrong-configuration"
    public static let precondition =
        "the exception quotes a value that it can't read or does not know, and an environment variable has that value"
    public static let evidence =
        "the variable's whole value in the message or in a local of the throw site; the line reads it"
    public static let counterEvidence =
        "the value also came with the request or in an answer; the variable is one that every process has"

    public init() {}

    /// Every process has these; that a message holds their value proves nothing.
    private static let common: Set<String> = [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "OLDPWD", "LANG", "LC_ALL", "TERM", "HOSTNAME", "TZ",
        "SHLVL",
        "_", "VIRTUAL_ENV", "TMPDIR", "PYTHONPATH", "NODE_PATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "EDITOR", "PAGER",
    ]

    public func judge(_ look: Look) -> [Finding] {
        regional(look) ?? zero(look) ?? variable(look) ?? setting(look) ?? part(look) ?? []
    }

    /// A zone or a locale that every process has and hardly one fails over: only where the failure speaks of just this one.
    private func regional(_ look: Look) -> [Finding]? {
        guard let spoken = RegionalVariable.spoken(look), !cameOtherwise(spoken.value, look),
            !cameOtherwise(spoken.said, look)
        else { return nil }
        return [
            Finding(
                "wrong-configuration", .configuration, evidence: [], confidence: 0.91,
                "The environment variable \(spoken.name) is \(Phrase.quote(spoken.value, 60)), which \(Phrase.doing(look)) can't use (\(Phrase.exception(look)))."
            )
        ]
    }

    /// A number that must not be zero, held under the variable's name: `batch` of `EXPORT_BATCH=0`.
    private func zero(_ look: Look) -> [Finding]? {
        guard look.complaint.mentions(["must not be zero", "division by zero", "divided by 0", "modulo by zero"]) else {
            return nil
        }
        let name = look.variables.filter { Double($0.value) == 0 && !$0.key.hasPrefix("REENACT_") }.keys.sorted().first
        {
            holdsByName($0, look.variables[$0] ?? "", look)
        }
        guard let name, let value = look.variables[name] else { return nil }
        return [
            Finding(
                "wrong-configuration", .configuration, evidence: [], confidence: 0.86,
                "The environment variable \(Phrase.clean(name)) is \(Phrase.quote(value, 20)); \(Phrase.doing(look)) raised \(Phrase.exception(look))."
            )
        ]
    }

    /// One of several values of a variable, where nothing else came from outside: `::1` of
    /// `no_proxy=localhost,::1` in `all://*::1`.
    private func part(_ look: Look) -> [Finding]? {
        guard look.complaint.isAboutParsing, look.answers.isEmpty, look.trigger == nil else { return nil }
        let held = look.frames.prefix(3).flatMap(\.locals).filter { !$0.redacted && $0.value.utf8.count <= 200 }.map {
            SourceText.unquoted($0.value)
        }
        for (name, value) in look.variables.sorted(by: { $0.key < $1.key })
        where !Self.common.contains(name) && !name.hasPrefix("REENACT_") && value.utf8.count <= 2000 {
            let parts = value.split { ",; ".contains($0) }.map(String.init)
            guard parts.count > 1 else { continue }
            let odd = parts.first { part in
                part.count >= 3 && !SourceText.isTrivial(part) && !look.failure.environment.command.contains(part)
                    && held.contains { $0 != part && $0.hasSuffix(part) }
            }
            guard let odd else { continue }
            return [
                Finding(
                    "wrong-configuration", .configuration, evidence: [], confidence: 0.78,
                    "The environment variable \(Phrase.clean(name)) holds \(Phrase.quote(odd, 60)), which \(Phrase.doing(look)) can't use (\(Phrase.exception(look)))."
                )
            ]
        }
        return nil
    }

    /// The program itself says which setting it can't use.
    private func setting(_ look: Look) -> [Finding]? {
        let said = ConfigurationLine.said(look).first { line in
            Wording(line.text).contains(any: [
                "unrecognised", "unrecognized", "unknown", "invalid", "not a valid", "unsupported", "not one of",
                "expected type", "is not allowed",
            ])
        }
        guard let said, look.answers.allSatisfy({ ($0.http?.status ?? 200) < 400 && $0.sql?.error == nil }) else {
            return nil
        }
        return [
            Finding(
                "wrong-configuration", .configuration, evidence: said.event.map { [$0] } ?? [], confidence: 0.72,
                "The setting \(Phrase.quote(said.name, 60)) is of no use: \(Phrase.quote(said.text, 160)); \(Phrase.doing(look)) raised \(Phrase.exception(look, 60))."
            )
        ]
    }

    private func variable(_ look: Look) -> [Finding]? {
        let complaint = look.complaint
        guard complaint.isAboutParsing || complaint.isAboutUnknownValue else { return nil }
        // A file that is not there has a rule of its own.
        guard !complaint.mentions(["filenotfounderror", "enoent", "no such file"]) else { return nil }
        let message = look.message
        let variables = look.variables.filter { name, value in
            !Self.common.contains(name) && !name.hasPrefix("REENACT_") && value.count >= 2
                && !look.failure.environment.isMasked(name)
        }
        guard !variables.isEmpty else { return nil }
        let readsSettings = look.sourceLines.contains {
            SourceText.mentions($0, ["environ", "process.env", "getenv", "config", "settings", "$_env", "env("])
        }
        let quoted = Set(look.chain.flatMap { SourceText.quoted($0.message) } + [message])
        for (name, value) in variables.sorted(by: { ($1.value.count, $0.key) < ($0.value.count, $1.key) }) {
            // A key that was not there is what the exception is about, not a value.
            let isHeld = value.count >= 6 && look.missingKey == nil && holds(value, look)
            let isQuoted = quoted.contains(value) || isHeld
            let isNamed = SourceText.contains(message, word: name)
            guard isQuoted || isNamed && message.contains(value) else { continue }
            // An everyday word can come from anywhere, unless the line reads settings.
            let isMember = holdsByName(name, value, look)
            guard !SourceText.isTrivial(value) || readsSettings || isNamed || isMember else { continue }
            guard !cameOtherwise(value, look) else { continue }
            let confidence = isNamed || readsSettings || isMember ? 0.95 : value.count >= 4 ? 0.88 : 0.7
            return [
                Finding(
                    "wrong-configuration", .configuration, evidence: [], confidence: confidence,
                    "The environment variable \(Phrase.clean(name)) is \(Phrase.quote(value, 60)), which is of no use here; \(Phrase.doing(look)) raised \(Phrase.exception(look))."
                )
            ]
        }
        return nil
    }

    /// A local of the throw site or its callers is just that value.
    private func holds(_ value: String, _ look: Look) -> Bool {
        look.frames.prefix(4).contains { frame in
            frame.locals.contains { SourceText.unquoted($0.value) == value }
        }
    }

    /// A variable or member of nearly the same name holds it: `self.retries` of RETRIES.
    private func holdsByName(_ name: String, _ value: String, _ look: Look) -> Bool {
        func plain(_ text: String) -> String { text.lowercased().filter { $0.isLetter || $0.isNumber } }
        let wanted = plain(name)
        return look.throwFrames.contains { frame in
            ReadPath.all(in: frame.source).contains { path in
                guard plain(path.name).count >= 3, wanted.hasSuffix(plain(path.name)),
                    let local = frame.locals.first(where: { $0.name == path.root })
                else { return false }
                let held = PrintedValue.parse(local.value).flatMap(path.value)
                return held?.string == value || path.steps.isEmpty && SourceText.unquoted(local.value) == value
            }
        }
    }

    private func cameOtherwise(_ value: String, _ look: Look) -> Bool {
        if let http = look.trigger?.http, http.target.contains(value) || http.requestBody.contains(value) {
            return true
        }
        return look.answers.prefix(20).contains { answer in answer.leaves.contains { $0.text == value } }
    }
}

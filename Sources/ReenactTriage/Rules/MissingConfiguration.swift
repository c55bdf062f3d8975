import ReenactTimeline

/// An environment variable, setting or file that the program needs is not there.
public struct MissingConfiguration: Rule {
    public static let name = "missing-configuration"
    public static let precondition = "the exception names a variable that is not set, or a file that was not found"
    public static let evidence = "the variable is not in the recorded environment; the file is no code"
    public static let counterEvidence = "the variable is set; the path came with the request"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        variable(look) ?? file(look) ?? package(look) ?? setting(look) ?? []
    }

    private func variable(_ look: Look) -> [Finding]? {
        let reads = look.sourceLines + look.frames.prefix(2).map(\.file)
        let readsEnvironment = reads.contains(where: Self.readsEnvironment)
        let says = look.complaint.mentions([
            "must be set", "is not set", "not set", "environment variable", "not configured", "improperlyconfigured",
            "missing configuration", "configuration error", "missing required environment", "env var", "is required",
            "not defined in config",
        ])
        guard readsEnvironment || says else { return nil }
        // A word in capitals in a message (`SQLSTATE[HY000]`) is a variable where the message speaks of variables.
        let names =
            ([look.missingKey].compactMap { $0 } + (says ? candidates(look.message) : [])
                + (readsEnvironment ? look.sourceLines.flatMap(candidates) : []))
        // What is quoted was there, and could not be read.
        if look.complaint.isAboutParsing, !look.complaint.isAboutNothing,
            SourceText.quoted(look.message).contains(where: { !$0.isEmpty && !isVariable($0) })
        {
            return nil
        }
        let variables = look.variables
        guard
            let name = names.first(where: {
                isVariable($0) && variables[$0, default: ""].isEmpty
                    && !look.failure.environment.isMasked($0)
            })
        else { return nil }
        // A name in capitals that happens to stand in a message is weaker than one that is looked up.
        let isNamed = look.message.contains(name)
        let confidence = readsEnvironment && isNamed ? 0.96 : isNamed ? 0.88 : 0.7
        let state = variables[name] == nil ? "is not set" : "is empty"
        return [
            Finding(
                "missing-configuration", .configuration, evidence: [], confidence: confidence,
                "The environment variable \(Phrase.clean(name)) \(state); \(Phrase.doing(look)) needs it (\(Phrase.exception(look)))."
            )
        ]
    }

    private static let readers = Remembered<String, Bool>()

    private static func readsEnvironment(_ text: String) -> Bool {
        let length = text.utf8.count
        func find() -> Bool {
            ["nv", "NV", "SERVER", "_server"].contains(where: text.contains)
                && SourceText.mentions(
                    text, ["environ", "process.env", "getenv", "$_env", "$_server", "env[", "env(", "env.fetch"])
                || text.hasSuffix("/os.py")
        }
        return length <= 500 ? readers.value(of: text, spread: length, find) : find()
    }

    private func candidates(_ text: String) -> [String] {
        text.prefix(2000).split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
    }

    private func isVariable(_ name: String) -> Bool {
        name.count >= 3 && name.first?.isLetter == true
            && name.allSatisfy { $0.isUppercase || $0.isNumber || $0 == "_" }
            && (name.contains("_") || name.count >= 5)
            && !["ERROR", "ENOENT", "NULL", "SELECT", "DEBUG"].contains(name)
    }

    private func file(_ look: Look) -> [Finding]? {
        let complaint = look.complaint
        guard
            complaint.mentions([
                "filenotfounderror", "enoent", "no such file or directory", "failed to open stream",
                "nosuchfileexception", "filenotfoundexception", "no such file",
            ]) || isVague(look)
        else { return nil }
        guard let path = path(look.message), !isCode(path, look) else { return nil }
        if let trigger = look.trigger?.http {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            // The client named it: then it is a missing resource, not a missing setting.
            if trigger.target.contains(name) || trigger.requestBody.contains(name) { return nil }
        }
        return [
            Finding(
                "missing-file", .configuration,
                evidence: look.failure.events.last { $0.kind == .file && $0.summary.contains(path) }.map { [$0.id] }
                    ?? [],
                confidence: 0.88,
                "The file \(Phrase.quote(path, 100)) is not there; \(Phrase.doing(look)) needs it (\(Phrase.exception(look, 80)))."
            )
        ]
    }

    /// `No module named 'psycopg'`, `Cannot find module 'pg'`: a package that nobody installed.
    private func package(_ look: Look) -> [Finding]? {
        guard look.complaint.mentions(["no module named", "cannot find module", "cannot find package"]),
            let name = SourceText.quoted(look.message).first
                ?? look.message.split(separator: " ").last.map(String.init),
            !name.hasPrefix("."), !name.hasPrefix("/"), !name.isEmpty
        else { return nil }
        let root = name.hasPrefix("@") ? name : name.split { "./".contains($0) }.first.map(String.init) ?? name
        // A part that is missing in what is there, be it the program's own, is a mistake or another version.
        let isOwn = look.frames.contains { "/\($0.file)".contains("/\(root)/") }
        let isInstalled = look.failure.environment.packages.keys.contains { $0.lowercased() == root.lowercased() }
        guard !isOwn, !isInstalled else { return nil }
        if let stored = stored(root, look) { return [stored] }
        return [
            Finding(
                "missing-package", .configuration, evidence: [], confidence: 0.88,
                "The package \(Phrase.quote(root, 60)) is not installed; \(Phrase.doing(look)) needs it (\(Phrase.exception(look, 80)))."
            )
        ]
    }

    /// What was read back from a store was made where that package was.
    private func stored(_ package: String, _ look: Look) -> Finding? {
        let isReading = look.frames.prefix(4).contains { frame in
            ["loads", "load", "unserialize", "deserialize", "find_class", "decode"].contains {
                SourceText.contains(frame.function, word: $0)
            }
        }
        guard isReading else { return nil }
        for answer in look.answers.prefix(4) where answer.redis != nil || answer.sql != nil {
            let isMeant = answer.event.detail["reply"]?.string.map { SourceText.contains($0, word: package) } ?? false
            guard isMeant || answer.leaves.contains(where: { SourceText.contains($0.text, word: package) }) else {
                continue
            }
            return Finding(
                "missing-package", .interaction, evidence: [answer.event.id], confidence: 0.9,
                "\(Phrase.call(answer, look.failure)) brought a value that was made with the package \(Phrase.quote(package, 60)), which is not installed; \(Phrase.doing(look)) can't read it (\(Phrase.exception(look, 80)))."
            )
        }
        return nil
    }

    /// A setting that the program's own configuration lacks, as it says itself: in the exception, or in the last lines
    /// before it gave up.
    private func setting(_ look: Look) -> [Finding]? {
        guard !look.answers.contains(where: { $0.sql?.error != nil || ($0.http?.status ?? 0) >= 400 }) else {
            return nil
        }
        let said = ConfigurationLine.said(look).first { line in
            Wording(line.text).contains(any: [
                "missing", "not found", "key found", "required", "must be set", "not set",
            ])
        }
        guard let said else { return nil }
        return [
            Finding(
                "missing-configuration", .configuration, evidence: said.event.map { [$0] } ?? [],
                confidence: said.isException ? 0.8 : 0.72,
                "The configuration has no \(Phrase.quote(said.name, 60)); \(Phrase.doing(look)) needs it (\(Phrase.short(Phrase.oneLine(said.text), 100)))."
            )
        ]
    }

    /// A program's own words for it: only with a whole path, and where no database or service said them.
    private func isVague(_ look: Look) -> Bool {
        guard
            look.complaint.mentions([
                "cannot find file", "can't find file", "could not find file", "file not found", "does not exist",
                "config file", "no such directory", "directory not found",
            ]), look.complaint.mentions(["does not exist", "not found", "find", "no such", "missing"]),
            let path = path(look.message), path.hasPrefix("/"), !path.contains("//"),
            !look.answers.contains(where: { $0.sql?.error != nil || ($0.http?.status ?? 0) >= 400 })
        else { return false }
        return true
    }

    private func path(_ message: String) -> String? {
        // A sentence in quotes names no file.
        let quoted = SourceText.quoted(message).filter { $0.contains("/") || $0.contains(".") }
        if let path = quoted.first(where: { $0.hasPrefix("/") || !$0.contains(" ") }) {
            return path
        }
        for start in ["open ", "fopen(", "file_get_contents(", "include(", "@ rb_sysopen - "] {
            guard let range = message.range(of: start) else { continue }
            let path = message[range.upperBound...].prefix { !":)'\", ".contains($0) }
            if path.contains("/") || path.contains(".") { return String(path) }
        }
        return message.split { " :;,()'\"".contains($0) }.map(String.init).first { $0.hasPrefix("/") && $0.count > 2 }
    }

    private func isCode(_ path: String, _ look: Look) -> Bool {
        // What a person named on the command line is no code of the program, whatever its ending.
        if look.failure.environment.command.contains(path) { return false }
        // What a library looks for among its own files is its own matter.
        return look.failure.environment.codeFiles.contains(path) || path.contains("-packages/")
            || path.contains("/node_modules/")
            || [".py", ".js", ".mjs", ".cjs", ".ts", ".php", ".rb", ".so", ".class", ".jar", ".go", ".dll"].contains {
                path.hasSuffix($0)
            }
    }
}

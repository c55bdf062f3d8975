import ReenactTimeline

/// Two parts that were made for different versions of each other: a library, a runtime, a protocol, a server.
public struct VersionMismatch: Rule {
    public static let name = "version-mismatch"
    public static let precondition =
        "the exception or an answer says that a version is not supported, or a library lacks a name that is asked of it"
    public static let evidence =
        "fixed phrases of loaders, protocols and servers; for a missing name: the library is an installed package"
    public static let counterEvidence =
        "the name is missing in the program's own code, or because of a circular import"

    public init() {}

    private static let phrases = [
        "was compiled against a different node.js version", "node_module_version", "unsupported pickle protocol",
        "bad magic number in", "unsupported marshal", "unsupported class file", "unsupportedclassversionerror",
        "compiled by a more recent version", "version `glibc_", "version `glibcxx_", "wrong elf class",
        "unsupported protocol version", "protocol version mismatch", "unsupportedprotocolversion",
        "client version is too old", "client is newer than server", "is too old. minimum supported api version",
        "minimum supported api version", "maximum supported api version", "api version is not supported",
        "unsupported api version", "unsupportedapiversion", "server version mismatch", "incompatible version",
        "incompatibleversion", "version mismatch", "versionmismatch", "versionconflict", "requires python",
        "requires a different python", "module compiled against api version", "binary incompatibility",
        "numpy.dtype size changed", "requires server version", "server does not support authentication method",
        "client does not support authentication protocol requested by server", "authentication plugin",
        "unsupported frontend protocol", "unknown collation", "unsupported file format", "file format version",
        "database schema version", "schema version is newer", "database version is newer", "unsupported schema version",
        "upgrade required", "no longer supported; upgrade", "no longer compatible with", "requires php",
        "java.lang.nosuchmethoderror", "java.lang.nosuchfielderror", "java.lang.abstractmethoderror",
        "java.lang.incompatibleclasschangeerror",
    ]

    public func judge(_ look: Look) -> [Finding] {
        if let answer = look.answers.first, let http = answer.http, let status = http.status, status >= 400 {
            let isRefused = [426, 505].contains(status)
            if isRefused || Wording(String(http.body.prefix(4000))).contains(any: Self.phrases) {
                return [
                    finding(
                        look, [answer.event.id], isRefused ? 0.96 : 0.97,
                        "\(Phrase.call(answer, look.failure)) answered \(status) and does not speak this version (\(Phrase.quote(http.body, 80)))"
                    )
                ]
            }
        }
        if let found = unknownCommand(look) { return [found] }
        if let name = missingName(look) { return [name] }
        guard look.complaint.mentions(Self.phrases) else { return [] }
        let event = look.answers.first.flatMap { answer in
            answer.sql?.error != nil || answer.event.outcome.rawValue.contains("error") ? answer.event.id : nil
        }
        return [finding(look, event.map { [$0] } ?? [], 0.93, "Two versions do not fit together")]
    }

    /// A server that is older than the client thinks.
    private func unknownCommand(_ look: Look) -> Finding? {
        guard let answer = look.answers.first, let redis = answer.redis else { return nil }
        let said = answer.event.result.isEmpty ? look.message : answer.event.result
        guard Wording(said).contains("unknown command"), look.complaint.mentions(["unknown command"]) else {
            return nil
        }
        return finding(
            look, [answer.event.id], 0.96,
            "The Redis server does not know \(Phrase.clean(redis.command)): it is older than the program expects, or has it switched off"
        )
    }

    /// `cannot import name 'x' from 'library' (/…/site-packages/library/__init__.py)`, `module 'library' has no attribute`.
    private func missingName(_ look: Look) -> Finding? {
        guard look.complaint.mentions(["importerror", "modulenotfounderror", "attributeerror", "typeerror"]),
            !look.complaint.mentions(["circular import", "partially initialized"])
        else { return nil }
        let message = look.exception?.message ?? ""
        if message.hasPrefix("cannot import name "), message.contains("-packages/") {
            return finding(look, [], 0.9, "An installed library has no such name: \(Phrase.quote(message, 120))")
        }
        if message.hasPrefix("module '"), message.contains("' has no attribute '"),
            let library = SourceText.quoted(message).first
        {
            // The program's own module by that name is a mistake in it, not another version.
            let root = library.split(separator: ".").first.map(String.init) ?? library
            let isInstalled = look.failure.environment.packages.keys.contains {
                $0.lowercased().replacingDashes == root.lowercased().replacingDashes
            }
            guard isInstalled else { return nil }
            return finding(
                look, [], 0.85, "The installed \(Phrase.clean(root)) has no such name: \(Phrase.quote(message, 120))")
        }
        guard message.contains("got an unexpected keyword argument"), let site = look.site,
            let thrown = look.throwSite, thrown == site,
            let called = message.split(separator: "(").first.map(String.init), called.contains("."),
            let type = called.split(separator: ".").first.map(String.init), site.source.contains("\(type)("),
            look.failure.environment.packages[type.lowercased()] != nil
        else { return nil }
        return finding(
            look, [], 0.7, "The installed \(type.lowercased()) takes no such argument: \(Phrase.quote(message, 120))")
    }

    private func finding(_ look: Look, _ evidence: [Int], _ confidence: Double, _ what: String) -> Finding {
        Finding(
            "version-mismatch", .configuration, evidence: evidence, confidence: confidence,
            "\(what); \(Phrase.doing(look)) raised \(Phrase.exception(look)).")
    }
}

extension String {
    fileprivate var replacingDashes: String { map { $0 == "-" ? "_" : String($0) }.joined() }
}

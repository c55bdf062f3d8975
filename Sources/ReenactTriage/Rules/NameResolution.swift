import ReenactTimeline

/// A host name could not be resolved.
public struct NameResolution: Rule {
    public static let name = "name-resolution"
    public static let precondition = "the exception speaks of a failed look-up, or a DNS exchange failed last"
    public static let evidence = "the failed DNS exchange, and the name in the message"
    public static let counterEvidence =
        "a later look-up of the same name went well; the exception is a plain mistake and speaks of no name"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        let said = look.complaint.mentions([
            "gaierror", " enotfound", "enotfound ", "eai_again", "getaddrinfo", "no such host",
            "name or service not known",
            "could not resolve host", "unknownhost", "name resolution", "nodename nor servname", "nameresolutionerror",
            "temporary failure in name", "could not translate host name", "socketerror: getaddrinfo",
        ])
        let failed = look.answers.filter {
            $0.event.outcome.rawValue.hasPrefix("dns:")
                || ($0.event.protocolName == "dns" && $0.event.outcome == "timeout")
        }
        let linked = failed.first { named(name(of: $0), look) } ?? failed.first
        let host =
            linked.map(name)
            ?? look.failure.environment.names.filter(\.value.isEmpty).keys.sorted().first { named($0, look) }
        guard said || linked.map({ look.distance($0.event) == 0 }) == true && !look.isOwnMistake else { return [] }
        let recovered = host.map { !(look.failure.environment.names[$0]?.isEmpty ?? true) } ?? false
        var confidence = said ? (linked == nil ? 0.8 : 0.96) : 0.65
        if recovered && !said { confidence -= 0.3 }
        let what = host.map { "The name \(Phrase.quote($0, 80))" } ?? "A host name"
        let why = linked.map { " (\($0.event.outcome))" } ?? ""
        return [
            Finding(
                "name-not-resolved", .configuration, evidence: failed.prefix(5).map(\.event.id), confidence: confidence,
                "\(what) could not be resolved\(why); \(Phrase.doing(look)) raised \(Phrase.exception(look)).")
        ]
    }

    private func named(_ name: String, _ look: Look) -> Bool { !name.isEmpty && look.message.contains(name) }

    private func name(of answer: Answer) -> String {
        let detail = answer.event.detail
        if let name = detail["name"]?.string ?? detail["question"]?["name"]?.string { return name }
        return answer.event.summary.split(separator: " ").map(String.init).last { $0.contains(".") || $0.count > 3 }
            ?? ""
    }
}

import ReenactTimeline

/// A reply whose body no one recorded lacks a field, as far as the locals of the failing frame tell.
public struct ReportedField: Rule {
    public static let name = "reported-field"
    public static let precondition =
        "a report of another program tells of a call that was answered well, without its body; then a key was missing"
    public static let evidence =
        "a local of the failing frame is an object without that key, and the line reads the key"
    public static let counterEvidence = "the local came with the request; another exchange came between"

    public init() {}

    public func judge(_ look: Look) -> [Finding] {
        guard let last = look.answers.first, let http = last.http, http.bodyIsUnknown, (http.status ?? 500) < 300,
            let key = look.missingKey, let site = look.site, site.source.contains(key)
        else { return [] }
        let body = look.trigger?.http?.requestBody ?? ""
        for local in site.locals where SourceText.contains(site.source, word: local.name) && !local.truncated {
            guard let members = JSONParser.parse(local.value)?.object, !members.isEmpty, members[key] == nil else {
                continue
            }
            if body.contains(members.keys.min() ?? ""), !body.isEmpty { continue }
            let has = members.keys.sorted().prefix(3).map { Phrase.quote($0, 30) }.joined(separator: ", ")
            return [
                Finding(
                    "dependency-missing-field", .dependency, evidence: [last.event.id], confidence: 0.8,
                    "\(Phrase.call(last, look.failure)) answered \(http.status ?? 200) without \(Phrase.quote(key)) (it has \(has)); \(Phrase.doing(look)) looked for it."
                )
            ]
        }
        // The line reads the key of what a call returned, and that call was the last one before: no body was seen.
        guard KeySource.isReply(key, look) else { return [] }
        return [
            Finding(
                "dependency-missing-field", .dependency, evidence: [last.event.id], confidence: 0.62,
                "\(Phrase.call(last, look.failure)) answered \(http.status ?? 200), without \(Phrase.quote(key)) as it seems: \(Phrase.doing(look)) looked for it in what a call returned."
            )
        ]
    }
}

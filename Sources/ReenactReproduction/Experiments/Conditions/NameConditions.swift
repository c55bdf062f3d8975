import ReenactTimeline
import ReenactWire

/// Names that could not be resolved: they could have been known, and their host there.
enum NameConditions {
    /// Stands for a host of which nothing is known. RFC 1122, 3.2.1.3: within 127.0.0.0/8, and nobody's own.
    private static let address = "127.53.53.53"

    static func find(_ subject: Subject) -> [Condition] {
        var seen: Set<String> = []
        return subject.calls.filter { event in
            event.protocolName == "dns" && event.outcome.rawValue.hasPrefix("dns:") && event.outcome != "dns:noerror"
        }.reversed().compactMap { event -> Condition? in
            guard let name = event.detail["name"]?.string, !name.isEmpty, seen.insert(name.lowercased()).inserted,
                subject.failure.environment.names[name.lowercased()]?.isEmpty ?? true,
                let port = port(of: name, subject)
            else { return nil }
            let form = HTTPConditions.forms([], subject).first
            return Condition(
                .fault, recorded: "the name \(name) could not be resolved (\(event.outcome.rawValue.dropFirst(4)))",
                changed: "the host is there; it answers \(form?.text ?? "200 with {}")", event: event.id,
                target: "name \(name)",
                change: .host(
                    name: name.lowercased(), server: "\(address):\(port.number)", isTLS: port.isTLS,
                    answer: form?.bytes ?? []))
        }.prefix(2).map { $0 }
    }

    /// Where the program would have dialled: `name:8080`, else by the scheme before the name.
    private static func port(of name: String, _ subject: Subject) -> (number: Int, isTLS: Bool)? {
        let failure = subject.failure
        let texts =
            failure.environment.command + [subject.look.message]
            + subject.look.frames.flatMap { $0.locals.map(\.value) } + failure.environment.seenVariables.map(\.value)
        var found: (number: Int, isTLS: Bool)?
        for text in texts {
            guard let range = text.firstRange(of: name) else { continue }
            let scheme = text[..<range.lowerBound]
            let isTLS = ["https://", "jsons://", "wss://"].contains(where: scheme.hasSuffix)
            let rest = text[range.upperBound...]
            if rest.first == ":", let number = Int(rest.dropFirst().prefix { $0.isNumber }),
                (1...65535).contains(number)
            {
                return (number, isTLS)
            }
            if found == nil, scheme.hasSuffix("://") || isTLS { found = (isTLS ? 443 : 80, isTLS) }
        }
        return found
    }
}

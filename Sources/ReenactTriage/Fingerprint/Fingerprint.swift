import ReenactTimeline

/// The keys by which failures are recognised, on two levels kept apart.
///
/// *issue*: where it fails: exception chain, functions without line numbers, message template, operation.
/// *cause*: why it fails: the issue, the outcome class of the last relevant exchange, and the verdict's cause class.
public struct Fingerprint: Sendable, Hashable, Codable {
    /// Raised whenever the same case may get another fingerprint; it leads the text.
    public static let version = 1

    /// `1:` and 24 hexadecimal digits.
    public var issue: String
    /// `1:` and 24 hexadecimal digits.
    public var cause: String

    /// Frames of the program's own that count, from the throw site on.
    private static let framesMax = 12

    public init(of failure: Case, verdict: Verdict) {
        let parts = Self.issueParts(failure)
        issue = Self.hash(parts)
        cause = Self.hash(parts + ["outcome \(Self.outcome(failure, verdict))", "cause \(verdict.causeClass)"])
    }

    /// What the issue fingerprint is made of, for people who ask why two failures were put together.
    public static func issueParts(_ failure: Case) -> [String] {
        let chain = failure.exceptions.last.map { [$0] + $0.causes } ?? []
        var parts: [String] = []
        if chain.isEmpty {
            parts += ([failure.signature.exceptionType] + failure.signature.causeTypes).map { "type \($0)" }
            parts += folded(failure.signature.frames).prefix(framesMax).map { "frame \($0)" }
        } else {
            parts += chain.prefix(8).map { "type \($0.type)" }
            let frames = chain[0].frames
            parts += folded(Frames.own(frames).reversed().map { call(frames[$0]) }).prefix(framesMax).map {
                "frame \($0)"
            }
        }
        let message = chain.first?.message ?? failure.signature.message
        parts.append("message \(MessageTemplate.of(message))")
        if parts.allSatisfy({ !$0.hasPrefix("frame ") }) { parts.append("outcome \(failure.signature.outcome)") }
        parts.append("operation \(operation(failure.signature.operation))")
        return parts
    }

    /// Function and file name; numbers that compilers put into names are taken out.
    private static func call(_ frame: ExceptionRecord.Frame) -> String {
        let file = frame.file.split(separator: "/").last.map(String.init) ?? ""
        let function = frame.function.prefix(200).filter { !$0.isNumber }
        return "\(function) \(file)"
    }

    /// Runs of the same calls (recursion, also through two or three functions) count once.
    static func folded(_ calls: [String]) -> [String] {
        var result: [String] = []
        for call in calls.prefix(2000) {
            result.append(call)
            for period in 1...4 where result.count >= 2 * period {
                if result.suffix(period) == result.dropLast(period).suffix(period) {
                    result.removeLast(period)
                    break
                }
            }
        }
        return result
    }

    /// Values in a path do not make another operation.
    private static func operation(_ text: String) -> String {
        text.split(separator: " ").map { word in
            guard word.contains("/") else { return String(word) }
            return word.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false).map { part in
                part.contains(where: \.isNumber) ? "*" : String(part)
            }.joined(separator: "/")
        }.joined(separator: " ")
    }

    /// The class of the exchange that explains the failure; else of the last one before it.
    private static func outcome(_ failure: Case, _ verdict: Verdict) -> String {
        if let evidence = verdict.evidence.first.flatMap({ failure.event($0) }) { return evidence.outcome.rawValue }
        return Look(failure).answers.first?.event.outcome.rawValue ?? "none"
    }

    private static func hash(_ parts: [String]) -> String {
        "\(version):\(SHA256.hex(Array(parts.joined(separator: "\u{0}").utf8)).prefix(24))"
    }
}

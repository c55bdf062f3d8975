import ReenactTimeline

/// The keys by which failures are recognised, on two levels kept apart.
///
/// *issue*: where it fails: exception chain, functions without line numbers, message template; the operation where no
/// function is known. *cause*: why it fails: the issue, the outcome class of the explaining (else last) exchange with
/// its endpoint, the verdict's cause class, and names of the program that the message speaks of.
///
/// Keys of the version before are computed beside these (`former`), so that an upgrade splits no history.
public struct Fingerprint: Sendable, Hashable, Codable {
    /// Raised whenever the same case may get another fingerprint; it leads the text.
    public static let version = 4

    /// `4:` and 24 hexadecimal digits.
    public var issue: String
    /// `4:` and 24 hexadecimal digits.
    public var cause: String

    /// Frames of the program's own that count, from the throw site on.
    static let framesMax = 12

    public init(of failure: Case, verdict: Verdict) {
        self = FingerprintParts(Look(failure), verdict).fingerprint
    }

    init(issue: String, cause: String) {
        self.issue = issue
        self.cause = cause
    }

    /// The keys that the version before gave the same failure.
    public static func former(of failure: Case, verdict: Verdict) -> Fingerprint {
        FingerprintParts(Look(failure), verdict).former
    }

    /// What the cause fingerprint has besides the parts of the issue.
    public static func causeParts(_ failure: Case, verdict: Verdict) -> [String] {
        causeParts(Look(failure), verdict: verdict, names: Names.spoken(failure))
    }

    /// - Parameters:
    ///   - names: what the message speaks of, in that version.
    ///   - isFormer: as version 3 made them.
    static func causeParts(_ look: Look, verdict: Verdict, names: [String], isFormer: Bool = false) -> [String] {
        var parts = ["cause \(verdict.causeClass)"]
        if let event = telling(look, verdict) {
            parts.append("outcome \(event.outcome)")
            let isFault = event.outcome != .ok && !event.outcome.rawValue.hasPrefix("http:2")
            // Two dependencies that fail in the same helper are two causes.
            if isFault, event.protocolName == "http", let target = event.detail["target"]?.string {
                parts.append("endpoint \(operation(target))")
            }
        }
        parts += names.map { "name \($0)" }
        guard !isFormer else { return parts }
        // Where no exchange was seen, what a library said of it tells causes apart.
        if verdict.evidence.isEmpty, verdict.rule == SpokenFault.name, let status = SpokenStatus.status(look) {
            parts.append("status \(status)")
        }
        if verdict.causeClass == "missing-package", let name = SourceText.quoted(look.message).first {
            parts.append("package \(name.contains("/") && !name.hasPrefix("@") ? "<path>" : name)")
        }
        return parts
    }

    /// The exchange that explains the failure, else the last one before it whose outcome is known.
    private static func telling(_ look: Look, _ verdict: Verdict) -> Event? {
        if let evidence = verdict.evidence.first.flatMap({ look.failure.event($0) }) { return evidence }
        return look.answers.lazy.map(\.event).first { $0.outcome != .none }
    }

    /// What the issue fingerprint is made of, for people who ask why two failures were put together.
    public static func issueParts(_ failure: Case) -> [String] { issueParts(failure, isFormer: false) }

    /// - Parameters:
    ///   - isFormer: as version 3 made them.
    ///   - names: those of the exceptions' stacks, where they are known already.
    ///   - template: of the message, where it is known already.
    static func issueParts(
        _ failure: Case, isFormer: Bool, names: [StackNames]? = nil, template: String? = nil
    ) -> [String] {
        let chain = failure.exceptions.last.map { [$0] + $0.causes } ?? []
        var parts: [String] = []
        if chain.isEmpty {
            parts += ([failure.signature.exceptionType] + failure.signature.causeTypes).map { "type \($0)" }
            parts += folded(failure.signature.frames).prefix(framesMax).map { "frame \($0)" }
        } else {
            parts += chain.prefix(8).map { "type \(isFormer ? CallName.type($0.type) : FrameName.type($0.type))" }
            // Some wrap what they caught in an exception without a stack.
            let link = chain.firstIndex { !$0.frames.isEmpty } ?? 0
            let frames = chain[link].frames
            let known = names.flatMap { $0.count == chain.count && $0[link].count == frames.count ? $0[link] : nil }
            let stack = known ?? StackNames(frames, frames.map(CallNames.init))
            let cycle = isFormer ? nil : Overflow.cycle(chain[link].type, chain[link].message, stack.calls)
            parts +=
                cycle?.prefix(framesMax).map { "frame \($0)" } ?? (isFormer ? stack.formerParts : stack.parts)
        }
        let message = chain.first?.message ?? failure.signature.message
        let isFixed = !isFormer && chain.first.map { fixedMessages.contains($0.type) } ?? false
        parts.append("message \(isFixed ? "" : template ?? MessageTemplate.of(message, isFormer: isFormer))")
        // The same functions fail in the same way whoever called them.
        if !parts.contains(where: { $0.hasPrefix("frame ") }) {
            parts += ["outcome \(failure.signature.outcome)", operationPart(failure)]
        }
        return parts
    }

    /// Their messages are always the same, in the language of whoever runs the program.
    private static let fixedMessages: Set<String> = [
        "System.NullReferenceException", "System.DivideByZeroException", "System.IndexOutOfRangeException",
        "System.StackOverflowException", "System.OutOfMemoryException",
    ]

    static func operationPart(_ failure: Case) -> String { "operation \(operation(failure.signature.operation))" }

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

    static func hash(_ bytes: [UInt8], version: Int) -> String { "\(version):\(SHA256.hex(bytes).prefix(24))" }

    /// What is hashed: the parts with a zero between them.
    static func joined(_ parts: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(parts.reduce(0) { $0 + $1.utf8.count + 1 })
        for (place, part) in parts.enumerated() {
            if place > 0 { bytes.append(0) }
            bytes.append(contentsOf: part.utf8)
        }
        return bytes
    }
}

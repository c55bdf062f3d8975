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
    public static let version = 3

    /// `3:` and 24 hexadecimal digits.
    public var issue: String
    /// `3:` and 24 hexadecimal digits.
    public var cause: String

    /// Frames of the program's own that count, from the throw site on.
    private static let framesMax = 12

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
        causeParts(Look(failure), verdict: verdict)
    }

    static func causeParts(_ look: Look, verdict: Verdict) -> [String] {
        let failure = look.failure
        var parts = ["cause \(verdict.causeClass)"]
        if let event = telling(look, verdict) {
            parts.append("outcome \(event.outcome)")
            let isFault = event.outcome != .ok && !event.outcome.rawValue.hasPrefix("http:2")
            // Two dependencies that fail in the same helper are two causes.
            if isFault, event.protocolName == "http", let target = event.detail["target"]?.string {
                parts.append("endpoint \(operation(target))")
            }
        }
        return parts + Names.spoken(failure).map { "name \($0)" }
    }

    /// The exchange that explains the failure, else the last one before it whose outcome is known.
    private static func telling(_ look: Look, _ verdict: Verdict) -> Event? {
        if let evidence = verdict.evidence.first.flatMap({ look.failure.event($0) }) { return evidence }
        return look.answers.lazy.map(\.event).first { $0.outcome != .none }
    }

    /// What the issue fingerprint is made of, for people who ask why two failures were put together.
    public static func issueParts(_ failure: Case) -> [String] { issueParts(failure, isFormer: false) }

    /// - Parameter isFormer: as version 2 made them: every number out of every name, and fewer kinds of values out of
    ///   messages.
    static func issueParts(_ failure: Case, isFormer: Bool) -> [String] {
        let chain = failure.exceptions.last.map { [$0] + $0.causes } ?? []
        var parts: [String] = []
        if chain.isEmpty {
            parts += ([failure.signature.exceptionType] + failure.signature.causeTypes).map { "type \($0)" }
            parts += folded(failure.signature.frames).prefix(framesMax).map { "frame \($0)" }
        } else {
            parts += chain.prefix(8).map { "type \(isFormer ? $0.type : CallName.type($0.type))" }
            // Some wrap what they caught in an exception without a stack.
            let frames = (isFormer ? chain[0] : chain.first { !$0.frames.isEmpty } ?? chain[0]).frames
            let calls = Frames.own(frames).reversed().map { isFormer ? call(frames[$0]) : CallName.of(frames[$0]) }
            parts += folded(calls).prefix(framesMax).map { "frame \($0)" }
        }
        let message = chain.first?.message ?? failure.signature.message
        parts.append("message \(MessageTemplate.of(message, isFormer: isFormer))")
        if parts.allSatisfy({ !$0.hasPrefix("frame ") }) { parts.append("outcome \(failure.signature.outcome)") }
        // The same functions fail in the same way whoever called them.
        if !parts.contains(where: { $0.hasPrefix("frame ") }) { parts.append(operationPart(failure)) }
        return parts
    }

    static func operationPart(_ failure: Case) -> String { "operation \(operation(failure.signature.operation))" }

    /// As version 2 had it: function and file name, without any number.
    private static func call(_ frame: ExceptionRecord.Frame) -> String {
        "\(unnumbered(frame.function.cut(200))) \(frame.fileName)"
    }

    private static func unnumbered(_ text: String) -> String {
        var isPlain = true
        for byte in text.utf8 where byte >= 0x80 || (0x30...0x39).contains(byte) { isPlain = false }
        return isPlain ? text : text.filter { !$0.isNumber }
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

    static func hash(_ parts: [String], version: Int = version) -> String {
        var bytes: [UInt8] = []
        for (place, part) in parts.enumerated() {
            if place > 0 { bytes.append(0) }
            bytes.append(contentsOf: part.utf8)
        }
        return "\(version):\(SHA256.hex(bytes).prefix(24))"
    }
}

import ReenactTimeline
import ReenactWire

/// What counts as a failure: the built-in rules, and the user's own (`--when`).
public struct FailureRule: Sendable {
    /// One rule of the user's.
    public enum Condition: Sendable, Equatable {
        /// `status=404`, `status>=400`
        case status(ClosedRange<Int>)
        /// `latency>500ms`
        case latency(nanoseconds: Int64)
        /// `header:x-error~PATTERN`: a header of the program's answer.
        case header(name: String, pattern: String)
        /// `log~PATTERN`: a line that the program prints.
        case log(pattern: String)
    }

    public var conditions: [Condition]
    /// False: only the user's own rules count.
    public var hasBuiltIn = true

    public init(conditions: [Condition] = []) { self.conditions = conditions }

    /// Reads a rule.
    ///
    /// - Throws: `CaptureError` that shows the forms there are.
    public static func parse(_ text: String) throws(CaptureError) -> Condition {
        func number(_ text: Substring) -> Int? { Int(text.filter { $0 != " " }) }
        if text.hasPrefix("status>="), let least = number(text.dropFirst(8)), (100...599).contains(least) {
            return .status(least...599)
        }
        if text.hasPrefix("status="), let exact = number(text.dropFirst(7)), (100...599).contains(exact) {
            return .status(exact...exact)
        }
        if text.hasPrefix("latency>") {
            let rest = text.dropFirst(8)
            if rest.hasSuffix("ms"), let value = number(rest.dropLast(2)) {
                return .latency(nanoseconds: Int64(value) * 1_000_000)
            }
            if rest.hasSuffix("s"), let value = number(rest.dropLast(1)) {
                return .latency(nanoseconds: Int64(value) * 1_000_000_000)
            }
        }
        if text.hasPrefix("log~"), isPattern(text.dropFirst(4)) { return .log(pattern: String(text.dropFirst(4))) }
        if text.hasPrefix("header:"), let tilde = text.firstIndex(of: "~") {
            let name = text[text.index(text.startIndex, offsetBy: 7)..<tilde]
            let pattern = text[text.index(after: tilde)...]
            if !name.isEmpty, isPattern(pattern) {
                return .header(name: name.lowercased(), pattern: String(pattern))
            }
        }
        throw CaptureError(
            "--when \(text): not a rule; write status>=400, status=404, latency>500ms, log~PATTERN or header:NAME~PATTERN"
        )
    }

    private static func isPattern(_ text: Substring) -> Bool {
        !text.isEmpty && (try? Regex(String(text))) != nil
    }

    /// Whether some rule looks at an answer's headers, and not at its outline only.
    var asksHeaders: Bool {
        conditions.contains { if case .header = $0 { true } else { false } }
    }

    /// Whether answers other than those of status 500 and more may be failures.
    var looksAtEachAnswer: Bool {
        conditions.contains { if case .log = $0 { false } else { true } }
    }

    /// Whether the program's answer to an inbound request is a failure.
    func fires(on exchange: Exchange) -> Signature.Kind? {
        let status = exchange.outcome.rawValue.hasPrefix("http:") ? Int(exchange.outcome.rawValue.dropFirst(5)) : nil
        if hasBuiltIn, let status, status >= 500 { return .status }
        // The program hung up on its client without a word, or in the middle of one: a panic, a crash.
        if hasBuiltIn, exchange.outcome == "reset" || (exchange.outcome == "closed" && exchange.response == nil) {
            return .status
        }
        for condition in conditions {
            switch condition {
            case .status(let range): if let status, range.contains(status) { return .rule }
            case .latency(let limit):
                if let end = exchange.responseEnd, end - exchange.requestStart > limit { return .rule }
            case .header(let name, let pattern):
                guard let regex = try? Regex(pattern) else { continue }
                for pair in exchange.detail["responseHeaders"]?.array ?? []
                where pair[0]?.string?.lowercased() == name {
                    if (pair[1]?.string ?? "").contains(regex) { return .rule }
                }
            case .log: continue
            }
        }
        return nil
    }

    /// Patterns that make a printed line a failure.
    var logPatterns: [String] {
        conditions.compactMap { if case .log(let pattern) = $0 { pattern } else { nil } }
    }
}

import ReenactTimeline
import ReenactWire

/// What counts as a failure: the built-in rules, and the user's own (`--when`).
public struct FailureRule: Sendable {
    /// The user's own rules.
    public var conditions: [UserRule]
    /// False: only the user's own rules count.
    public var hasBuiltIn = true

    public init(conditions: [UserRule] = []) { self.conditions = conditions }

    /// Reads a rule.
    ///
    /// - Throws: `CaptureError` that shows the forms there are.
    public static func parse(_ text: String) throws(CaptureError) -> UserRule {
        guard let rule = UserRule(text) else {
            throw CaptureError(
                "--when \(text): not a rule; write status>=400, status=404, latency>500ms, log~PATTERN or header:NAME~PATTERN"
            )
        }
        return rule
    }

    /// Whether some rule looks at an answer's headers, and not at its outline only.
    var asksHeaders: Bool {
        conditions.contains { if case .header = $0 { true } else { false } }
    }

    /// Whether answers other than those of status 500 and more may be failures.
    var looksAtEachAnswer: Bool {
        conditions.contains { if case .log = $0 { false } else { true } }
    }

    /// What a failure is, and by which rule of the user's.
    struct Fired: Equatable {
        var kind: Signature.Kind
        var rule: String?
    }

    /// Whether the program's answer to an inbound request is a failure.
    func fires(on exchange: Exchange) -> Fired? {
        let status = exchange.outcome.rawValue.hasPrefix("http:") ? Int(exchange.outcome.rawValue.dropFirst(5)) : nil
        if hasBuiltIn, let status, status >= 500 { return Fired(kind: .status) }
        // The program hung up on its client without a word, or in the middle of one: a panic, a crash.
        if hasBuiltIn, exchange.outcome == "reset" || (exchange.outcome == "closed" && exchange.response == nil) {
            return Fired(kind: .status)
        }
        return conditions.first { fires($0, on: exchange, status) }.map { Fired(kind: .rule, rule: $0.text) }
    }

    private func fires(_ condition: UserRule, on exchange: Exchange, _ status: Int?) -> Bool {
        switch condition {
        case .status(let range): status.map(range.contains) ?? false
        case .latency(let limit): exchange.responseEnd.map { $0 - exchange.requestStart > limit } ?? false
        case .header:
            condition.fires(
                onFields: (exchange.detail["responseHeaders"]?.array ?? []).map {
                    ($0[0]?.string ?? "", $0[1]?.string ?? "")
                })
        case .log: false
        }
    }
}

/// A user's own rule for what is a failure (`--when`), as it is written: `status>=400`, `latency>500ms`, `log~PATTERN`.
public enum UserRule: Sendable, Equatable {
    /// `status=404`, `status>=400`
    case status(ClosedRange<Int>)
    /// `latency>500ms`
    case latency(nanoseconds: Int64)
    /// `header:x-error~PATTERN`: a header of the program's answer.
    case header(name: String, pattern: String)
    /// `log~PATTERN`: a line that the program prints.
    case log(pattern: String)

    /// Reads a rule; nil where the text is none.
    public init?(_ text: String) {
        func number(_ text: Substring) -> Int? { Int(text.filter { $0 != " " }) }
        func pattern(_ text: Substring) -> String? {
            !text.isEmpty && (try? Regex(String(text))) != nil ? String(text) : nil
        }
        if text.hasPrefix("status>="), let least = number(text.dropFirst(8)), (100...599).contains(least) {
            self = .status(least...599)
        } else if text.hasPrefix("status="), let exact = number(text.dropFirst(7)), (100...599).contains(exact) {
            self = .status(exact...exact)
        } else if text.hasPrefix("latency>"), text.hasSuffix("ms"), let value = number(text.dropFirst(8).dropLast(2)),
            (0...86_400_000).contains(value)
        {
            self = .latency(nanoseconds: Int64(value) * 1_000_000)
        } else if text.hasPrefix("latency>"), text.hasSuffix("s"), let value = number(text.dropFirst(8).dropLast(1)),
            (0...86_400).contains(value)
        {
            self = .latency(nanoseconds: Int64(value) * 1_000_000_000)
        } else if text.hasPrefix("log~"), let pattern = pattern(text.dropFirst(4)) {
            self = .log(pattern: pattern)
        } else if text.hasPrefix("header:"), let tilde = text.firstIndex(of: "~"),
            let pattern = pattern(text[text.index(after: tilde)...])
        {
            let name = text[text.index(text.startIndex, offsetBy: 7)..<tilde]
            guard !name.isEmpty else { return nil }
            self = .header(name: name.lowercased(), pattern: pattern)
        } else {
            return nil
        }
    }

    /// The rule as it is written.
    public var text: String {
        switch self {
        case .status(let range):
            range.lowerBound == range.upperBound ? "status=\(range.lowerBound)" : "status>=\(range.lowerBound)"
        case .latency(let limit):
            limit % 1_000_000_000 == 0 ? "latency>\(limit / 1_000_000_000)s" : "latency>\(limit / 1_000_000)ms"
        case .header(let name, let pattern): "header:\(name)~\(pattern)"
        case .log(let pattern): "log~\(pattern)"
        }
    }

    /// Whether an answer with these fields is what a `header` rule speaks of.
    public func fires(onFields fields: [(name: String, value: String)]) -> Bool {
        guard case .header(let name, let pattern) = self, let regex = try? Regex(pattern) else { return false }
        return fields.contains { $0.name.lowercased() == name && $0.value.contains(regex) }
    }
}

import ReenactHTTP
import ReenactTimeline

extension ExpectedFailure {
    /// Whether the user's rule fires on the attempt as it fired on the recording; nil where a built-in rule fired.
    ///
    /// - Returns: what it fired on, in words; empty where it did not fire.
    func ruleFires(on record: AttemptRecord) -> String? {
        guard signature.kind == .rule, let rule = signature.rule.flatMap({ UserRule($0) }) else { return nil }
        switch rule {
        case .log(let pattern):
            // A case may come from anyone, and some patterns never end: then the recorded line is looked for instead.
            guard Self.isQuick(pattern) else { return isPrinted(in: record.output) ? signature.message : "" }
            // A rule as wide as `error` fires on many a line: the failure is the one that the recorded line told of.
            let like = lines(matching: pattern, in: record).filter { likeness($0) >= 0.5 }
            return like.max { likeness($0) < likeness($1) } ?? ""
        case .status(let range):
            guard let status = record.lastAnswer?.status, range.contains(status) else { return "" }
            return "http:\(status)"
        case .latency(let limit):
            guard let duration = Self.duration(record), duration > limit else { return "" }
            return "\(duration / 1_000_000) ms"
        case .header(_, let pattern):
            guard Self.isQuick(pattern), let bytes = record.lastAnswer?.bytes,
                let message = HTTPMessage(bytes, side: .server),
                rule.fires(onFields: message.fields)
            else { return "" }
            return rule.text
        }
    }

    /// A line on which the rule fires, and which tells of something else than the recorded one.
    func otherLine(in record: AttemptRecord) -> String? {
        guard signature.kind == .rule, case .log(let pattern)? = signature.rule.flatMap({ UserRule($0) }),
            Self.isQuick(pattern)
        else { return nil }
        return lines(matching: pattern, in: record).last { likeness($0) < 0.5 }
    }

    private func lines(matching pattern: String, in record: AttemptRecord) -> [String] {
        guard let regex = try? Regex(pattern) else { return [] }
        return record.output.split(separator: "\n").filter { $0.prefix(300).contains(regex) }.map {
            String($0.prefix(300))
        }
    }

    /// Which part of the recorded line's words it has, numbers and paths aside.
    private func likeness(_ line: String) -> Double {
        func words(_ text: some StringProtocol) -> Set<Substring> {
            Set(TextTemplate.of(String(text.prefix(300))).split(separator: " "))
        }
        let wanted = words(signature.message.split(separator: "\n").last ?? "")
        return wanted.isEmpty ? 1 : Double(words(line).intersection(wanted).count) / Double(wanted.count)
    }

    /// At most two repetitions, and none of a group: its search takes bounded time.
    private static func isQuick(_ pattern: String) -> Bool {
        pattern.count { "*+{".contains($0) } <= 2
            && ![")*", ")+", "){"].contains { pattern.contains($0) }
    }

    /// From the answer before it, or from the program's being ready, to the last answer: requests are fired one by one.
    private static func duration(_ record: AttemptRecord) -> Int64? {
        guard let last = record.lastAnswer, last.missing.isEmpty else { return nil }
        let before = record.answers.dropLast().last?.time ?? record.stages["ready"] ?? 0
        return last.time - before
    }
}

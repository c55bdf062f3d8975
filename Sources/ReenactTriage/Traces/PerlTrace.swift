import ReenactTimeline

/// What Perl prints when a program dies: `MESSAGE at FILE line N.`, with a line for each caller where Carp confessed.
///
/// A warning has the same form; those that Perl itself words are passed over. Source: perldoc perldiag, perldoc Carp
enum PerlTrace {
    private static let messageMax = 20

    static func parse(_ lines: TraceLines, _ position: inout Int) -> Trace? {
        guard let end = end(of: lines[position]) else { return nil }
        let message = withoutTags(end.message)
        guard !message.isEmpty, !warnings.contains(where: { message.hasPrefix($0) }), !isFollowUp(message) else {
            return nil
        }
        var next = position + 1
        var places = [(file: end.file, line: end.line)]
        var callers: [Substring] = []
        while next < lines.count, places.count < TraceText.framesMax, let call = call(lines[next]) {
            next += 1
            // A block that catches runs in the function around it.
            if call.function == "eval" { continue }
            callers.append(call.function)
            places.append((call.file, call.line))
        }
        // Where the program was being compiled, each file on the way says so.
        while next < lines.count, let more = Self.end(of: lines[next]), isFollowUp(more.message) { next += 1 }
        let frames = places.indices.map { index in
            printedFrame(callers.indices.contains(index) ? callers[index] : "", places[index].file, places[index].line)
        }
        position = next
        return Trace(type: "die", message: String(message), language: "perl", frames: frames.reversed())
    }

    /// `MESSAGE at FILE line N.`, `MESSAGE at FILE line N, <STDIN> line 5.`
    private static func end(of text: Substring) -> (message: Substring, file: String, line: Int)? {
        let text = text.trimmed
        guard text.last == ".", let place = text.lastRange(of: " at ").flatMap({ place(text[$0.upperBound...]) }) else {
            return nil
        }
        let message = text[..<(text.lastRange(of: " at ")?.lowerBound ?? text.startIndex)]
        return (message, place.file, place.line)
    }

    /// `FILE line N.`, with the last line that was read from a handle behind it.
    private static func place(_ text: Substring) -> (file: String, line: Int)? {
        guard let behind = text.after(" line "), let file = text.before(" line "), !file.isEmpty else { return nil }
        let digits = behind.prefix(while: \.isNumber)
        guard let line = Int(digits) else { return nil }
        let rest = behind[digits.endIndex...]
        guard rest == "." || rest.hasPrefix(", <") && (rest.hasSuffix(".")) else { return nil }
        // An `(eval 5)` is a file to Perl.
        guard
            file.hasPrefix("(eval ") || ["-", "-e"].contains(file)
                || !file.contains(" ") && file.contains(where: { "./".contains($0) })
        else { return nil }
        return (String(file), line)
    }

    /// `\tmain::price("cup") called at shop.pl line 12`
    private static func call(_ text: Substring) -> (function: Substring, file: String, line: Int)? {
        guard text.first == "\t", let place = text.after(" called at "), let file = place.before(" line "),
            let line = place.after(" line ").flatMap({ Int($0.prefix(while: \.isNumber)) })
        else { return nil }
        let function = text.trimmed.prefix { $0 != "(" && $0 != " " }
        return (function.hasPrefix("main::") ? function.dropFirst(6) : function, String(file), line)
    }

    /// Without the time, the process and the level that loggers put before a message, each in brackets.
    private static func withoutTags(_ text: Substring) -> Substring {
        var rest = text.trimmed
        while rest.first == "[", let end = rest.firstIndex(of: "]"), rest[end...].dropFirst().first == " " {
            rest = rest[end...].dropFirst().trimmed
        }
        return rest
    }

    private static func isFollowUp(_ message: Substring) -> Bool {
        message.hasPrefix("BEGIN failed--compilation aborted") || message.hasPrefix("Compilation failed in require")
    }

    private static let warnings = [
        "Use of uninitialized value", "Use of freed value", "Odd number of elements", "Useless use of",
        "Wide character in", "Deep recursion on", "Scalar value @", "Unquoted string", "Possible ", "Name \"",
        "Subroutine ", "Prototype mismatch", "Reference found where even-sized list expected", "Argument \"",
        "Use of inherited AUTOLOAD", "Smartmatch is ", "given is ", "when is ", "substr outside of string",
        "Statement unlikely to be reached", "Negative repeat count", "Exiting subroutine via",
        "Malformed UTF-8 character (",
    ]
}

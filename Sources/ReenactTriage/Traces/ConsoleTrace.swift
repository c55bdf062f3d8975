import ReenactTimeline

/// What commands made with Symfony's console print of an exception: `In File.php line 3:`, the type in brackets where they
/// are verbose, the message between empty lines, and `Exception trace:`.
///
/// Source: https://github.com/symfony/console/blob/7.1/Application.php (doRenderThrowable)
enum ConsoleTrace {
    private static let messageMax = 20

    static func parse(_ lines: TraceLines, _ position: inout Int) -> Trace? {
        guard let place = place(lines[position]) else { return nil }
        var next = position + 1
        while next < lines.count, lines.trimmed(next).isEmpty { next += 1 }
        var type = ""
        if let named = bracketed(lines.trimmed(next)) {
            type = named
            next += 1
        }
        var message: [Substring] = []
        while next < lines.count, !lines.trimmed(next).isEmpty, message.count < messageMax, lines.indent(next) > 1 {
            message.append(lines.trimmed(next))
            next += 1
        }
        guard !message.isEmpty else { return nil }
        while next < lines.count, lines.trimmed(next).isEmpty { next += 1 }
        var frames: [ExceptionRecord.Frame] = []
        if lines.trimmed(next) == "Exception trace:" {
            next += 1
            frames = Self.frames(lines, &next)
        }
        if frames.isEmpty { frames = [printedFrame("", place.file, place.line)] }
        position = next
        return Trace(
            type: type.isEmpty ? "Exception" : type, message: message.joined(separator: "\n"), language: "php",
            frames: frames)
    }

    /// Outermost first. A function is called at the place that stands behind it, and runs at the place before.
    private static func frames(_ lines: TraceLines, _ position: inout Int) -> [ExceptionRecord.Frame] {
        var calls: [(function: String, file: String, line: Int)] = []
        while position < lines.count, calls.count < TraceText.framesMax, let call = call(lines.trimmed(position)) {
            calls.append(call)
            position += 1
        }
        var frames: [ExceptionRecord.Frame] = []
        for (index, call) in calls.enumerated() {
            let next = index + 1 < calls.count ? calls[index + 1] : nil
            // A handler that makes an exception of an error stands at the place of the error.
            if index == 0, let next, next.file == call.file, next.line == call.line { continue }
            frames.append(printedFrame(next?.function ?? "{main}", call.file, call.line))
        }
        return frames.reversed()
    }

    /// `at /srv/a.php:3`, `App\\Repo->find() at /srv/a.php:3`.
    private static func call(_ text: Substring) -> (function: String, file: String, line: Int)? {
        let isFirst = text.hasPrefix("at ")
        guard let rest = isFirst ? text.dropFirst(3) : text.after(" at "), let (file, line) = rest.fileAndLine else {
            return nil
        }
        let function = isFirst ? "" : String((text.before(" at ") ?? "").prefix { $0 != "(" })
        return (function, file, line)
    }

    /// `In ComposerRepository.php line 1365:`
    private static func place(_ text: Substring) -> (file: String, line: Int)? {
        guard text.hasPrefix("In "), text.hasSuffix(":"), let behind = text.after(".php line "),
            let line = Int(behind.dropLast())
        else { return nil }
        return (String((text.before(" line ") ?? "").dropFirst(3)), line)
    }

    /// `[ErrorException]`, `[PDOException (23000)]`.
    private static func bracketed(_ text: Substring) -> String? {
        guard text.first == "[", text.last == "]", text.count > 2 else { return nil }
        let name = text.dropFirst().dropLast().prefix { $0 != " " }
        return name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "\\" || $0 == "_" } ? String(name) : nil
    }
}

import ReenactTimeline

/// `Error: message` and `    at function (file:line:column)`, with `[cause]`.
///
/// Source: https://v8.dev/docs/stack-trace-api
enum NodeTrace {
    static func parse(_ lines: TraceLines, _ position: inout Int) -> Trace? {
        guard frame(lines[position + 1]) != nil, frame(lines[position]) == nil,
            var head = header(lines[position])
        else { return nil }
        // A message of several lines: the type stands further up.
        if !isErrorName(head.type),
            let above = (max(position - 8, 0)..<position).reversed().first(where: {
                header(lines[$0]).map { isErrorName($0.type) } ?? false
            }),
            let name = header(lines[above])
        {
            head = (name.type, name.message + "\n" + lines[position])
        }
        guard isErrorName(head.type) else { return nil }
        position += 1
        var trace = Trace(type: head.type, message: head.message, language: "node", frames: stack(lines, &position))
        // Properties of the error follow in braces; causes stand among them.
        var read = 0
        while position < lines.count, read < 60, trace.causes.count < 16 {
            let line = lines.trimmed(position)
            if let rest = line.hasPrefix("[cause]: ") ? line.after("[cause]: ") : nil, let cause = header(rest) {
                position += 1
                trace.causes.append(
                    Trace(type: cause.type, message: cause.message, language: "node", frames: stack(lines, &position)))
                read = 0
                continue
            }
            // Where an emitter passed it on: the same error, another stack.
            if line.hasPrefix("Emitted '") {
                position += 1
                _ = stack(lines, &position)
                continue
            }
            guard lines.indent(position) > 0 || line == "}" else { break }
            position += 1
            read += 1
        }
        return trace
    }

    private static func header(_ line: Substring) -> (type: String, message: String)? {
        var text = line.trimmed
        while text.last == "{" { text = text.dropLast().trimmed }
        for lead in ["Uncaught (in promise) ", "Uncaught ", "[", "Unhandled Rejection: "] where text.hasPrefix(lead) {
            text = text.dropFirst(lead.count)
        }
        // "Error [ERR_MODULE_NOT_FOUND]: message"
        if let open = text.firstIndex(of: "["), let close = text.firstIndex(of: "]"), open < close,
            text[text.index(after: close)...].hasPrefix(":"), text[..<open].trimmed.allSatisfy({ $0.isLetter })
        {
            return (String(text[..<open].trimmed), String(text[text.index(after: close)...].dropFirst().trimmed))
        }
        return text.typeAndMessage ?? ("", String(text))
    }

    private static func isErrorName(_ type: String) -> Bool {
        // Drivers of databases give their errors a name of their own: `error: relation "a" does not exist`.
        type.hasSuffix("Error") || type.hasSuffix("Exception") || type == "error"
    }

    private static func stack(_ lines: TraceLines, _ position: inout Int) -> [ExceptionRecord.Frame] {
        var frames: [ExceptionRecord.Frame] = []
        while position < lines.count {
            let line = lines.trimmed(position)
            if let frame = frame(lines[position]) {
                if frames.count < TraceText.framesMax { frames.append(frame) }
            } else if !(line.hasPrefix("... ") && line.holds("lines matching")) {
                break
            }
            position += 1
        }
        return frames.reversed()
    }

    private static func frame(_ line: Substring) -> ExceptionRecord.Frame? {
        var text = line.trimmed
        guard text.hasPrefix("at ") else { return nil }
        while text.last == "{" || text.last == " " { text = text.dropLast() }
        text = text.dropFirst(3)
        // A function without a name that was waiting: `at async /srv/app.js:17:19`.
        if text.hasPrefix("async ") { text = text.dropFirst(6) }
        var function: Substring = "<anonymous>"
        var place = text
        if text.hasSuffix(")"), let open = text.lastIndex(of: "(") {
            function = text[..<open].trimmed
            place = text[text.index(after: open)...].dropLast()
        }
        if place.hasPrefix("file://") { place = place.dropFirst(7) }
        if place == "<anonymous>" || place == "native" { return printedFrame(function, String(place), 0) }
        let colons = place.split(separator: ":")
        guard colons.count >= 3, let (file, line) = place.fileAndLine, !file.contains(" ") || text.hasSuffix(")") else {
            return nil
        }
        if let alias = function.before(" [as ") { function = alias }
        return printedFrame(function, file, line)
    }
}

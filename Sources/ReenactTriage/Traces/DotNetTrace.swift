import ReenactTimeline

/// `Unhandled exception. Type: message`, ` ---> ` for inner ones, `   at Class.Method(args) in file:line 12`.
///
/// Source: https://learn.microsoft.com/dotnet/api/system.exception.tostring
enum DotNetTrace {
    static func parse(_ lines: TraceLines, _ position: inout Int) -> Trace? {
        let line = lines[position]
        var text = line.trimmed
        if let rest = text.after("Unhandled exception. ") { text = rest }
        guard let head = text.typeAndMessage, head.type.contains("."), head.type.hasSuffix("Exception") else {
            return nil
        }
        // Types first, outermost to innermost; then the innermost stack, and so on outwards.
        var heads = [head]
        var next = position + 1
        if let inner = head.message[...].before(" ---> "), let behind = head.message[...].after(" ---> "),
            let cause = behind.typeAndMessage
        {
            heads = [(head.type, String(inner)), cause]
        }
        while lines.trimmed(next).hasPrefix("---> "), let cause = lines.trimmed(next).dropFirst(5).typeAndMessage {
            heads.append(cause)
            next += 1
        }
        guard frame(lines.trimmed(next)) != nil else { return nil }
        var stacks: [[ExceptionRecord.Frame]] = [[]]
        while next < lines.count {
            let line = lines.trimmed(next)
            if let frame = frame(line) {
                if stacks[stacks.count - 1].count < TraceText.framesMax { stacks[stacks.count - 1].append(frame) }
            } else if line.hasPrefix("--- End of inner exception") {
                stacks.append([])
            } else if !line.hasPrefix("--- End of stack trace") {
                break
            }
            next += 1
        }
        position = next
        var traces = heads.map { Trace(type: $0.type, message: $0.message, language: "dotnet", frames: []) }
        for (stack, place) in zip(stacks, traces.indices.reversed()) { traces[place].frames = stack.reversed() }
        traces[0].causes = Array(traces.dropFirst())
        return traces[0]
    }

    private static func frame(_ line: Substring) -> ExceptionRecord.Frame? {
        guard line.hasPrefix("at "), let open = line.firstIndex(of: "("), line.holds(")") else { return nil }
        let function = line[..<open].dropFirst(3)
        guard function.contains("."), !function.contains("/"), !line.holds(".java:") else { return nil }
        guard let place = line.after(") in "), let file = place.before(":line "),
            let number = place.after(":line ").flatMap({ Int($0) })
        else {
            // Without a place it looks like a frame of other languages unless nothing but arguments stands in the brackets.
            return line.hasSuffix(")") && !line.holds(":") ? foreign(function) : nil
        }
        return printedFrame(function, String(file), number)
    }

    private static func foreign(_ function: Substring) -> ExceptionRecord.Frame {
        var frame = printedFrame(function, "", 0)
        frame.inApp = !function.hasPrefix("System.") && !function.hasPrefix("Microsoft.")
        return frame
    }
}

import ReenactTimeline

/// `Type: message` and `\tat package.Class.method(File.java:12)`, with causes; what was suppressed is read over.
///
/// Source: java.lang.Throwable.printStackTrace
enum JVMTrace {
    static func parse(_ lines: TraceLines, _ position: inout Int) -> Trace? {
        guard position + 1 < lines.count, frame(lines.trimmed(position + 1)) != nil,
            let head = header(lines[position]) ?? longHeader(lines, endingAt: position)
        else { return nil }
        var whole = Trace(type: head.type, message: head.message, language: "java", frames: [])
        position += 1
        whole.frames = stack(lines, &position)
        var last = whole
        while position < lines.count {
            let line = lines.trimmed(position)
            if let rest = line.hasPrefix("Suppressed: ") ? line.after("Suppressed: ") : nil, rest.typeAndMessage != nil
            {
                position += 1
                _ = stack(lines, &position)
            } else if line.hasPrefix("Caused by: "), let rest = line.after("Caused by: "),
                let cause = rest.typeAndMessage
            {
                let isInner = lines.indent(position) > 0
                position += 1
                var trace = Trace(type: cause.type, message: cause.message, language: "java", frames: [])
                let common = position
                trace.frames = stack(lines, &position)
                // "... 2 more": the frames that both have, which stand at the outer end.
                if let more = elided(lines, common..<position), more <= last.frames.count {
                    trace.frames = last.frames.prefix(more) + trace.frames
                }
                // The cause of something suppressed is not a cause of the failure.
                if !isInner {
                    whole.causes.append(trace)
                    last = trace
                }
            } else {
                break
            }
        }
        return whole
    }

    private static func header(_ line: Substring) -> (type: String, message: String)? {
        var text = line
        if let thread = line.after("Exception in thread \""), let rest = thread.after("\" ") { text = rest }
        // Log lines may stand before the type; the type is the last word before the first colon that has a dot.
        if let direct = text.typeAndMessage,
            direct.type.contains(".") || direct.type.hasSuffix("Exception") || direct.type.hasSuffix("Error")
        {
            return direct
        }
        return nil
    }

    /// A message of several lines: the type stands some lines above the first frame.
    private static func longHeader(_ lines: TraceLines, endingAt last: Int) -> (type: String, message: String)? {
        for first in stride(from: last - 1, through: max(0, last - 8), by: -1) {
            guard frame(lines.trimmed(first)) == nil else { return nil }
            guard let head = header(lines[first]), head.type.hasSuffix("Exception") || head.type.hasSuffix("Error")
            else {
                continue
            }
            let rest = (first + 1...last).map { String(lines[$0]) }
            return (head.type, ([head.message] + rest).joined(separator: "\n"))
        }
        return nil
    }

    private static func stack(_ lines: TraceLines, _ position: inout Int) -> [ExceptionRecord.Frame] {
        var frames: [ExceptionRecord.Frame] = []
        while position < lines.count {
            let line = lines.trimmed(position)
            if let frame = frame(line) {
                if frames.count < TraceText.framesMax { frames.append(frame) }
            } else if !(line.hasPrefix("... ") && line.hasSuffix(" more")) {
                break
            }
            position += 1
        }
        return frames.reversed()
    }

    private static func elided(_ lines: TraceLines, _ range: Range<Int>) -> Int? {
        guard let last = range.last else { return nil }
        let line = lines.trimmed(last)
        guard line.hasPrefix("... "), line.hasSuffix(" more") else { return nil }
        return Int(line.dropFirst(4).dropLast(5))
    }

    private static func frame(_ line: Substring) -> ExceptionRecord.Frame? {
        guard line.hasPrefix("at "), line.hasSuffix(")") || line.hasSuffix("]"), let open = line.lastIndex(of: "(")
        else { return nil }
        let place = line[line.index(after: open)...].prefix { $0 != ")" }
        var call = line[..<open].dropFirst(3)
        // "java.base/java.util.ArrayList.get": the module stands before the slash.
        if let slash = call.lastIndex(of: "/") { call = call[call.index(after: slash)...] }
        guard call.holds("."), !call.holds(" ") else { return nil }
        let known = ["Native Method", "Unknown Source"].contains(String(place))
        let source = place.fileAndLine
        guard known || source.map({ hasEnding($0.file) }) == true else { return nil }
        let package = call.split(separator: ".").dropLast(2).joined(separator: ".")
        let foreign = [
            "java.", "javax.", "jdk.", "sun.", "com.sun.", "kotlin.", "scala.", "org.springframework.", "org.apache.",
            "io.netty.",
        ]
        var frame = printedFrame(call, source?.file ?? "", source?.line ?? 0, module: package)
        frame.inApp = !foreign.contains { call.hasPrefix($0) }
        return frame
    }

    /// OpenTelemetry writes stacks of PHP in the same way.
    private static func hasEnding(_ file: String) -> Bool {
        [".java", ".kt", ".scala", ".groovy", ".clj", ".php"].contains { file.hasSuffix($0) } || file.hasPrefix("<")
    }
}

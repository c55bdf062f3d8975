import ReenactTimeline

/// `function@https://host/file.js:12:3`, as Firefox and Safari keep a stack: without type and message.
///
/// Source: https://developer.mozilla.org/docs/Web/JavaScript/Reference/Global_Objects/Error/stack
enum GeckoTrace {
    static func parse(_ lines: TraceLines, _ position: inout Int) -> Trace? {
        guard position == 0, frame(lines[position]) != nil else { return nil }
        var frames: [ExceptionRecord.Frame] = []
        while position < lines.count, let frame = frame(lines[position]) {
            if frames.count < TraceText.framesMax { frames.append(frame) }
            position += 1
        }
        return Trace(type: "", message: "", language: "node", frames: frames.reversed())
    }

    private static func frame(_ line: Substring) -> ExceptionRecord.Frame? {
        guard let at = line.firstIndex(of: "@"), case let place = line[line.index(after: at)...], !place.holds(" "),
            place.holds("/") || place.hasPrefix("["), let (file, number) = place.fileAndLine, number > 0
        else { return nil }
        return printedFrame(line[..<at], file, number)
    }
}

import ReenactTimeline

/// `Traceback (most recent call last):`, chains included.
///
/// Source: https://docs.python.org/3/library/traceback.html
enum PythonTrace {
    static func parse(_ lines: TraceLines, _ position: inout Int) -> Trace? {
        guard lines[position].holds("Traceback (most recent call last):") else { return nil }
        var whole: Trace?
        while let trace = one(lines, &position) {
            var trace = trace
            if let cause = whole { trace.add(cause: cause) }
            whole = trace
            // Blank, "The above exception …" or "During handling …", blank, next traceback.
            var next = position
            while next < position + 3, lines.trimmed(next).isEmpty, next < lines.count { next += 1 }
            guard
                lines[next].holds("was the direct cause of the following")
                    || lines[next].holds("During handling of the above")
            else { break }
            next += 1
            while next < position + 6, lines.trimmed(next).isEmpty, next < lines.count { next += 1 }
            guard lines[next].holds("Traceback (most recent call last):") else { break }
            position = next
        }
        return whole
    }

    private static func one(_ lines: TraceLines, _ position: inout Int) -> Trace? {
        guard position < lines.count, lines[position].holds("Traceback (most recent call last):") else { return nil }
        let start = position
        position += 1
        var frames: [ExceptionRecord.Frame] = []
        while position < lines.count, let place = frame(lines.trimmed(position)) {
            position += 1
            var source = ""
            let next = lines.trimmed(position)
            if frame(next) == nil, lines.indent(position) > lines.indent(position - 1) {
                source = String(next)
                position += 1
            }
            // Marks below the source line, and the note on repeated lines.
            while position < lines.count, isDecoration(lines.trimmed(position)) { position += 1 }
            if frames.count < TraceText.framesMax {
                frames.append(printedFrame(place.function, place.file, place.line, source: source))
            }
        }
        guard !frames.isEmpty || position > start else { return nil }
        guard let (type, message) = lines.trimmed(position).typeAndMessage else {
            return frames.isEmpty ? nil : Trace(type: "", message: "", language: "python", frames: frames)
        }
        position += 1
        return Trace(type: type, message: message, language: "python", frames: frames)
    }

    private static func isDecoration(_ line: Substring) -> Bool {
        if line.hasPrefix("[Previous line repeated") { return true }
        return !line.isEmpty && line.allSatisfy { "^~ ".contains($0) }
    }

    private static func frame(_ line: Substring) -> (file: String, line: Int, function: String)? {
        guard line.hasPrefix("File \""), let rest = line.after("File \""), let file = rest.before("\", line "),
            let behind = rest.after("\", line ")
        else { return nil }
        let number = behind.prefix(while: \.isNumber)
        guard let value = Int(number) else { return nil }
        let function = behind.after(", in ").map { String($0.trimmed) } ?? "<module>"
        return (String(file), value, function)
    }
}

import ReenactTimeline

/// `thread 'main' panicked at src/main.rs:2:5:`, the message, and the backtrace that may follow.
///
/// Source: https://doc.rust-lang.org/std/macro.panic.html
enum RustTrace {
    static func parse(_ lines: TraceLines, _ position: inout Int) -> Trace? {
        guard lines[position].hasPrefix("thread '"), let rest = lines[position].after(" panicked at ") else {
            return nil
        }
        var message: Substring
        let place: Substring
        if rest.hasPrefix("'"), let end = rest.lastRange(of: "', ") {
            message = rest[..<end.lowerBound].dropFirst()
            place = rest[end.upperBound...]
        } else {
            place = rest.last == ":" ? rest.dropLast() : rest
            position += 1
            message = lines[position]
        }
        guard let (file, line) = place.fileAndLine else { return nil }
        message = message.trimmed
        position += 1
        var frames: [ExceptionRecord.Frame] = []
        while position < lines.count,
            lines.trimmed(position).isEmpty || lines[position].hasPrefix("note:")
                || lines[position].hasPrefix("stack backtrace:")
        {
            position += 1
            if frames.isEmpty, lines[position - 1].hasPrefix("stack backtrace:") { break }
        }
        while position < lines.count, let function = numbered(lines.trimmed(position)) {
            position += 1
            var at = (file: "", line: 0)
            if lines.trimmed(position).hasPrefix("at "), let found = lines.trimmed(position).dropFirst(3).fileAndLine {
                at = found
                position += 1
            }
            if frames.count < TraceText.framesMax { frames.append(printedFrame(function, at.file, at.line)) }
        }
        // What panicking itself calls stands above the place that the first line names.
        if let thrown = frames.firstIndex(where: { $0.line == line && $0.file.hasSuffix(file) }) {
            frames.removeFirst(thrown)
        }
        if frames.isEmpty { frames = [printedFrame("", file, line)] }
        return Trace(type: "panic", message: String(message), language: "native", frames: frames.reversed())
    }

    /// `3: app::deep`.
    private static func numbered(_ line: Substring) -> Substring? {
        guard let colon = line.firstIndex(of: ":"), Int(line[..<colon]) != nil else { return nil }
        let name = line[line.index(after: colon)...].trimmed
        return name.isEmpty ? nil : name
    }
}

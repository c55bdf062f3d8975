import ReenactTimeline

/// ``file.rb:3:in `method': message (Type)`` and `\tfrom file.rb:9:in …`.
///
/// Source: https://docs.ruby-lang.org/en/3.4/Exception.html, full_message
enum RubyTrace {
    static func parse(_ lines: TraceLines, _ position: inout Int) -> Trace? {
        let line = lines[position]
        guard line.holds(".rb:") || line.holds("in `") || line.holds("in '"), let (frame, rest) = frame(line),
            rest.hasPrefix(": ")
        else { return nil }
        let text = rest.dropFirst(2)
        guard text.hasSuffix(")"), let open = text.lastIndex(of: "(") else { return nil }
        let type = text[text.index(after: open)...].dropLast()
        guard type.first?.isUppercase == true, type.allSatisfy({ $0.isLetter || $0.isNumber || "_:".contains($0) })
        else { return nil }
        position += 1
        var frames = [frame]
        while position < lines.count,
            let from = lines.trimmed(position).hasPrefix("from ") ? lines.trimmed(position).dropFirst(5) : nil,
            let (caller, _) = self.frame(from)
        {
            if frames.count < TraceText.framesMax { frames.append(caller) }
            position += 1
        }
        return Trace(
            type: String(type), message: String(text[..<open].trimmed), language: "ruby", frames: frames.reversed())
    }

    /// The frame, and what stands behind it.
    private static func frame(_ line: Substring) -> (ExceptionRecord.Frame, Substring)? {
        for open in [":in `", ":in '"] {
            guard let place = line.before(open), let rest = line.after(open), let end = rest.firstIndex(of: "'"),
                let (file, number) = place.fileAndLine
            else { continue }
            return (printedFrame(rest[..<end], file, number), rest[rest.index(after: end)...])
        }
        return nil
    }
}

import ReenactTimeline

/// ``file.rb:3:in `method': message (Type)`` and `\tfrom file.rb:9:in …`; of loggers the type and the message, and the
/// frames below.
///
/// Source: https://docs.ruby-lang.org/en/3.4/Exception.html, full_message; WEBrick::BasicLog, Logger::Formatter,
/// Sinatra's dump_errors and Rails' DebugExceptions
enum RubyTrace {
    static func parse(_ lines: TraceLines, _ position: inout Int) -> Trace? {
        if let logged = logged(lines, &position) { return logged }
        let line = lines[position]
        guard line.holds(".rb:") || line.holds("in `") || line.holds("in '"), let (frame, rest) = frame(line),
            rest.hasPrefix(": ")
        else { return nil }
        let text = rest.dropFirst(2)
        guard text.hasSuffix(")"), let open = text.lastIndex(of: "(") else { return nil }
        let type = text[text.index(after: open)...].dropLast()
        guard type.first?.isUppercase == true, type.allSatisfy({ $0.isLetter || $0.isNumber || "_:".contains($0) })
        else { return nil }
        position = lines.afterHighlight(position + 1)
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

    /// What a logger wrote: type and message in a line of their own.
    private static func logged(_ lines: TraceLines, _ position: inout Int) -> Trace? {
        guard frame(lines.trimmed(position)) == nil, let (type, message) = head(lines[position]) else { return nil }
        // Rails leaves a line free.
        var next = lines.afterHighlight(position + 1)
        while next <= position + 2, lines[next].allSatisfy(\.isWhitespace) { next += 1 }
        var frames: [ExceptionRecord.Frame] = []
        // Loggers that write the backtrace as a message of its own, like Sidekiq's, put their prefix before it.
        if let first = bareFrame(withoutPrefix(lines.trimmed(next))) {
            frames.append(first)
            next += 1
        }
        while next < lines.count, let frame = bareFrame(lines.trimmed(next)) {
            if frames.count < TraceText.framesMax { frames.append(frame) }
            next += 1
        }
        guard !frames.isEmpty else { return nil }
        position = next
        return Trace(type: type, message: message, language: "ruby", frames: frames.reversed())
    }

    /// `… WARN: /srv/worker.rb:11:in …` from the path on.
    private static func withoutPrefix(_ line: Substring) -> Substring {
        guard line.first != "/", let path = line.after(": /"), let place = line.before(": /"), !place.holds(".rb:")
        else { return line }
        return line[line.index(before: path.startIndex)...]
    }

    /// A frame and nothing behind it.
    private static func bareFrame(_ line: Substring) -> ExceptionRecord.Frame? {
        guard line.holds(":in `") || line.holds(":in '"), let (frame, rest) = frame(line), rest.trimmed.isEmpty else {
            return nil
        }
        return frame
    }

    /// `… ERROR TypeError: message`, `… - TypeError - message:`, `TypeError (message):`, `… message (TypeError)`.
    private static func head(_ line: Substring) -> (type: String, message: String)? {
        let line = line.trimmed
        var word = line.startIndex
        while word < line.endIndex {
            let end = line[word...].firstIndex(of: " ") ?? line.endIndex
            let rest = end < line.endIndex ? line[line.index(after: end)...] : ""
            let colon = line[word..<end].hasSuffix(":")
            let type = colon ? line[word..<end].dropLast() : line[word..<end]
            if isType(type) {
                if colon || rest.isEmpty { return (String(type), String(rest)) }
                if rest.hasPrefix("- ") {
                    return (String(type), String(rest.dropFirst(2).dropLast(rest.hasSuffix(":") ? 1 : 0)))
                }
                if rest.hasPrefix("("), let close = rest.lastIndex(of: ")") {
                    return (String(type), String(rest[..<close].dropFirst()))
                }
            }
            guard end < line.endIndex else { break }
            word = line.index(after: end)
        }
        guard line.hasSuffix(")"), let open = line.lastIndex(of: "("), isType(line[open...].dropFirst().dropLast())
        else { return nil }
        let said = line[..<open].after("-- : ") ?? line[..<open]
        return (String(line[open...].dropFirst().dropLast()), String(said.trimmed))
    }

    private static func isType(_ word: Substring) -> Bool {
        guard word.first?.isUppercase == true, word.allSatisfy({ $0.isLetter || $0.isNumber || "_:".contains($0) })
        else {
            return false
        }
        return word.hasSuffix("Error") || word.hasSuffix("Exception") || word.holds("::") && word.last != ":"
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

import ReenactTimeline

/// `Fatal error: Uncaught …` with `#0 file(line): function()`, chains included; fatal errors without a trace.
///
/// PHP prints the innermost exception first, and for each frame the place of the call, not of the function.
enum PHPTrace {
    static func parse(_ lines: TraceLines, _ position: inout Int) -> Trace? {
        // As an exception turns itself into text.
        if lines[position + 1] == "Stack trace:", !lines[position].holds("atal error: "),
            lastPlace(lines[position]) != nil
        {
            return chain(lines[position], lines, &position)
        }
        guard lines[position].holds("atal error: ") else { return nil }
        if let head = lines[position].after("Uncaught ") { return chain(head, lines, &position) }
        guard let text = lines[position].after("atal error: ")?.trimmed, let place = text.after(" on line "),
            let line = Int(place.prefix(while: \.isNumber)), let message = text.before(" on line ")
        else { return nil }
        // "Allowed memory size … exhausted in /srv/a.php"
        let parts = message.split(separator: " ")
        guard parts.count > 2, let file = parts.last else { return nil }
        position += 1
        return Trace(
            type: "Fatal error", message: parts.dropLast(2).joined(separator: " "), language: "php",
            frames: [printedFrame("", String(file), line)])
    }

    private static func chain(_ first: Substring, _ lines: TraceLines, _ position: inout Int) -> Trace? {
        var whole: Trace?
        var head: Substring? = first
        while let current = head {
            guard var trace = one(current, lines, &position) else { break }
            if let cause = whole { trace.add(cause: cause) }
            whole = trace
            head = nil
            // The empty line between the two may have been left out by whoever kept the output.
            let next = lines.trimmed(position).isEmpty ? position + 1 : position
            if lines[next].hasPrefix("Next ") {
                position = next
                head = lines[position].dropFirst(5)
            }
        }
        return whole
    }

    private static func one(_ head: Substring, _ lines: TraceLines, _ position: inout Int) -> Trace? {
        // A message may have several lines; the place stands at the end of the last one, before "Stack trace:".
        var text = String(head)
        position += 1
        var extra = 0
        while position < lines.count, lines[position] != "Stack trace:", extra < 20, !text[...].holds(" in /") {
            text += "\n" + lines[position]
            position += 1
            extra += 1
        }
        guard let place = lastPlace(text[...]) else { return nil }
        let (type, message) = unstamped(place.text).typeAndMessage ?? ("Error", String(place.text))
        if lines[position] == "Stack trace:" { position += 1 }
        var calls: [(function: String, file: String, line: Int)] = []
        while position < lines.count, lines[position].hasPrefix("#") {
            if let call = call(lines[position]), calls.count < TraceText.framesMax { calls.append(call) }
            position += 1
        }
        if lines.trimmed(position).hasPrefix("thrown in ") { position += 1 }
        // Frame n's function runs at frame n-1's place.
        var frames: [ExceptionRecord.Frame] = []
        var at = (file: place.file, line: place.line)
        for call in calls {
            frames.append(printedFrame(call.function, at.file, at.line))
            at = (call.file, call.line)
        }
        if calls.isEmpty { frames.append(printedFrame("{main}", at.file, at.line)) }
        return Trace(type: type, message: message, language: "php", frames: frames.reversed())
    }

    /// The text without what logs put before it: `[Sun Nov 22 03:38:58 2026] `, `NOTICE: PHP message: `.
    private static func unstamped(_ text: Substring) -> Substring {
        var rest = text
        while rest.first == "[", let end = rest.prefix(60).firstIndex(of: "]") {
            rest = rest[rest.index(after: end)...].drop { $0 == " " }
        }
        // The built-in server: `127.0.0.1:58186 [500]: GET /orders - Uncaught PDOException: …`.
        if rest.prefix(60).after(" [5") != nil, let said = rest.after("]: ")?.after(" - Uncaught ") { return said }
        return rest.prefix(60).after("PHP message: ").map { rest.suffix(from: $0.startIndex) } ?? rest
    }

    /// The text before the last ` in file:line`.
    private static func lastPlace(_ text: Substring) -> (text: Substring, file: String, line: Int)? {
        guard let range = text.lastRange(of: " in /") else { return nil }
        let path = text[text.index(range.lowerBound, offsetBy: 4)...].prefix { $0 != "\n" }
        guard let (file, line) = path.fileAndLine else { return nil }
        return (text[..<range.lowerBound], file, line)
    }

    /// `#0 /srv/a.php(3): Repo->find()`, `#1 [internal function]: f()`, `#2 {main}`.
    private static func call(_ text: Substring) -> (function: String, file: String, line: Int)? {
        guard let rest = text.after(" ") else { return nil }
        if rest == "{main}" { return ("{main}", "", 0) }
        if let function = rest.after("[internal function]: ") { return (name(function), "[internal function]", 0) }
        guard let colon = rest.after("): "), let place = rest.before("): "), let open = place.lastIndex(of: "("),
            let line = Int(place[place.index(after: open)...])
        else { return nil }
        return (name(colon), String(place[..<open]), line)
    }

    private static func name(_ text: Substring) -> String { String(text.prefix { $0 != "(" }) }
}

import ReenactTimeline

/// `panic: …` or `fatal error: …`, then the goroutine that panicked; of `debug.Stack` the goroutine alone.
///
/// Source: https://pkg.go.dev/runtime, printpanics and traceback.
enum GoTrace {
    static func parse(_ lines: TraceLines, _ position: inout Int) -> Trace? {
        let line = lines[position]
        if line.holds("panic recovered:") { return gin(lines, &position) }
        let served = line.holds("http: panic serving ")
        let text: Substring
        if line.hasPrefix("panic: ") || line.hasPrefix("fatal error: ") {
            text = line.after(": ") ?? ""
        } else if served, let rest = line.after("http: panic serving "), let message = rest.after(": ") {
            text = message
        } else if isGoroutine(lines[position + 1]), let logged = logged(line) {
            text = logged
        } else if position == 0, isGoroutine(line) {
            text = ""
        } else {
            return nil
        }
        let isBare = text.isEmpty && isGoroutine(line)
        var next = isBare ? position : position + 1
        var extra: [Substring] = []
        while next < position + 12, next < lines.count, !isGoroutine(lines[next]) {
            let more = lines.trimmed(next)
            if more.hasPrefix("panic: ") { extra.append(more.dropFirst(7)) }
            next += 1
        }
        guard isGoroutine(lines[next]) else { return nil }
        next += 1
        var frames: [ExceptionRecord.Frame] = []
        while next + 1 < lines.count, let frame = frame(lines[next], lines[next + 1]) {
            if frames.count < TraceText.framesMax { frames.append(frame) }
            next += 2
        }
        position = next
        // What panicking itself calls stands above the place where it happened.
        if let thrown = frames.lastIndex(where: { ["panic", "runtime.gopanic"].contains($0.function) }) {
            frames.removeFirst(thrown + 1)
        }
        let machinery = frames.prefix { frame in
            ["runtime.", "runtime/debug.", "go.opentelemetry.io/otel"].contains { frame.function.hasPrefix($0) }
        }.count
        if machinery < frames.count { frames.removeFirst(machinery) }
        var message = (extra.last ?? text).trimmed
        for mark in [" [recovered]", " [recovered, repanicked]"] where message.hasSuffix(mark) {
            message = message.dropLast(mark.count)
        }
        let type =
            isBare
            ? ""
            : message.hasPrefix("runtime error: ") ? "runtime error" : line.hasPrefix("fatal") ? "fatal error" : "panic"
        return Trace(type: type, message: String(message), language: "go", frames: frames.reversed())
    }

    /// What a program that recovered says before it prints the stack: `2026/11/22 07:04:59 panic: runtime error: …`.
    private static func logged(_ line: Substring) -> Substring? {
        let said = line.after("panic: ") ?? line.after("recovered: ") ?? line.after("recovered from ")
        return said.flatMap { $0.trimmed.isEmpty ? nil : $0 }
    }

    /// gin's Recovery: the request, the message, and frames with their source: `/srv/a.go:4 (0x6f)`, `\tmain.f: x[3]`.
    ///
    /// Source: https://github.com/gin-gonic/gin, recovery.go
    private static func gin(_ lines: TraceLines, _ position: inout Int) -> Trace? {
        func place(_ line: Substring) -> (file: String, line: Int)? {
            line.hasSuffix(")") ? line.before(" (0x").flatMap(\.fileAndLine) : nil
        }
        let below = position + 1..<min(position + 80, lines.count)
        guard let first = below.first(where: { place(lines[$0]) != nil }), first > position + 1 else { return nil }
        let message = lines.trimmed(first - 1)
        var frames: [ExceptionRecord.Frame] = []
        var next = first
        while next + 1 < lines.count, let (file, number) = place(lines[next]), lines[next + 1].hasPrefix("\t") {
            let call = lines.trimmed(next + 1)
            let function = call.before(": ") ?? call
            if frames.count < TraceText.framesMax {
                frames.append(
                    printedFrame(
                        function, file, number, source: String(call.after(": ") ?? ""),
                        module: String(function.split(separator: ".").first ?? "")))
            }
            next += 2
        }
        position = next
        let own = frames.firstIndex { !$0.file.contains("/runtime/") && !$0.function.hasPrefix("runtime.") }
        return Trace(
            type: message.hasPrefix("runtime error: ") ? "runtime error" : "panic", message: String(message),
            language: "go", frames: frames.dropFirst(own ?? 0).reversed())
    }

    private static func isGoroutine(_ line: Substring) -> Bool { line.hasPrefix("goroutine ") && line.hasSuffix("]:") }

    /// `main.(*S).get(...)` over `\t/srv/a.go:4 +0x18`.
    private static func frame(_ call: Substring, _ place: Substring) -> ExceptionRecord.Frame? {
        guard place.hasPrefix("\t"), !call.isEmpty, !call.hasPrefix("\t") else { return nil }
        let path = place.trimmed.before(" +0x") ?? place.trimmed
        guard let (file, line) = path.fileAndLine else { return nil }
        var function = call
        if let created = call.after("created by ") {
            function = created.before(" in goroutine") ?? created
        } else if call.hasSuffix(")"), let open = lastOpening(call) {
            function = call[..<open]
        }
        return printedFrame(function, file, line, module: String(function.split(separator: ".").first ?? ""))
    }

    /// The parenthesis that opens the arguments: the last one that is not part of a receiver.
    private static func lastOpening(_ call: Substring) -> Substring.Index? {
        var depth = 0
        for index in call.indices.reversed() {
            if call[index] == ")" { depth += 1 }
            if call[index] == "(" {
                depth -= 1
                if depth == 0 { return index }
            }
        }
        return nil
    }
}

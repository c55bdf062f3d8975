import ReenactTimeline

/// `file.swift:12: Fatal error: message` and the crash report that may follow.
///
/// Source: https://github.com/swiftlang/swift/blob/main/docs/Backtracing.rst
enum SwiftTrace {
    private static let machinery = [
        "_assertionFailure", "specialized _assertionFailure", "_fatalErrorMessage", "swift_", "__libc_start", "_start",
    ]

    static func parse(_ lines: TraceLines, _ position: inout Int) -> Trace? {
        guard let place = lines[position].before(": Fatal error"), let (file, line) = place.fileAndLine,
            file.hasSuffix(".swift"),
            let rest = lines[position].after(": Fatal error")
        else { return nil }
        let message = rest.hasPrefix(": ") ? rest.dropFirst(2) : rest
        position += 1
        var frames: [ExceptionRecord.Frame] = []
        var next = position
        var blank = 0
        while next < lines.count, next < position + 400 {
            let text = lines.trimmed(next)
            if let frame = frame(text) {
                frames.append(frame)
                blank = 0
            } else if !frames.isEmpty {
                // Source excerpts stand between frames.
                blank += 1
                if blank > 16 || text == "..." || text.hasPrefix("Registers:") { break }
            }
            next += 1
        }
        if frames.isEmpty {
            let own = file.hasPrefix("Swift/") ? [] : [printedFrame("", file, line)]
            return Trace(type: "Fatal error", message: String(message), language: "native", frames: own)
        }
        position = next
        let own = frames.filter { frame in
            !machinery.contains { frame.function.hasPrefix($0) } && !frame.function.contains("_assertionFailure")
        }
        return Trace(type: "Fatal error", message: String(message), language: "native", frames: own.reversed())
    }

    /// `3 [ra] 0x00005603 deep(_:) + 32 in e at /srv/e.swift:2:9`.
    private static func frame(_ line: Substring) -> ExceptionRecord.Frame? {
        let words = line.split(separator: " ", maxSplits: 5)
        guard words.count >= 3, Int(words[0]) != nil, line.holds(" in "), let address = line.after(" 0x"),
            let text = address.after(" ")
        else { return nil }
        let name = text.before(" + ") ?? text.before(" in ") ?? text
        guard !name.isEmpty, let image = text.after(" in ") else { return nil }
        let place = image.after(" at ")?.trimmed.fileAndLine
        var frame = printedFrame(name, place?.file ?? "", place?.line ?? 0, module: String(image.prefix { $0 != " " }))
        frame.inApp = !frame.module.hasPrefix("lib") && !frame.module.contains(".so")
        return frame
    }
}

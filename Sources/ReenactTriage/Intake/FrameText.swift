import ReenactTimeline

/// One frame in whatever form it was written down.
enum FrameText {
    /// More frames than this are not kept.
    static let framesMax = 400

    /// An object with `function`, `file`, `line` under any of their usual names, or one line of text.
    static func frame(_ value: JSONValue) -> ExceptionRecord.Frame? {
        if let text = value.string { return frame(text) }
        if let parts = value.array, parts.count >= 2 {
            // [file, line, function, source], as Python's traceback.extract_tb gives it.
            let texts = parts.map(\.scalarText)
            if let line = parts[1].integer {
                return printedFrame(
                    texts.count > 2 ? texts[2] : "", texts[0], Int(clamping: line),
                    source: texts.count > 3 ? texts[3] : "")
            }
            return printedFrame(texts[0], texts[1], Int(texts.count > 2 ? texts[2] : "") ?? 0)
        }
        guard value.object != nil else { return nil }
        let function = value.text("function", "func", "method", "name", "symbol", "raw_function")
        let file = value.text("abs_path", "absolute_path", "file", "filename", "path", "source_file")
        let module = value.text("module", "class", "package", "namespace")
        guard !function.isEmpty || !file.isEmpty || !module.isEmpty else { return nil }
        var frame = printedFrame(
            function, file, value.whole("line", "lineno", "line_number") ?? 0,
            source: value.text("context_line", "source", "code", "text"), module: module)
        // A module is all that some runtimes know of a place.
        if file.isEmpty { frame.file = module }
        if let inApp = (value["in_app"] ?? value["inApp"])?.bool { frame.inApp = inApp }
        return frame
    }

    /// A line, as a runtime or a debugger writes it; Python's may bring the source below it.
    static func frame(_ text: String) -> ExceptionRecord.Frame? {
        let isPython = text.contains("File \"")
        // The function above its place, as Go and Rust print.
        if !isPython, text.trimmingPrefix(while: \.isNewline).contains("\n") {
            return WrittenFrame.frames(in: text).last
        }
        guard var frame = WrittenFrame(text[...])?.frame else { return nil }
        if frame.line > 0, let below = text.prefix(4000)[...].after("\n") { frame.source = String(below.trimmed) }
        return frame
    }

    static func language(_ frames: [ExceptionRecord.Frame]) -> String {
        let endings: [(String, String)] = [
            (".py", "python"), (".js", "node"), (".mjs", "node"), (".cjs", "node"), (".ts", "node"), (".php", "php"),
            (".go", "go"), (".rb", "ruby"), (".java", "java"), (".kt", "java"), (".scala", "java"),
        ]
        for frame in frames.reversed() {
            if let found = endings.first(where: { frame.file.hasSuffix($0.0) }) { return found.1 }
        }
        return "native"
    }
}

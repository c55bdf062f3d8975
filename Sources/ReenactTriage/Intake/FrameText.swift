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

    /// `File "a.py", line 3, in f`, `at f (a.js:3:1)`, `f (a.go:3)`, `a.rb:3:in 'f'`, `pkg.Class.method(File.java:3)`.
    static func frame(_ text: String) -> ExceptionRecord.Frame? {
        var line = text.prefix(4000).trimmed
        guard !line.isEmpty else { return nil }
        if let rest = line.after("File \""), let file = rest.before("\", line ") {
            let behind = rest.after("\", line ") ?? ""
            let number = Int(behind.prefix(while: \.isNumber)) ?? 0
            let name = behind.after(", in ").map { $0.prefix { $0 != "\n" }.trimmed } ?? "<module>"
            let source = behind.after("\n").map { String($0.trimmed) } ?? ""
            return printedFrame(name, String(file), number, source: source)
        }
        if line.hasPrefix("at ") { line = line.dropFirst(3).trimmed }
        if let open = line.lastIndex(of: "("), line.last == ")" {
            let place = line[line.index(after: open)...].dropLast()
            let (file, number) = place.fileAndLine ?? (String(place), 0)
            return printedFrame(line[..<open].trimmed, file, number)
        }
        if let place = line.before(":in "), let (file, number) = place.fileAndLine {
            return printedFrame((line.after(":in ") ?? "").filter { !"`'".contains($0) }, file, number)
        }
        if let range = line.lastRange(of: " in "), let (file, number) = line[..<range.lowerBound].fileAndLine {
            return printedFrame(line[range.upperBound...].trimmed, file, number)
        }
        let words = line.split(separator: " ")
        if words.count >= 2, let (file, number) = words[words.count - 1].fileAndLine {
            return printedFrame(words.dropLast().joined(separator: " "), file, number)
        }
        // file:function:line and file:line:function
        let parts = line.split(separator: ":")
        if parts.count == 3, let number = Int(parts[2]) { return printedFrame(parts[1], String(parts[0]), number) }
        if parts.count == 3, let number = Int(parts[1]) { return printedFrame(parts[2], String(parts[0]), number) }
        if let (file, number) = line.fileAndLine { return printedFrame("", file, number) }
        return printedFrame(line, "", 0)
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

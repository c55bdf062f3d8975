import ReenactTimeline

/// One line that stands for a frame, in the form of whatever runtime or debugger wrote it.
struct WrittenFrame {
    var function: Substring
    var file = ""
    var line = 0
    var module = ""
    /// The runtime says itself that the code is not the program's.
    var isForeign = false
    /// The line has the form of a frame, and is no sentence that stands among frames.
    var isSure = true

    var frame: ExceptionRecord.Frame {
        var frame = printedFrame(function.trimmed, file, line, module: module)
        if isForeign { frame.inApp = false }
        return frame
    }

    /// The frames of a stack's text in no form that `TraceText` knows, outermost first.
    ///
    /// Where some lines have the form of frames the others are taken for messages and headings. Every runtime but Python
    /// prints the innermost call first.
    static func frames(in text: String) -> [ExceptionRecord.Frame] {
        var read: [WrittenFrame] = []
        var lines = text.split(separator: "\n", omittingEmptySubsequences: true).prefix(4 * FrameText.framesMax)[...]
        while let line = lines.popFirst() {
            // Go, and some of Rust's, write the place below the function.
            if let below = lines.first, below.hasPrefix("\t") || below.trimmed.hasPrefix("at "), place(line) == nil,
                let found = place(below.trimmed.hasPrefix("at ") ? below.trimmed.dropFirst(3) : below.trimmed)
            {
                var frame = WrittenFrame(function: unnumbered(line.trimmed).rest)
                (frame.file, frame.line) = found
                read.append(frame)
                lines = lines.dropFirst()
            } else if let frame = WrittenFrame(line) {
                read.append(frame)
            }
        }
        let sure = read.filter(\.isSure)
        let kept = (sure.isEmpty ? read : sure).prefix(FrameText.framesMax).map(\.frame)
        return text.contains("File \"") && text.contains("\", line ") ? Array(kept) : kept.reversed()
    }

    /// nil where the line is empty.
    init?(_ text: Substring) {
        var line = text.prefix(4000).trimmed
        guard !line.isEmpty else { return nil }
        if let python = Self.python(line) {
            self = python
            return
        }
        if line.hasPrefix("at ") { line = line.dropFirst(3).trimmed }
        let (rest, isNumbered) = Self.unnumbered(line)
        line = rest
        for form in Self.forms {
            guard let found = form(line) else { continue }
            self = found
            return
        }
        var found = Self.common(line)
        found.isSure = isNumbered || found.isSure
        self = found
    }

    init(function: Substring, at place: (file: String, line: Int)? = nil, module: Substring = "") {
        self.function = function
        file = place?.file ?? ""
        line = place?.line ?? 0
        self.module = String(module)
    }

    private static let forms: [@Sendable (Substring) -> WrittenFrame?] = [
        beam, php, camel, dotNet, called, lua, windows, apple, native,
    ]

    /// `File "a.py", line 3, in f`, and what OCaml makes of it.
    private static func python(_ line: Substring) -> WrittenFrame? {
        guard let rest = line.after("File \""), let file = rest.before("\", line "),
            let behind = rest.after("\", line ")
        else { return nil }
        let number = Int(behind.prefix(while: \.isNumber)) ?? 0
        let name = behind.after(", in ").map { $0.prefix { $0 != "\n" }.trimmed } ?? "<module>"
        return .init(function: name, at: (String(file), number))
    }

    /// `f (a.js:3:1)`, `f@a.js:3:1`, `a.rb:3:in 'f'`, `f a.go:3`, `a.py:3 in f`, and a name alone.
    private static func common(_ line: Substring) -> WrittenFrame {
        if let open = line.lastIndex(of: "("), line.last == ")" {
            let inside = line[line.index(after: open)...].dropLast()
            var call = line[..<open].trimmed
            let place = inside.fileAndLine
            // "java.base/java.util.ArrayList.get": the module stands before the slash.
            if place != nil || ["Native Method", "Unknown Source"].contains(String(inside)) {
                if let slash = call.lastIndex(of: "/"), !call.contains(" "), call.contains(".") {
                    call = call[call.index(after: slash)...]
                }
                return .init(function: call, at: place ?? (String(inside), 0))
            }
            // Where the library is known and no more: `(/lib/libc.so+0x21b3)`.
            if inside.contains("/") || inside.contains(".") || inside.first == "<" {
                let file = String(inside.before("+0x") ?? inside)
                var frame = WrittenFrame(function: call, at: (file, 0))
                frame.isSure = inside.holds("+0x")
                return frame
            }
            var frame = WrittenFrame(function: inside.hasPrefix("index ") ? call : line)
            frame.isSure = false
            return frame
        }
        if let place = line.before(":in "), let at = place.fileAndLine {
            return .init(function: (line.after(":in ") ?? "").filter { !"`'".contains($0) }[...], at: at)
        }
        if let range = line.lastRange(of: " in "), let at = line[..<range.lowerBound].fileAndLine {
            return .init(function: line[range.upperBound...].trimmed, at: at)
        }
        if let mark = line.firstIndex(of: "@"), let at = line[line.index(after: mark)...].fileAndLine, at.line > 0,
            !line.contains(" ")
        {
            return .init(function: line[..<mark], at: at)
        }
        let body = withoutOffset(line)
        let words = body.split(separator: " ")
        if words.count >= 2, let at = words[words.count - 1].fileAndLine {
            var call = body[..<words[words.count - 1].startIndex].trimmed
            if let module = call.lastRange(of: " @ ") { call = call[..<module.lowerBound] }
            return .init(function: call, at: at)
        }
        // file:function:line and file:line:function
        let parts = line.split(separator: ":")
        if parts.count == 3, !line.holds("::"), let number = Int(parts[2]), Int(parts[1]) == nil {
            return .init(function: parts[1], at: (String(parts[0]), number))
        }
        if parts.count == 3, !line.holds("::"), let number = Int(parts[1]), Int(parts[2]) == nil {
            return .init(function: parts[2], at: (String(parts[0]), number))
        }
        if let at = line.fileAndLine { return .init(function: "", at: at) }
        var frame = WrittenFrame(function: body)
        frame.isSure = false
        return frame
    }

    private static func place(_ line: Substring) -> (file: String, line: Int)? {
        let text = withoutOffset(line.trimmed)
        guard !text.contains(" "), let at = text.fileAndLine, at.file.contains(".") || at.file.contains("/") else {
            return nil
        }
        return at
    }

    /// Without `#3`, `3:`, `[3]`, `frame #3:`, and the address behind it.
    private static func unnumbered(_ line: Substring) -> (rest: Substring, isNumbered: Bool) {
        var rest = line
        if rest.hasPrefix("* ") { rest = rest.dropFirst(2).trimmed }
        if rest.hasPrefix("frame #") { rest = rest.dropFirst(6) }
        let word = rest.prefix { $0 != " " && $0 != "\t" }
        let digits = word.filter(\.isNumber)
        let frame = word.filter { !$0.isNumber }
        let behind = rest[word.endIndex...].trimmed
        guard !digits.isEmpty, digits.count < 5, !behind.isEmpty, ["#", ":", "#:", "[]", ""].contains(frame),
            frame != "" || isAddressed(behind)
        else {
            return (withoutAddress(line), false)
        }
        return (withoutAddress(behind), true)
    }

    /// A number alone is an index only where an address follows, at once or behind the image.
    private static func isAddressed(_ text: Substring) -> Bool {
        text.split(separator: " ", maxSplits: 3).prefix(3).contains { isAddress($0) }
    }

    private static func withoutAddress(_ line: Substring) -> Substring {
        var rest = line
        while true {
            let word = rest.prefix { $0 != " " && $0 != "\t" }
            guard
                isAddress(word) || ["[ra]", "[async]", "[inlined]", "[system]", "[thunk]", "pc", "in"].contains(word),
                case let behind = rest[word.endIndex...].trimmed, !behind.isEmpty
            else { return rest }
            rest = behind
        }
    }

    static func isAddress(_ word: Substring) -> Bool {
        let digits = word.hasPrefix("0x") ? word.dropFirst(2) : word
        guard digits.count >= (word.hasPrefix("0x") ? 1 : 8), digits.count <= 18 else { return false }
        return digits.allSatisfy(\.isHexDigit) && (word.hasPrefix("0x") || digits.contains(where: \.isNumber))
    }

    /// Without ` + 12`, ` +0x1f`, `+0x1f`.
    static func withoutOffset(_ text: Substring) -> Substring {
        guard let plus = text.lastIndex(of: "+"), text.startIndex < plus else { return text }
        let behind = text[text.index(after: plus)...].trimmed
        let digits = behind.hasPrefix("0x") ? behind.dropFirst(2) : behind
        let number = digits.prefix { $0 != " " }
        guard !number.isEmpty, number.allSatisfy(\.isHexDigit), number == digits || digits.holds(" Line ") else {
            return text
        }
        return text[..<plus].trimmed
    }
}

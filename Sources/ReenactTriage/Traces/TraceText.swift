import ReenactTimeline

/// Stack traces in what a program printed, as exceptions without locals.
///
/// For languages without hooks. Reads Python, Node, browsers, PHP, Go, Java, Ruby, Perl, .NET, Swift, Rust and C++; linear in the
/// text, bounded in lines, frames and traces, and never more than what is printed: unknown parts stay empty.
public enum TraceText {
    /// Only the end of a longer text is read: the failure is there.
    public static let bytesMax = 512 << 10
    /// More are dropped, the earliest first.
    public static let tracesMax = 50
    static let framesMax = 400
    static let lineMax = 4000

    /// The traces in a text, in order of appearance.
    public static func exceptions(in text: String, time: Instant = 0, process: Int32 = 0) -> [ExceptionRecord] {
        located(in: text, time: time, process: process).map(\.record).reduce(into: []) { list, record in
            // The same trace printed to a log and to the page counts once.
            if list.last != record { list.append(record) }
        }
    }

    /// The traces in a text, each with the place of its first line, counted from the text's end (the last line is 1).
    public static func located(
        in text: String, time: Instant = 0, process: Int32 = 0
    ) -> [(record: ExceptionRecord, fromEnd: Int)] {
        let lines = TraceLines(text)
        var found: [(trace: Trace, line: Int)] = []
        var position = 0
        while position < lines.count {
            let start = position
            guard lines.mayBeginTrace(start) else {
                position += 1
                continue
            }
            for parser in parsers {
                var next = start
                guard let trace = parser(lines, &next) else { continue }
                found.append((trace, start))
                // A parser that took nothing must not stop the walk.
                position = max(next, start + 1)
                break
            }
            if position == start { position += 1 }
        }
        return found.suffix(tracesMax).map { ($0.trace.record(time, process), lines.count - $0.line) }
    }

    /// A parser looks at the line at `position`; where a trace begins it moves behind it.
    typealias Parser = @Sendable (_ lines: TraceLines, _ position: inout Int) -> Trace?

    private static let parsers: [Parser] = [
        GeckoTrace.parse, PythonTrace.parse, PHPTrace.parse, ConsoleTrace.parse, GoTrace.parse, RustTrace.parse,
        SwiftTrace.parse,
        CPPTrace.parse,
        RubyTrace.parse, JVMTrace.parse, DotNetTrace.parse, NodeTrace.parse, PerlTrace.parse,
    ]
}

/// One trace while it is being put together.
struct Trace {
    var type: String
    var message: String
    var language: String
    /// Outermost first, as everywhere.
    var frames: [ExceptionRecord.Frame]
    var causes: [Trace] = []

    func record(_ time: Instant, _ process: Int32) -> ExceptionRecord {
        ExceptionRecord(
            type: type, message: message, language: language, handling: .printed, time: time, process: process,
            frames: frames, causes: causes.prefix(16).map { $0.record(time, process) })
    }

    /// Puts what this was raised from under it, and that one's own causes behind.
    mutating func add(cause: Trace) {
        var flat = cause
        let deeper = flat.causes
        flat.causes = []
        causes.append(flat)
        causes += deeper
    }
}

/// The lines of a text, cut to bounds.
struct TraceLines {
    private let lines: [Substring]
    let count: Int

    init(_ text: String) {
        var bytes = Array(text.utf8.suffix(TraceText.bytesMax))[...]
        var lines: [Substring] = []
        while true {
            let end = bytes.firstIndex(of: 0x0A)
            var line = bytes[..<(end ?? bytes.endIndex)]
            if line.last == 0x0D { line.removeLast() }
            lines.append(String(decoding: line.prefix(TraceText.lineMax), as: UTF8.self)[...])
            guard let end else { break }
            bytes = bytes[(end + 1)...]
        }
        self.lines = lines
        count = lines.count
    }

    subscript(_ index: Int) -> Substring { lines.indices.contains(index) ? lines[index] : "" }

    /// A quick look that passes over nearly every line of a log.
    func mayBeginTrace(_ index: Int) -> Bool {
        let next = self[index + 1].utf8.drop { $0 == 0x20 || $0 == 0x09 }
        if next.starts(with: "at ".utf8) || next.starts(with: "---> ".utf8) { return true }
        if next.starts(with: "Stack trace:".utf8) { return true }
        if self[index].hasPrefix("In "), self[index].holds(".php line ") { return true }
        // What some keep of a stack has no head.
        if index == 0, self[0].hasPrefix("goroutine ") || self[0].holds("@") { return true }
        if Self.beginnings.contains(where: { self[index].holds($0) }) { return true }
        // Loggers of Ruby, and programs in Go that recover, write what happened above the frames.
        if next.starts(with: "goroutine ".utf8) { return true }
        if self[index].utf8.last == UInt8(ascii: "."), self[index].holds(" line "), self[index].holds(" at ") {
            return true
        }
        let marked = afterHighlight(index + 1)
        let below = next.isEmpty && marked == index + 1 ? self[index + 2] : self[marked]
        return below.holds(":in `") || below.holds(":in '")
    }

    private static let beginnings = [
        "Traceback (", "atal error", "panic", "terminat", ":in `", ":in '",
    ]

    /// Behind the lines with which Ruby's `error_highlight` shows the place: a free one, which may have been left out,
    /// the source, and marks under it.
    func afterHighlight(_ index: Int) -> Int {
        let line = self[index].allSatisfy(\.isWhitespace) ? index + 1 : index
        // A logger that ends the message with a colon ends the marks so.
        let under = self[line + 1].trimmed
        let marks = under.hasSuffix(":") ? under.dropLast() : under
        guard self[line].first?.isWhitespace == true, !marks.isEmpty, marks.allSatisfy({ $0 == "^" || $0 == "~" })
        else { return index }
        return line + 2
    }

    /// Without white space at both ends.
    func trimmed(_ index: Int) -> Substring { self[index].trimmed }

    func indent(_ index: Int) -> Int { self[index].prefix { $0 == " " || $0 == "\t" }.count }
}

extension Substring {
    var trimmed: Substring {
        var part = drop(while: \.isWhitespace)
        while let last = part.last, last.isWhitespace { part.removeLast() }
        return part
    }

    /// What stands behind the first occurrence.
    func after(_ text: String) -> Substring? { byteRange(of: text).map { self[$0.upperBound...] } }

    func before(_ text: String) -> Substring? { byteRange(of: text).map { self[..<$0.lowerBound] } }

    func lastRange(of text: String) -> Range<Index>? {
        var found: Range<Index>?
        var rest = self
        while let range = rest.byteRange(of: text) {
            found = range
            rest = rest[range.upperBound...]
        }
        return found
    }

    func holds(_ text: String) -> Bool { byteRange(of: text) != nil }

    /// The first place of a text, byte by byte: characters would cost ten times as much.
    private func byteRange(of text: String) -> Range<Index>? {
        let found = utf8.withContiguousStorageIfAvailable { bytes in
            var text = text
            return text.withUTF8 { Self.offset(of: $0, in: bytes) }
        }
        guard let offset = found ?? nil else { return nil }
        let start = utf8.index(startIndex, offsetBy: offset)
        return start..<utf8.index(start, offsetBy: text.utf8.count)
    }

    private static func offset(of pattern: UnsafeBufferPointer<UInt8>, in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let first = pattern.first, bytes.count >= pattern.count else { return nil }
        var start = 0
        while start <= bytes.count - pattern.count {
            if bytes[start] == first {
                var length = 1
                while length < pattern.count, bytes[start + length] == pattern[length] { length += 1 }
                if length == pattern.count { return start }
            }
            start += 1
        }
        return nil
    }

    /// `path:12` or `path:12:7` as path and line.
    var fileAndLine: (file: String, line: Int)? {
        var parts = split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 2, let last = parts.last.flatMap({ Int($0) }) else { return nil }
        parts.removeLast()
        if parts.count >= 2, let line = parts.last.flatMap({ Int($0) }) {
            parts.removeLast()
            return (parts.joined(separator: ":"), line)
        }
        return (parts.joined(separator: ":"), last)
    }

    /// `Type: message` or a type alone; nil where this does not begin like the name of an exception.
    var typeAndMessage: (type: String, message: String)? {
        let type = prefix { $0.isLetter || $0.isNumber || "_.$:\\".contains($0) }
        guard let first = type.first, first.isLetter || first == "_" else { return nil }
        var name = type
        while name.last == ":" { name.removeLast() }
        let rest = self[name.endIndex...]
        guard !name.isEmpty, rest.isEmpty || rest.hasPrefix(":") else { return nil }
        return (String(name), String(rest.dropFirst().trimmed))
    }
}

/// A frame of a printed trace; whether it is the program's own is told by its path.
func printedFrame(
    _ function: some StringProtocol, _ file: String, _ line: Int, source: String = "", module: String = ""
)
    -> ExceptionRecord.Frame
{
    let foreign = [
        "site-packages/", "dist-packages/", "node_modules/", "/vendor/", "/lib/python", "node:", "/usr/local/go/",
        "/usr/lib/", "/go/pkg/mod/", "/.cargo/", "/rustc/", "<frozen", "/gems/", "/usr/share/", "[internal",
        "/rubygems/", "bower_components/", "/lib/ruby/", "/perl5/", "/share/perl/", "/library/std/", "/library/core/",
        "webpack/runtime",
    ]
    return .init(
        function: String(function), file: file, line: line, source: source, module: module,
        inApp: !foreign.contains { file.contains($0) } && !LibraryNames.holds(module)
            && (!module.isEmpty || !LibraryNames.holds(String(function))))
}

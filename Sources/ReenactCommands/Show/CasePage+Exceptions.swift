import ReenactTimeline
import ReenactTriage

extension CasePage {
    private static let localsMax = 14

    mutating func addExceptions() {
        guard let exception = failure.exceptions.last else { return }
        let others = failure.exceptions.count - 1
        page.heading("EXCEPTION", others > 0 ? "\(others) other\(others == 1 ? " was" : "s were") seen before it" : "")
        addTitle(exception, "  ")
        addStack(exception)
        for cause in exception.causes {
            page.line()
            page.line(("  raised from", .faint))
            addTitle(cause, "  ")
            // The inner stack is shown where it adds something: its throw site.
            if all {
                addStack(cause)
            } else if let site = cause.throwSite {
                addFrame(site, isSite: true, isOwn: false)
                addLocals(site, of: Self.localsMax / 2)
            }
        }
        guard all else { return }
        for (place, other) in failure.exceptions.dropLast().enumerated() {
            page.heading(
                "EXCEPTION \(place + 1) OF \(failure.exceptions.count)",
                "\(other.handling.rawValue), before the one above")
            addTitle(other, "  ")
            addStack(other)
        }
    }

    private mutating func addTitle(_ exception: ExceptionRecord, _ indent: String) {
        let handling =
            switch exception.handling {
            case .unhandled: "nothing caught it"
            case .reported: "caught and reported by the framework"
            case .caught: "caught"
            case .printed: "read from what the program printed"
            }
        page.line((indent, .plain), (Terminal.oneLine(exception.type), .bad), ("  \(handling)", .faint))
        let lines = Terminal.wrap(Terminal.oneLine(exception.message), page.width - 2 - indent.count)
        for line in all ? lines[...] : lines.prefix(4) { page.line((indent + line, .plain)) }
    }

    /// Outermost first; runs of library frames fold, the program's own stand out, locals follow at the end.
    private mutating func addStack(_ exception: ExceptionRecord) {
        let frames = exception.frames
        guard !frames.isEmpty else { return }
        let own = Set(OwnFrames.of(frames))
        let last = frames.count - 1
        // Where the values came from is mostly one call further out.
        let nearest = Set(own.sorted().suffix(2))
        var run: [ExceptionRecord.Frame] = []
        func flush(_ page: inout Page) {
            if run.count == 1 {
                Self.addShort(run[0], to: &page)
            } else if !run.isEmpty {
                let names = OwnFrames.packages(run).prefix(4).joined(separator: ", ")
                page.line(("    ⋯ \(run.count) frames\(names.isEmpty ? "" : " of \(names)")", .faint))
            }
            run = []
        }
        page.line()
        for (place, frame) in frames.enumerated() {
            if place != last, !own.contains(place), !all {
                run.append(frame)
                continue
            }
            flush(&page)
            addFrame(frame, isSite: place == last, isOwn: own.contains(place))
            if place == last || nearest.contains(place) || all { addLocals(frame, of: all ? Int.max : Self.localsMax) }
        }
    }

    private static func addShort(_ frame: ExceptionRecord.Frame, to page: inout Page) {
        page.line(("    \(Terminal.oneLine(frame.function))  \(shortPath(frame.file)):\(frame.line)", .faint))
    }

    private mutating func addFrame(_ frame: ExceptionRecord.Frame, isSite: Bool, isOwn: Bool) {
        let lead = isSite ? "  ✗ " : "    "
        let place = "\(Self.shortPath(frame.file)):\(frame.line)"
        page.line(
            (lead, .bad), (Terminal.fit(Terminal.oneLine(frame.function), 60), isOwn ? .strong : .plain),
            ("  " + place, isOwn ? .plain : .faint))
        let source = Terminal.oneLine(frame.source)
        if !source.isEmpty { page.line(("      " + Terminal.fit(source, page.width - 6), isSite ? .mark : .plain)) }
        if isSite, let part = frame.expression { addPart(Terminal.oneLine(part), of: source) }
    }

    /// Carets below the part of the line that failed; the part itself where the line is too long for them.
    private mutating func addPart(_ part: String, of source: String) {
        guard part != source, !part.isEmpty else { return }
        let parts = source.ranges(of: part)
        let room = page.width - 6
        if parts.count == 1, let range = parts.first, Terminal.width(source) <= room {
            let before = Terminal.width(String(source[..<range.lowerBound]))
            let carets = String(repeating: "^", count: Terminal.width(part))
            page.line(("      " + String(repeating: " ", count: before) + carets, .bad))
        } else {
            page.line(("      … " + Terminal.fit(part, room - 2), .mark))
        }
    }

    /// Nothing of it is left to be seen; of most objects only a member was taken out, which is marked there.
    private static func isSecret(_ local: ExceptionRecord.Local) -> Bool {
        local.redacted && local.value.count < 24 && (local.value.contains("redacted") || local.value.isEmpty)
    }

    private mutating func addLocals(_ frame: ExceptionRecord.Frame, of limit: Int) {
        guard !frame.locals.isEmpty else { return }
        let column = min(frame.locals.map { Terminal.width(Terminal.oneLine($0.name)) }.max() ?? 0, 24)
        for local in frame.locals.prefix(limit) {
            let name = Terminal.pad(Terminal.fit(Terminal.oneLine(local.name), 24), column)
            let value =
                Self.isSecret(local) ? "(secret)" : Terminal.oneLine(local.value) + (local.truncated ? " …" : "")
            let room = page.width - column - 11
            let style: Page.Style = ["None", "null", "NULL", "nil", "undefined"].contains(local.value) ? .mark : .plain
            if all {
                for (place, line) in Terminal.wrap(value, room).enumerated() {
                    page.line(
                        ("        " + (place == 0 ? name : Terminal.pad("", column)), .faint),
                        (place == 0 ? " = " : "   ", .faint), (line, style))
                }
            } else {
                page.line(("        " + name, .faint), (" = ", .faint), (Terminal.fit(value, room), style))
            }
        }
        if frame.locals.count > limit { page.line(("        … \(frame.locals.count - limit) more", .faint)) }
    }

    /// The path as people know it: below the program's directory, or below site-packages and the like.
    private static func shortPath(_ path: String) -> String {
        let parts = path.split(separator: "/").map(String.init)
        for marker in ["site-packages", "dist-packages", "node_modules", "vendor"] {
            if let index = parts.lastIndex(of: marker), index + 1 < parts.count {
                return parts[(index + 1)...].joined(separator: "/")
            }
        }
        return Terminal.oneLine(parts.count > 4 ? "…/" + parts.suffix(3).joined(separator: "/") : path)
    }
}

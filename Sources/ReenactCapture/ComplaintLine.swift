import ReenactTimeline

/// The line in which a program says what went wrong, where it raised nothing that a hook or a printed trace shows:
/// `ERROR handling request: sql: no rows in result set`.
enum ComplaintLine {
    private static let words = [
        "error", "fail", "fatal", "panic", "exception", "critical", "crit]", "denied", "refused", "cannot", "can't",
        "could not", "unable", "invalid", "unexpected", "timed out", "timeout", "warn",
    ]

    /// Structured logs (logfmt, JSON) keep the error beside the request.
    private static let errorFields = [
        " err=", " error=", " err.", " error.", " exception=", "\"err\":", "\"error\":", "\"exception\":",
    ]

    /// The best of the lines that were printed during the failure; empty where none says anything.
    ///
    /// - Parameters:
    ///   - target: of the request: a line that names it with its status is an access log.
    ///   - isLast: the program ended with it, so its last words count whatever they are.
    static func pick(_ lines: [String], target: String?, isLast: Bool) -> String {
        let spoken = lines.map(stripped).filter { line in
            guard line.contains(where: \.isLetter) else { return false }
            guard let target, line.contains(target) else { return true }
            // An entry that names request and status may still say what went wrong.
            if Self.errorFields.contains(where: line.contains) { return true }
            return !["HTTP/1", " 500", "[500]", " 502", " 503", "status=5", "\"status\":5"].contains {
                line.contains($0)
            }
        }
        let complaints = spoken.filter { line in
            let small = line.lowercased()
            return words.contains { small.contains($0) }
        }
        // Libraries warn first; what is said last is the program's own. Where to read on is no complaint.
        if let last = complaints.last(where: { !isPointer($0) }) { return String(last.prefix(500)) }
        if let last = complaints.last { return String(last.prefix(500)) }
        if isLast || spoken.count == 1, let last = spoken.last { return String(last.prefix(500)) }
        return ""
    }

    /// `A complete log of this run can be found in …`, `For more information, try '--help'.`
    private static func isPointer(_ line: String) -> Bool {
        let small = line.lowercased()
        return [
            "log of this run", "for more information", "for more details", "for details, see", "--help", "--verbose",
            "--stack-trace", "bug report", "report this", "can be found in",
        ].contains { small.contains($0) }
    }

    /// Without date and time in front: `2026/11/21 09:28:04 `, `[2026-11-21T09:28:04.1Z] `.
    static func stripped(_ line: String) -> String {
        var rest = line[...]
        while true {
            rest = rest.drop { $0 == " " || $0 == "\t" }
            let word = rest.prefix { $0 != " " && $0 != "\t" }
            let core = word.filter { !"[]()".contains($0) }
            guard core.count >= 4, core.first?.isNumber ?? false,
                core.allSatisfy({ $0.isNumber || ":-/.,TZ+".contains($0) }),
                core.contains(where: { ":-/".contains($0) })
            else { return String(rest) }
            rest = rest[word.endIndex...]
        }
    }
}

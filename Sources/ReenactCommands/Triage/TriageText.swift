import ReenactTimeline
import ReenactTriage

/// What `reenact triage` prints.
enum TriageText {
    /// An input that could not be read, in place of a verdict.
    private struct Unread: Encodable {
        var input: String
        var error: String
    }

    /// The rows as JSON, some hundreds of them a text.
    static func lines(_ rows: [TriagedFailure], width: Int) async throws -> [String] {
        let starts = stride(from: 0, to: rows.count, by: 512)
        return try await BatchTriage.sideBySide(starts, width: width) { start in
            rows[start..<min(start + 512, rows.count)].map(\.line).joined(separator: ",\n")
        }
    }

    /// An array with an object a line: verdicts first, then what could not be read.
    static func json(_ rows: [String], _ problems: [IntakeProblem]) throws -> String {
        var lines = rows
        lines += try problems.map { try JSONText.encode(Unread(input: $0.source, error: $0.reason)) }
        return lines.isEmpty ? "[]\n" : "[\n\(lines.joined(separator: ",\n"))\n]\n"
    }

    /// A handful of issues instead of a flood of errors: the most frequent first.
    static func page(_ rows: [TriagedFailure], _ problems: [IntakeProblem], _ surroundings: Surroundings) -> String {
        var page = Page(surroundings)
        let groups = Dictionary(grouping: rows.indices, by: { rows[$0].causeGroup }).values
            .sorted { ($1.count, $0[0]) < ($0.count, $1[0]) }
        let issues = Set(rows.map(\.group)).count
        page.line(
            ("\(rows.count) failures, \(issues) issues, \(groups.count) causes", .strong),
            (problems.isEmpty ? "" : ", \(problems.count) inputs not read", .bad))
        for group in groups {
            let row = rows[group[0]]
            let name = row.exceptionType.isEmpty ? row.message : row.exceptionType
            page.line(("", .plain))
            page.line(
                (Terminal.fit(Terminal.oneLine(name), 60), .bad), (" ×\(group.count)  ", .strong),
                ("\(row.cause)  \(row.causeClass)", .faint))
            for line in Terminal.wrap(Terminal.oneLine(row.sentence), page.width - 4).prefix(3) {
                page.line(("  " + line, .plain))
            }
        }
        for problem in problems.prefix(20) {
            page.line(
                ("✗ ", .bad), (Terminal.fit(Terminal.oneLine("\(problem.source): \(problem.reason)"), 90), .faint))
        }
        return page.text
    }
}

import Foundation
import ReenactReproduction

/// A re-enactment's result for a person.
struct RunText {
    let result: RunResult
    let verbose: Bool
    private let paint: Bool

    init(_ result: RunResult, verbose: Bool) {
        self.result = result
        self.verbose = verbose
        paint = isatty(1) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    }

    private func style(_ text: String, _ code: String) -> String { paint ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text }

    var text: String {
        var lines: [String] = [headline, "  " + result.reason]
        func row(_ name: String, _ value: String) {
            lines.append("  " + style(name.padding(toLength: 12, withPad: " ", startingAt: 0), "2") + value)
        }
        row("expected", describe(result.expected))
        if let seen = result.seen, seen != result.expected { row("seen", describe(seen)) }
        row("path", "\(result.prefix.matched) of \(result.prefix.total) recorded events met before the failure")
        if let divergence = result.divergence {
            let event = divergence.event.map { "event \($0)" } ?? "the end of the recording"
            row("left at", "\(event): expected \(divergence.expected); came \(divergence.came)")
        }
        if let answer = result.answer, result.outcome != .reproduced || result.code != nil {
            row("answer", Self.describe(answer))
        }
        if !result.relaxations.isEmpty {
            let named = result.relaxations.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)×" }
            row("relaxed", named.joined(separator: ", "))
        }
        for miss in result.misses.prefix(verbose ? 50 : 3) {
            row("asked anew", "\(miss.server): \(miss.question) (\(miss.reason))")
        }
        for database in result.databases { row("database", describe(database)) }
        if let code = result.code { row("code", "\(code.directory) stands for \(code.target)") }
        if let control = result.control, control.outcome == .reproduced {
            row("control", "the recorded code still fails here")
        }
        if result.neededHistory { row("history", "the earlier requests of the recording were sent first") }
        for hole in result.holes.prefix(verbose ? 50 : 2) { row("hole", hole) }
        for note in result.notes.prefix(verbose ? 50 : 3) { row("note", note) }
        let phases = result.phases
        row(
            "time",
            String(
                format: "%.0f ms: application %.0f + %.0f, Reenact %.0f", phases.total, phases.ready, phases.trigger,
                phases.ownShare))
        if verbose || result.outcome == .inconclusive, let tail = result.attempts.last?.outputTail, !tail.isEmpty {
            lines.append("  " + style("the program's last output", "2"))
            lines += tail.split(separator: "\n").suffix(20).map { "    " + Terminal.neutral(String($0)) }
        }
        return lines.joined(separator: "\n")
    }

    private var headline: String {
        let count = result.attempts.count
        switch result.outcome {
        case .reproduced:
            let sure = result.confirmed ? "" : ", not confirmed: the recording has holes on the path"
            return style("REPRODUCED", "1;31") + " \(result.reproduced) of \(count)\(sure)"
        case .notReproduced: return style("NOT REPRODUCED", "1;32") + " in \(count) of \(count)"
        case .diverged: return style("DIVERGED", "1;33") + " from the recording"
        case .inconclusive: return style("INCONCLUSIVE", "1;33")
        }
    }

    private func describe(_ signature: RunResult.SignatureText) -> String {
        var text = signature.type
        if !signature.message.isEmpty { text += ": " + Terminal.neutral(String(signature.message.prefix(160))) }
        if !signature.site.isEmpty { text += "  at \(signature.site)" }
        if signature.outcome != signature.type, signature.outcome != "none" { text += "  (\(signature.outcome))" }
        return text
    }

    private func describe(_ database: RunResult.Database) -> String {
        var parts = [database.name]
        switch database.state {
        case .solved, .given:
            // What the program itself wrote in the recording it writes again.
            let rows =
                database.rows == 1 ? "1 row" : database.rows == 0 ? "empty at first" : "\(database.rows ?? 0) rows"
            let whose = database.state == .solved ? "solved" : "your"
            parts.append("\(whose) fixture, \(rows), \(database.satisfied ?? 0) of \(database.statements ?? 0) proven")
        case .copy: parts.append("the case's copy")
        case .recordedRows: parts.append("recorded rows")
        case .replay: parts.append("replay")
        }
        var counts: [String] = []
        func count(_ number: Int, _ what: String) { if number > 0 { counts.append("\(number) \(what)") } }
        count(database.fromRecording, "from the recording")
        let real = [.solved: "from the fixture", .given: "from the fixture", .copy: "from the file"][database.state]
        count(database.fromFixture, real ?? "from a real server")
        count(database.beyondRecording, "of them beyond the recording")
        count(database.fromSpecification, "from the specification")
        count(database.unanswered, "unanswered")
        parts.append(counts.isEmpty ? "nothing asked" : counts.joined(separator: ", "))
        return Terminal.neutral(parts.joined(separator: ": "))
    }

    static func describe(_ answer: RunResult.Answer) -> String {
        var parts: [String] = []
        if let status = answer.status { parts.append("HTTP \(status)") }
        if let missing = answer.missing { parts.append(missing) }
        if let exit = answer.exit { parts.append("exit status \(exit)") }
        let body = answer.bodyPreview.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        if !body.isEmpty { parts.append(Terminal.neutral(String(body.prefix(120)))) }
        return parts.joined(separator: "  ")
    }
}

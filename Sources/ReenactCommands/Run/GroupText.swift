import Foundation
import ReenactReproduction

/// The result of several services together, for a person.
struct GroupText {
    let result: GroupResult
    let verbose: Bool
    private let paint: Bool
    private static let callsMax = 20

    init(_ result: GroupResult, verbose: Bool) {
        self.result = result
        self.verbose = verbose
        paint = isatty(1) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    }

    private func style(_ text: String, _ code: String) -> String { paint ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text }

    var text: String {
        var lines = ["\(headline(result.outcome)) together", "  " + Terminal.neutral(result.reason)]
        for service in result.services {
            let part = service.isFront ? "got the trigger" : "was called"
            lines.append("\(style(Terminal.neutral(service.name), "1")) \(part): \(headline(service.outcome))")
            lines.append("  " + Terminal.neutral(service.reason))
            if let code = service.result.code { row("code", "\(code.directory) stands for \(code.target)", &lines) }
            if let answer = service.result.answer { row("answer", RunText.describe(answer), &lines) }
            for peer in service.peers {
                let who = peer.service.map { "\($0), live" } ?? "stub"
                row(
                    "peer", "\(peer.server): \(who), \(peer.answers) \(peer.answers == 1 ? "answer" : "answers")",
                    &lines)
            }
            for miss in service.result.misses.prefix(verbose ? 50 : 3) {
                row("asked anew", "\(miss.server): \(miss.question) (\(miss.reason))", &lines)
            }
            for note in service.result.notes.prefix(verbose ? 50 : 3) { row("note", note, &lines) }
            if verbose || service.outcome == .inconclusive, let tail = service.result.attempts.last?.outputTail,
                !tail.isEmpty
            {
                lines.append("  " + style("its last output", "2"))
                lines += tail.split(separator: "\n").suffix(20).map { "    " + Terminal.neutral(String($0)) }
            }
        }
        if !result.calls.isEmpty { lines.append(style("calls between them", "1")) }
        for call in result.calls.prefix(verbose ? result.calls.count : Self.callsMax) {
            lines.append(
                "  " + Terminal.neutral("\(call.from) → \(call.to)  \(call.question)") + "  "
                    + Terminal.neutral(Self.held(call)))
        }
        if !verbose, result.calls.count > Self.callsMax {
            lines.append("  … \(result.calls.count - Self.callsMax) more: --verbose")
        }
        for note in result.notes { row("note", note, &lines) }
        if let phases = result.services.first?.result.phases {
            row("time", String(format: "%.0f ms, Reenact %.0f", phases.total, phases.ownShare), &lines)
        }
        return lines.joined(separator: "\n")
    }

    private func row(_ name: String, _ value: String, _ lines: inout [String]) {
        lines.append(
            "  " + style(name.padding(toLength: 12, withPad: " ", startingAt: 0), "2") + Terminal.neutral(value))
    }

    /// Recorded against seen.
    private static func held(_ call: GroupResult.Call) -> String {
        guard let seen = call.seen else { return "then \(call.recorded ?? "answered"), now not called" }
        guard let recorded = call.recorded else { return "\(seen), not in the recording" }
        if recorded != seen { return "then \(recorded), now \(seen)" }
        return call.isSameBody == false ? "\(seen), with another body than then" : "\(seen), as recorded"
    }

    private func headline(_ outcome: Outcome) -> String {
        switch outcome {
        case .reproduced: style("REPRODUCED", "1;31")
        case .notReproduced: style("NOT REPRODUCED", "1;32")
        case .diverged: style("DIVERGED", "1;33")
        case .inconclusive: style("INCONCLUSIVE", "1;33")
        }
    }
}

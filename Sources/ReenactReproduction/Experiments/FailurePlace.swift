import ReenactTimeline

/// The place where the recorded failure came, in the words of the hooks: whether an experiment comes through it decides
/// what it shows. See `docs/control-messages.md`, `REENACT_PLACE`.
enum FailurePlace {
    private static let framesMax = 30

    /// Frames for the hooks, the innermost first; nil where no hook watches places of that language.
    static func text(_ failure: Case) -> String? {
        guard let exception = ExpectedFailure(failure).exception, ["python", "node"].contains(exception.language) else {
            return nil
        }
        let frames = exception.frames.reversed().filter { $0.line > 0 && !$0.file.isEmpty }.prefix(framesMax)
        guard !frames.isEmpty else { return nil }
        let rows = frames.map { frame in
            [frame.function, frame.file, "\(frame.line)", frame.inApp ? "1" : "0", frame.expression ?? ""].map(plain)
        }
        let isServer = failure.trigger.kind == .request
        return (isServer ? "r" : "c")
            + rows.map { [$0[1], $0[0], $0[2], $0[3], $0[4]].joined(separator: "\t") }.joined(separator: "\n")
    }

    private static func plain(_ text: String) -> String {
        String(text.map { $0 == "\t" || $0 == "\n" || $0 == "\0" ? " " : $0 })
    }
}

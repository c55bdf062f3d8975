import ReenactTimeline

/// A frame without what cannot have mattered: where the runtime told which part of a line failed or was calling, nothing
/// else on the line counts, nor a variable that the part does not read.
enum NarrowedFrame {
    /// Longer parts may have been cut off.
    private static let expressionMax = 290

    /// - Parameter keepsVariables: only the source is narrowed: the order of variables tells which ones are parameters.
    static func of(_ record: ExceptionRecord, keepsVariables: Bool = false) -> ExceptionRecord {
        guard record.frames.contains(where: { $0.expression != nil }) else { return record }
        var record = record
        record.frames = record.frames.map { of($0, keepsVariables: keepsVariables) }
        return record
    }

    /// What the frames' lines read, the innermost first. A comprehension is a frame within a frame, on one line: there only
    /// the inner one's part counts.
    static func sources(_ frames: some Sequence<ExceptionRecord.Frame>) -> [String] {
        var sources: [String] = []
        var inner: ExceptionRecord.Frame?
        for frame in frames {
            let isAround =
                inner.map { inner in
                    inner.file == frame.file && inner.line == frame.line
                        && inner.expression.map { frame.expression?.contains($0) ?? false } ?? false
                } ?? false
            inner = frame
            if !isAround { sources.append(frame.source) }
        }
        return sources
    }

    private static func of(_ frame: ExceptionRecord.Frame, keepsVariables: Bool) -> ExceptionRecord.Frame {
        guard let expression = frame.expression, expression.count < expressionMax, !isDecision(expression) else {
            return frame
        }
        var frame = frame
        frame.source = expression
        guard frame.inApp, !keepsVariables else { return frame }
        frame.locals.removeAll { !SourceText.contains(expression, word: $0.name) }
        return frame
    }

    /// What is raised on purpose was decided on before, by whatever; a module's or a generator's pause tells nothing.
    private static func isDecision(_ expression: String) -> Bool {
        ["raise", "throw", "assert", "new ", "yield", "with ", "async with"].contains(where: expression.hasPrefix)
    }
}

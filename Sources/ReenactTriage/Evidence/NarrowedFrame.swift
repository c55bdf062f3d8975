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
        let told = record.frames
        record.frames = told.map { of($0, keepsVariables: keepsVariables) }
        // A comprehension is a frame within a frame, on one line: what failed is the inner one's part. What the outer one
        // reads for it still counts.
        for index in told.indices.dropLast().reversed() {
            let (outer, inner) = (told[index], told[index + 1])
            guard let part = inner.expression, outer.file == inner.file, outer.line == inner.line,
                outer.expression?.contains(part) ?? false
            else { continue }
            record.frames[index].source = record.frames[index + 1].source
        }
        return record
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

import ReenactTimeline

/// One exception of an event, as it was sent.
struct SentryException {
    /// Its members without the stack.
    var value: JSONValue
    var stack: SentryFrames.Stack

    /// - Parameter value: with the stack, which is read from there.
    init(_ value: JSONValue) {
        self.value = value
        let frames = (value["stacktrace"]?["frames"]?.array ?? []).suffix(FrameText.framesMax)
            .compactMap(SentryEvent.frame)
        stack = SentryFrames.Stack(frames: frames, names: StackNames(frames, frames.map(CallNames.init)))
    }

    init(_ value: JSONValue, _ stack: SentryFrames.Stack) {
        self.value = value
        self.stack = stack
    }

    var record: ExceptionRecord {
        let module = value.text("module")
        let type = value.text("type")
        let isPlain = module.isEmpty || module == "builtins" || module == "__builtin__" || type.contains(".")
        let isHandled = value["mechanism"]?["handled"]?.bool ?? true
        return ExceptionRecord(
            type: isPlain ? type : "\(module).\(type)", message: value.text("value").cut(20_000),
            language: FrameText.language(stack.frames), handling: isHandled ? .reported : .unhandled, time: 0,
            process: 0, frames: stack.frames)
    }
}

import ReenactTimeline

/// Bare stack traces: one JSON object a line with exception, message and frames, outermost first.
public enum StackLines: FileIntake {
    /// A line longer than this is refused.
    static let lineMax = 16 << 20

    /// Parts of about that size, cut at the ends of lines.
    public static func cut(_ plain: [UInt8], bytes: Int) -> [InputStretch] {
        var stretches: [InputStretch] = []
        var (start, lines, linesBefore) = (0, 0, 0)
        plain.withUnsafeBufferPointer { buffer in
            for place in buffer.indices where buffer[place] == 0x0A {
                lines += 1
                if place + 1 - start >= bytes {
                    stretches.append(InputStretch(bytes: plain[start...place], number: linesBefore))
                    (start, linesBefore) = (place + 1, lines)
                }
            }
        }
        if start < plain.count { stretches.append(InputStretch(bytes: plain[start...], number: linesBefore)) }
        return stretches
    }

    /// Reads lines, which are counted from the stretch's number on.
    public static func read(_ stretch: InputStretch, source: String) -> Intake {
        NameBook.shared { read(stretch, source, &$0) }
    }

    private static func read(_ stretch: InputStretch, _ source: String, _ names: inout NameBook) -> Intake {
        var intake = Intake()
        var number = stretch.number
        var rest = stretch.bytes
        while !rest.isEmpty {
            let line = rest.prefix(rest.withContiguousStorageIfAvailable { lineLength($0) } ?? rest.count)
            rest = rest.dropFirst(line.count + 1)
            number += 1
            guard line.contains(where: { $0 > 0x20 }) else { continue }
            let place = "\(source):\(number)"
            guard line.count <= lineMax else {
                intake.note(place, "the line is longer than \(lineMax) bytes")
                continue
            }
            guard let value = JSONParser.parse(line), value.object != nil else {
                intake.note(place, "not a JSON object")
                continue
            }
            guard var failure = failure(value, place, number) else {
                intake.note(place, "it has neither an exception, nor a message, nor frames")
                continue
            }
            failure.names = failure.failure.exceptions.last.map { names.names($0) }
            intake.failures.append(failure)
        }
        return intake
    }

    private static func lineLength(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var length = 0
        while length < bytes.count, bytes[length] != 0x0A { length += 1 }
        return length
    }

    /// One object; nil where it says nothing about a failure.
    static func failure(_ value: JSONValue, _ source: String, _ number: Int) -> ForeignFailure? {
        guard let record = record(value, depth: 0) else { return nil }
        var made = ForeignCase()
        made.exceptions = [record]
        made.operation = value.text("operation", "transaction", "endpoint")
        let name = value.text("id", "event_id", "name", "trace_id")
        return ForeignFailure(
            source: source, name: name, failure: made.value(id: name.isEmpty ? "line-\(number)" : name),
            service: value.text("service", "service_name", "component"))
    }

    private static func record(_ value: JSONValue, depth: Int) -> ExceptionRecord? {
        var type = value.text("exception", "type", "exception_type", "exceptionType", "class", "error")
        var message = value.text("message", "msg", "value", "exception_message")
        if let nested = value["exception"], nested.object != nil {
            type = nested.text("type", "class", "name")
            if message.isEmpty { message = nested.text("message", "value") }
        }
        var frames = (value["frames"]?.array ?? value["stacktrace"]?["frames"]?.array ?? value["stack"]?.array ?? [])
            .suffix(FrameText.framesMax).compactMap(FrameText.frame)
        var causes: [ExceptionRecord] = []
        let text = value.text("stack", "stacktrace", "stack_trace", "traceback", "trace")
        if frames.isEmpty, let read = TraceText.exceptions(in: text).last {
            frames = read.frames
            causes = read.causes
            if type.isEmpty { (type, message) = (read.type, message.isEmpty ? read.message : message) }
        } else if frames.isEmpty, !text.isEmpty {
            frames = WrittenFrame.frames(in: text)
        }
        if type.isEmpty, let split = message[...].typeAndMessage, split.type.hasSuffix("Error") {
            (type, message) = split
        }
        guard !type.isEmpty || !message.isEmpty || !frames.isEmpty else { return nil }
        let below = value["causes"]?.array ?? [value["cause"]].compactMap { $0 }
        if depth < 1 { causes += below.prefix(16).compactMap { record($0, depth: depth + 1) } }
        return ExceptionRecord(
            type: type.cut(500), message: message.cut(20_000),
            language: FrameText.language(frames), handling: .printed, time: 0, process: 0, frames: frames,
            causes: causes)
    }
}

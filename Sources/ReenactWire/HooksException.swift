import ReenactTimeline

/// An exception as a hook told it.
public struct HookException: Sendable, Equatable {
    /// The same for the same exception object of one process.
    public var id: Int64
    public var handling: ExceptionRecord.Handling
    public var type: String
    public var message: String
    public var language: String
    public var frames: [ExceptionRecord.Frame]
    /// What it was raised from, nearest first.
    public var causes: [HookException]

    init?(_ json: JSONValue) {
        guard let type = json["type"]?.string else { return nil }
        id = json["id"]?.integer ?? 0
        handling = ExceptionRecord.Handling(rawValue: json.text("handling")) ?? .caught
        self.type = type
        message = json.text("message")
        language = json.text("language")
        frames = (json["frames"]?.array ?? []).map(ExceptionRecord.Frame.init(hook:))
        causes = (json["causes"]?.array ?? []).compactMap { HookException($0) }
    }

    /// The exception in the words of the timeline.
    ///
    /// - Parameters:
    ///   - message: the message that brought it, for process, thread and time.
    ///   - origin: `CLOCK_MONOTONIC` at instant zero.
    ///   - trigger: the event of the request that the code was working for, where known.
    public func record(in message: HookMessage, origin: Int64, trigger: Int? = nil) -> ExceptionRecord {
        var record = ExceptionRecord(
            type: type, message: self.message, language: language, handling: handling,
            time: message.time.map { $0 - origin } ?? 0, process: message.process, thread: message.thread ?? 0,
            trigger: trigger, frames: frames)
        record.causes = flatCauses.map { cause in
            ExceptionRecord(
                type: cause.type, message: cause.message, language: cause.language.isEmpty ? language : cause.language,
                handling: cause.handling, time: record.time, process: record.process, thread: record.thread,
                trigger: trigger, frames: cause.frames)
        }
        return record
    }

    /// Causes of causes, nearest first: the timeline keeps one flat list.
    private var flatCauses: [HookException] { causes.flatMap { [$0] + $0.flatCauses } }
}

/// The exceptions of a run: of each exception object the last message counts.
public struct HookExceptions: Sendable {
    private struct Key: Hashable {
        var process: Int32
        var id: Int64
    }

    /// How many exceptions are kept; beyond it the oldest that were merely caught are forgotten.
    public static let limit = 4096

    private var last: [Key: HookMessage] = [:]
    private var order: [Key] = []
    private var began: [Key: Int64] = [:]
    /// How many were forgotten.
    public private(set) var forgotten = 0

    public init() {}

    /// Takes a message; other messages than of exceptions are ignored.
    public mutating func take(_ message: HookMessage) {
        guard case .exception(let exception) = message.body else { return }
        let key = Key(process: message.process, id: exception.id)
        if last.updateValue(message, forKey: key) == nil {
            order.append(key)
            began[key] = message.time
        }
        if order.count > Self.limit { forget() }
    }

    /// The last message of each exception, in the order in which the exceptions began, with the time of the first.
    public var messages: [(message: HookMessage, exception: HookException, began: Int64?)] {
        order.compactMap { key in
            guard let message = last[key], case .exception(let exception) = message.body else { return nil }
            return (message, exception, began[key])
        }
    }

    private mutating func forget() {
        let victim =
            order.firstIndex { key in
                guard case .exception(let exception)? = last[key]?.body else { return true }
                return exception.handling == .caught
            } ?? 0
        let key = order.remove(at: victim)
        last[key] = nil
        began[key] = nil
        forgotten += 1
    }
}

extension ExceptionRecord.Frame {
    init(hook json: JSONValue) {
        self.init(
            function: json.text("function"), file: json.text("file"), line: json.int("line") ?? 0,
            source: json.text("source"), expression: json["expression"]?.string, module: json.text("module"),
            inApp: json["inApp"]?.bool ?? true, locals: (json["locals"]?.array ?? []).map(ExceptionRecord.Local.init(hook:)))
    }
}

extension ExceptionRecord.Local {
    init(hook json: JSONValue) {
        self.init(
            name: json.text("name"), value: json.text("value"), type: json.text("type"),
            truncated: json["truncated"]?.bool ?? false, redacted: json["redacted"]?.bool ?? false)
    }
}

/// Where a debugger wants to go in a recording.
public enum SeekTarget: Sendable, Equatable {
    case event(Int)
    /// Nanoseconds since the recording's start.
    case time(UInt64)
    /// The next event of a task from the present one on, or the last one before it.
    case task(Int, isBack: Bool)

    /// `1200`, `35.5ms`, `2s`, `task 3`, `task 3 back`.
    public init?(_ words: [Substring]) {
        switch words.count {
        case 1:
            if let event = Int(words[0]), event >= 0 {
                self = .event(event)
                return
            }
            for (unit, nanoseconds) in [("ms", 1e6), ("us", 1e3), ("s", 1e9)] where words[0].hasSuffix(unit) {
                guard let number = Double(words[0].dropLast(unit.count)), number >= 0, number * nanoseconds < 1e18
                else {
                    return nil
                }
                self = .time(UInt64((number * nanoseconds).rounded()))
                return
            }
            return nil
        case 2...3 where words[0] == "task" || words[0] == "thread":
            guard let task = Int(words[1]), task >= 0, words.count == 2 || words[2] == "back" else { return nil }
            self = .task(task, isBack: words.count == 3)
        default: return nil
        }
    }

    /// The number of the event; an error where there is none.
    public func event(in reader: RecordingReader, from position: Int) throws -> Int {
        switch self {
        case .event(let event):
            guard event < reader.eventCount else {
                throw ExecutionError(
                    .notFound, "event \(event): the recording has \(reader.eventCount); give a smaller number")
            }
            return event
        case .time(let time): return try reader.firstEvent(atOrAfter: time)
        case .task(let task, let isBack):
            var at = isBack ? position - 1 : max(position, 0)
            while at >= 0, let event = try reader.event(at) {
                if event.task == task, event.needsProgram { return at }
                at += isBack ? -1 : 1
            }
            throw ExecutionError(
                .notFound,
                "task \(task): no event of it \(isBack ? "before" : "from") event \(position) \(isBack ? "" : "on"); "
                    + "`reenact replay --trace` shows which tasks there are")
        }
    }
}

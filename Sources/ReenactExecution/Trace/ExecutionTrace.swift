/// How a recording is printed.
public enum TraceForm: Sendable { case text, json, perfetto }

/// Which events are printed.
public struct TraceRange: Sendable {
    public var first: Int
    public var last: Int
    public var task: Int?

    public init(first: Int, last: Int, task: Int?) {
        self.first = first
        self.last = last
        self.task = task
    }

    func includes(_ event: Event) -> Bool { task == nil || event.task == task }
}

/// Prints a recording's system calls, signals and switches, from the file alone.
public struct ExecutionTrace {
    let reader: RecordingReader
    let form: TraceForm
    let range: TraceRange

    public init(_ reader: RecordingReader, _ form: TraceForm, _ range: TraceRange) {
        self.reader = reader
        self.form = form
        self.range = range
    }

    /// Calls `put` with pieces of text.
    public func write(_ put: (String) throws -> Void) throws {
        var pending: [Int: Registers] = [:]
        var lines = ""
        var isFirst = true
        if form == .perfetto { lines += "{\"traceEvents\":[\n" }
        var index = 0
        while let event = try reader.event(index), index <= range.last {
            let line = TraceLine(index: index, event: event, open: pending[event.task])
            switch event.body {
            case .enter(let entry): pending[event.task] = entry
            case .leave: pending[event.task] = nil
            default: break
            }
            if index >= range.first, range.includes(event) {
                switch form {
                case .text: lines += line.text + "\n"
                case .json: lines += line.json + "\n"
                case .perfetto:
                    for item in line.perfetto {
                        lines += (isFirst ? "" : ",\n") + item
                        isFirst = false
                    }
                }
            }
            if lines.utf8.count > 1 << 16 {
                try put(lines)
                lines = ""
            }
            index += 1
        }
        if form == .perfetto { lines += "\n]}\n" }
        try put(lines)
    }
}

extension RecordingReader {
    /// The first event at a time (nanoseconds since the start) or later.
    public func firstEvent(atOrAfter time: UInt64) throws -> Int {
        var (low, high) = (0, eventCount)
        while low < high {
            let middle = (low + high) / 2
            guard let event = try event(middle) else { break }
            if event.time < time { low = middle + 1 } else { high = middle }
        }
        guard low < eventCount else {
            throw ExecutionError(.notFound, "the recording ends before \(time / 1_000_000) ms; give an earlier time")
        }
        return low
    }
}

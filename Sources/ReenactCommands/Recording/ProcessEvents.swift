import ReenactExecution
import ReenactTimeline

/// Processes and fatal signals of a recording as events of a timeline.
struct ProcessEvents {
    /// Not numbered yet.
    private(set) var all: [Event] = []
    /// The first process's last signal that was fatal.
    private var fatal: ExecutionOutline.Item?
    private var end: ExecutionOutline.Body?

    var fatalTime: Instant? { fatal.map { Instant($0.time) } }

    init(_ outline: ExecutionOutline) {
        /// Where the event of a task's present program stands.
        var running: [Int: Int] = [:]
        for item in outline.items {
            switch item.body {
            case .born(let parent):
                running[item.task] = all.count
                add(item, summary: parent == 0 ? "a fork of the first process" : "a fork of task \(parent)")
            case .program(let path, let arguments):
                let words = arguments.isEmpty ? [path] : arguments
                // A new process that becomes another program at once is that program.
                if let place = running[item.task], all[place].detail == .null {
                    all[place].summary = words.joined(separator: " ")
                    all[place].detail = Self.detail(item, path, arguments)
                } else {
                    if let place = running[item.task] {
                        (all[place].end, all[place].result) = (Instant(item.time), "became another program")
                    }
                    running[item.task] = all.count
                    add(item, summary: words.joined(separator: " "), detail: Self.detail(item, path, arguments))
                }
            case .signal(let name, let isFatal, let place):
                if isFatal, item.task == 0 || fatal == nil { fatal = item }
                all.append(
                    Event(
                        id: 0, kind: isFatal ? .exception : .process, protocolName: "signal", process: Self.id(item),
                        start: Instant(item.time), end: Instant(item.time), summary: "\(name) in \(place.text)",
                        result: isFatal ? "fatal" : "handled", outcome: Self.outcome(name),
                        detail: ["event": .integer(Int64(item.event)), "address": .string(place.text)]))
            case .ended(let status):
                finish(item, &running, "exit \(status)", OutcomeClass(rawValue: "exit:\(status)"))
            case .killed(let signal): finish(item, &running, signal, Self.outcome(signal))
            }
            if item.task == 0, isEnd(item.body) { end = item.body }
        }
    }

    private func isEnd(_ body: ExecutionOutline.Body) -> Bool {
        switch body {
        case .ended, .killed: true
        default: false
        }
    }

    private mutating func add(_ item: ExecutionOutline.Item, summary: String, detail: JSONValue = .null) {
        all.append(
            Event(
                id: 0, kind: .process, process: Self.id(item), start: Instant(item.time), summary: summary,
                detail: detail))
    }

    private mutating func finish(
        _ item: ExecutionOutline.Item, _ running: inout [Int: Int], _ result: String, _ outcome: OutcomeClass
    ) {
        guard let place = running.removeValue(forKey: item.task) else { return }
        all[place].end = Instant(item.time)
        all[place].result = result
        all[place].outcome = outcome
    }

    private static func detail(_ item: ExecutionOutline.Item, _ path: String, _ arguments: [String]) -> JSONValue {
        [
            "event": .integer(Int64(item.event)), "program": .string(path),
            "arguments": .array(arguments.map { .string($0) }),
        ]
    }

    private static func id(_ item: ExecutionOutline.Item) -> Int32? { item.id == 0 ? nil : item.id }

    /// `signal:SEGV`
    private static func outcome(_ signal: String) -> OutcomeClass {
        OutcomeClass(rawValue: "signal:\(signal.hasPrefix("SIG") ? String(signal.dropFirst(3)) : signal)")
    }

    /// How the first process ended, by its own last event or the recorder's summary.
    func ending(_ summary: RecordingSummary?) -> RecordedExecution.Ending {
        var ending = RecordedExecution.Ending(outcome: .none)
        switch end {
        case .ended(let status): ending.outcome = OutcomeClass(rawValue: "exit:\(status)")
        case .killed(let signal): ending.outcome = Self.outcome(signal)
        default: if let summary { ending.outcome = OutcomeClass(rawValue: "exit:\(summary.status)") }
        }
        if let fatal, case .signal(_, _, let place) = fatal.body {
            (ending.event, ending.place) = (fatal.event, place.text)
        }
        return ending
    }
}

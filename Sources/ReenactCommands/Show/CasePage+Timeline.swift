import ReenactTimeline

extension CasePage {
    /// A line of the timeline.
    private enum Row {
        case event(Event)
        /// Events that are not shown one by one.
        case fold(String, [Event])
        /// Where the exception was raised.
        case raised(Instant)
    }

    private static let rowsMax = 36

    mutating func addTimeline() {
        guard !failure.events.isEmpty else { return }
        let isCommand = failure.trigger.kind == .command
        // Where nothing explains it, what is marked is only where to look first.
        let isExplained = shown.verdict.tier == .known || shown.verdict.tier == .selfEvident
        page.heading(
            "TIMELINE",
            "\(failure.events.count) events, times from the \(isCommand ? "start" : "trigger"); → out, ← in, ▶ "
                + (isExplained ? "explains the failure" : "the nearest before it"))
        addRows()
    }

    /// The timeline's lines without its heading.
    mutating func addRows() {
        for row in rows() {
            switch row {
            case .event(let event): add(event)
            case .fold(let what, let events):
                page.line(("       ", .plain), ("⋯ \(events.count) \(what): \(Self.counted(events))", .faint))
            case .raised(let time): addRaised(time)
            }
        }
    }

    private func rows() -> [Row] {
        let marked = Set(shown.verdict.evidence)
        let raised = failure.exceptions.last.map(\.time)
        if all { return insert(raised, into: failure.events.map(Row.event)) }
        var rows: [Row] = []
        let apart: [(Event.Phase, String)] = [
            (.startup, "at start-up"), (.history, "of earlier triggers"), (.concurrent, "of other requests in flight"),
        ]
        var main = failure.events.filter { [.failing, .ambiguous].contains($0.phase) }
        // A command that failed while starting has nothing else to show.
        let hasMain = !main.isEmpty
        if !hasMain { main = failure.events.filter { $0.phase == .startup } }
        for (phase, what) in apart where hasMain || phase != .startup {
            let events = failure.events.filter { $0.phase == phase }
            let folded = events.filter { !marked.contains($0.id) }
            if !folded.isEmpty { rows.append(.fold(what, folded)) }
            main += events.filter { marked.contains($0.id) }
        }
        main.sort { ($0.start, $0.id) < ($1.start, $1.id) }
        return rows + insert(raised, into: folded(main, marked, raised))
    }

    /// Keeps the trigger, what is marked with its neighbours, and what came last before the throw.
    private func folded(_ events: [Event], _ marked: Set<Int>, _ raised: Instant?) -> [Row] {
        // Standard input is what a command works on.
        func isAside(_ event: Event) -> Bool {
            event.kind == .file && event.peer != StandardInputDetail.peer && !marked.contains(event.id)
        }
        let quiet = events.filter { !isAside($0) }
        let files = events.filter(isAside)
        var rows: [Row] = files.isEmpty ? [] : [.fold("files read", files)]
        guard quiet.count > Self.rowsMax else { return rows + quiet.map(Row.event) }
        var keep = Set(0..<3)
        for (place, event) in quiet.enumerated() where marked.contains(event.id) || event.id == failure.trigger.event {
            keep.formUnion(max(place - 2, 0)...min(place + 2, quiet.count - 1))
        }
        let last = quiet.lastIndex { $0.start <= raised ?? failure.failureTime } ?? quiet.count - 1
        keep.formUnion(max(last - 9, 0)...last)
        keep.formUnion(max(quiet.count - 3, 0)..<quiet.count)
        var hidden: [Event] = []
        for (place, event) in quiet.enumerated() {
            if keep.contains(place) {
                if hidden.count == 1 {
                    rows.append(.event(hidden[0]))
                } else if !hidden.isEmpty {
                    rows.append(.fold("more", hidden))
                }
                hidden = []
                rows.append(.event(event))
            } else {
                hidden.append(event)
            }
        }
        if !hidden.isEmpty { rows.append(.fold("more", hidden)) }
        return rows
    }

    private func insert(_ raised: Instant?, into rows: [Row]) -> [Row] {
        // The recorder's own note of the exception is that line already.
        guard let raised, !failure.events.contains(where: { $0.kind == .exception }) else { return rows }
        var rows = rows
        let place =
            rows.lastIndex {
                if case .event(let event) = $0 { event.start <= raised } else { false }
            } ?? rows.count - 1
        rows.insert(.raised(raised), at: place + 1)
        return rows
    }

    /// `12 postgres, 3 http`.
    private static func counted(_ events: [Event]) -> String {
        var counts: [String: Int] = [:]
        for event in events {
            counts[event.protocolName.isEmpty ? event.kind.rawValue : event.protocolName, default: 0] += 1
        }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(5).map { "\($0.value) \($0.key)" }
            .joined(separator: ", ")
    }

    private mutating func add(_ event: Event) {
        let isMarked = shown.verdict.evidence.contains(event.id)
        let isFaint = event.phase != .failing && !isMarked && event.phase != .startup
        let arrow =
            switch event.kind {
            case .request: "←"
            case .call, .transport: "→"
            case .statement: "→"
            case .exception: "✗"
            case .file where event.peer == StandardInputDetail.peer: "←"
            default: "·"
            }
        let name = Self.name(event)
        let lead = "\(isMarked ? "▶" : " ")\(Terminal.pad("\(event.id)", 4, right: true)) "
        let time = Terminal.pad(offset(event.start), 11, right: true)
        let took = Terminal.pad(event.end.map { Self.duration($0 - event.start) } ?? "", 9, right: true)
        let head = "\(lead)\(time)\(took)  \(arrow) \(Terminal.pad(Terminal.fit(name, 8), 8)) "
        let result = Terminal.fit(Terminal.oneLine(event.result), 28)
        let isBad = Self.isBad(event)
        let room = page.width - Terminal.width(head) - Terminal.width(result) - 2
        let doubt = event.phase == .ambiguous ? "? " : event.phase == .concurrent ? "∥ " : ""
        let summary = Terminal.fit(doubt + summary(event), max(room, 12))
        let style: Page.Style = isMarked ? .strong : isFaint ? .faint : .plain
        page.line(
            (lead, isMarked ? .mark : .faint), (time, .faint), (took, .faint), ("  \(arrow) ", style),
            (Terminal.pad(Terminal.fit(name, 8), 8) + " ", .faint), (Terminal.pad(summary, max(room, 12)), style),
            ("  " + result, isBad ? .bad : isFaint ? .faint : .plain))
    }

    /// What it is, in at most eight letters.
    private static func name(_ event: Event) -> String {
        switch event.kind {
        case .file where event.peer == StandardInputDetail.peer: event.peer
        case .transport: event.outcome.rawValue.hasPrefix("tls:") ? "tls" : "connect"
        default: event.protocolName.isEmpty ? event.kind.rawValue : event.protocolName
        }
    }

    /// The summary; for a call over HTTP with the host in it, which the recorder leaves out.
    func summary(_ event: Event) -> String {
        let line = Terminal.oneLine(event.summary)
        guard event.kind == .call, event.protocolName == "http", let host = event.detail["host"]?.string,
            let method = event.detail["method"]?.string, let target = event.detail["target"]?.string,
            target.hasPrefix("/")
        else { return line.isEmpty ? Terminal.oneLine(event.peer) : line }
        return Terminal.oneLine("\(method) \(host)\(target)")
    }

    private mutating func addRaised(_ time: Instant) {
        guard let exception = failure.exceptions.last else { return }
        let head = " " + Terminal.pad("", 4) + " " + Terminal.pad(offset(time), 11, right: true) + Terminal.pad("", 9)
        let site =
            exception.throwSite.map { " in \($0.function) (\($0.file.split(separator: "/").last ?? ""):\($0.line))" }
            ?? ""
        let text = "\(exception.type.lastName) raised\(site)"
        page.line(
            (head, .faint), ("  ✗ ", .bad),
            (Terminal.fit(Terminal.oneLine(text), page.width - Terminal.width(head) - 4), .bad))
    }

    private static func isBad(_ event: Event) -> Bool {
        let outcome = event.outcome.rawValue
        return ["http:4", "http:5", "sqlstate:", "mysql:", "sqlite:", "redis:error", "dns:", "tls:"].contains {
            outcome.hasPrefix($0)
        }
            || ["refused", "unreachable", "reset", "timeout", "closed"].contains(outcome)
    }

    private func offset(_ time: Instant) -> String {
        let difference = time - failure.trigger.time
        return (difference < 0 ? "−" : "+") + Self.duration(abs(difference))
    }

    /// `0.4 ms`, `12 ms`, `1.25 s`, `3 min 5 s`: three digits, no more.
    static func duration(_ nanoseconds: Int64) -> String {
        let microseconds = max(nanoseconds, 0) / 1000
        func tenths(_ value: Int64, _ unit: String) -> String { "\(value / 10).\(value % 10) \(unit)" }
        switch microseconds {
        case ..<100_000: return tenths(microseconds / 100, "ms")
        case ..<1_000_000: return "\(microseconds / 1000) ms"
        case ..<100_000_000: return tenths(microseconds / 100_000, "s")
        default:
            let seconds = microseconds / 1_000_000
            return seconds < 100 ? "\(seconds) s" : "\(seconds / 60) min \(seconds % 60) s"
        }
    }
}

import ReenactTimeline

/// The page of `reenact show` for a recording of an exact execution: laid out as a case's.
struct ExecutionPage {
    private let recording: RecordedExecution
    private let all: Bool
    private var base: CasePage

    init(_ recording: RecordedExecution, all: Bool, _ surroundings: Surroundings) {
        self.recording = recording
        self.all = all
        base = CasePage(ShownCase(unjudged: recording.case, recording.path), all: all, surroundings)
    }

    var text: String {
        var copy = self
        copy.addHead()
        copy.addEnding()
        copy.addTimeline()
        copy.base.addContents()
        copy.base.addOutput()
        copy.base.addHoles()
        copy.addReplay()
        copy.addNext()
        return copy.base.page.text
    }

    private var outcome: String { recording.ending.outcome.rawValue }

    private mutating func addHead() {
        let isGood = outcome == "exit:0"
        let what = outcome == "none" ? "no end recorded" : CasePage.outcome(recording.ending.outcome)
        let style: Page.Style = isGood ? .good : .bad
        let command = Terminal.oneLine(recording.header.command.joined(separator: " "))
        base.page.line(
            (isGood ? "✓ " : "✗ ", style), (Terminal.fit("\(what): \(command)", base.page.width - 2), style))
        let length = Int64(clamping: recording.summary?.nanoseconds ?? recording.outline.end)
        let start = ISO8601.text(recording.case.anchor.unixNanoseconds).replacingT
        var facts = [
            recording.isStartKnown ? "\(start) UTC" : "about \(start) UTC (by the file's time)",
            "took \(CasePage.duration(length))",
        ]
        if let host = recording.header.host, !host.isEmpty { facts.append("on \(host)") }
        facts += ["Linux \(recording.header.kernel)", recording.header.processor.name]
        facts.append("in \(recording.header.workingDirectory)")
        base.page.paragraph(facts.filter { !$0.isEmpty }.joined(separator: " · "), indent: 2, .faint)
        base.page.paragraph(
            "exact recording \(recording.case.id) · \(counts.joined(separator: " · "))", indent: 2, .faint)
        if let defect = recording.defect {
            base.page.paragraph(
                "the file: \(defect); what stands before that (\(recording.eventCount) events) is shown", indent: 2,
                .bad)
        }
    }

    private var counts: [String] {
        func count(_ number: Int, _ one: String, _ several: String) -> String? {
            number == 0 ? nil : "\(number) \(number == 1 ? one : several)"
        }
        let outline = recording.outline
        var list: [String?] = [
            count(recording.eventCount, "event", "events"), count(outline.processes, "process", "processes"),
            count(outline.threads, "more thread", "more threads"), count(outline.calls, "system call", "system calls"),
        ]
        if let summary = recording.summary {
            list.append(count(summary.signals, "signal", "signals"))
            list.append(count(summary.preemptions, "stop between instructions", "stops between instructions"))
        }
        return list.compactMap { $0 }
    }

    private mutating func addEnding() {
        guard let place = recording.ending.place, let event = recording.ending.event else { return }
        base.page.heading("END", "event \(event) of \(recording.eventCount)")
        let signal = recording.case.events.last { $0.kind == .exception }?.summary ?? "a signal in \(place)"
        base.page.line(("  " + Terminal.fit(Terminal.oneLine(signal), base.page.width - 2), .strong))
    }

    private mutating func addTimeline() {
        guard !recording.case.events.isEmpty else { return }
        base.page.heading(
            "TIMELINE",
            "\(recording.case.events.count) \(recording.case.events.count == 1 ? "event" : "events"), times from the start; → out, ← in, · processes, ✗ fatal signals"
        )
        base.addRows()
    }

    private mutating func addReplay() {
        let replay = recording.replay
        switch replay.state {
        case .whole:
            base.page.heading("REPLAY", "to the end of what is recorded, and equal")
            base.page.line(
                (
                    "  registers compared \(replay.registerChecks) times, memory \(replay.memoryChecks) times", .faint
                ))
        case .stopped:
            base.page.heading("REPLAY", "it stopped: what it brought until then is shown")
            base.page.paragraph(replay.reason ?? "", indent: 2, .bad)
        case .impossible:
            base.page.heading("REPLAY", "not here: only what stands in the file itself is shown")
            base.page.paragraph(replay.reason ?? "", indent: 2, .bad)
        }
    }

    private mutating func addNext() {
        base.page.heading("NEXT")
        let path = Terminal.oneLine(recording.path)
        var steps = [("reenact replay \(path)", "run it again, bit for bit")]
        steps.append(("reenact replay --trace \(path)", "every system call"))
        let from = recording.ending.event.map { " --from \($0)" } ?? ""
        steps.append(("reenact replay --gdb 7777\(from) \(path)", "debug it, backwards too"))
        if !all { steps.append(("reenact show --all \(path)", "every event with its contents")) }
        let column = (steps.map { Terminal.width($0.0) }.max() ?? 0) + 2
        for (command, purpose) in steps {
            let fits = 2 + column + Terminal.width(purpose) <= base.page.width
            base.page.line(("  " + Terminal.pad(command, column), .strong), (fits ? purpose : "", .faint))
        }
    }
}

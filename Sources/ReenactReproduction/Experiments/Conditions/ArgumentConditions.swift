import ReenactTimeline

/// What could have been otherwise in a command line: arguments that the failure itself, or the failing code, names.
enum ArgumentConditions {
    static func find(_ subject: Subject) -> [Condition] {
        guard subject.failure.trigger.kind == .command else { return [] }
        let standIn = StandIn(subject)
        return subject.failure.environment.command.enumerated().dropFirst().flatMap { index, argument in
            of(index, argument, standIn, subject)
        }
    }

    private static func of(
        _ index: Int, _ argument: String, _ standIn: StandIn, _ subject: Subject
    ) -> [Condition] {
        // `--driver=postgre`: the value is what could have been another.
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let isOption = argument.hasPrefix("-")
        guard !isOption || parts.count == 2 else { return [] }
        let head = isOption ? parts[0] + "=" : ""
        let value = String(argument.dropFirst(head.count))
        guard !value.isEmpty, !value.hasSuffix(".py"), !value.hasSuffix(".js") else { return [] }
        let learned = forms(value, standIn, subject)
        // Of paths the files are changed, and of addresses the peers.
        let isPlain = !value.contains("/") && subject.reaches(value) && !isOption
        let plain = isPlain && learned.isEmpty ? [value == "1" ? "2" : "1"] : []
        // What the code merely holds, as it does the name of each subcommand, is no suspect.
        let stage: Condition.Stage = !learned.isEmpty || subject.says(value) ? .suspect : .possible
        return (learned + plain).prefix(3).enumerated().map { place, form in
            var condition = Condition(
                .input, recorded: "the argument \(index) was \(StandIn.told(.string(argument)))",
                changed: StandIn.told(.string(head + form)), target: "input argument \(index)",
                stage: place == 0 ? stage : .remote, change: .input(.argument(index, head + form)))
            condition.isArbitrary = learned.isEmpty
            condition.isAskedFor = standIn.offered.contains(form) && subject.says(value)
            return condition
        }
    }

    private static func forms(_ value: String, _ standIn: StandIn, _ subject: Subject) -> [String] {
        if isRefusedStatement(value, subject) { return ["select 1"] }
        if let address = URLForms.mended(value, message: subject.complaint) {
            return [address] + (URLForms.plain(subject.look.words + subject.complaint).map { [$0] } ?? [])
        }
        guard !value.contains("/"), subject.hears(value) || subject.reaches(value) else { return [] }
        let offered = standIn.offered.filter { $0 != value }.prefix(2)
        return offered.isEmpty ? standIn.readable(for: value, subject).map { [$0] } ?? [] : Array(offered)
    }

    /// It is the very statement that a database did not understand.
    private static func isRefusedStatement(_ value: String, _ subject: Subject) -> Bool {
        let text = value.trimmed
        guard text.contains(" ") else { return false }
        return subject.calls.contains { event in
            event.detail["sql"]?.string?.trimmed == text
                && (event.detail["error"]?.string?.contains("syntax error") ?? false
                    || event.outcome == "sqlstate:42601")
        }
    }
}

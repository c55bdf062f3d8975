import ReenactTimeline

/// Fills in what makes this failure the same as another.
enum SignatureMaker {
    /// - Parameters:
    ///   - line: what the program said of it, where it raised nothing.
    ///   - program: the name of a program that has no request to name.
    static func complete(_ value: inout Case, line: String, program: String) {
        let exception = value.exceptions.last
        var signature = value.signature
        if let exception {
            signature.exceptionType = exception.type
            signature.message = exception.message
            signature.causeTypes = exception.causes.map(\.type)
            signature.frames = exception.frames.reversed().prefix(40).map {
                "\($0.function) \($0.file.split(separator: "/").last ?? "")"
            }
        } else if !line.isEmpty {
            signature.message = LogPrefix.dropped(from: line)
        } else if value.trigger.kind == .command {
            // Without an exception the last words are the best description there is.
            let last = value.outputTail.split(separator: "\n").last.map { String($0.prefix(300)) } ?? ""
            signature.message = LogPrefix.dropped(from: last)
        }
        if signature.outcome == .none, value.trigger.kind == .request, let id = value.trigger.event {
            signature.outcome = value.event(id)?.outcome ?? .none
        }
        if signature.outcome == .none, value.trigger.kind != .job, let status = value.exitStatus {
            signature.outcome = .init(
                rawValue: status > 128 ? "signal:\(SignalName.of(status - 128))" : "exit:\(status)")
        }
        signature.operation = value.trigger.kind == .command ? program : operation(value.trigger)
        value.signature = signature
    }

    /// The trigger without its values: `GET /users/{n}`, `job from default`.
    private static func operation(_ trigger: Trigger) -> String {
        guard trigger.kind == .request else { return trigger.summary }
        let withoutQuery = trigger.summary.split(separator: "?", maxSplits: 1).first ?? ""
        return withoutQuery.split(separator: "/", omittingEmptySubsequences: false)
            .map { part in
                let looksLikeValue =
                    part.contains(where: \.isNumber) && part.count >= 1
                    && part.allSatisfy { $0.isHexDigit || $0 == "-" }
                return looksLikeValue ? "{n}" : String(part)
            }.joined(separator: "/")
    }
}

/// Ids of cases: unique, and in order of time when sorted as text.
enum CaseID {
    /// `20261121-081502-4f2a-1`
    static func make(wallClock: Int64, process: Int32, number: Int) -> String {
        let seconds = Int(wallClock / 1_000_000_000)
        let (days, rest) = seconds.quotientAndRemainder(dividingBy: 86400)
        // Civil date of a day number: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
        let z = days + 719_468
        let era = z / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthShifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthShifted + 2) / 5 + 1
        let month = monthShifted < 10 ? monthShifted + 3 : monthShifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let unique = String(Int(process) * 1000 + number, radix: 36)
        return "\(year)\(two(month))\(two(day))-\(two(rest / 3600))\(two(rest / 60 % 60))\(two(rest % 60))-\(unique)"
    }
}

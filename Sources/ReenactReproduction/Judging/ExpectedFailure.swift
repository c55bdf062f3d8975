import ReenactTimeline

/// The recorded failure in the form in which it is looked for.
struct ExpectedFailure {
    let signature: Signature
    /// The exception that explains the failure, where there is one.
    let exception: ExceptionRecord?
    /// `function file-name`; empty where unknown.
    let site: String
    /// Perl's `die` ends with whatever error number was left over, of which timing decides.
    private let hasLooseStatus: Bool

    init(_ failure: Case) {
        signature = failure.signature
        let type = failure.signature.exceptionType
        exception = type.isEmpty ? nil : failure.exceptions.last { $0.type == type } ?? failure.exceptions.last
        hasLooseStatus =
            failure.environment.runtime.hasPrefix("perl") && failure.exitStatus != 0
            && !failure.signature.message.isEmpty
        site = exception.map(Self.site).flatMap { $0.isEmpty ? nil : $0 } ?? failure.signature.frames.first ?? ""
    }

    /// The throw site without its line number: lines move when code changes.
    static func site(_ exception: ExceptionRecord) -> String {
        guard let frame = exception.throwSite else { return "" }
        return "\(function(frame)) \(Paths.name(frame.file))"
    }

    /// The function's name as it is in every run.
    ///
    /// V8 tells the type of the receiver (`Object.load`) or leaves it out, as its compiler has it at that moment.
    private static func function(_ frame: ExceptionRecord.Frame) -> String {
        let name = frame.function
        guard [".js", ".mjs", ".cjs", ".ts"].contains(where: frame.file.hasSuffix),
            let dot = name.lastIndex(of: "."), name.index(after: dot) < name.endIndex
        else { return name }
        let receiver = name[..<dot].split(separator: " ").last ?? ""
        return ["Object", "Function", "Module"].contains(receiver) ? String(name[name.index(after: dot)...]) : name
    }

    static func isSameFunction(_ one: ExceptionRecord.Frame, _ other: ExceptionRecord.Frame) -> Bool {
        one.function == other.function || function(one) == function(other)
    }

    /// The type without its module, as tracebacks and logs print it.
    var shortType: String { Self.short(signature.exceptionType) }

    static func short(_ type: String) -> String { type.split(separator: ".").last.map(String.init) ?? type }

    var text: RunResult.SignatureText {
        .init(
            type: signature.exceptionType.isEmpty
                ? signature.rule ?? signature.outcome.rawValue : signature.exceptionType,
            message: signature.message, site: site, outcome: signature.outcome.rawValue)
    }

    /// Whether an exception is the recorded one.
    ///
    /// One that was reported or ended something must be so again: the same exception is often raised and caught in a
    /// run in which nothing fails.
    ///
    /// - Parameters:
    ///   - isSameEnd: the attempt ended as the recording did; decides where the recorded exception was only seen
    ///     to leave a function.
    ///   - hasEnded: it ended by itself, so that ends can be compared.
    func isSame(_ seen: ExceptionRecord, isSameEnd: Bool, hasEnded: Bool = false) -> Bool {
        guard let exception, isSamePlace(seen) else { return false }
        // The same exception, told and survived, and then another end: that is another failure.
        if hasEnded, !isSameEnd, isOwnEnd { return false }
        return Self.isDecisive(exception) ? Self.isDecisive(seen) : isSameEnd || !hasComparableEnd
    }

    /// The same type, raised in the same function of a file of the same name.
    func isSamePlace(_ seen: ExceptionRecord) -> Bool {
        guard let exception, seen.type == exception.type || Self.short(seen.type) == Self.short(exception.type) else {
            return false
        }
        let (wanted, told) = (Self.codes(exception.message), Self.codes(seen.message))
        guard wanted.isEmpty || told.isEmpty || wanted == told else { return false }
        // A library's one place wraps whatever went wrong below it: what that was is part of the failure.
        if let root = exception.causes.last?.type, let seenRoot = seen.causes.last?.type,
            Self.short(root) != Self.short(seenRoot)
        {
            return false
        }
        let seenSite = Self.site(seen)
        return site.isEmpty || seenSite.isEmpty || seenSite == site
    }

    /// Codes of errors that a message begins with: `SQLSTATE[22003]`, `(1146, …`, `[Errno 111]`. One place of a library
    /// raises all that a server can complain of, and the code tells which it was.
    static func codes(_ message: String) -> [String] {
        let head = message.prefix(40)
        for (open, close) in [("SQLSTATE[", "]"), ("(", ","), ("[Errno ", "]")] {
            guard head.hasPrefix(open), let end = head.firstIndex(of: Character(close)) else { continue }
            let code = head[..<end].dropFirst(open.count)
            if !code.isEmpty, code.allSatisfy({ $0.isNumber || $0.isUppercase }) { return [String(code)] }
        }
        return []
    }

    var hasComparableEnd: Bool { signature.outcome != .none && !signature.outcome.rawValue.isEmpty }

    /// The recorded end is the program's own: a status or a signal.
    private var isOwnEnd: Bool {
        ["exit:", "signal:"].contains { signature.outcome.rawValue.hasPrefix($0) } && !hasLooseStatus
    }

    static func isDecisive(_ exception: ExceptionRecord) -> Bool {
        exception.handling == .unhandled || exception.handling == .reported
    }

    /// `http:500` for HTTP's status, `exit:1`, `signal:SEGV`; nil where the attempt has no such end.
    func isSameEnd(_ record: AttemptRecord) -> Bool {
        let parts = signature.outcome.rawValue.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else {
            // `timeout`, `reset`, `closed`: no whole answer came then, nor now.
            return record.lastAnswer.map { $0.missing == signature.outcome.rawValue } ?? false
        }
        switch parts[0] {
        case "http":
            guard let answer = record.lastAnswer, answer.status > 0, let status = Int(parts[1]) else { return false }
            // Without an exception the status is all there is: a gateway's 502 is not the application's 500.
            return exception == nil ? answer.status == status : answer.status / 100 == status / 100
        case "exit":
            guard let exit = record.exit else { return false }
            return "\(exit)" == parts[1] || hasLooseStatus && exit != 0 && isPrinted(in: record.output)
        case "signal": return record.exit.map { $0 > 128 && SignalNames.name($0 - 128) == parts[1] } ?? false
        default: return false
        }
    }

    /// Whether a line of the output is the recorded message, but for numbers and paths.
    func isPrinted(in output: String) -> Bool {
        guard let wanted = signature.message.split(separator: "\n").last.map({ TextTemplate.of(String($0)) }),
            !wanted.isEmpty
        else { return true }
        return output.split(separator: "\n").contains { TextTemplate.of(String($0)).contains(wanted) }
    }
}

/// Names of signals without `SIG`, for x86-64 and arm64.
enum SignalNames {
    static func name(_ number: Int32) -> String {
        let names: [Int32: String] = [
            1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 5: "TRAP", 6: "ABRT", 7: "BUS", 8: "FPE", 9: "KILL", 10: "USR1",
            11: "SEGV", 12: "USR2", 13: "PIPE", 14: "ALRM", 15: "TERM", 24: "XCPU", 25: "XFSZ", 31: "SYS",
        ]
        return names[number] ?? "\(number)"
    }
}

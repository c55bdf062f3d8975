/// One event, for people and for programs.
struct TraceLine {
    var index: Int
    var event: Event
    /// The entry of the call that the task is in.
    var open: Registers?

    private var seconds: String {
        let micro = event.time / 1000
        let rest = String(micro % 1_000_000)
        return "\(micro / 1_000_000)." + String(repeating: "0", count: 6 - rest.count) + rest
    }

    var text: String { "\(index)\t\(seconds)\t[\(event.task)]\t\(summary)" }

    /// What happened, in the manner of strace.
    var summary: String {
        switch event.body {
        case .call(let entry, let result, let effects):
            return "\(call(entry)) = \(TraceLine.result(result))\(suffix(effects))"
        case .enter(let entry): return "\(call(entry)) …"
        case .leave(let result, let effects):
            return "… \(SystemCalls.name(open?.call ?? -1)) = \(TraceLine.result(result))\(suffix(effects))"
        case .birth(let birth):
            return "\(birth.isThread ? "thread" : "process") \(birth.child) (id \(birth.tid)) is born"
        case .signal(let delivery):
            let outcome =
                switch delivery.outcome {
                case .ignored: "ignored"
                case .fatal: "fatal"
                case .handler(let after, _, _): "handler at \(hexadecimal(after.raw.rip))"
                }
            return "\(SignalCodes.name(delivery.number)) at \(hexadecimal(delivery.at.raw.rip)): \(outcome)"
        case .preempt(let point): return "stopped at \(hexadecimal(point.registers.raw.rip)) for another"
        case .counter(let at, let value): return "rdtsc at \(hexadecimal(at.raw.rip)) = \(value)"
        case .draw(let at, let value): return "rdrand at \(hexadecimal(at.raw.rip)) = \(hexadecimal(value))"
        case .end(let end):
            let status = WaitStatus(raw: end.status)
            if let code = status.exitCode { return "ended, status \(code)" }
            return "ended by \(SignalCodes.name(status.fatalSignal ?? 0))"
        case .check(let value): return "memory \(hexadecimal(value))"
        }
    }

    private func suffix(_ effects: Effects) -> String {
        if let image = effects.image { return " (\(image.path))" }
        return effects.isGeneric ? " (changed memory found by comparing)" : ""
    }

    private func call(_ entry: Registers) -> String {
        let model = SystemCalls.model(entry.call)
        let names = model.arguments.split(separator: ",")
        let values = names.enumerated().map { index, name in "\(name): \(TraceLine.argument(entry.argument(index)))" }
        return "\(model.name)(\(values.joined(separator: ", ")))"
    }

    private static func argument(_ value: UInt64) -> String {
        let signed = Int64(bitPattern: value)
        let narrow = Int32(truncatingIfNeeded: signed)
        if value <= 0xffff_ffff, narrow < 0, narrow > -4096 { return "\(narrow)" }
        return abs(signed.clamped) < 65536 ? "\(signed)" : hexadecimal(value)
    }

    static func result(_ value: Int64) -> String {
        if (-4095 ... -1).contains(value) { return "\(value) (\(errorName(Int32(-value))))" }
        return abs(value.clamped) < 1 << 24 ? "\(value)" : hexadecimal(UInt64(bitPattern: value))
    }

    private static func errorName(_ code: Int32) -> String {
        let names: [Int32: String] = [
            1: "EPERM", 2: "ENOENT", 3: "ESRCH", 4: "EINTR", 5: "EIO", 6: "ENXIO", 9: "EBADF", 10: "ECHILD",
            11: "EAGAIN",
            12: "ENOMEM", 13: "EACCES", 14: "EFAULT", 17: "EEXIST", 19: "ENODEV", 20: "ENOTDIR", 21: "EISDIR",
            22: "EINVAL",
            25: "ENOTTY", 29: "ESPIPE", 32: "EPIPE", 38: "ENOSYS", 95: "EOPNOTSUPP", 98: "EADDRINUSE",
            104: "ECONNRESET",
            107: "ENOTCONN", 110: "ETIMEDOUT", 111: "ECONNREFUSED", 115: "EINPROGRESS",
        ]
        return names[code] ?? "errno \(code)"
    }

    /// Members: event, time (ns), task, kind, what; a call's name, arguments, result.
    var json: String {
        var members = [
            "\"event\":\(index)", "\"time\":\(event.time)", "\"task\":\(event.task)", "\"kind\":\"\(kind)\"",
            "\"what\":\(JSONWriter.quoted(summary))",
        ]
        switch event.body {
        case .call(let entry, let result, _):
            members += describe(entry) + ["\"result\":\(result)"]
        case .enter(let entry): members += describe(entry)
        case .leave(let result, _):
            if let open { members += describe(open) }
            members.append("\"result\":\(result)")
        case .signal(let delivery): members.append("\"signal\":\(delivery.number)")
        case .birth(let birth): members += ["\"child\":\(birth.child)", "\"id\":\(birth.tid)"]
        default: break
        }
        return "{\(members.joined(separator: ","))}"
    }

    private func describe(_ entry: Registers) -> [String] {
        let model = SystemCalls.model(entry.call)
        let values = model.arguments.split(separator: ",").indices.map { _ in "" }
        let arguments = values.indices.map { String(entry.argument($0)) }
        return ["\"call\":\"\(model.name)\"", "\"arguments\":[\(arguments.joined(separator: ","))]"]
    }

    var kind: String {
        switch event.body {
        case .call: "call"
        case .enter: "enter"
        case .leave: "leave"
        case .birth: "birth"
        case .signal: "signal"
        case .preempt: "preempt"
        case .counter: "counter"
        case .draw: "draw"
        case .end: "end"
        case .check: "check"
        }
    }

    /// Chrome's trace event format, which Perfetto reads: microseconds; B and E around a call, i for an instant.
    var perfetto: [String] {
        let micro = "\(event.time / 1000).\(String(event.time % 1000 + 1000).dropFirst())"
        func item(_ phase: String, _ name: String, _ more: String = "") -> String {
            "{\"ph\":\"\(phase)\",\"pid\":1,\"tid\":\(event.task),\"ts\":\(micro),\"name\":\(JSONWriter.quoted(name))\(more)}"
        }
        switch event.body {
        case .call(let entry, _, _):
            return [
                item(
                    "X", SystemCalls.name(entry.call), ",\"dur\":0.1,\"args\":{\"what\":\(JSONWriter.quoted(summary))}")
            ]
        case .enter(let entry): return [item("B", SystemCalls.name(entry.call))]
        case .leave: return [item("E", SystemCalls.name(open?.call ?? -1))]
        case .check, .counter, .draw: return []
        default: return [item("i", summary, ",\"s\":\"t\"")]
        }
    }
}

extension Int64 {
    /// Itself, but for the one whose absolute value does not exist.
    var clamped: Int64 { self == .min ? .min + 1 : self }
}

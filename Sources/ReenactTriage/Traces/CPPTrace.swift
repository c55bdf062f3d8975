/// `terminate called after throwing an instance of 'T'` and `what():`.
///
/// Source: libstdc++, __verbose_terminate_handler; libc++ prints "uncaught exception of type T: what".
enum CPPTrace {
    static func parse(_ lines: TraceLines, _ position: inout Int) -> Trace? {
        let line = lines[position]
        if let rest = line.after("terminate called after throwing an instance of '") {
            let type = rest.prefix { $0 != "'" }
            position += 1
            var message: Substring = ""
            if let what = lines[position].after("what():") {
                message = what.trimmed
                position += 1
            }
            return Trace(type: String(type), message: String(message), language: "native", frames: [])
        }
        if let rest = line.after("terminating due to uncaught exception of type ")
            ?? line.after("terminating with uncaught exception of type ")
        {
            position += 1
            let type = rest.before(": ") ?? rest
            return Trace(type: String(type), message: String(rest.after(": ") ?? ""), language: "native", frames: [])
        }
        return nil
    }
}

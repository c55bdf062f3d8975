import ReenactTimeline

/// What PHP's built-in server prints around an exception that nobody caught: its access log line stands before it.
///
/// `[Sun Nov 22 13:42:18 2026] 127.0.0.1:37724 [500]: GET /?a=b - Uncaught TypeError: Unsupported operand types`
enum AccessLogLine {
    /// The exception without that line, and with its own type.
    static func stripped(_ record: ExceptionRecord) -> ExceptionRecord {
        guard record.message.hasPrefix("["), let rest = exception(in: record.message) else { return record }
        var record = record
        record.message = rest.message
        if let type = rest.type { record.type = type }
        return record
    }

    static func exception(in message: String) -> (type: String?, message: String)? {
        let line = message.prefix { $0 != "\n" }
        guard line.hasPrefix("["), let status = line.range(of: " ["),
            let close = line[status.upperBound...].range(of: "]: "),
            line[status.upperBound..<close.lowerBound].allSatisfy(\.isNumber),
            let dash = message[close.upperBound...].range(of: " - ")
        else { return nil }
        var rest = message[dash.upperBound...]
        guard rest.hasPrefix("Uncaught ") else { return (nil, String(rest)) }
        rest = rest.dropFirst(9)
        let type = rest.prefix { $0.isLetter || $0.isNumber || $0 == "\\" || $0 == "_" }
        guard !type.isEmpty, rest.dropFirst(type.count).hasPrefix(": ") else { return (nil, String(rest)) }
        return (String(type), String(rest.dropFirst(type.count + 2)))
    }
}

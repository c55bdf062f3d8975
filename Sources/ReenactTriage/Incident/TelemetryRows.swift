/// A row of a table of spans: `phase, trace, span, parent, pod, operation, start_ns, end_ns`.
struct SpanRow {
    var phase: String
    var trace: String
    var span: String
    var parent: String
    var service: String
    var start: Int64
    var end: Int64

    static func read(_ bytes: [UInt8]) throws(Telemetry.Malformed) -> [SpanRow] {
        var table = CommaTable(bytes)
        guard let phase = table.column("phase"), let trace = table.column("trace", "trace_id"),
            let span = table.column("span", "span_id"), let parent = table.column("parent", "parent_id"),
            let pod = table.column("pod", "service"), let start = table.column("start_ns"),
            let end = table.column("end_ns")
        else {
            throw .init(
                description: "no table of spans: phase, trace, span, parent, pod, start_ns and end_ns are needed")
        }
        var rows: [SpanRow] = []
        var names = ServiceNames()
        while let fields = table.next() {
            // Broken rows are left out: there are others.
            guard fields.count >= table.names.count, let start = Int64(fields[start]), let end = Int64(fields[end]),
                start >= 0, end >= start
            else { continue }
            rows.append(
                SpanRow(
                    phase: fields[phase], trace: fields[trace], span: fields[span], parent: fields[parent],
                    service: names.service(fields[pod]), start: start, end: end))
        }
        return rows
    }
}

/// A row of a table of log lines: `phase, time_ns, pod, trace, span, log`.
struct LogRow {
    var phase: String
    var time: Int64
    var service: String
    var trace: String
    /// Which line of the program wrote it, as far as that can be told.
    var kind: String

    static func read(_ bytes: [UInt8]) throws(Telemetry.Malformed) -> [LogRow] {
        var table = CommaTable(bytes)
        guard let phase = table.column("phase"), let time = table.column("time_ns"),
            let pod = table.column("pod", "service"), let trace = table.column("trace", "trace_id"),
            let log = table.column("log", "message")
        else { throw .init(description: "no table of logs: phase, time_ns, pod, trace and log are needed") }
        var rows: [LogRow] = []
        var names = ServiceNames()
        while let fields = table.next() {
            guard fields.count >= table.names.count, let time = Int64(fields[time]) else { continue }
            rows.append(
                LogRow(
                    phase: fields[phase], time: time, service: names.service(fields[pod]), trace: fields[trace],
                    kind: kind(fields[log])))
        }
        return rows
    }

    /// `t.s.TravelServiceImpl#532` where loggers print the place, else the message without its values.
    static func kind(_ line: String) -> String {
        for word in line.prefix(200).split(separator: " ").prefix(5) {
            guard let mark = word.lastIndex(where: { $0 == "#" || $0 == ":" }), mark > word.startIndex else { continue }
            let number = word[word.index(after: mark)...]
            let name = word[..<mark]
            if !number.isEmpty, number.allSatisfy(\.isNumber), name.contains(where: \.isLetter), name.contains(".") {
                return String(word)
            }
        }
        return String(MessageTemplate.of(line).prefix(80))
    }
}

/// Pods by the service that they belong to: `ts-route-service-7f4f5f6f77-hp2zq` is `ts-route-service`.
struct ServiceNames {
    private var known: [String: String] = [:]

    mutating func service(_ pod: String) -> String {
        if let name = known[pod] { return name }
        let parts = pod.split(separator: "-")
        var name = pod
        if parts.count >= 3, let last = parts.last, last.count == 5,
            last.allSatisfy({ $0.isASCII && ($0.isLowercase || $0.isNumber) })
        {
            let hash = parts[parts.count - 2]
            if (7...10).contains(hash.count), hash.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) {
                name = parts.dropLast(2).joined(separator: "-")
            }
        }
        known[pod] = name
        return name
    }
}

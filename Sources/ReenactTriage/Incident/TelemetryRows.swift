/// A row of a table of spans: `phase, trace, span, parent, pod, operation, start_ns, end_ns`, or what others call them.
struct SpanRow {
    var phase: String
    var trace: String
    var span: String
    var parent: String
    var service: String
    var operation: String
    var start: Int64
    var end: Int64
    /// The span's own status says that it failed.
    var isFailure: Bool

    static func read(_ bytes: [UInt8]) throws(Telemetry.Malformed) -> [SpanRow] {
        var table = CommaTable(bytes)
        guard let phase = table.column("phase"), let trace = table.column("trace", "trace_id"),
            let span = table.column("span", "span_id"),
            let parent = table.column("parent", "parent_id", "parent_span_id"),
            let pod = table.column("pod", "service", "service_name", "pod_name"),
            let start = TimeColumn(table, "start", "start_time"),
            let end = TimeColumn(table, "end", "end_time") ?? TimeColumn(table, "duration")
        else {
            throw .init(
                description: "no table of spans: phase, trace, span, parent, pod, start_ns and end_ns are needed")
        }
        let operation = table.column("operation", "operation_name", "name", "span_name")
        let status = table.column("status", "status_code", "error")
        var rows: [SpanRow] = []
        var names = ServiceNames()
        var operations = OperationNames()
        while let fields = table.next() {
            // Broken rows are left out: there are others.
            guard fields.count >= table.names.count, let start = start.nanoseconds(fields),
                let last = end.nanoseconds(fields)
            else { continue }
            let (sum, isOver) = start.addingReportingOverflow(end.isDuration ? last : 0)
            let end = end.isDuration ? sum : last
            guard !isOver, start >= 0, end >= start else { continue }
            rows.append(
                SpanRow(
                    phase: fields[phase], trace: fields[trace], span: fields[span], parent: fields[parent],
                    service: names.service(fields[pod]),
                    operation: operation.map { operations.operation(fields[$0]) } ?? "",
                    start: start, end: end, isFailure: status.map { isFailure(fields[$0]) } ?? false))
        }
        return rows
    }

    /// OpenTelemetry's codes, HTTP's, and a plain yes.
    private static func isFailure(_ status: String) -> Bool {
        switch status.lowercased() {
        case "error", "status_code_error", "2", "true", "failed": true
        default: status.count == 3 && status.hasPrefix("5") && status.allSatisfy(\.isNumber)
        }
    }
}

/// A row of a table of log lines: `phase, time_ns, pod, trace, span, log`, or what others call them.
struct LogRow {
    var phase: String
    var time: Int64
    var service: String
    /// Empty where the line belongs to none.
    var trace: String
    var span: String
    /// Which line of the program wrote it, as far as that can be told.
    var kind: String

    static func read(_ bytes: [UInt8]) throws(Telemetry.Malformed) -> [LogRow] {
        if bytes.isEmpty { return [] }
        var table = CommaTable(bytes)
        guard let phase = table.column("phase"), let time = TimeColumn(table, "time", "timestamp"),
            let pod = table.column("pod", "service", "service_name", "pod_name"),
            let log = table.column("log", "message", "body")
        else { throw .init(description: "no table of logs: phase, time_ns, pod, trace and log are needed") }
        let trace = table.column("trace", "trace_id")
        let span = table.column("span", "span_id")
        var rows: [LogRow] = []
        var names = ServiceNames()
        while let fields = table.next() {
            guard fields.count >= table.names.count, let time = time.nanoseconds(fields) else { continue }
            rows.append(
                LogRow(
                    phase: fields[phase], time: time, service: names.service(fields[pod]),
                    trace: trace.map { fields[$0] } ?? "", span: span.map { fields[$0] } ?? "", kind: kind(fields[log]))
            )
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

/// A column of times whose name tells the unit: `start_ns`, `start_us`, `start_ms`, `start_s`; without one, nanoseconds.
struct TimeColumn {
    private let place: Int
    private let unit: Double
    let isDuration: Bool

    init?(_ table: CommaTable, _ names: String...) {
        let units: [(suffix: String, unit: Double)] = [
            ("", 1), ("_ns", 1), ("_nano", 1), ("_unix_nano", 1), ("_us", 1e3), ("_micros", 1e3), ("_ms", 1e6),
            ("_millis", 1e6), ("_s", 1e9),
        ]
        for name in names {
            for (suffix, unit) in units {
                guard let place = table.column(name + suffix) else { continue }
                self.place = place
                self.unit = unit
                isDuration = name == "duration"
                return
            }
        }
        return nil
    }

    func nanoseconds(_ fields: [String]) -> Int64? {
        if unit == 1, let whole = Int64(fields[place]) { return whole }
        guard let value = Double(fields[place]) else { return nil }
        return Int64(exactly: (value * unit).rounded())
    }
}

/// Pods by the service that they belong to: `ts-route-service-7f4f5f6f77-hp2zq` is `ts-route-service`, and so is
/// `ts-route-service-0` of a stateful set.
struct ServiceNames {
    private var known: [String: String] = [:]

    mutating func service(_ pod: String) -> String {
        if let name = known[pod] { return name }
        let parts = pod.split(separator: "-")
        var name = pod
        if parts.count >= 3, let last = parts.last, last.count == 5,
            last.allSatisfy({ $0.isASCII && ($0.isLowercase || $0.isNumber) })
        {
            // Kubernetes writes hashes without vowels; older ones are hexadecimal.
            let hash = parts[parts.count - 2]
            let isHash = hash.allSatisfy { $0.isHexDigit && !$0.isUppercase || "bcdfghjklmnpqrstvwxz".contains($0) }
            if (7...10).contains(hash.count), isHash, hash.contains(where: \.isNumber) {
                name = parts.dropLast(2).joined(separator: "-")
            }
        } else if parts.count >= 2, let last = parts.last, last.count <= 2, last.allSatisfy(\.isNumber) {
            name = parts.dropLast().joined(separator: "-")
        }
        known[pod] = name
        return name
    }
}

/// Operations without what differs from call to call: `GET /orders/4711?page=2` is `GET /orders/*`.
struct OperationNames {
    private var known: [String: String] = [:]

    mutating func operation(_ text: String) -> String {
        if let name = known[text] { return name }
        let path = text.prefix(300).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map { part -> Substring in
            let digits = part.count { $0.isNumber }
            let isHex = part.count >= 8 && part.allSatisfy { $0.isHexDigit || $0 == "-" }
            return digits > 0 && (digits * 2 > part.count || isHex || digits >= 4) ? "*" : part
        }
        let name = parts.joined(separator: "/")
        // A flood of names is not remembered whole.
        if known.count < 100_000 { known[text] = name }
        return name
    }
}

import ReenactTimeline

/// The same requests in JSON: names in lowerCamelCase (snake_case is let pass), ids in hexadecimal, enums as numbers.
enum OTLPJSON {
    private static let depthMax = 32

    /// False where this is no export request.
    static func read(_ value: JSONValue, into data: inout OTLPData) -> Bool {
        let traces = (value["resourceSpans"] ?? value["resource_spans"])?.array
        let logs = (value["resourceLogs"] ?? value["resource_logs"])?.array
        for resource in traces ?? [] {
            let service = service(resource)
            for scope in (resource["scopeSpans"] ?? resource["scope_spans"])?.array ?? [] {
                for item in scope["spans"]?.array ?? [] { data.spans.append(span(item, service)) }
            }
        }
        for resource in logs ?? [] {
            let service = service(resource)
            for scope in (resource["scopeLogs"] ?? resource["scope_logs"])?.array ?? [] {
                for item in (scope["logRecords"] ?? scope["log_records"])?.array ?? [] {
                    data.logs.append(log(item, service))
                }
            }
        }
        return traces != nil || logs != nil || value["resourceMetrics"] != nil
    }

    private static func service(_ resource: JSONValue) -> String {
        attributes(resource["resource"]?["attributes"])["service.name"]?.scalarText ?? ""
    }

    private static func span(_ item: JSONValue, _ service: String) -> OTLPSpan {
        var span = OTLPSpan()
        span.service = service
        span.trace = item.text("traceId", "trace_id").lowercased()
        span.span = item.text("spanId", "span_id").lowercased()
        span.parent = item.text("parentSpanId", "parent_span_id").lowercased()
        span.name = item.text("name")
        span.kind = number(item["kind"], ["INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"])
        span.start = UInt64(item.text("startTimeUnixNano", "start_time_unix_nano")) ?? 0
        span.end = UInt64(item.text("endTimeUnixNano", "end_time_unix_nano")) ?? 0
        span.attributes = attributes(item["attributes"])
        span.status = number(item["status"]?["code"], ["OK", "ERROR"])
        span.statusMessage = item["status"]?.text("message") ?? ""
        span.events = (item["events"]?.array ?? []).map {
            OTLPEvent(
                name: $0.text("name"), time: UInt64($0.text("timeUnixNano", "time_unix_nano")) ?? 0,
                attributes: attributes($0["attributes"]))
        }
        return span
    }

    private static func log(_ item: JSONValue, _ service: String) -> OTLPLog {
        var log = OTLPLog()
        log.service = service
        log.trace = item.text("traceId", "trace_id").lowercased()
        log.span = item.text("spanId", "span_id").lowercased()
        log.time = UInt64(item.text("timeUnixNano", "observedTimeUnixNano", "time_unix_nano")) ?? 0
        log.severity = item.whole("severityNumber", "severity_number") ?? 0
        log.body = item["body"].map { plain($0, 0).scalarText } ?? ""
        log.eventName = item.text("eventName", "event_name")
        log.attributes = attributes(item["attributes"])
        return log
    }

    /// A number, or the end of an enum's name.
    private static func number(_ value: JSONValue?, _ names: [String]) -> Int {
        if let number = value?.integer { return Int(clamping: number) }
        guard let text = value?.string else { return 0 }
        return Int(text) ?? names.firstIndex { text.hasSuffix("_" + $0) }.map { $0 + 1 } ?? 0
    }

    private static func attributes(_ value: JSONValue?) -> [String: JSONValue] {
        var found: [String: JSONValue] = [:]
        for pair in value?.array ?? [] {
            if let key = pair["key"]?.string { found[key] = plain(pair["value"] ?? .null, 0) }
        }
        return found
    }

    private static func plain(_ value: JSONValue, _ depth: Int) -> JSONValue {
        guard depth < depthMax, let members = value.object, members.count == 1, let (kind, inner) = members.first else {
            return value.object == nil ? value : .null
        }
        switch kind {
        case "intValue", "int_value":
            return inner.integer != nil ? inner : inner.string.flatMap { Int64($0) }.map(JSONValue.integer) ?? inner
        case "arrayValue", "array_value": return .array((inner["values"]?.array ?? []).map { plain($0, depth + 1) })
        case "kvlistValue", "kvlist_value": return .object(attributes(inner["values"]))
        default: return inner
        }
    }
}

import ReenactTimeline

/// An error event of Sentry's schema as a case.
enum SentryEvent {
    private static let breadcrumbsMax = 200

    /// - Parameter frames: reads frames that were left as text.
    static func failure(
        _ event: JSONValue, header: JSONValue, source: String, _ frames: inout SentryFrames
    ) -> ForeignFailure? {
        var made = ForeignCase()
        made.exceptions = exceptions(event, &frames)
        made.message =
            event["logentry"]?.text("formatted", "message") ?? event.text("message")
        if made.message.isEmpty { made.message = event["message"]?.text("formatted", "message") ?? "" }
        guard !made.exceptions.isEmpty || !made.message.isEmpty else { return nil }
        made.operation = event.text("transaction")
        made.release = event.text("release")
        let runtime = event["contexts"]?["runtime"] ?? .null
        made.runtime = [runtime.text("name").lowercased(), runtime.text("version")].filter { !$0.isEmpty }
            .joined(separator: " ")
        made.anchor = nanoseconds(event["timestamp"])
        if let request = event["request"], request.object != nil {
            var url = request.text("url")
            let query = request["query_string"]?.string ?? ""
            if !query.isEmpty, !url.contains("?") { url += "?" + query }
            let data = request["data"]
            let body = data?.string ?? data.flatMap { $0 == .null ? nil : JSONLine.text($0) } ?? ""
            made.serve(
                method: request["method"]?.string ?? "GET", url: url, body: body,
                contentType: request["headers"]?.pairs["Content-Type"] ?? "")
        }
        for crumb in event.list("breadcrumbs").suffix(breadcrumbsMax) { SentryBreadcrumb.add(crumb, to: &made) }
        let trace = event["contexts"]?["trace"] ?? .null
        let name = event.text("event_id").isEmpty ? header.text("event_id") : event.text("event_id")
        return ForeignFailure(
            source: source, name: name, failure: made.value(id: name.isEmpty ? source : name), service: service(event),
            trace: trace.text("trace_id"), span: trace.text("span_id"))
    }

    /// Who sent it: a tag by which people name services, else the release's package.
    static func service(_ event: JSONValue) -> String {
        let tags = event["tags"]?.pairs ?? [:]
        for name in ["service", "service.name", "service_name", "app", "application"] {
            if let value = tags[name], !value.isEmpty { return value }
        }
        let release = event.text("release")
        if let at = release.firstIndex(of: "@"), at > release.startIndex { return String(release[..<at]) }
        return event.text("server_name")
    }

    /// The last of a chain is the one that was reported; what it was raised from stands before it.
    private static func exceptions(_ event: JSONValue, _ frames: inout SentryFrames) -> [ExceptionRecord] {
        let list = ordered(event.list("exception").suffix(32)).map { record($0, &frames) }.filter {
            !$0.type.isEmpty || !$0.message.isEmpty || !$0.frames.isEmpty
        }
        guard var last = list.last else { return [] }
        last.causes = list.dropLast().reversed()
        return [last]
    }

    /// SDKs that number exceptions need not keep the order of the rest: 0 was reported, and stands last here.
    private static func ordered(_ values: ArraySlice<JSONValue>) -> [JSONValue] {
        let numbers = values.map { $0["mechanism"]?.whole("exception_id") }
        guard numbers.contains(0), !numbers.contains(nil), Set(numbers).count == numbers.count else {
            return Array(values)
        }
        return zip(numbers, values).sorted { $0.0! > $1.0! }.map(\.1)
    }

    private static func record(_ value: JSONValue, _ reader: inout SentryFrames) -> ExceptionRecord {
        let module = value.text("module")
        let type = value.text("type")
        let isPlain = module.isEmpty || module == "builtins" || module == "__builtin__" || type.contains(".")
        let frames: [ExceptionRecord.Frame] =
            switch value["stacktrace"]?["frames"] {
            case .string(let text): reader.frames(text)
            case .array(let list): list.suffix(FrameText.framesMax).compactMap { frame($0) }
            default: []
            }
        let isHandled = value["mechanism"]?["handled"]?.bool ?? true
        return ExceptionRecord(
            type: isPlain ? type : "\(module).\(type)", message: String(value.text("value").prefix(20_000)),
            language: FrameText.language(frames), handling: isHandled ? .reported : .unhandled, time: 0, process: 0,
            frames: frames)
    }

    static func frame(_ value: JSONValue) -> ExceptionRecord.Frame? {
        guard var frame = FrameText.frame(value) else { return nil }
        frame.source = String(value.text("context_line").cut(1000).utf8.drop { $0 == 0x20 || $0 == 0x09 }) ?? ""
        frame.locals = value["vars"].map(locals) ?? []
        return frame
    }

    static func locals(_ variables: JSONValue) -> [ExceptionRecord.Local] {
        (variables.object ?? [:]).sorted(by: { $0.key < $1.key }).prefix(50).map { name, local in
            let text = local.string ?? JSONLine.text(local)
            let isLong = text.utf8.count > 4000 && text.count > 4000
            return .init(
                name: name, value: isLong ? String(text.prefix(4000)) : text, truncated: isLong,
                redacted: text == "[Filtered]")
        }
    }

    /// Seconds since 1970; a time that is written as text orders nothing here and is left.
    private static func nanoseconds(_ value: JSONValue?) -> Int64 {
        switch value {
        case .integer(let seconds): seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue
        case .number(let seconds) where abs(seconds) < 9e9: Int64(seconds * 1e9)
        default: 0
        }
    }
}

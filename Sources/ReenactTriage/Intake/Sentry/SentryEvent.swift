import ReenactTimeline

/// An error event of Sentry's schema as a case.
enum SentryEvent {
    private static let breadcrumbsMax = 200

    /// - Parameters:
    ///   - event: its members; nothing of the exceptions is looked for there.
    ///   - raised: its exceptions, as they were sent.
    static func failure(
        _ event: JSONValue, _ raised: [SentryException], header: String, source: String
    ) -> ForeignFailure? {
        var made = ForeignCase()
        let chain = chain(raised)
        made.exceptions = chain.map { [$0.record] } ?? []
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
        let page = URLParts(event["request"]?.text("url") ?? "")
        for crumb in event.list("breadcrumbs").suffix(breadcrumbsMax) {
            SentryBreadcrumb.add(crumb, page: page, to: &made)
        }
        let trace = event["contexts"]?["trace"] ?? .null
        let name = event.text("event_id").isEmpty ? header : event.text("event_id")
        var foreign = ForeignFailure(
            source: source, name: name, failure: made.value(id: name.isEmpty ? source : name), service: service(event),
            trace: trace.text("trace_id"), span: trace.text("span_id"))
        foreign.names = chain?.names
        return foreign
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
    ///
    /// - Returns: `names` are those of the stacks, of the reported one and of each it was raised from.
    private static func chain(_ raised: [SentryException]) -> (record: ExceptionRecord, names: [StackNames])? {
        let list = ordered(raised.suffix(32)).map { (record: $0.record, names: $0.stack.names) }.filter {
            !$0.record.type.isEmpty || !$0.record.message.isEmpty || !$0.record.frames.isEmpty
        }
        guard var last = list.last?.record else { return nil }
        last.causes = list.dropLast().reversed().map(\.record)
        return (last, list.reversed().map(\.names))
    }

    /// SDKs that number exceptions need not keep the order of the rest: 0 was reported, and stands last here.
    private static func ordered(_ raised: ArraySlice<SentryException>) -> [SentryException] {
        let numbers = raised.map { $0.value["mechanism"]?.whole("exception_id") }
        guard numbers.contains(0), !numbers.contains(nil), Set(numbers).count == numbers.count else {
            return Array(raised)
        }
        return zip(numbers, raised).sorted { $0.0! > $1.0! }.map(\.1)
    }

    static func frame(_ value: JSONValue) -> ExceptionRecord.Frame? {
        guard var frame = FrameText.frame(value) else { return nil }
        frame.source = String(value.text("context_line").cut(1000).utf8.drop { $0 == 0x20 || $0 == 0x09 }) ?? ""
        frame.locals = value["vars"].map(SentryVariables.of) ?? []
        return frame
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
